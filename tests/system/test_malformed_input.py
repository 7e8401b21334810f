"""Malformed input from everywhere: refused in clear words, counted in the status; nothing stops, nothing is freed."""

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from station.bench.core.cards import Card
from station.protocol.codec import Message, encode
from station.protocol.hold import Hold
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Kept
from station.protocol.request import Open
from station.protocol.status import DeskStatus
from station.protocol.topics import Address, HoldOn, InboxOf, InstructionOf, RequestFrom, StatusOfDesk, Topics
from station.telemetry.message import FROM_OUTSIDE
from tests.system.bench import Bench
from tests.system.brokers import BrokerKind
from tests.system.contact import ContactCenter
from tests.system.processes import wait_for
from tests.system.rubbish import BAD_LEVELS, PAYLOADS, addresses, broken_off
from tests.system.shift import Shift
from tests.system.warehouse import PREFIX, Warehouse

TOPICS = Topics(PREFIX)
STATION = "bench-1"
ODD_NAMES = ("A/1", "A%2F1", "+", "#", "A #+/%$ 1", "$SYS", "注文/1番", "..", "'; DROP TABLE")


@pytest.fixture(scope="module")
def shift(module_folder: Path, broker: BrokerKind) -> Iterator[Shift]:
    with Shift(Warehouse(module_folder, broker=broker), 1, eventful=False) as at_work:
        contact = at_work.contact
        wait_for("both have told their status", lambda: contact.desk and STATION in contact.stations)
        yield at_work


@pytest.fixture(autouse=True)
def _nothing_stops(shift: Shift) -> Iterator[None]:
    """After every test an order packs, and no program has ended."""
    yield
    shift.add_orders(2)
    shift.work_off()
    breaches = shift.judged()
    assert not breaches, "\n".join(breaches)


def _bench(shift: Shift) -> Bench:
    return shift.warehouse.benches[0]


def _rejected(contact: ContactCenter) -> tuple[int, int]:
    """What the desk and the station say that they refused."""
    desk, station = contact.desk, contact.stations.get(STATION)
    assert desk is not None
    assert station is not None
    return sum(desk.rejected.values()), sum(station.rejected.values())


def _wait_for_rejected(contact: ContactCenter, desk: int, station: int) -> None:
    wait_for(
        f"at least {desk} refused at the desk, {station} at the station",
        lambda: _rejected(contact)[0] >= desk and _rejected(contact)[1] >= station,
        seen=lambda: str((contact.desk, contact.stations.get(STATION))),
    )


def test_no_payload_on_any_topic_stops_anything(shift: Shift) -> None:
    contact, chance = shift.contact, random.Random(0)
    desk_before, station_before = _rejected(contact)
    for number, payload in enumerate(PAYLOADS.values()):
        for address in addresses(f"R-{number}", "h", STATION):
            contact.publish(TOPICS.of(address), payload, qos=chance.choice((0, 1, 2)))
    # The desk hears instruction, hold, request, status and query; the station hold, inbox and the desk's status.
    _wait_for_rejected(contact, desk_before + 5 * len(PAYLOADS), station_before + 3 * len(PAYLOADS))
    for process in (shift.warehouse.desk, _bench(shift).station):
        assert process.said("refused: hold: order R-0,")
        assert process.count_said(": refused: ") + process.count_said(" refused: ") <= 2 * FROM_OUTSIDE
        assert all(line.isprintable() for line in process.log.read_text().splitlines())
        assert not process.said("\n<3>forged line")


def test_messages_of_every_kind_that_are_broken_off_are_refused(shift: Shift) -> None:
    contact, chance = shift.contact, random.Random(1)
    good: dict[Address, Message] = {
        InstructionOf("R-1"): msgspec.structs.replace(shift.customers.order()[0], order="R-1"),
        RequestFrom(STATION): Open(request="r", boot="b", number=1, slip="NS-1"),
        InboxOf(STATION): Kept(request="r"),
        StatusOfDesk(): DeskStatus(up=True),
    }
    desk_before, station_before = _rejected(contact)
    for address, message in good.items():
        for payload in broken_off(encode(message), chance, 25):
            contact.publish(TOPICS.of(address), payload)
    _wait_for_rejected(contact, desk_before + 50, station_before + 50)


