"""Names beside a database's own, and changes of names that survive a power cut."""

import fcntl
import os
import time
from contextlib import suppress
from pathlib import Path
from typing import Self

from station.sqlite import StoreUnusable

LOG, INDEX = "-wal", "-shm"
"""What SQLite adds to a database's name. https://www.sqlite.org/walformat.html"""


SCHEMA, DAMAGED, REPLACED = "schema-", "damaged-", "replaced-"
WHATS = (SCHEMA, DAMAGED, REPLACED)
"""Why a file is kept beside a database, as its name says: a copy from before a migration; one that was set aside."""


class InUse(StoreUnusable):
    """Another process uses a database."""


class Lock:
    """Held by the one program that may change a database's file, or put another one in its place."""

    def __init__(self, database: Path) -> None:
        """Raises InUse, and StoreUnusable where the file cannot be made."""
        path = database.with_suffix(".lock")
        try:
            self._descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            belongs_to_the_folder(path)
        except OSError as error:
            why = f"the database {database} cannot be used: {path.name} beside it cannot be made: {error.strerror}"
            raise StoreUnusable(f"{why}; check that its folder is there, and its owner") from error
        try:
            fcntl.flock(self._descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(self._descriptor)
            raise InUse(f"{database} is in use: its program runs, or it is being put back; stop it first") from None

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """However the process ends, the lock is given back."""
        os.close(self._descriptor)


def beside(path: Path, what: str) -> Path:
    """A file that is kept beside a database, for people."""
    return path.with_name(f"{path.name}.{what}")


def unfinished(path: Path) -> Path:
    """The name under which a file is made, until it is whole."""
    return path.with_name(f".{path.name}.new")


def former(path: Path) -> tuple[Path, ...]:
    """What lies beside a database and was one, or a part of one; the newest last."""
    found = [each for each in path.parent.glob(f"{path.name}*") if each.name != path.name]
    return tuple(sorted(found, key=lambda each: (each.stat().st_mtime, each.name)))


def former_copies(path: Path) -> tuple[tuple[Path, float], ...]:
    """What ``beside`` has named, and since when by the wall's clock."""
    copies = [each for each in former(path) if not each.name.endswith((LOG, INDEX)) and _is_named_by_us(path, each)]
    return tuple((each, each.stat().st_ctime) for each in copies)


def _is_named_by_us(path: Path, other: Path) -> bool:
    return other.name.removeprefix(f"{path.name}.").startswith(WHATS)


def damaged_beside(path: Path) -> str:
    """The name of the newest damaged database that was set aside and that nobody has taken away."""
    names = [copy.name for copy, _ in former_copies(path) if copy.name.startswith(f"{path.name}.{DAMAGED}")]
    return names[-1] if names else ""


def set_aside(path: Path, why: str) -> Path:
    """Give a database another name, with its log; the new name. Its program has closed it.

    The database goes first: a power cut never leaves it without its log, which would be an older one.
    """
    stamp = time.strftime("%Y%m%dT%H%M%SZ", time.gmtime())
    names = (beside(path, f"{why}{stamp}{f'-{count}' if count else ''}") for count in range(1000))
    aside = next(name for name in names if not name.exists())
    path.rename(aside)
    with suppress(FileNotFoundError):
        path.with_name(path.name + LOG).rename(aside.with_name(aside.name + LOG))
    path.with_name(path.name + INDEX).unlink(missing_ok=True)
    sync_folder(path)
    return aside


def put_in_place(made: Path, path: Path) -> None:
    """A whole file gets its name; after a power cut it is there with all of its content, or not at all."""
    descriptor = os.open(made, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    belongs_to_the_folder(made)
    made.replace(path)
    sync_folder(path)


def remove(path: Path) -> None:
    """A database that is not to be, with its log."""
    for suffix in ("", LOG, INDEX, "-journal"):
        path.with_name(path.name + suffix).unlink(missing_ok=True)


def sync_folder(path: Path) -> None:
    """Have the disk keep the names in a file's folder."""
    with suppress(OSError):  # a file system without it keeps the old ones for a while
        folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)


def belongs_to_the_folder(path: Path) -> None:
    """What root makes can be used by the user whose folder it is in."""
    if os.geteuid() == 0:
        owner = path.parent.stat()
        os.chown(path, owner.st_uid, owner.st_gid)
