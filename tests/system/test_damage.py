"""Damaged databases of real programs: nothing is printed twice, nothing is begun in silence, people are told."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from tests.system import backup
from tests.system.bench import Bench
from tests.system.processes import wait_for
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse

PAGE = 4096


@pytest.fixture
def shift(short_folder: Path) -> Iterator[Shift]:
    with Shift(Warehouse(short_folder), 1, eventful=False) as at_work:
        at_work.packers[0].resting = True
        yield at_work


@pytest.fixture
def bench(shift: Shift) -> Bench:
    return shift.warehouse.benches[0]


def zeroed(content: bytearray) -> None:
    """Every page but the first."""
    content[PAGE:] = bytes(len(content) - PAGE)


def truncated(content: bytearray) -> None:
    """Half of it."""
    del content[len(content) // 2 :]


def emptied(content: bytearray) -> None:
    """Nothing."""
    content.clear()


def rubbish(content: bytearray) -> None:
    """Something else."""
    content[:] = b"rubbish\n" * 5000


def harm(path: Path, how: Callable[[bytearray], None]) -> None:
    content = bytearray(path.read_bytes())
    how(content)
    path.write_bytes(content)
    for other in ("-wal", "-shm"):
        path.with_name(path.name + other).unlink(missing_ok=True)


def _order(shift: Shift) -> Instruction:
    instruction, taken = shift.customers.order()
    shift.contact.wait_until_settled([taken])
    return instruction


def _work_off(shift: Shift, *orders: Instruction) -> None:
    for order in orders:
        shift.trolley.add(order)
    shift.packers[0].resting = False
    shift.work_off()
    breaches = shift.judged()
    assert not breaches, "\n".join(breaches)


@pytest.mark.parametrize("how", [zeroed, *(pytest.param(how, marks=pytest.mark.full) for how in (truncated, rubbish))])
def test_a_station_with_a_damaged_journal_says_so_sets_it_aside_and_prints_no_second_label(
    shift: Shift, bench: Bench, how: Callable[[bytearray], None]
) -> None:
    first, second = _order(shift), _order(shift)
    bench.station.may_give_up = True
    bench.tell_printer("power off")
    bench.station.cut_off()
    harm(bench.journal, how)
    bench.tell_printer("power on")
    bench.station.start()
    bench.view.wait_for("the journal was damaged", lambda screen: screen.notice == "journal_damaged")
    wait_for("its status says so", lambda: shift.contact.stations["bench-1"].damaged_journal.startswith("journal.db.d"))
    bench.view.wait_for("it works again", lambda screen: screen.desk and screen.printer == "ready", 40)
    assert shift.contact.stations["bench-1"].damaged_journal, "until a person takes it away"
    assert bench.station.said("a new journal is begun in place of a damaged one")
    assert len(list(bench.journal.parent.glob("journal.db.damaged-*"))) == 1
    _work_off(shift, first, second)


@pytest.mark.full
def test_a_label_that_was_begun_when_the_journal_was_damaged_is_in_doubt(shift: Shift, bench: Bench) -> None:
    order = _order(shift)
    bench.station.may_give_up = True
    bench.tell_printer("power off after 2000")
    shift.trolley.add(order)
    shift.packers[0].resting = False
    bench.view.wait_for("the print began", lambda screen: screen.session in ("printing", "doubting"))
    shift.packers[0].resting = True
    bench.station.cut_off()
    harm(bench.journal, zeroed)
    bench.tell_printer("power on")
    bench.station.start()
    bench.view.wait_for("the packer is asked", lambda screen: screen.session == "doubting", 40)
    shift.packers[0].resting = False
    _work_off(shift)


@pytest.mark.parametrize(
    "how", [truncated, *(pytest.param(how, marks=pytest.mark.full) for how in (zeroed, emptied, rubbish))]
)
def test_a_desk_with_a_damaged_database_decides_nothing_until_a_person_puts_back_a_backup(
    shift: Shift, how: Callable[[bytearray], None]
) -> None:
    warehouse = shift.warehouse
    order = _order(shift)
    copy = warehouse.folder / "copy.db"
    backup.make(warehouse.desk_config, copy)
    warehouse.desk.may_give_up = True
    warehouse.desk.cut_off()
    harm(warehouse.database, how)
    warehouse.desk.start()
    wait_for("its status says so", lambda: shift.contact.desk and shift.contact.desk.database_lost)
    held = shift.contact.hold(order.order, "h")
    wait_for("it was asked again", lambda: held.times_asked > 2)
    assert not held.answers
    assert not warehouse.database.exists(), "it began with no empty one"
    warehouse.desk.may_give_up = False
    backup.restore_desk(warehouse.desk_config, copy)
    shift.contact.wait_until_settled([held])
    assert held.newest is OutcomeKind.STOPPED
    shift.contact.wait_until_settled([shift.contact.release(order.order, "h")])
    _work_off(shift, order)
