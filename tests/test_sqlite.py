"""Databases in which what is committed survives a power cut, and when SQLite's log is moved to its place."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from station.sqlite import ROWS_A_CHECKPOINT, Checkpoints, Database, DiskFull, StoreUnusable, connected, full_disk

SCHEMA = "CREATE TABLE things (id INTEGER PRIMARY KEY, body BLOB) STRICT;"
PAGE_BYTES = 4096


def _opened(path: Path) -> Database:
    db = connected(path, "remove it")
    db.execute(SCHEMA)
    db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    return db


def _insert(db: Database, rows: int, body: bytes = b"") -> None:
    with db.transaction():
        db.executemany("INSERT INTO things VALUES (NULL, ?)", [(body,)] * rows)


def _rows_in_place(path: Path) -> int:
    """What the file itself holds, without its write-ahead log."""
    copy = path.with_suffix(".copy")
    shutil.copy(path, copy)
    with sqlite3.connect(copy) as db:
        (rows,) = db.execute("SELECT count(*) FROM things").fetchone()
    return int(rows)


def test_a_pause_moves_what_was_committed_to_its_place(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    db = _opened(path)
    checkpoints = Checkpoints(db)
    checkpoints.run_if_due()
    _insert(db, ROWS_A_CHECKPOINT)
    assert _rows_in_place(path) == 0
    checkpoints.run_if_due()
    assert _rows_in_place(path) == ROWS_A_CHECKPOINT


def test_a_few_rows_are_left_in_the_log(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    db = _opened(path)
    checkpoints = Checkpoints(db)
    _insert(db, ROWS_A_CHECKPOINT)
    checkpoints.run_if_due()
    _insert(db, ROWS_A_CHECKPOINT - 1)
    checkpoints.run_if_due()
    assert _rows_in_place(path) == ROWS_A_CHECKPOINT


def test_without_a_pause_the_log_does_not_grow_for_ever(tmp_path: Path) -> None:
    db = _opened(tmp_path / "things.db")
    for _ in range(15):
        _insert(db, 1_000, b"x" * PAGE_BYTES)
    assert (tmp_path / "things.db-wal").stat().st_size < 10_000 * PAGE_BYTES


def test_a_commit_waits_for_the_disk(tmp_path: Path) -> None:
    db = _opened(tmp_path / "things.db")
    assert db.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert db.execute("PRAGMA synchronous").fetchone() == (2,)


def test_a_file_that_is_no_database_is_named_with_its_remedy(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    path.write_text("this is no database, and longer than a header is" * 10)
    with pytest.raises(StoreUnusable, match=r"things\.db cannot be used: .*; remove it"):
        _opened(path)


def test_what_a_full_disk_has_no_room_for_is_not_there_and_what_was_committed_is(tmp_path: Path) -> None:
    path = tmp_path / "things.db"
    db = _opened(path)
    _insert(db, 1)
    db.execute("PRAGMA max_page_count = 4")
    with pytest.raises(DiskFull, match=r"things\.db cannot be used: database or disk is full; remove it"):
        _insert(db, 10, bytes(PAGE_BYTES))
    assert not db.in_transaction
    assert db.execute("SELECT count(*) FROM things").fetchone() == (1,)
    db.execute("PRAGMA max_page_count = 1000")
    _insert(db, 1)
    assert db.execute("SELECT count(*) FROM things").fetchone() == (2,)


def test_a_fault_of_the_program_is_not_taken_for_the_disks(tmp_path: Path) -> None:
    db = _opened(tmp_path / "things.db")
    with pytest.raises(sqlite3.IntegrityError):
        db.executemany("INSERT INTO things VALUES (?, NULL)", [(1,), (1,)])
    assert not db.in_transaction
    with pytest.raises(sqlite3.OperationalError):
        db.execute("SELECT * FROM nothing")


def test_a_disk_with_room_is_not_called_full_and_one_without_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert full_disk(tmp_path / "things.db") == ""
    assert full_disk(tmp_path / "nowhere" / "things.db") == ""
    monkeypatch.setattr("station.sqlite.ROOM_BYTES", 1 << 62)
    assert "make room" in full_disk(tmp_path / "things.db")
