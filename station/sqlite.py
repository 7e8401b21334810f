"""Opening a SQLite file so that what is committed survives a power cut."""

import sqlite3
from pathlib import Path


class StoreUnusable(Exception):
    """A database cannot be used; the text says which, why and what to do."""


def open_database(path: Path, schema: str, version: int, remedy: str) -> sqlite3.Connection:
    """Open, or create with ``schema``. WAL with synchronous FULL; transactions are begun by hand.

    Raises StoreUnusable, with ``remedy``, for a file that is damaged, not writable, or of another schema version.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=2000"):
            db.execute(f"PRAGMA {pragma}")
        found = db.execute("PRAGMA user_version").fetchone()[0]
        if found == 0:
            db.executescript(f"BEGIN IMMEDIATE; {schema} PRAGMA user_version = {version}; COMMIT;")
    except sqlite3.Error as error:
        raise StoreUnusable(f"the database {path} cannot be used: {error}; {remedy}") from error
    if found not in (0, version):
        raise StoreUnusable(
            f"the database {path} has schema {found}, this program knows {version}: install the version that wrote it"
        )
    return db
