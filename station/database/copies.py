"""Copies of a database that may be in use: whole and proven, or not there."""

import os
import sqlite3
from collections.abc import Iterable
from contextlib import closing
from pathlib import Path

from station.database.files import put_in_place, remove, unfinished
from station.sqlite import ROOM_BYTES, Damaged, StoreUnusable, is_damage


def copy_database(source: Path, target: Path) -> None:
    """Copy by SQLite's online backup; a file of that name is replaced once the copy is proven.

    https://www.sqlite.org/backup.html. Nobody waits for it: a reader does not stop a writer. Raises StoreUnusable where
    there is no room, and Damaged where what was copied is damaged; then ``target`` is as it was.
    """
    made = unfinished(target)
    try:
        if target.exists() and target.samefile(source):
            raise StoreUnusable(f"{target} is the database itself; name another file for the copy")
        _check_room(source, target)
        remove(made)
        os.close(os.open(made, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
        _copy(source, made)
        put_in_place(made, target)
    except (OSError, sqlite3.Error) as error:
        kind = Damaged if is_damage(error) else StoreUnusable
        raise kind(f"{source} cannot be copied to {target}: {error}; nothing was changed") from error
    finally:
        remove(made)


def check_whole(db: sqlite3.Connection, path: Path) -> None:
    """Every page, every row, every index: raises Damaged."""
    try:
        found = [row[0] for row in db.execute("PRAGMA integrity_check(3)")]
    except sqlite3.Error as error:
        raise Damaged(f"{path} is damaged: {error}") from error
    if found != ["ok"]:
        raise Damaged(f"{path} is damaged: {in_one_line(found)}")


def in_one_line(found: Iterable[object]) -> str:
    """What SQLite found, which it tells in several lines."""
    return "; ".join(" ".join(str(each).split()) for each in found)


def _copy(source: Path, made: Path) -> None:
    old = sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True, timeout=10)
    with closing(old), closing(sqlite3.connect(made, isolation_level=None)) as new:
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")  # one file, without a log beside it
        check_whole(new, source)


def _check_room(source: Path, target: Path) -> None:
    """A copy that fills the disk of a program would stop it."""
    disk = os.statvfs(target.parent)
    log = source.with_name(source.name + "-wal")
    needed = source.stat().st_size + (log.stat().st_size if log.exists() else 0) + 2 * ROOM_BYTES
    free = disk.f_bavail * disk.f_frsize
    if free < needed:
        raise StoreUnusable(
            f"there is no room for a copy of {source} in {target.parent}: {free} bytes are free, {needed} are needed; "
            "make room, or name another disk"
        )
