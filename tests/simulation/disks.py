"""What databases lie on: a disk that fills up, fails, and at a power cut forgets what was not synced to it."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from station.bench.core.effects import Entry
from station.bench.core.state import Remembered
from station.bench.journal import Journal
from station.bench.recording import Part
from station.desk.store import Store
from station.sqlite import StoreUnusable
from tests.simulation.faults import Faults

FULL = 2
"""``PRAGMA synchronous``: what is committed is synced. https://www.sqlite.org/pragma.html#pragma_synchronous"""
CrashPoint = Callable[[str], None]


@dataclass
class Disk:
    """Of one program."""

    faults: Faults
    full_until_s: float = field(default=0.0, init=False)

    def fill(self, seconds: float) -> None:
        """Nothing more goes on it, for so long."""
        self.full_until_s = self.faults.schedule.now + seconds

    def write(self) -> None:
        """Raises what a database on it raises."""
        if self.faults.active and self.faults.schedule.now < self.full_until_s:
            raise StoreUnusable("database or disk is full")
        if self.faults.strikes("disk I/O error"):
            raise StoreUnusable("disk I/O error")


class FragileStore(Store):
    """The desk's store, with a power cut before or after a commit, on a disk that can fail."""

    crash_point: CrashPoint = staticmethod(lambda _where: None)
    disk: Disk | None = None

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """As the store's own."""
        with super().transaction():
            yield
            if self.disk is not None:
                self.disk.write()
            self.crash_point("before the commit")
        self.crash_point("after the commit")

    def cut_power(self, path: Path) -> None:
        """End."""
        _cut_power(self._db, path)


class FragileJournal(Journal):
    """A station's journal, with a power cut before or after a commit, on a disk that can fail."""

    crash_point: CrashPoint = staticmethod(lambda _where: None)
    disk: Disk

    def begin_boot(self) -> Remembered:
        """As the journal's own."""
        self.disk.write()
        return super().begin_boot()

    def commit(self, entries: Sequence[Entry], part: Part | None = None) -> None:
        """As the journal's own."""
        self.disk.write()
        self.crash_point("before the commit")
        super().commit(entries, part)
        self.crash_point("after the commit")

    def cut_power(self, path: Path) -> None:
        """End."""
        _cut_power(self._db, path)


def _cut_power(db: sqlite3.Connection, path: Path) -> None:
    """A write-ahead log that was not synced at each commit is gone: all of it, which is the worst of what may be."""
    synced = db.execute("PRAGMA synchronous").fetchone()[0] >= FULL
    before = b"" if synced else path.read_bytes()
    db.close()
    if not synced:
        drop_database(path)
        path.write_bytes(before)


def copy_database(source: Path, target: Path) -> None:
    """A consistent copy, as a backup makes it."""
    drop_database(target)
    with sqlite3.connect(source) as old, sqlite3.connect(target) as new:
        old.backup(new)
    old.close()
    new.close()


def drop_database(path: Path) -> None:
    """The disk is gone."""
    for each in path.parent.glob(path.name + "*"):
        each.unlink()
