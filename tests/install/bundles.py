"""Bundles to install from: one that scripts/bundle made, and variants of it with another program."""

import hashlib
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

from installation import bundle, programs
from installation.machine import this_machine
from tests.install.machine import ROOTS, codename

REPOSITORY = Path(__file__).parents[2]
ROLES = ("station", "desk")
"""What the bundles are for, both: wheels of one download serve every test."""


def made() -> Path:
    """What scripts/bundle makes of this checkout's locks, unpacked; made once, in minutes and from the network."""
    locks = b"".join((REPOSITORY / bundle.LOCKS / f"{role}.txt").read_bytes() for role in ROLES)
    directory = ROOTS / f"bundle-{codename()}-{hashlib.sha256(locks).hexdigest()[:8]}"
    if not directory.exists():
        ROOTS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOTS) as scratch:
            roles = [word for role in ROLES for word in ("--role", role)]
            command = [str(REPOSITORY / "scripts/bundle"), *roles, "--output", scratch]
            subprocess.run(command, check=True, capture_output=True, text=True)
            with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as tar:
                tar.extractall(scratch, filter="data")
            next(path for path in Path(scratch).iterdir() if path.is_dir()).rename(directory)
    return directory


def variant(folder: Path, change: Callable[[Path], None] = lambda _source: None) -> Path:
    """A bundle of this checkout's program as it is now, or as ``change`` leaves its source. Third parties' wheels and
    Debian's packages are those of ``made``."""
    source, unpacked, scratch = folder / "source", folder / "bundle", folder / "scratch"
    for directory in (unpacked, scratch):
        directory.mkdir(parents=True)
    source.mkdir()
    for name in (*bundle.PROGRAM, *programs.CARRIED):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, source / name)
    change(source)
    for part in ("wheels", "debs"):
        shutil.copytree(made() / part, unpacked / part, copy_function=os.link)
    for wheel in (unpacked / "wheels").glob("packing_station-*.whl"):
        wheel.unlink()
    bundle.add_ours(source, unpacked, scratch, (sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"))
    bundle.describe(unpacked, bundle.version_of(source), ROLES, this_machine())
    return unpacked
