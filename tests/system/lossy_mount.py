"""A folder on a disk that forgets at a power cut what was not flushed: ext4 of this machine's own kernel.

Programs on it, ext4, a loop device, a file of QEMU's storage daemon by FUSE, `lossy_disk.py`: a flush for which SQLite
asks goes all the way down, and nothing else is kept.
"""

import os
import random
import shutil
import sqlite3
import subprocess
import tempfile
from contextlib import closing
from pathlib import Path

from tests.system.lossy_disk import Cut, Loss, LossyDisk
from tests.system.processes import wait_for

SIZE_MIB = 64
_TOOLS = {"qemu-storage-daemon": "qemu-utils or qemu-system-common", "mke2fs": "e2fsprogs", "losetup": "mount"}


def missing() -> str:
    """Why there can be no such folder here; empty where there can."""
    if os.geteuid() != 0:
        return "file systems are mounted by root"
    if not Path("/dev/fuse").exists() or not Path("/dev/loop-control").exists():
        return "this kernel has no FUSE or no loop devices"
    packages = [package for tool, package in _TOOLS.items() if shutil.which(tool) is None]
    return f"missing, by Debian's package names: {' '.join(packages)}" if packages else ""


class LossyMount:
    """A folder on such a disk: mounted, cut off, and mounted again with what the cut left."""

    def __init__(self, folder: Path, *, options: str = "defaults") -> None:
        """An empty file system, not mounted yet. ``options``: of the mount."""
        self.folder = folder
        self.is_mounted = False
        self.repaired = 0
        """How often the file system did not mount before it was repaired."""
        self._options = options
        self._image, self._server = folder.with_suffix(".ext4"), folder.with_suffix(".nbd")
        self._export = folder.with_suffix(".device")
        self._loop = ""
        folder.mkdir(exist_ok=True)
        with self._image.open("wb") as image:
            image.truncate(SIZE_MIB << 20)
        _run("mke2fs", "-q", "-F", "-t", "ext4", str(self._image))

    def mount(self) -> None:
        """The disk gets power, and the file system replays its journal."""
        self._disk = LossyDisk(self._image, self._server)
        self._export.touch()
        disk = f"driver=nbd,node-name=disk,server.type=unix,server.path={self._server}"
        export = f"type=fuse,id=disk,node-name=disk,mountpoint={self._export},writable=on"
        self._daemon = subprocess.Popen(("qemu-storage-daemon", "--blockdev", disk, "--export", export))
        wait_for("the disk is there", lambda: self._export.stat().st_size)
        self._loop = _run("losetup", "--find", "--show", str(self._export))
        self.repaired += repair(Path(self._loop))
        _run("mount", "-o", self._options, self._loop, str(self.folder))
        self.is_mounted = True

    def power_cut(self, loss: Loss, chance: random.Random, *, aimed_s: float = 0.0) -> Cut:
        """From this moment nothing is written any more: every write and flush fails. Who writes here is killed next.

        ``aimed_s``: as the disk's.
        """
        return self._disk.power_cut(loss, chance, aimed_s=aimed_s)

    def unmount(self) -> None:
        """What the kernel has of it is forgotten. No program uses it any more; its power is cut."""
        _run("umount", "--lazy", str(self.folder))
        _run("losetup", "--detach", self._loop)
        self._daemon.kill()
        self._daemon.wait()
        subprocess.run(("umount", "--lazy", str(self._export)), check=False, capture_output=True)
        self.is_mounted = False

    def close(self) -> None:
        """Unmount it, whatever is on it."""
        if self.is_mounted:
            self.power_cut(Loss.DROP, random.Random(0))
            self.unmount()


def repair(device: Path) -> bool:
    """What the boot does before it mounts (Raspberry Pi OS: fsck.repair=yes); whether the superblock was torn.

    ext4 writes it in place, 1024 bytes with a checksum, and does not mount with one of which a disk wrote one sector
    only. e2fsck has copies; it takes them with -y, and not with -p, which is what Debian's boot asks for.
    """
    done = subprocess.run(("e2fsck", "-y", str(device)), capture_output=True, text=True, check=False)
    if done.returncode > 1:  # 1: something was corrected
        raise AssertionError(f"e2fsck cannot repair {device}: {done.stdout}{done.stderr}")
    return "Superblock invalid" in done.stdout + done.stderr


def damage(folder: Path) -> list[str]:
    """What is wrong with the databases in a folder, each looked at in a copy, as the next start finds it."""
    found = []
    for database in sorted(folder.rglob("*.db")):
        with tempfile.TemporaryDirectory() as place:
            for file in database.parent.glob(f"{database.name}*"):
                shutil.copy(file, place)
            if (wrong := _wrong_with(Path(place, database.name))) != "ok":
                found.append(f"{database.name}: {wrong}")
    return found


def _wrong_with(database: Path) -> str:
    try:
        with closing(sqlite3.connect(database)) as db:
            return "; ".join(row[0] for row in db.execute("PRAGMA integrity_check"))
    except sqlite3.Error as error:
        return str(error)


def _run(*words: str) -> str:
    return subprocess.run(words, check=True, capture_output=True, text=True).stdout.strip()
