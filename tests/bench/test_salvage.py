"""What can be read of a damaged journal goes on; whatever it is, nothing is printed by it."""

import random
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from station.bench.core.devices import Proof
from station.bench.core.effects import AddRecord, Audit, BeginPrint, NoteHold
from station.bench.journal import Journal
from station.bench.salvage import salvaged
from station.protocol.hold import Hold
from station.protocol.request import GrantReference, Printed, Unknown
from station.sqlite import Damaged

PAGE = 4096


def _grant(number: int) -> GrantReference:
    return GrantReference(grant=f"1-boot.{number}", order=f"A-{number}", revision=1, tracking_numbers=("123456789010",))


def _record(number: int) -> Printed:
    request = f"j:{number}"
    return Printed(request=request, journal="j", sequence=number, grant=_grant(number), proof=Proof.PROCESS_ID.value)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Of a station that prints without the desk: some hundred records unsent, one label begun, a hold."""
    path = tmp_path / "station.db"
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([AddRecord(_record(number)) for number in range(1, 301)])
    journal.commit([BeginPrint(_grant(999)), NoteHold("A-7", Hold(hold="h", kind="cancel", state="active"))])
    journal.commit([Audit("item", detail="x" * 200)] * 200)
    journal.close()
    return path


def page_of(path: Path, table: str, which: int) -> int:
    """The number of one of a table's leaves, from 0."""
    with closing(sqlite3.connect(path)) as db:
        db.execute("PRAGMA writable_schema = ON")
        (root,) = db.execute("SELECT rootpage FROM sqlite_schema WHERE name = ?", (table,)).fetchone()
    content = path.read_bytes()
    start = (root - 1) * PAGE
    assert content[start] == 5, "an inner page of a table"
    pointer = int.from_bytes(content[start + 12 + 2 * which : start + 14 + 2 * which])
    return int.from_bytes(content[start + pointer : start + pointer + 4]) - 1


def harm(path: Path, page: int) -> None:
    content = bytearray(path.read_bytes())
    content[page * PAGE : (page + 1) * PAGE] = b"\xaa" * PAGE
    path.write_bytes(content)


def test_of_a_whole_one_everything_unsent_is_read(path: Path) -> None:
    rest = salvaged(path)
    assert [record.sequence for record in rest.records] == list(range(1, 301))
    assert rest.begun_grants == (_grant(999),)
    assert [(heard.order, heard.hold.hold) for heard in rest.holds] == [("A-7", "h")]


def test_around_a_damaged_page_it_is_read_from_both_ends(path: Path) -> None:
    harm(path, page_of(path, "records", 5))
    with pytest.raises((Damaged, sqlite3.DatabaseError)):
        Journal(path).begin_boot()
    numbers = [record.sequence for record in salvaged(path).records]
    assert numbers[0] == 1
    assert numbers[-1] == 300
    assert 250 < len(numbers) < 300
    assert numbers == sorted(set(numbers))


def test_a_row_that_is_rubbish_is_left_out_and_stops_a_start(path: Path) -> None:
    with closing(sqlite3.connect(path)) as db:
        db.execute("UPDATE records SET body = '{\"type\":' WHERE sequence = 9")
        db.execute("UPDATE records SET body = CAST(x'ff00fe' AS TEXT) WHERE sequence IN (8, 200)")
        db.commit()
    journal = Journal(path)
    with pytest.raises(Damaged, match=r"the journal .*station\.db cannot be read"):
        journal.begin_boot()
    journal.close()
    assert [record.sequence for record in salvaged(path).records] == [*range(1, 8), *range(10, 200), *range(201, 301)]


def test_the_new_journal_says_again_what_the_desk_lacks_and_asks_about_what_had_begun(path: Path) -> None:
    rest = salvaged(path)
    new = Journal(path.with_name("new.db"))
    assert new.is_unused
    new.begin_from(rest)
    remembered = new.begin_boot()
    assert [record.sequence for record in remembered.outbox] == list(range(1, 301))
    assert {record.journal for record in remembered.outbox} == {remembered.identity.journal}
    assert remembered.outbox[0].request == f"{remembered.identity.journal}:1"
    assert remembered.identity.boot_number == 1
    assert remembered.begun_grants == (_grant(999),)
    assert new.hold("A-7", "h") is not None
    new.commit([AddRecord(Unknown(request="n:301", journal="n", sequence=301, grant=_grant(999)))])
    new.close()


def test_of_rubbish_nothing_is_read(tmp_path: Path) -> None:
    chances = random.Random(7)
    for size in (0, 100, PAGE, 20 * PAGE):
        file = tmp_path / f"{size}.db"
        file.write_bytes(chances.randbytes(size))
        assert salvaged(file) == ((), (), ())
