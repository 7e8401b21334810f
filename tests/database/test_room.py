"""A full disk: printing stops before recording does. On a real small file system, filled to the last byte."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.core.devices import Proof
from station.bench.core.effects import AddRecord, Audit, BeginPrint
from station.bench.journal import Journal
from station.database.room import RESERVE_BYTES, Room
from station.protocol.request import GrantReference, Printed
from station.sqlite import DiskFull
from tests.system.disk import Disk

GRANT = GrantReference(grant="1-boot.1", order="A-1", revision=1, tracking_numbers=("123456789010",))
NEXT = GrantReference(grant="1-boot.2", order="A-2", revision=1, tracking_numbers=("123456789020",))


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    disk = Disk(tmp_path / "disk")
    if reason := disk.make_small():
        pytest.skip(reason)
    yield disk
    disk.take_away()


@pytest.fixture
def path(disk: Disk) -> Path:
    return disk.folder / "station.db"


def _printed(number: int = 1) -> Printed:
    return Printed(request=f"j:{number}", journal="j", sequence=number, grant=GRANT, proof=Proof.PROCESS_ID.value)


def test_a_label_that_came_out_on_a_full_disk_is_written_down_and_no_other_begins(disk: Disk, path: Path) -> None:
    room = Room(path)
    assert room.take() == ""
    journal = Journal(path, room=room)
    journal.begin_boot()
    journal.commit([BeginPrint(GRANT)])
    disk.fill()
    # More than what free pages of the log would take.
    journal.commit([AddRecord(_printed()), *[Audit("item", detail="x" * 200)] * 500])
    assert room.is_short, "it took the reserve"
    journal.commit([Audit("printed")])
    with pytest.raises(DiskFull, match=r"the disk of .*station\.db is full; make room there"):
        journal.commit([BeginPrint(NEXT)])
    with pytest.raises(DiskFull):
        journal.check_room()
    journal.close()
    disk.free()
    assert Room(path).take() == ""
    remembered = Journal(path).begin_boot()
    assert [record.grant for record in remembered.outbox] == [GRANT]
    assert remembered.begun_grants == ()


def test_without_a_reserve_the_same_commit_has_no_room(disk: Disk, path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    disk.fill()
    with pytest.raises(DiskFull):
        journal.commit([AddRecord(_printed()), *[Audit("item", detail="x" * 200)] * 500])
    journal.close()


def test_a_print_does_not_begin_below_the_margin_though_it_would_fit(disk: Disk, path: Path) -> None:
    room = Room(path)
    assert room.take() == ""
    journal = Journal(path, room=room)
    journal.begin_boot()
    disk.fill()
    with disk._filler.open("r+b") as filler:
        filler.truncate(filler.seek(0, 2) - (512 << 10))
    with pytest.raises(DiskFull, match="make room there"):
        journal.commit([BeginPrint(GRANT)])
    assert not room.is_short, "the reserve is for what has begun"
    journal.commit([Audit("still written")])
    assert journal.begin_boot().begun_grants == ()
    journal.close()


def test_the_reserve_cannot_be_filled_by_others_and_is_waited_for(disk: Disk, path: Path) -> None:
    room = Room(path)
    assert room.take() == ""
    reserve = path.with_suffix(".reserve")
    assert reserve.stat().st_blocks * 512 >= RESERVE_BYTES
    disk.fill()
    assert room.give_up()
    assert not room.give_up(), "there is one"
    assert "is full" in room.lacking()
    assert "is full" in Room(path).take(), "half of it is not enough to begin"
    assert not reserve.exists() or "is full" in Room(path).take()
    disk.free()
    again = Room(path)
    assert (again.take(), again.lacking()) == ("", "")