def test_a_held_order_is_not_freed_by_anything_unreadable(shift: Shift) -> None:
    contact, chance = shift.contact, random.Random(2)
    instruction, taken = shift.customers.order()
    held = contact.hold(instruction.order, "h")
    contact.wait_until_settled([taken, held])
    topic = TOPICS.of(HoldOn(instruction.order, "h"))
    released = encode(Hold(hold="h", kind="other", state="released"))
    for payload in (*PAYLOADS.values(), *broken_off(released, chance, 20)):
        contact.publish(topic, payload)
    again = contact.hold(instruction.order, "h", kind="payment")
    contact.wait_until_settled([again])
    assert {answer.outcome.outcome for answer in (*held.answers, *again.answers)} == {OutcomeKind.STOPPED}
    _is_refused_as_held(shift, instruction.slips[0])
    contact.wait_until_settled([contact.release(instruction.order, "h")])
    shift.trolley.add(instruction)


def test_an_unreadable_hold_holds_until_a_readable_one_releases_it(shift: Shift) -> None:
    contact = shift.contact
    instruction, taken = shift.customers.order()
    contact.wait_until_settled([taken])
    contact.publish(TOPICS.of(HoldOn(instruction.order, "torn")), b'{"version":1,"hold":"to')
    _is_refused_as_held(shift, instruction.slips[0])
    contact.wait_until_settled([contact.release(instruction.order, "torn")])
    shift.trolley.add(instruction)


def _is_refused_as_held(shift: Shift, slip: str) -> None:
    bench = _bench(shift)
    bench.view.wait_for("no order is open", lambda screen: screen.session == "idle")
    bench.scan(slip)
    bench.view.wait_for("on hold", lambda screen: screen.notice == "order_held")
    bench.scan(Card.CANCEL)


def test_a_topic_that_names_nothing_is_refused(shift: Shift) -> None:
    desk_before, station_before = _rejected(shift.contact)
    for level in BAD_LEVELS:
        for topic in (f"orders/{level}/instruction", f"orders/{level}/holds/h", f"orders/R-1/holds/{level}"):
            shift.contact.publish(f"{PREFIX}/{topic}", b"{}")
    _wait_for_rejected(shift.contact, desk_before + 3 * len(BAD_LEVELS), station_before + 2 * len(BAD_LEVELS))


def test_orders_are_packed_whatever_their_numbers_hold(shift: Shift) -> None:
    contact = shift.contact
    for name in ODD_NAMES:
        instruction, _ = shift.customers.order()
        odd = msgspec.structs.replace(instruction, order=name, slips=(f"NS-{len(contact.questions)}",))
        shift.customers.instructions[name, 1] = odd
        contact.wait_until_settled([contact.hold(name, f"h/{name}"), contact.ship(odd)])
        contact.wait_until_settled([contact.release(name, f"h/{name}")])
        for order in (instruction, odd):
            shift.trolley.add(order)
    shift.work_off()
    assert set(ODD_NAMES) <= {sheet.label.name.order for sheet in _bench(shift).paper.sheets() if sheet.label}
    assert set(ODD_NAMES) <= {shipment.order for shipment in contact.all_shipments()}


def test_rubbish_that_the_broker_keeps_meets_every_start_and_stops_none(shift: Shift) -> None:
    contact, warehouse, bench = shift.contact, shift.warehouse, _bench(shift)
    pairs = zip(addresses("R-kept", "h", STATION), itertools.cycle(PAYLOADS.values()), strict=False)
    holds = {HoldOn("R-kept", f"h{number}"): payload for number, payload in enumerate(PAYLOADS.values())}
    kept = {TOPICS.of(address): payload for address, payload in (*pairs, *holds.items())}
    try:
        for process in (warehouse.desk, bench.station):
            process.end()
            for topic, payload in kept.items():
                contact.publish(topic, payload, retain=True)
            process.start()
        bench.view.wait_for("ready", lambda screen: screen.desk)
        shift.add_orders(2)
        shift.work_off()
    finally:
        for topic in kept:
            contact.publish(topic, b"", retain=True)


def test_noise_from_the_scanner_loses_nothing_that_was_scanned(shift: Shift) -> None:
    bench, chance = _bench(shift), random.Random(3)
    shift.add_orders(8)
    for _ in range(200):
        noise = chance.randbytes(chance.randrange(1, 40))
        bench.send(noise + chance.choice((b"", b"\r", b"\r\n", b"\0\r")))
        bench.view.after(bench.view.newest()[0], 0.005)
    bench.send(b"x" * 4000)
    shift.work_off()
    assert bench.station.said("characters dropped")
