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
from installation.manifest import NAME, parse
from installation.packages import needed
from tests.install.machine import ROOTS, here, root, wanted

REPOSITORY = Path(__file__).parents[2]
ROLES = ("station", "desk")
"""What the bundles are for, both: wheels of one download serve every test."""


def made() -> Path:
    """What scripts/bundle makes for ``wanted``, as this checkout asks for it, unpacked; made once, from the network."""
    asked = b"".join((REPOSITORY / bundle.LOCKS / f"{role}.txt").read_bytes() for role in ROLES)
    asked += " ".join(needed(ROLES)).encode()
    directory = ROOTS / f"bundle-{wanted()}-{hashlib.sha256(asked).hexdigest()[:8]}"
    if not directory.exists():
        ROOTS.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=ROOTS) as scratch:
            _make(Path(scratch))
            with tarfile.open(next(Path(scratch).glob("*.tar.gz"))) as tar:
                tar.extractall(Path(scratch, "unpacked"), filter="data")
            next(Path(scratch, "unpacked").iterdir()).rename(directory)
    return directory


def _make(scratch: Path) -> None:
    """The archive, in ``scratch``: made here, or in a root of what it is for, as on a machine of that kind."""
    roles = [word for role in ROLES for word in ("--role", role)]
    if wanted() == here():
        command = [str(REPOSITORY / "scripts/bundle"), *roles, "--output", str(scratch)]
        subprocess.run(command, check=True, capture_output=True, text=True)
        return
    inside = scratch / "root"
    subprocess.run(["cp", "-a", root(wanted()), inside], check=True)
    project = inside / "srv/project"
    project.mkdir()
    for name in (*bundle.PROGRAM, *programs.CARRIED):
        copy = shutil.copytree if (REPOSITORY / name).is_dir() else shutil.copy
        copy(REPOSITORY / name, project / name)
    command = [str(REPOSITORY / "scripts/in-root"), str(inside), "/srv/project/scripts/bundle", *roles]
    subprocess.run([*command, "--output", "/srv"], check=True, capture_output=True, text=True)
    next((inside / "srv").glob("*.tar.gz")).rename(scratch / "bundle.tar.gz")


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
    bundle.describe(unpacked, bundle.version_of(source), ROLES, parse((made() / NAME).read_bytes()).target)
    return unpacked
