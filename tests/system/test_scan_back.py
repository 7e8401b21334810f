"""A signed badge and a label that is scanned back, on real programs: what a power cut must not let a packer skip."""

import random
from pathlib import Path

import msgspec

from station.bench.core.cards import Card
from station.bench.core.devices import BadgeKind
from station.bench.core.screen import Screen
from station.cards.badge import Badge, code_of, public_key_of
from station.protocol.instruction import Line
from tests.system.bench import Bench
from tests.system.goods import SHELF, Merchant
from tests.system.processes import wait_for
from tests.system.warehouse import Warehouse

SECRET = bytes(range(32))
PACKER = code_of(Badge(BadgeKind.PACKER, 3, "佐藤 花子"), SECRET)
NAME, ITEM = next(iter(SHELF.items()))


def _set(bench: Bench) -> None:
    text = bench.config.read_text()
    text = text.replace("[printing]\n", '[printing]\nscan_back = "always"\n')
    text = text.replace("[scanning]\n", "[scanning]\npacker_required = true\n")
    bench.config.write_text(f'{text}\n[badges]\npublic_key = "{public_key_of(SECRET).hex()}"\n')


def _asks_again(screen: Screen) -> bool:
    """A code that is scanned before the scanner is open is read by nobody."""
    return screen.session == "scanningback" and screen.desk and not screen.scanners_down


def test_a_packed_label_is_asked_for_after_a_power_cut_too_and_a_neighbours_turns_the_station_red(
    short_folder: Path,
) -> None:
    warehouse = Warehouse(short_folder)
    bench = warehouse.benches[0]
    _set(bench)
    with warehouse, warehouse.contact_center() as contact:
        lines = (Line(codes=(ITEM,), name=NAME, quantity=3),)
        order = msgspec.structs.replace(Merchant(random.Random(1), "A").order(), lines=lines)
        contact.wait_until_settled([contact.ship(order)])
        bench.scan(order.slips[0])
        bench.view.wait_for("a badge is asked for", lambda screen: screen.notice == "needs_packer")
        bench.scan(PACKER)
        bench.view.wait_for("the packer is known", lambda screen: screen.packer == "佐藤 花子")
        bench.scan(order.slips[0])
        bench.view.wait_for("the order is open", lambda screen: screen.session == "packing")
        for code in (Card.QUANTITY, "PS-N-3", ITEM):
            bench.scan(code)
        bench.view.wait_for("printed", lambda screen: screen.session == "scanningback" and not screen.unsent)
        (shipment,) = contact.all_shipments()
        assert (shipment.order, shipment.packer) == (order.order, "佐藤 花子"), "nothing waits for the scan"

        bench.station.cut_off()
        wait_for("the screen is dark", lambda: bench.view.newest()[1] is None)
        bench.station.start()

        bench.view.wait_for("it is asked for again", _asks_again)
        bench.scan("A999999999999A")
        shown = bench.view.wait_for("red", lambda screen: screen.notice == "wrong_label")
        assert (shown.tone, shown.order) == ("stop", order.order)
        labels = [sheet.label for sheet in bench.paper.sheets()]
        assert len(labels) == len(order.pieces) > 1
        for label in labels:
            assert label is not None
            bench.scan(str(label.name))
        bench.view.wait_for("green", lambda screen: screen.notice == "scanned_back")
    assert PACKER not in bench.station.log.read_text()
    assert PACKER.encode() not in b"".join(path.read_bytes() for path in bench.disk.folder.iterdir())
