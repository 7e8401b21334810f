"""scripts/bundle: all that a machine needs, in one archive, so that it can be installed without a network.

The wheels of the program and of its pinned packages, checked by their sums in requirements/ here; Debian packages;
units, settings and scripts. Compiled parts fit the kind of machine that it is made on: the same release of Debian,
architecture and Python. Make one for the Pis on a spare Pi, and one for the desk on a machine or container of its kind.
"""

import argparse
import hashlib
import os
import re
import shutil
import sys
import tarfile
import tempfile
import tomllib
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from installation import packages, programs
from installation.changes import Refused, say
from installation.machine import ROLES, Target, run, this_machine
from installation.manifest import Manifest, sum_of, sums_of

SOURCE = Path(__file__).resolve().parents[2]
LOCKS = "scripts/installation/requirements"
PROGRAM = ("station", "pyproject.toml", "README.md", "LICENSE")
"""What the program's own wheel is made of."""
# Without isolation the build tools are those of the lock, and nothing else is fetched.
_BUILDING = ("wheel", "--no-deps", "--no-build-isolation")
_NOT_OURS = shutil.ignore_patterns("__pycache__", "*.egg-info", "*.png", "labels")


def main() -> int:
    """Exit status 0, and the archive's name on the last line."""
    form = argparse.RawDescriptionHelpFormatter
    parser = argparse.ArgumentParser("scripts/bundle", description=__doc__, formatter_class=form, allow_abbrev=False)
    help_ = "station or desk; twice for a machine that is both, or one archive for both kinds"
    parser.add_argument("--role", action="append", choices=ROLES, required=True, help=help_)
    parser.add_argument(
        "--output", type=Path, default=Path(), metavar="DIR", help="where the archive goes; default: here"
    )
    given = parser.parse_args()
    try:
        with tempfile.TemporaryDirectory(prefix="packing-station-", dir="/var/tmp") as scratch:
            made = make(SOURCE, Path(scratch), tuple(dict.fromkeys(given.role)))
            archive = given.output / f"{made.name}.tar.gz"
            with tarfile.open(archive, "w:gz", compresslevel=1) as tar:  # wheels and packages are compressed already
                tar.add(made, arcname=made.name)
        say(f"{archive}")
    except Refused as refused:
        print(f"bundle: {refused}", file=sys.stderr)
        return 1
    return 0


def make(source: Path, scratch: Path, roles: tuple[str, ...]) -> Path:
    """The unpacked bundle, in a directory below ``scratch`` that has its name. Raises Refused."""
    target = this_machine()
    packages.install_to_build()
    version = version_of(source)
    bundle = scratch / f"packing-station-{version}-{'-'.join(roles)}-debian{target.debian}-{target.architecture}"
    bundle.mkdir()
    say(f"fetch and build the Python packages for {target}")
    pip = _fetch_wheels(bundle / "wheels", scratch, [source / LOCKS / f"{role}.txt" for role in roles])
    say(f"fetch Debian's {' '.join(packages.needed(roles))}")
    packages.fetch(roles, bundle / "debs")
    add_ours(source, bundle, scratch, pip)
    describe(bundle, version, roles, target)
    return bundle


def add_ours(source: Path, bundle: Path, scratch: Path, pip: Sequence[str | Path]) -> None:
    """The program's own wheel, and the files that stand beside it."""
    for name in programs.CARRIED:
        shutil.copytree(source / name, bundle / name, ignore=_NOT_OURS)
    program = scratch / "program"
    program.mkdir()
    for name in PROGRAM:
        copy = shutil.copytree if (source / name).is_dir() else shutil.copy
        copy(source / name, program / name)
    run(*pip, *_BUILDING, "--wheel-dir", bundle / "wheels", program)


def describe(bundle: Path, version: str, roles: tuple[str, ...], target: Target) -> None:
    """Its lock, by which pip installs, and its manifest, by which damage is found."""
    lines = (_locked(wheel) for wheel in sorted((bundle / "wheels").glob("*.whl")))
    (bundle / programs.LOCK).write_text("".join(lines))
    Manifest(version, roles, target, sums_of(bundle)).write(bundle)


def version_of(source: Path) -> str:
    """The project's version, and a sum over all that a bundle is made of: another content, another name."""
    project = tomllib.loads((source / "pyproject.toml").read_text())["project"]["version"]
    digest = hashlib.sha256()
    for file in sorted(_made_of(source)):
        digest.update(f"{file.relative_to(source)}\0{sum_of(file)}\n".encode())
    return f"{project}+{digest.hexdigest()[:8]}"


def _made_of(source: Path) -> Iterator[Path]:
    for name in (*PROGRAM, *programs.CARRIED):
        path = source / name
        if path.is_file():
            yield path
        for file in path.rglob("*"):
            ours = not _NOT_OURS(str(file.parent), [*file.relative_to(source).parts])
            if file.is_file() and ours:
                yield file


def _fetch_wheels(wheels: Path, scratch: Path, locks: list[Path]) -> tuple[str | Path, ...]:
    """Wheels of all that the locks name, built where there are none; and the pip that can build more."""
    entries = _entries(locks)
    tools, wanted = scratch / "tools.txt", scratch / "wanted.txt"
    tools.write_text("".join(entry for entry in entries if re.match(r"(pip|setuptools)==", entry)))
    wanted.write_text("".join(entries))
    run("python3", "-m", "venv", scratch / "venv")
    pip = (scratch / "venv/bin/python", "-m", "pip", "--quiet", "--disable-pip-version-check", "--no-input")
    run(*pip, "install", "--require-hashes", "--no-deps", "--requirement", tools)
    # PYPI=1 makes lgpio's setup.py build its C library in, as its wheels have it.
    building = (*pip, *_BUILDING, "--wheel-dir", wheels, "--require-hashes", "--requirement", wanted)
    run(*building, env=os.environ | {"PYPI": "1"})
    return pip


def _entries(locks: Iterable[Path]) -> list[str]:
    """Each package of the lock files, with its sums, once."""
    texts = (re.sub(r"^#.*\n", "", lock.read_text(), flags=re.MULTILINE) for lock in locks)
    return list(dict.fromkeys(entry for text in texts for entry in re.split(r"^(?=\S)", text, flags=re.MULTILINE)))


def _locked(wheel: Path) -> str:
    name, version = wheel.name.split("-")[:2]
    return f"{name}=={version} --hash=sha256:{sum_of(wheel)}\n"


if __name__ == "__main__":
    sys.exit(main())
