"""Any order of starting, anything missing or coming back: the screen says what is missing, the rest is automatic."""

import random
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from station.bench.core.screen import Screen
from station.protocol.instruction import Line
from tests.system.bench import Bench
from tests.system.brokers import BrokerKind
from tests.system.goods import SHELF, Merchant
from tests.system.warehouse import Warehouse

PARTS = ("broker", "desk", "printer", "scanner")
ORDERS = (
    ("scanner", "printer", "broker", "desk"),
    pytest.param(("desk", "broker", "printer", "scanner"), marks=pytest.mark.full),
    pytest.param(("printer", "desk", "scanner", "broker"), marks=pytest.mark.full),
)

TWO_UNITS = tuple(Line(codes=(code,), name=name, quantity=1) for name, code in list(SHELF.items())[:2])
"""So that something comes after the first."""


@pytest.fixture
def warehouse(short_folder: Path, broker: BrokerKind) -> Iterator[Warehouse]:
    """Nothing in it runs yet."""
    found = Warehouse(short_folder, broker=broker)
    yield found
    found.close()


def _start(warehouse: Warehouse, part: str) -> None:
    bench = warehouse.benches[0]
    match part:
        case "broker":
            warehouse.broker.start()
        case "desk":
            warehouse.desk.start()
        case "printer":
            bench.printer.start()
        case _:
            bench.plug_scanner(plugged=True)


def _cut_off(warehouse: Warehouse, part: str) -> None:
    bench = warehouse.benches[0]
    match part:
        case "broker":
            warehouse.broker.cut_off_all()
        case "desk":
            warehouse.desk.cut_off()
        case "printer":
            bench.tell_printer("power off")
        case _:
            bench.plug_scanner(plugged=False)


def _bring_back(warehouse: Warehouse, part: str) -> None:
    if part == "printer":
        warehouse.benches[0].tell_printer("power on")
    else:
        _start(warehouse, part)


def _missing(screen: Screen) -> set[str]:
    """What the screen says is not there. Without a broker or without a desk there is no desk for a station."""
    facts = {"desk": screen.desk, "printer": screen.printer == "ready", "scanner": not screen.scanners_down}
    return {part for part, is_there in facts.items() if not is_there}


def _shows(*missing: str) -> Callable[[Screen], bool]:
    return lambda screen: _missing(screen) == set(missing)


@pytest.mark.parametrize("order", ORDERS)
def test_a_station_that_starts_before_everything_else_says_what_is_missing_until_nothing_is(
    warehouse: Warehouse, order: tuple[str, ...]
) -> None:
    bench = warehouse.benches[0]
    bench.station.start()
    bench.view.wait_for("everything is missing", _shows("desk", "printer", "scanner"))
    started: set[str] = set()
    for part in order:
        _start(warehouse, part)
        started.add(part)
        there = {"desk"} if {"broker", "desk"} <= started else set()
        missing = {"desk", "printer", "scanner"} - there - started.difference({"broker", "desk"})
        bench.view.wait_for(f"only {missing} is missing", _shows(*missing))
    _an_order_is_packed(warehouse, "A")
    assert bench.station.end() == 0


@pytest.mark.parametrize("part", PARTS)
def test_what_goes_away_in_mid_order_comes_back_by_itself_and_no_scan_is_lost(warehouse: Warehouse, part: str) -> None:
    with warehouse:
        bench = warehouse.benches[0]

        def goes_and_comes() -> None:
            _cut_off(warehouse, part)
            if part != "desk":  # whose end only an unanswered request can show
                bench.view.wait_for("what is missing", lambda screen: _missing(screen) - {"scanner_down"})
            _bring_back(warehouse, part)
            bench.view.wait_for("nothing is missing", _shows())

        _an_order_is_packed(warehouse, "A", after_the_first_item=goes_and_comes)


def _an_order_is_packed(
    warehouse: Warehouse, prefix: str, after_the_first_item: Callable[[], None] = lambda: None
) -> None:
    """By hand, scan by scan: slip, every unit, the label."""
    bench = warehouse.benches[0]
    instruction = msgspec.structs.replace(Merchant(random.Random(1), prefix).order(), lines=TWO_UNITS)
    with warehouse.contact_center() as contact:
        contact.wait_until_settled([contact.ship(instruction)])
        bench.scan(instruction.slips[0])
        bench.view.wait_for("the order is open", lambda screen: screen.session == "packing")
        units = [line.name for line in instruction.lines for _ in range(line.quantity)]
        for number, name in enumerate(units, start=1):
            _scan_unit(bench, SHELF[name], number)
            if number == 1:
                after_the_first_item()
        bench.view.wait_for("printed", lambda screen: screen.notice == "printed" and not screen.unsent)
        assert [shipment.order for shipment in contact.all_shipments()] == [instruction.order]


def _scan_unit(bench: Bench, code: str, number: int) -> None:
    bench.scan(code)
    bench.view.wait_for(
        f"{number} units are scanned",
        lambda screen: screen.session != "packing" or sum(line.counted for line in screen.lines) == number,
    )
