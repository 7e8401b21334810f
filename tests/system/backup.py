"""Copies of databases: made and put back as docs/data.md says, and a journal's put back as it says not to."""

import shutil
import sqlite3
import subprocess
from contextlib import closing
from pathlib import Path

from tests.system.processes import STATION


def make(config: Path, copy: Path) -> None:
    """Of the database of a program that may be at work."""
    subprocess.run((*STATION, "backup", copy, "--config", config), check=True, capture_output=True, timeout=60)


def restore_desk(config: Path, copy: Path) -> None:
    """In place of the database of a desk that is down."""
    subprocess.run((*STATION, "restore", copy, "--config", config), check=True, capture_output=True, timeout=60)


def remove(database: Path) -> None:
    """Nothing of it stays, of its write-ahead log neither. Its program is down."""
    for name in (database.name, f"{database.name}-wal", f"{database.name}-shm"):
        (database.parent / name).unlink(missing_ok=True)


def put_back_by_hand(copy: Path, database: Path) -> None:
    """A copy in place of the database, whose program is down."""
    remove(database)
    shutil.copyfile(copy, database)


def holds_in(database: Path) -> set[tuple[str, str]]:
    """The holds that a desk's database or a station's journal knows, by order and hold."""
    with closing(sqlite3.connect(f"file:{database}?mode=ro", uri=True, timeout=10)) as db:
        return set(db.execute("SELECT order_id, hold_id FROM holds"))
