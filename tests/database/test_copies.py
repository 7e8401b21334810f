"""Copies of a database in use: whole and proven, or not there."""

import sqlite3
import threading
from contextlib import closing
from pathlib import Path

import pytest

from station.database.copies import copy_database
from station.database.files import put_in_place
from station.sqlite import Damaged, Database, StoreUnusable, connected


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "in-use.db"


@pytest.fixture
def db(path: Path) -> Database:
    made = connected(path, "remove it")
    made.execute("CREATE TABLE pairs (a INTEGER PRIMARY KEY, b INTEGER NOT NULL, filling BLOB NOT NULL)")
    return made


def add(db: Database, first: int, count: int = 1) -> None:
    """Two rows that belong together, each time."""
    for number in range(first, first + count):
        with db.transaction():
            rows = [(2 * number, number, bytes(600)), (2 * number + 1, number, bytes(600))]
            db.executemany("INSERT INTO pairs VALUES (?, ?, ?)", rows)


def halves(path: Path) -> tuple[int, int]:
    """Rows, and rows without their other half."""
    with closing(sqlite3.connect(path)) as copy:
        (rows,) = copy.execute("SELECT count(*) FROM pairs").fetchone()
        odd = copy.execute("SELECT b FROM pairs GROUP BY b HAVING count(*) != 2").fetchall()
    return int(rows), len(odd)


def test_a_copy_holds_what_was_committed_also_what_is_in_the_log_only(db: Database, path: Path, tmp_path: Path) -> None:
    add(db, 1, 10)
    db.execute("BEGIN")
    db.execute("INSERT INTO pairs VALUES (1000, 1000, x'00')")
    copy_database(path, tmp_path / "copy.db")
    db.execute("ROLLBACK")
    assert halves(tmp_path / "copy.db") == (20, 0)
    assert sorted(each.name for each in tmp_path.glob("*copy*")) == ["copy.db"], "one file, without a log"
    assert (tmp_path / "copy.db").stat().st_mode & 0o777 == 0o600


def test_copies_made_while_it_is_written_are_each_of_one_moment(db: Database, path: Path, tmp_path: Path) -> None:
    add(db, 1, 50)
    stop = threading.Event()

    def write() -> None:
        number = 100
        while not stop.is_set():
            add(db, number)
            number += 1

    writer = threading.Thread(target=write)
    writer.start()
    try:
        counts = []
        for turn in range(10):
            copy_database(path, tmp_path / f"{turn}.db")
            rows, odd = halves(tmp_path / f"{turn}.db")
            assert odd == 0
            counts.append(rows)
    finally:
        stop.set()
        writer.join()
    assert counts == sorted(counts)
    assert counts[-1] > counts[0], "it was written meanwhile"


def test_a_copy_that_fails_leaves_the_one_before_and_nothing_else(
    db: Database, path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(db, 1)
    copy = tmp_path / "copy.db"
    copy_database(path, copy)
    before = copy.read_bytes()
    add(db, 2)

    def fails(*_: object) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("station.database.copies.put_in_place", fails)
    with pytest.raises(StoreUnusable, match=r"in-use\.db cannot be copied to .*copy\.db: .*nothing was changed"):
        copy_database(path, copy)
    assert copy.read_bytes() == before
    assert sorted(each.name for each in tmp_path.iterdir() if "copy" in each.name) == ["copy.db"]
    monkeypatch.setattr("station.database.copies.put_in_place", put_in_place)
    copy_database(path, copy)
    assert halves(copy) == (4, 0)


def test_of_a_damaged_database_there_is_no_copy(db: Database, path: Path, tmp_path: Path) -> None:
    add(db, 1, 200)
    db.close()
    content = bytearray(path.read_bytes())
    content[8 * 4096 : 12 * 4096] = bytes(4 * 4096)
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"in-use\.db"):
        copy_database(path, tmp_path / "copy.db")
    assert [each.name for each in tmp_path.glob("*copy*")] == []


def test_the_database_itself_is_no_place_for_its_copy(db: Database, path: Path) -> None:
    add(db, 1)
    with pytest.raises(StoreUnusable, match="is the database itself"):
        copy_database(path, path.parent / "." / path.name)
    assert db.execute("SELECT count(*) FROM pairs").fetchone() == (2,)


@pytest.mark.parametrize("place", ["nowhere/copy.db", "."])
def test_a_place_that_takes_no_file_is_named(db: Database, path: Path, tmp_path: Path, place: str) -> None:
    add(db, 1)
    with pytest.raises(StoreUnusable, match=r"cannot be copied to|no room"):
        copy_database(path, tmp_path / place)
