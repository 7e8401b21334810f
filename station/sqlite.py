"""Opening a SQLite file so that what is committed survives a power cut."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "secure_delete=ON", "busy_timeout=2000", "wal_autocheckpoint=4000")
ROWS_A_CHECKPOINT = 200
MAGIC = b"SQLite format 3\0"


ROOM_BYTES = 1 << 20
"""With less left on a disk nothing is begun: the next commits of a busy hour would not fit."""


class StoreUnusable(Exception):
    """A database cannot be used; the text says which, why and what to do."""


class Damaged(StoreUnusable):
    """What a database's file holds is not what was written: no wait and no restart mends it."""


class DiskFull(StoreUnusable):
    """There is no room for a commit; what was committed is there."""


class Database(sqlite3.Connection):
    """A connection whose execute() raises StoreUnusable where the disk is to blame: full, failing, taken away.

    Transactions are begun by hand. What failed was not committed.
    """

    path: Path
    remedy: str

    def execute(self, sql: str, parameters: Any = (), /) -> sqlite3.Cursor:
        """As sqlite3's."""
        try:
            return super().execute(sql, parameters)
        except sqlite3.Error as error:
            raise self.meaning(error) from error

    def executemany(self, sql: str, parameters: Any, /) -> sqlite3.Cursor:
        """As sqlite3's."""
        try:
            return super().executemany(sql, parameters)
        except sqlite3.Error as error:
            raise self.meaning(error) from error

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """BEGIN … COMMIT, or ROLLBACK and the error. SQLite itself rolls back what a full disk has no room for."""
        self.execute("BEGIN IMMEDIATE")
        try:
            yield
            self.execute("COMMIT")
        except BaseException:
            if self.in_transaction:
                self.execute("ROLLBACK")
            raise

    def meaning(self, error: sqlite3.Error) -> Exception:
        """The disk's fault, or a fault of this program."""
        code = getattr(error, "sqlite_errorcode", None)
        if code is None or code & 0xFF not in _FAULTS_OF_THE_DISK:
            return error
        return unusable(self.path, error, self.remedy)


_FAULTS_OF_THE_DISK = (
    sqlite3.SQLITE_PERM,
    sqlite3.SQLITE_BUSY,
    sqlite3.SQLITE_READONLY,
    sqlite3.SQLITE_IOERR,
    sqlite3.SQLITE_CORRUPT,
    sqlite3.SQLITE_FULL,
    sqlite3.SQLITE_CANTOPEN,
    sqlite3.SQLITE_NOTADB,
)


_DAMAGE = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)


def is_damage(error: BaseException) -> bool:
    """Whether SQLite says of a file that it is damaged. A cursor that is read later raises SQLite's own error."""
    code = getattr(error, "sqlite_errorcode", None)
    return isinstance(error, Damaged) or (code is not None and code & 0xFF in _DAMAGE)


def unusable(path: Path, error: sqlite3.Error, remedy: str) -> StoreUnusable:
    """The error, with its place and its remedy."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    kind = Damaged if is_damage(error) else DiskFull if code == sqlite3.SQLITE_FULL else StoreUnusable
    return kind(f"the database {path} cannot be used: {error}; {remedy}")


def connected(file: Path, remedy: str, path: Path | None = None) -> Database:
    """A connection that creates a missing file. WAL with synchronous FULL; transactions are begun by hand.

    Raises StoreUnusable, with ``remedy``, for a file that is damaged or not writable; ``path`` is what it is called
    there, while the file has another name.
    """
    path = path or file
    try:
        db = sqlite3.connect(file, isolation_level=None, check_same_thread=False, factory=Database)
    except sqlite3.Error as error:
        raise unusable(path, error, remedy) from error
    db.path, db.remedy = path, remedy
    try:
        for pragma in PRAGMAS:
            db.execute(f"PRAGMA {pragma}")
    except BaseException:
        db.close()
        raise
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


def full_disk(path: Path) -> str:
    """In words, that a database's disk is full; empty where it is not, or cannot be looked at."""
    try:
        disk = os.statvfs(path.parent)
    except OSError:
        return ""
    free = disk.f_bavail * disk.f_frsize
    if free >= ROOM_BYTES:
        return ""
    return f"the disk of {path} is full: {free} bytes are free, {ROOM_BYTES} are needed; make room there"


@dataclass(slots=True)
class Checkpoints:
    """Moves what is committed from SQLite's write-ahead log to its place while nobody waits.

    SQLite itself does it within a commit as soon as the log is large: one commit in a hundred then took 3 ms instead of
    0.1 (measured), and a printer may be waiting for it. Now the log is left to SQLite only where there is no pause.
    """

    db: Database
    _rows: int = 0

    def run_if_due(self) -> None:
        """Between transactions, when nothing else is to be done."""
        rows = self.db.total_changes
        if rows - self._rows >= ROWS_A_CHECKPOINT:
            self._rows = rows
            with suppress(StoreUnusable):  # what is committed stays in the log, and the next commit that fails says why
                self.db.execute("PRAGMA wal_checkpoint(PASSIVE)")
