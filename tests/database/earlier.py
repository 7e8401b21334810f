"""Databases as earlier versions of the programs left them: ``schemas/<kind>-<version>.sql`` are dumps of real ones.

A desk's knows five orders: SHIPPED, GRANTED at station-1, in DOUBT at station-2, HELD, and FREE with two revisions. A
journal's has an order that was printed and not yet kept (A-1001), one that had BEGUN, and one that is HELD.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

SCHEMAS = Path(__file__).parent / "schemas"


def left(kind: str, version: int, path: Path) -> Path:
    """The database, made anew."""
    with closing(sqlite3.connect(path)) as db:
        db.executescript((SCHEMAS / f"{kind}-{version}.sql").read_text("utf-8"))
        db.execute("PRAGMA journal_mode=WAL")
    return path


def version_in(path: Path) -> int:
    """Of the schema."""
    with closing(sqlite3.connect(path)) as db:
        return int(db.execute("PRAGMA user_version").fetchone()[0])
