"""Opening a SQLite file so that what is committed survives a power cut."""

import sqlite3
from dataclasses import dataclass
from pathlib import Path

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=2000", "wal_autocheckpoint=4000")
ROWS_A_CHECKPOINT = 200
MAGIC = b"SQLite format 3\0"


class StoreUnusable(Exception):
    """A database cannot be used; the text says which, why and what to do."""


def open_database(path: Path, schema: str, version: int, remedy: str) -> sqlite3.Connection:
    """Open, or create with ``schema``. WAL with synchronous FULL; transactions are begun by hand.

    Raises StoreUnusable, with ``remedy``, for a file that is damaged, not writable, or of another schema version.
    """
    try:
        db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in PRAGMAS:
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


def open_read_only(path: Path, version: int) -> sqlite3.Connection:
    """Open a database to look at it: one that is in use, or a copy. The file is not changed.

    Raises StoreUnusable for a file that is none, is damaged, or has another schema version.
    """
    try:
        with path.open("rb") as file:
            if file.read(len(MAGIC)) != MAGIC:
                raise StoreUnusable(f"{path} is no SQLite database")
        # Without a log beside it nobody writes it, and SQLite need not make one in order to read.
        mode = "mode=ro" if path.with_name(path.name + "-wal").exists() else "mode=ro&immutable=1"
        db = sqlite3.connect(f"{path.absolute().as_uri()}?{mode}", uri=True, isolation_level=None)
        found = db.execute("PRAGMA user_version").fetchone()[0]
    except (OSError, sqlite3.Error) as error:
        raise StoreUnusable(f"{path} cannot be read: {error}") from error
    if found != version:
        raise StoreUnusable(
            f"{path} has schema {found}, and {version} is looked for: it is another database, or that of another "
            "version, which can read it"
        )
    return db


@dataclass(slots=True)
class Checkpoints:
    """Moves what is committed from SQLite's write-ahead log to its place while nobody waits.

    SQLite itself does it within a commit as soon as the log is large: one commit in a hundred then took 3 ms instead of
    0.1 (measured), and a printer may be waiting for it. Now the log is left to SQLite only where there is no pause.
    """

    db: sqlite3.Connection
    _rows: int = 0

    def run_if_due(self) -> None:
        """Between transactions, when nothing else is to be done."""
        rows = self.db.total_changes
        if rows - self._rows >= ROWS_A_CHECKPOINT:
            self._rows = rows
            self.db.execute("PRAGMA wal_checkpoint(PASSIVE)")
