"""Damage of every kind is found before anything is decided; what is set aside keeps its log."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from station.database.damage import check, missing
from station.database.files import DAMAGED, REPLACED, InUse, Lock, damaged_beside, set_aside
from station.sqlite import Damaged, connected

PAGE = 4096
TABLES = ("things",)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database of some hundred pages, whose program has ended."""
    path = tmp_path / "some.db"
    with closing(connected(path, "remedy")) as db:
        db.execute("CREATE TABLE things (id INTEGER PRIMARY KEY, body TEXT NOT NULL) STRICT")
        db.execute("CREATE INDEX by_body ON things (body)")
        with db.transaction():
            db.executemany("INSERT INTO things VALUES (NULL, ?)", [(f"{n:06}" * 40,) for n in range(2000)])
    return path


def zeroed(content: bytearray) -> None:
    """A page in the middle that was never written."""
    content[20 * PAGE : 21 * PAGE] = bytes(PAGE)


def torn(content: bytearray) -> None:
    """Half of a page is of another one."""
    content[20 * PAGE : 20 * PAGE + 512] = content[60 * PAGE + 512 : 60 * PAGE + 1024]


def swapped(content: bytearray) -> None:
    """Two pages, each whole, in each other's place."""
    first, second = slice(20 * PAGE, 21 * PAGE), slice(60 * PAGE, 61 * PAGE)
    content[first], content[second] = content[second], content[first]


def miscounted(content: bytearray) -> None:
    """Every page can be read, and the number of free ones is not so. https://www.sqlite.org/fileformat2.html"""
    content[36:40] = (7).to_bytes(4)


def truncated(content: bytearray) -> None:
    """The disk gave up."""
    del content[len(content) // 2 :]


def rubbish(content: bytearray) -> None:
    """Something else."""
    content[:] = b'{"not": "a database"}\n' * 1000


def head_gone(content: bytearray) -> None:
    """The first page."""
    content[:PAGE] = b"\xff" * PAGE


@pytest.mark.parametrize("harm", [zeroed, torn, swapped, miscounted, truncated, rubbish, head_gone])
def test_damage_is_found_and_told_with_place_and_remedy(path: Path, harm: Callable[[bytearray], None]) -> None:
    content = bytearray(path.read_bytes())
    harm(content)
    path.write_bytes(content)
    with pytest.raises(Damaged, match=r"some\.db .*; what to do"):
        check(path, TABLES, "what to do")


def test_of_a_large_file_the_tables_that_count_are_checked(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.database.damage.WHOLE_BYTES", 1)
    check(path, TABLES, "what to do")
    content = bytearray(path.read_bytes())
    zeroed(content)
    path.write_bytes(content)
    with pytest.raises(Damaged):
        check(path, TABLES, "what to do")


def test_what_is_whole_and_what_is_not_there_is_not_damaged(path: Path) -> None:
    before = path.read_bytes()
    check(path, TABLES, "")
    check(path.with_name("none.db"), TABLES, "")
    assert path.read_bytes() == before


def test_what_is_set_aside_takes_its_log_along_and_is_as_it_was(path: Path) -> None:
    db = connected(path, "")
    db.execute("INSERT INTO things VALUES (5000, 'in the log only')")
    for each in (path, path.with_name(path.name + "-wal")):
        each.with_name(f"kept-{each.name}").write_bytes(each.read_bytes())
    db.close()
    for each in (path, path.with_name(path.name + "-wal")):
        each.with_name(f"kept-{each.name}").rename(each)
    aside = set_aside(path, DAMAGED)
    assert aside.name.startswith("some.db.damaged-2")
    assert not list(path.parent.glob("some.db")) + list(path.parent.glob("some.db-*"))
    with closing(sqlite3.connect(aside)) as found:
        assert found.execute("SELECT body FROM things WHERE id = 5000").fetchone() == ("in the log only",)


def test_two_that_are_set_aside_in_one_second_do_not_share_a_name(path: Path) -> None:
    names = set()
    for _ in range(3):
        path.write_bytes(b"x")
        names.add(set_aside(path, DAMAGED))
    assert len(names) == 3
    assert damaged_beside(path) in {name.name for name in names}


def test_only_damage_is_told_of_as_damage(path: Path) -> None:
    set_aside(path, REPLACED)
    assert damaged_beside(path) == ""


def test_a_database_that_was_there_is_missed_and_one_that_never_was_is_not(path: Path) -> None:
    assert missing(path) == ""
    assert missing(path.with_name("new.db")) == ""
    aside = set_aside(path, DAMAGED)
    reason = missing(path)
    for word in (str(path), aside.name, "station restore FILE", "--empty", "docs/data.md"):
        assert word in reason


def test_a_database_is_used_by_one_program(path: Path) -> None:
    with Lock(path), pytest.raises(InUse, match=r"some\.db is in use"):
        Lock(path)
    with Lock(path):
        pass
