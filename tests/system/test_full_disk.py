"""A disk that is full: nothing is printed and nothing untrue said; people are told, and it goes on with room again."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from tests.system.bench import Bench
from tests.system.disk import Disk
from tests.system.processes import Process, wait_for
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse


@pytest.fixture
def shift(short_folder: Path) -> Iterator[Shift]:
    warehouse = Warehouse(short_folder, small_disks=True)
    if warehouse.no_small_disks:
        warehouse.close()
        pytest.skip(warehouse.no_small_disks)
    with Shift(warehouse, 1, eventful=False) as at_work:
        at_work.packers[0].resting = True
        yield at_work


@pytest.fixture
def bench(shift: Shift) -> Bench:
    return shift.warehouse.benches[0]


def _order(shift: Shift) -> Instruction:
    instruction, taken = shift.customers.order()
    shift.contact.wait_until_settled([taken])
    return instruction


def _work_off(shift: Shift, order: Instruction) -> None:
    shift.trolley.add(order)
    shift.packers[0].resting = False
    shift.work_off()
    breaches = shift.judged()
    assert not breaches, "\n".join(breaches)


def _fill(disk: Disk, process: Process) -> None:
    """The program finds it full when it starts: what it needs to write before may still fit."""
    process.may_give_up = True
    disk.fill()
    process.cut_off()
    process.start()


def test_a_station_without_room_says_so_on_its_screen_and_in_its_status_and_goes_on_with_room(
    shift: Shift, bench: Bench
) -> None:
    order = _order(shift)
    _fill(bench.disk, bench.station)
    bench.view.wait_for("the disk is full", lambda screen: screen.notice == "disk_full" and screen.tone == "stop")
    wait_for("its status says so", lambda: shift.contact.stations["bench-1"].disk_full)
    assert not shift.contact.stations["bench-1"].ready
    bench.scan(order.slips[0])
    bench.disk.free()
    bench.view.wait_for("it works again", lambda screen: screen.desk and screen.printer == "ready")
    wait_for("its status says so, too", lambda: shift.contact.stations["bench-1"].ready)
    assert not bench.paper.sheets()
    _work_off(shift, order)


def test_a_station_whose_disk_fills_at_work_prints_nothing_that_is_not_written_down(shift: Shift, bench: Bench) -> None:
    bench.station.may_give_up = True
    bench.disk.fill()
    order = _order(shift)
    shift.trolley.add(order)
    shift.packers[0].resting = False
    wait_for(
        "it ends, or prints what it could write down",
        lambda: bench.station.said("is full") or bench.paper.sheets(),
    )
    bench.disk.free()
    _work_off(shift, order)


def test_a_desk_without_room_answers_nothing_and_says_so_and_answers_with_room(shift: Shift) -> None:
    warehouse = shift.warehouse
    order = _order(shift)
    _fill(warehouse.disk, warehouse.desk)
    wait_for("its status says so", lambda: shift.contact.desk and shift.contact.desk.disk_full)
    held = shift.contact.hold(order.order, "h")
    wait_for("it was asked again", lambda: held.times_asked > 2)
    assert not held.answers
    warehouse.disk.free()
    shift.contact.wait_until_settled([held])
    assert held.newest is OutcomeKind.STOPPED
    shift.contact.wait_until_settled([shift.contact.release(order.order, "h")])
    _work_off(shift, order)
