"""Copies of databases, made and put back as docs/set-up.md says."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path


def make(database: Path, copy: Path) -> None:
    """A consistent copy of a database that is in use."""
    copy.unlink(missing_ok=True)
    subprocess.run(("sqlite3", str(database), f".backup {copy}"), check=True, capture_output=True, timeout=30)


def remove(database: Path) -> None:
    """Nothing of it stays, of its write-ahead log neither. Its program is down."""
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        (database.parent / name).unlink(missing_ok=True)


def put_back(copy: Path, database: Path) -> None:
    """A copy in place of the database, whose program is down."""
    remove(database)
    shutil.copyfile(copy, database)


def holds_in(database: Path) -> set[tuple[str, str]]:
    """The holds that a desk's database or a station's journal knows, by order and hold."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        return set(db.execute("SELECT order_id, hold_id FROM holds"))
