"""Configuration and keys: brought where there are none, kept where there are."""

import shutil
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from installation.changes import Change, Refused
from installation.machine import Places


def bringing(places: Places, bundle: Path, role: str, given: Path | None, keys: Path | None) -> Iterator[Change]:
    """What puts a role's configuration (the one ``given``, else the shipped example) and keys where none are."""
    file = _file(places, role)
    if not file.exists():
        source = given or bundle / "firmware_config" / file.name
        what = f"from {given}" if given else "from the shipped example: edit it before the first start"
        yield Change(f"write {file} {what}", partial(_copy, source, file, 0o644))
    directory = places.configuration / "keys" / role
    for key in sorted(keys.iterdir()) if keys else ():
        if not (directory / key.name).exists():
            yield Change(f"write {directory / key.name}", partial(_copy, key, directory / key.name, 0o600))


def refuse_unusable(places: Places, program: Path, role: str) -> None:
    """Raises Refused where this version cannot use the configuration that is here."""
    file = _file(places, role)
    if not file.exists():
        return
    words = [str(program), "check-config", "--as", role, str(file)]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise Refused(f"the new version cannot use {file}, so nothing was changed:\n{done.stderr.strip()}")


def is_example(places: Places, version: Path, role: str) -> bool:
    """Whether nobody has edited it yet."""
    file = _file(places, role)
    return file.read_bytes() == (version / "firmware_config" / file.name).read_bytes()


def _file(places: Places, role: str) -> Path:
    return places.configuration / f"{role}.toml"


def _copy(source: Path, to: Path, mode: int) -> None:
    to.parent.parent.mkdir(mode=0o755, parents=True, exist_ok=True)
    to.parent.mkdir(mode=0o755 if mode == 0o644 else 0o700, exist_ok=True)
    scratch = to.with_name(f".{to.name}.new")
    shutil.copyfile(source, scratch)
    scratch.chmod(mode)
    scratch.replace(to)
