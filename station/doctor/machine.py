"""The machine under examination: its files below one root, its users, and who holds what.

The root is ``/``; or where another machine's disk is mounted; or, in tests, a tree of files.
"""

import os
import stat
import subprocess
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

PROGRAM_S = 5.0


@dataclass(frozen=True, slots=True)
class Account:
    """A user of the machine, as the kernel judges it."""

    name: str
    uid: int
    gids: frozenset[int]

    def may(self, path: Path, wanted: int) -> bool:
        """Whether it may read (4), write (2), search or execute (1) a file, by its mode. Raises OSError."""
        if self.uid == 0:
            return True
        found = path.stat()
        if found.st_uid == self.uid:
            granted = found.st_mode >> 6
        elif found.st_gid in self.gids:
            granted = found.st_mode >> 3
        else:
            granted = found.st_mode
        return granted & wanted == wanted


@dataclass(frozen=True, slots=True)
class Holder:
    """A process that has a file open."""

    pid: int
    name: str

    def __str__(self) -> str:
        return f"{self.name} ({self.pid})"


@dataclass(frozen=True, slots=True)
class Machine:
    """Its files."""

    root: Path = Path("/")

    def path(self, absolute: str | Path) -> Path:
        """Where a file of the machine is found from here."""
        return self.root / str(absolute).lstrip("/")

    def read(self, absolute: str | Path) -> str | None:
        """A file's text; None where there is none. Raises PermissionError."""
        try:
            return self.path(absolute).read_text("utf-8", errors="replace").rstrip("\0\n")
        except PermissionError:
            raise
        except OSError:
            return None

    def glob(self, pattern: str) -> list[Path]:
        """The files that fit, from here."""
        return sorted(self.root.glob(pattern.lstrip("/")))

    def account(self, name: str, groups: tuple[str, ...] = ()) -> Account | None:
        """A user with its groups and those given; None where there is no such user."""
        users = {line.split(":")[0]: line.split(":") for line in (self.read("/etc/passwd") or "").splitlines()}
        if name not in users:
            return None
        gids = {int(users[name][3])}
        for line in (self.read("/etc/group") or "").splitlines():
            group, _, gid, members = [*line.split(":"), "", "", ""][:4]
            if group in groups or name in members.split(","):
                gids.add(int(gid))
        return Account(name, int(users[name][2]), frozenset(gids))

    def group_of(self, path: Path) -> str:
        """The name of a file's group, else its number."""
        gid = path.stat().st_gid
        for line in (self.read("/etc/group") or "").splitlines():
            if line.split(":")[2:3] == [str(gid)]:
                return line.split(":")[0]
        return str(gid)

    def say(self, program: str, *words: str) -> str | None:
        """What a program of the machine says; None where it is not installed or fails."""
        path = self.path(f"/usr/bin/{program}")
        try:
            ended = subprocess.run((str(path), *words), capture_output=True, text=True, timeout=PROGRAM_S, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return None
        return ended.stdout.strip() if ended.returncode == 0 else None

    def processes(self) -> Iterator[Path]:
        """The folders of all in /proc, but of this one."""
        for folder in self.path("/proc").glob("[0-9]*"):
            if folder.name != str(os.getpid()):
                yield folder

    def holders(self, path: Path) -> list[Holder]:
        """Who has a file open, as far as this user may see: root sees all."""
        with suppress(OSError):
            wanted = _identity(path.stat())
            return [holder for folder in self.processes() if (holder := _holder(folder, wanted)) is not None]
        return []


def _holder(folder: Path, wanted: tuple[int, int]) -> Holder | None:
    with suppress(OSError):
        for descriptor in (folder / "fd").iterdir():
            with suppress(OSError):
                if _identity(descriptor.stat()) == wanted:
                    return Holder(int(folder.name), (folder / "comm").read_text().strip())
    return None


def _identity(found: os.stat_result) -> tuple[int, int]:
    """Of a device its number: several files may be one."""
    if stat.S_ISCHR(found.st_mode) or stat.S_ISBLK(found.st_mode):
        return -1, found.st_rdev
    return found.st_dev, found.st_ino


def names(holders: list[Holder]) -> str:
    """In words."""
    return ", ".join(map(str, holders)) or "a process of another user (sudo shows which)"
