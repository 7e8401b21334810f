"""After the print, with the real programs: a hold calls the label back, the packer scans it, and the answer is true."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.bench.core.cards import Card
from station.bench.core.screen import Screen
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from tests.system.bench import REPEAT_WINDOW_S, Bench
from tests.system.contact import ContactCenter
from tests.system.goods import SHELF, Merchant
from tests.system.paper import Label
from tests.system.processes import wait_for
from tests.system.warehouse import Warehouse

Kind = OutcomeKind


@pytest.fixture
def warehouse(short_folder: Path) -> Iterator[Warehouse]:
    with Warehouse(short_folder, benches=2) as started:
        yield started


@pytest.fixture
def contact(warehouse: Warehouse) -> Iterator[ContactCenter]:
    with warehouse.contact_center() as center:
        yield center


def _printed(screen: Screen, order: Instruction, notice: str = "printed") -> bool:
    return screen.session == "idle" and screen.notice == notice and order.order in screen.english


def _pack(bench: Bench, order: Instruction) -> None:
    """Scan the slip and every item, as the screen asks for them, until the label is out."""
    bench.view.wait_for("no order is open", lambda screen: screen.session == "idle" and screen.desk)
    bench.scan(order.slips[0])
    while True:
        screen = bench.view.wait_for("packing", lambda screen: screen.order or _printed(screen, order))
        if _printed(screen, order):
            return
        count = bench.view.newest()[0]
        missing = [line.name for line in screen.lines if line.counted < line.quantity]
        if screen.session == "packing" and missing:
            bench.scan(SHELF[missing[0]])
        elif screen.notice == "acknowledge":
            bench.scan(Card.ACKNOWLEDGE)
        bench.view.after(count, 2.0)
        bench.view.after(bench.view.newest()[0], REPEAT_WINDOW_S * 1.2)


def _labels(bench: Bench, order: str) -> list[Label]:
    """Of this order, as they lie there."""
    labels = [sheet.label for sheet in bench.paper.sheets()]
    return [label for label in labels if label is not None and label.name.order == order]


def _scan_back(bench: Bench, order: Instruction) -> None:
    """Scan every label of the order where it is called back, as a scanner reads it off the paper."""
    for label in _labels(bench, order.order):
        if label.tracking_number in order.tracking_numbers:
            bench.scan(label.nw7)
            bench.view.after(bench.view.newest()[0], 1.0)


def test_a_hold_after_the_print_is_recalled_by_the_packers_scan_and_the_order_packed_anew(
    warehouse: Warehouse, contact: ContactCenter
) -> None:
    merchant, bench = Merchant(random.Random(1)), warehouse.benches[0]
    order = merchant.order()
    contact.wait_until_settled([contact.ship(order)])
    _pack(bench, order)

    hold = contact.hold(order.order, "h")
    wait_for("it is looked for", lambda: hold.newest is Kind.RECALLING)
    bench.view.wait_for("red", lambda screen: screen.session == "callingback" and screen.tone == "stop")
    bench.scan(order.slips[0])
    bench.view.wait_for("that was no label", lambda screen: screen.notice == "recall_other_label")
    bench.station.cut_off()
    wait_for("its screen is dark", lambda: bench.view.newest()[1] is None)
    bench.station.start()
    bench.view.wait_for("red again", lambda screen: screen.session == "callingback")
    _scan_back(bench, order)
    bench.view.wait_for("void", lambda screen: screen.session == "idle" and screen.notice == "voided")
    contact.wait_until_settled([hold])
    assert hold.newest is Kind.RECALLED

    released = contact.release(order.order, "h")
    revised = merchant.revision(order)
    contact.wait_until_settled([released, contact.ship(revised)])
    _pack(bench, revised)
    newest = _labels(bench, order.order)[-1]
    assert (newest.name.revision, newest.name.reprint) == (2, 1)
    wait_for("all records are kept", lambda: len(contact.all_shipments()) == 3)
    records = contact.all_shipments()
    assert [(each.kind, each.revision, each.irregular) for each in records] == [
        ("printed", 1, ""),
        ("void", 1, "recall"),
        ("printed", 2, "recall"),
    ]
    assert records[2].replaces == records[1].grant == records[0].grant


def test_a_swap_is_printed_at_whichever_bench_the_old_label_is_scanned(
    warehouse: Warehouse, contact: ContactCenter
) -> None:
    merchant = Merchant(random.Random(2))
    order, next_one = merchant.order(), merchant.order()
    contact.wait_until_settled([contact.ship(order), contact.ship(next_one)])
    bench, dock = warehouse.benches
    _pack(bench, order)
    _pack(bench, next_one)

    swap = contact.swap(merchant.revision(order))
    contact.wait_until_settled([swap])
    assert swap.newest is Kind.SWAP_ORDERED
    dock.scan(Card.SWAP)
    dock.view.wait_for("which one", lambda screen: screen.notice == "swap_next")
    old = _labels(bench, order.order)
    dock.scan(old[0].nw7)
    dock.view.wait_for("all of it", lambda screen: screen.session == "callingback")
    for label in old:
        dock.scan(label.nw7)
        dock.view.after(dock.view.newest()[0], 1.0)
    dock.view.wait_for("the new one, and the old one taken off", lambda screen: _printed(screen, order, "swapped"))
    assert {(label.name.revision, label.name.reprint) for label in _labels(dock, order.order)} == {(2, 1)}
    wait_for("it is in time", lambda: swap.newest is Kind.ACCEPTED)
    wait_for("all records are kept", lambda: len(contact.all_shipments()) == 4)
    records = [each for each in contact.all_shipments() if each.order == order.order]
    assert [(each.kind, each.irregular) for each in records] == [
        ("printed", ""),
        ("void", "dock_swap"),
        ("printed", "dock_swap"),
    ]
