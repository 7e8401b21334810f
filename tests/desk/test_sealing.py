"""Names and addresses encrypted in the desk's database: with the right key alone they can be read."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from station.config.encryption import Encryption, keys
from station.config.reading import ConfigError
from station.desk.sealing import AT_ONCE, Seal, WrongKey
from station.desk.store import Store
from station.protocol.codec import encode
from station.sqlite import StoreUnusable
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, Desk, instruction
from tests.desk.test_store import on_disk
from tests.label.orders import PLAIN

OLD, NEW, OTHER = bytes(range(32)), bytes(range(1, 33)), bytes(32)
MARKS = (PLAIN.ship_to.name.encode(), PLAIN.ship_to.phone.encode(), PLAIN.ship_to.lines[0].encode())


@contextmanager
def store(path: Path, *secrets: bytes) -> Iterator[Store]:
    """Opened with these keys, the first to seal with."""
    with closing(Store(path, roster=frozenset(), supervisors=frozenset(), seal=Seal.of(secrets))) as opened:
        yield opened


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with one order in it, sealed with the old key."""
    path = tmp_path / "desk.db"
    desk = Desk(path, seal=Seal.of([OLD]))
    desk.instruct(instruction())
    desk.stop()
    return path


def test_the_files_hold_no_address_and_the_station_gets_it(tmp_path: Path) -> None:
    desk = Desk(tmp_path / "desk.db", seal=Seal.of([OLD]))
    desk.instruct(instruction())
    bench = greeted(desk, "station-1")
    assert bench.opened().instruction == instruction()
    for mark in MARKS:
        assert mark not in on_disk(desk.path)
    desk.stop()


def test_without_a_key_it_is_refused_with_the_keys_name_and_the_remedy_and_left_alone(path: Path) -> None:
    before = path.read_bytes()
    for secrets in ((), (OTHER,), (NEW, OTHER)):
        refused = pytest.raises(WrongKey, match=r"sealed with key [0-9a-f]{16}, which is not among \[encryption\]")
        with refused, store(path, *secrets):
            pass
    assert path.read_bytes() == before


def test_a_new_key_takes_the_old_ones_place_at_the_next_start(path: Path) -> None:
    with store(path, NEW, OLD) as opened:
        assert opened.instruction(ORDER) == instruction()
    with store(path, NEW) as opened:
        assert opened.instruction(ORDER) == instruction()
    with pytest.raises(WrongKey), store(path, OLD):
        pass


def test_what_was_kept_before_there_was_a_key_is_sealed_and_nothing_of_it_stays(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    desk = Desk(path)
    for number in range(AT_ONCE + 3):
        desk.instruct(instruction(order=f"A-{number}", slips=(f"S-{number}",)))
    desk.stop()
    assert all(mark in on_disk(path) for mark in MARKS)
    with store(path, NEW) as opened:
        for mark in MARKS:
            assert mark not in on_disk(path)
        kept = opened.instruction(f"A-{AT_ONCE + 2}")
    assert kept is not None
    assert kept.ship_to == PLAIN.ship_to


def test_what_was_sealed_for_one_order_is_not_read_as_anothers_and_no_byte_can_be_changed() -> None:
    seal, content = Seal.of([OLD]), encode(instruction())
    sealed = seal.seal("A", 1, content)
    assert seal.open("A", 1, sealed) == content
    assert seal.seal("A", 1, content) != sealed, "no two are alike"
    for order, revision, stored in (
        ("B", 1, sealed),
        ("A", 2, sealed),
        ("A", 1, sealed[:-1] + bytes((sealed[-1] ^ 1,))),
        ("A", 1, sealed[:20]),
    ):
        with pytest.raises(StoreUnusable, match=f"order {order}, revision {revision} is not what was sealed"):
            seal.open(order, revision, stored)


def test_retention_drops_what_is_sealed_too(path: Path) -> None:
    with store(path, OLD) as opened:
        opened._db.execute("UPDATE orders SET shipped = '{}'")
        with opened.transaction():
            assert opened.forget(personal_data_s=-1.0, orders_s=1e9) == 1
    with closing(sqlite3.connect(path)) as db:
        assert db.execute("SELECT instruction FROM editions").fetchall() == [(None,)]


@pytest.mark.parametrize(
    ("content", "reason"), [("00" * 31, "31 bytes"), ("no digits", "cannot be read as a key"), ("", "0 bytes")]
)
def test_a_file_that_holds_no_key_is_refused_by_name(tmp_path: Path, content: str, reason: str) -> None:
    file = tmp_path / "data.key"
    file.write_text(content)
    with pytest.raises(ConfigError, match=rf"encryption\.key = .*data\.key.*{reason}"):
        keys(Encryption(key=str(file)))
    file.write_text("ab" * 32 + "\n")
    assert keys(Encryption(key=str(file), former_keys=(str(file),))) == (b"\xab" * 32,) * 2
    with pytest.raises(ConfigError, match="missing or not readable"):
        keys(Encryption(key=str(tmp_path / "none")))
