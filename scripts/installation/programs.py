"""A version of the program in a directory of its own: a virtual environment made of a bundle's wheels; our files."""

import shutil
from collections.abc import Iterator
from functools import partial
from pathlib import Path

from installation.changes import Change, Refused
from installation.machine import Places, current_version, run
from installation.manifest import Manifest

LOCK = "wheels.lock"
"""Name, version and sum of every wheel of a bundle, as pip reads them."""
CARRIED = ("systemd", "firmware_config", "scripts", "docs")
_COMPLETE = "complete"
ROOM_BYTES = 400 << 20
"""For a version, while pip unpacks it."""
KEPT = 2
"""Versions on the disk: the one that runs, and the one to go back to."""


def unpacking(places: Places, bundle: Path, manifest: Manifest) -> Iterator[Change]:
    """What makes this version's directory."""
    version = places.versions / manifest.version
    if not (version / _COMPLETE).exists():
        yield Change(f"make {version} with its Python packages", partial(_make, version, bundle))


def removing_old(places: Places) -> Iterator[Change]:
    """What makes room: all versions but the one that runs, and the newest of the others, to go back to."""
    others = (
        path
        for path in places.versions.iterdir()
        if path.is_dir() and not path.is_symlink() and path.name != current_version(places)
    )
    for path in sorted(others, key=lambda path: path.stat().st_mtime, reverse=True)[KEPT - 1 :]:
        yield Change(f"remove the old version {path}", partial(shutil.rmtree, path))


def linking(places: Places) -> Iterator[Change]:
    """What puts the command on people's path."""
    program = places.current / ".venv/bin/station"
    if not places.command.is_symlink() or places.command.readlink() != program:
        yield Change(f"link {places.command} to {program}", partial(_link, places.command, program))


def _link(command: Path, program: Path) -> None:
    command.unlink(missing_ok=True)
    command.parent.mkdir(parents=True, exist_ok=True)
    command.symlink_to(program)


def _make(version: Path, bundle: Path) -> None:
    """pip comes as a wheel and runs from it: Debian's Python alone has none. `complete` is written last."""
    shutil.rmtree(version, ignore_errors=True)  # begun once, and cut off
    version.parent.mkdir(parents=True, exist_ok=True)
    if (free := shutil.disk_usage(version.parent).free) < ROOM_BYTES:
        raise Refused(f"{version.parent} has {free >> 20} MiB free, and {ROOM_BYTES >> 20} are needed: make room there")
    version.mkdir()
    run("python3", "-m", "venv", "--without-pip", version / ".venv")
    wheels = bundle / "wheels"
    pip = next(wheels.glob("pip-*.whl"))
    options = ("--quiet", "--no-index", "--find-links", wheels, "--only-binary", ":all:", "--no-deps")
    checked = ("--require-hashes", "--requirement", bundle / LOCK, "--no-cache-dir", "--disable-pip-version-check")
    run(version / ".venv/bin/python", pip / "pip", "install", *options, *checked)
    for name in CARRIED:
        shutil.copytree(bundle / name, version / name, ignore=shutil.ignore_patterns("__pycache__"))
    (version / _COMPLETE).touch()
