"""Messages that a station never hears, for the broker dies with them: nothing stays held, nothing old is printed."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from station.bench.core.cards import Card
from station.bench.core.screen import Screen
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from tests.system.bench import Bench
from tests.system.brokers import BrokerKind
from tests.system.contact import Question
from tests.system.shift import Shift
from tests.system.warehouse import Warehouse


@pytest.fixture(scope="module")
def shift(module_folder: Path, broker: BrokerKind) -> Iterator[Shift]:
    with Shift(Warehouse(module_folder, broker=broker), 1, eventful=False) as at_work:
        yield at_work


@pytest.fixture
def bench(shift: Shift) -> Bench:
    return shift.warehouse.benches[0]


@pytest.fixture
def order(shift: Shift) -> Iterator[Instruction]:
    """One more order, known at the desk; packed at the end, and the paper is what it should be."""
    shift.packers[0].resting = True
    instruction, taken = shift.customers.order()
    shift.contact.wait_until_settled([taken])
    yield instruction
    shift.trolley.add(instruction)
    shift.packers[0].resting = False
    shift.work_off()
    breaches = shift.judged()
    assert not breaches, "\n".join(breaches)


def _unheard_at_the_station(shift: Shift, say: Callable[[], Question]) -> None:
    """Say something that the desk answers, over a broker that has just begun anew and does not know the station."""
    station = shift.warehouse.benches[0].station
    station.pause()
    try:
        shift.warehouse.broker.cut_off_all()
        shift.warehouse.broker.start()
        shift.contact.wait_until_settled([say()])
    finally:
        station.resume()


def _open(bench: Bench, order: Instruction) -> None:
    bench.view.wait_for("no order is open", lambda screen: screen.session == "idle")
    bench.scan(order.slips[0])
    bench.view.wait_for("the order is open", lambda screen: screen.session == "packing")


def _put_back(bench: Bench) -> None:
    bench.scan(Card.CANCEL)
    bench.view.wait_for("no order is open", lambda screen: screen.session == "idle")


def _is_held(screen: Screen) -> bool:
    return bool(screen.holds)


def test_a_release_that_the_station_missed_reaches_it_when_it_connects_again(
    shift: Shift, bench: Bench, order: Instruction
) -> None:
    _open(bench, order)
    shift.contact.hold(order.order, "h")
    bench.view.wait_for("red", _is_held)
    _unheard_at_the_station(shift, lambda: shift.contact.release(order.order, "h"))
    bench.view.wait_for("the hold is released", lambda screen: not _is_held(screen))
    _put_back(bench)


def test_a_release_that_the_station_missed_reaches_it_when_the_order_is_opened(
    shift: Shift, bench: Bench, order: Instruction
) -> None:
    _open(bench, order)
    shift.contact.hold(order.order, "h")
    bench.view.wait_for("red", _is_held)
    _put_back(bench)
    _unheard_at_the_station(shift, lambda: shift.contact.release(order.order, "h"))
    bench.view.wait_for("the desk is there", lambda screen: screen.desk)
    _open(bench, order)
    bench.view.wait_for("the hold is released", lambda screen: not _is_held(screen))
    _put_back(bench)


def test_a_hold_that_the_station_missed_stops_the_open_order_all_the_same(
    shift: Shift, bench: Bench, order: Instruction
) -> None:
    _open(bench, order)
    _unheard_at_the_station(shift, lambda: shift.contact.hold(order.order, "h"))
    bench.view.wait_for("red", _is_held)
    released = shift.contact.release(order.order, "h")
    shift.contact.wait_until_settled([released])
    assert released.newest is OutcomeKind.FREED
    _put_back(bench)


def test_a_revision_that_the_station_missed_is_what_is_packed(shift: Shift, bench: Bench, order: Instruction) -> None:
    _open(bench, order)
    _unheard_at_the_station(shift, lambda: shift.customers.revision(order.order))
    bench.view.wait_for("the newer revision", lambda screen: screen.revision == 2)
    _put_back(bench)
