"""Units at the desk: kept with the grant, told in the shipment record whatever is lost, and no serial number twice."""

import json
from pathlib import Path

import pytest

from station.protocol.codec import MAX_PAYLOAD_BYTES, Message, digest, encode
from station.protocol.instruction import Instruction, Line, decode_instruction
from station.protocol.outcome import OutcomeKind, Shipment
from station.protocol.reply import Granted, Opened, Refusal, Refused, Revised
from station.protocol.request import CONTENT_DIGITS, MAX_UNRESOLVED, GrantReference, Print, fitting
from station.protocol.unit import MAX_LINES, MAX_UNITS, Unit
from tests.desk.conftest import greeted
from tests.desk.driver import DAY_S, ORDER, ORDERS_DAYS, Bench, Desk, instruction, refused, running
from tests.label.orders import PLAIN

GTIN = "04901234567894"
OTHER = "A-2002"


def unit(serial: str = "S1", lot: str = "L1") -> Unit:
    return Unit(line=0, item=GTIN, lot=lot, serial=serial, expiry="2027-01-31")


UNITS = (unit("S1"), unit("S2"))


def lines(quantity: int = 2) -> tuple[Line, ...]:
    return (Line(codes=(GTIN,), name="煎茶", quantity=quantity, capture=("lot", "serial", "expiry")),)


def other_order() -> Instruction:
    return instruction(order=OTHER, slips=(OTHER,), lines=lines())


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A desk with two orders that ask for their units."""
    desk.instruct(instruction(2, lines=lines()))
    desk.instruct(other_order())
    return desk


def asked(bench: Bench, order: str = ORDER, units: tuple[Unit, ...] = UNITS, *, supervisor: str = "") -> Message | None:
    """An order is opened, its units are scanned, and everything matches."""
    bench.opened(order)
    revision = 2 if order == ORDER else 1
    return bench.say(bench.step(Print, order=order, revision=revision, units=units, supervisor=supervisor))


def granted(bench: Bench, order: str = ORDER, units: tuple[Unit, ...] = UNITS, **more: str) -> GrantReference:
    answer = asked(bench, order, units, **more)
    assert isinstance(answer, Granted), answer
    return answer.grant


@pytest.mark.parametrize(("cause", "is_free"), [("recall", True), ("void", True), ("dock_swap", False)])
@pytest.mark.usefixtures("ready")
def test_a_void_label_frees_its_units_for_other_orders_but_a_swaps_parcel_keeps_them(
    bench: Bench, cause: str, *, is_free: bool
) -> None:
    grant = granted(bench)
    bench.printed(grant)
    bench.voided(grant, cause)
    answer = asked(bench, OTHER)
    assert isinstance(answer, Granted) is is_free


def recorded(desk: Desk, order: str = ORDER) -> tuple[tuple[Unit, ...], ...]:
    return tuple(shipment.units for shipment in desk.shipments() if shipment.order == order)


def test_the_units_of_a_print_stand_in_the_shipment_record(ready: Desk, bench: Bench) -> None:
    grant = granted(bench)
    assert grant.units == UNITS
    assert bench.printed(grant).the(Shipment).units == UNITS
    assert recorded(ready) == (UNITS,)


def test_the_desk_has_them_where_the_station_lost_its_disk(ready: Desk, bench: Bench) -> None:
    grant = granted(bench)
    spare = Bench(ready, journal="j-2")
    [outstanding] = spare.greet().outstanding
    assert outstanding == grant
    spare.unknown(outstanding.with_units(()))
    spare.printed(outstanding.with_units(()))
    assert recorded(ready) == (UNITS,)


def test_a_supervisor_s_word_for_a_dead_station_brings_them_too(ready: Desk, bench: Bench) -> None:
    ready.resolve(granted(bench), printed=True)
    assert recorded(ready) == (UNITS,)


def test_a_desk_that_forgot_the_grant_learns_them_from_the_record(ready: Desk, bench: Bench) -> None:
    forgotten = GrantReference(grant="1-j-1.99", order=ORDER, revision=2, units=UNITS)
    bench.printed(forgotten, without_permission=True)
    assert recorded(ready) == (UNITS,)


def test_a_restarted_desk_knows_them(tmp_path: Path) -> None:
    with running(tmp_path / "desk.db") as desk:
        desk.instruct(instruction(2, lines=lines()))
        bench = greeted(desk, "station-1")
        grant = granted(bench)
        desk.restart()
        bench.greet(grant.with_units(()))
        bench.printed(grant.with_units(()))
        assert recorded(desk) == (UNITS,)


def test_a_serial_number_that_went_out_is_refused_with_the_order_the_place_and_the_time(
    ready: Desk, bench: Bench
) -> None:
    bench.printed(granted(bench))
    answer = refused(asked(bench, OTHER, (unit("S9"), unit("S2"))))
    assert answer == Refused(
        request=answer.request,
        reason=Refusal.SERIAL_SHIPPED,
        order=OTHER,
        station="station-1",
        at="14:02",
        unit=unit("S2"),
        shipped_with=ORDER,
    )
    history = [line.detail for line in ready.store.history(OTHER)]
    assert any(f"went out with {ORDER}" in detail for detail in history)
    assert not any("S2" in detail for detail in history)
    assert isinstance(bench.say(bench.step(Print, order=OTHER, revision=1, units=(unit("S9"), unit("S8")))), Granted)


def test_so_is_one_whose_label_is_just_coming_out_at_another_station(ready: Desk, bench: Bench) -> None:
    granted(bench)
    other = greeted(ready, "station-2")
    assert refused(asked(other, OTHER)).reason is Refusal.SERIAL_SHIPPED


@pytest.mark.usefixtures("ready")
def test_one_of_a_label_that_did_not_come_out_is_free_again(bench: Bench) -> None:
    bench.not_printed(granted(bench))
    bench.close()
    grant = granted(bench, OTHER)
    bench.unknown(grant)
    bench.no_label(grant)
    assert isinstance(asked(bench), Granted)


@pytest.mark.usefixtures("ready")
def test_one_of_the_same_order_s_earlier_label_is_its_own(bench: Bench) -> None:
    grant = granted(bench)
    bench.unknown(grant)
    bench.no_label(grant, still_open=True)
    bench.printed(granted(bench))
    assert bench.reprint() is not None
    again = bench.say(bench.step(Print, order=ORDER, revision=2, units=UNITS))
    assert isinstance(again, Granted)


@pytest.mark.parametrize(
    "different", [Unit(line=0, item=GTIN, lot="L1"), Unit(line=0, item="04902345678905", serial="S1")]
)
def test_lots_go_out_again_and_a_serial_number_counts_with_its_article(
    desk: Desk, bench: Bench, different: Unit
) -> None:
    tea = (Line(codes=(GTIN,), name="煎茶", quantity=1, capture=("lot", "serial", "expiry")),)
    desk.instruct(instruction(2, lines=tea))
    asks = (Line(codes=(different.item,), name="他", quantity=1, capture=("serial" if different.serial else "lot",)),)
    desk.instruct(instruction(order=OTHER, slips=(OTHER,), lines=asks))
    bench.printed(granted(bench, units=(unit("S1"),)))
    assert isinstance(asked(bench, OTHER, (different,)), Granted)


def test_a_supervisor_lets_one_pass_that_came_back_and_the_history_says_so(ready: Desk, bench: Bench) -> None:
    bench.printed(granted(bench))
    bench.printed(granted(bench, OTHER, supervisor="sato"))
    assert recorded(ready, OTHER) == (UNITS,)
    assert any(
        line.what == "serial number let pass" and "by supervisor sato" in line.detail
        for line in ready.store.history(OTHER)
    )


def test_a_supervisors_word_is_for_one_grant_and_every_number_that_it_lets_pass_is_noted(
    ready: Desk, bench: Bench
) -> None:
    bench.printed(granted(bench))
    grant = granted(bench, OTHER, supervisor="sato")
    passed = "serial number let pass"
    assert ready.whats(OTHER).count(passed) == len(UNITS)
    bench.not_printed(grant)
    for _ in range(2):
        answer = refused(bench.say(bench.step(Print, order=OTHER, revision=1, units=UNITS)))
        assert answer.reason is Refusal.SERIAL_SHIPPED
    assert ready.whats(OTHER).count(passed) == len(UNITS)


def test_what_went_out_twice_without_permission_stands_in_the_history(ready: Desk, bench: Bench) -> None:
    bench.printed(granted(bench))
    alone = GrantReference(grant="1-j-1.alone9", order=OTHER, revision=1, units=UNITS)
    bench.printed(alone, without_permission=True)
    assert recorded(ready, OTHER) == (UNITS,)
    assert "serial number went out twice" in ready.whats(OTHER)
    assert "serial number went out twice" not in ready.whats()


def test_a_serial_number_is_forgotten_with_its_order(ready: Desk, bench: Bench) -> None:
    bench.printed(granted(bench))
    assert ready.store.holder(GTIN, "S1", other_than="") is not None
    ready.now_s += (ORDERS_DAYS + 1) * DAY_S
    ready.rest()
    assert ready.store.holder(GTIN, "S1", other_than="") is None


def test_an_order_of_more_units_than_a_message_can_tell_is_refused_to_its_sender(desk: Desk) -> None:
    outcome = desk.instruct(instruction(2, lines=lines(MAX_UNITS + 1))).outcome("revision-2")
    assert outcome.outcome is OutcomeKind.REFUSED
    assert f"lines: {MAX_UNITS + 1} units" in outcome.reason
    assert desk.instruct(instruction(3, lines=lines(MAX_UNITS))).outcome("revision-3").outcome is OutcomeKind.ACCEPTED


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"codes": ("IN-0042",)}, "capture needs a GTIN"),
        ({"capture": ("lot",), "expires_from": "2026-12-05"}, "expires_from stands where capture has expiry"),
        ({"capture": ("colour",)}, r"Invalid enum value"),
        ({"expires_from": "5.12.2026"}, r"expires_from"),
    ],
)
def test_a_line_that_asks_for_what_no_code_can_say_is_refused(
    desk: Desk, changes: dict[str, object], reason: str
) -> None:
    content = {"codes": (GTIN,), "name": "煎茶", "quantity": 1, "capture": ("expiry",)} | changes
    tree = json.dumps(json.loads(encode(instruction(2))) | {"lines": [content]}).encode()
    outcome = desk.instruct(tree, ORDER).outcome("revision-2")
    assert outcome.outcome is OutcomeKind.REFUSED
    assert reason in outcome.reason


def test_an_order_that_asks_for_nothing_has_the_digest_that_it_always_had() -> None:
    assert b"capture" not in encode(PLAIN)
    assert b"expires_from" not in encode(PLAIN)
    assert digest(encode(decode_instruction(encode(PLAIN)))) == digest(encode(PLAIN))


def test_an_order_comes_with_the_desk_s_day(ready: Desk, bench: Bench) -> None:
    assert bench.opened().today == "1970-01-01"
    ready.now_s += 2 * DAY_S
    answer = bench.opened()
    assert isinstance(answer, Opened)
    assert answer.today == "1970-01-03"


def test_an_order_comes_with_the_name_of_its_content(ready: Desk, bench: Bench) -> None:
    taken = digest(encode(instruction(2, lines=lines())))[:CONTENT_DIGITS]
    assert bench.opened().content == taken
    ready.restart()
    pushed = ready.ask("station-1", bench.hello(open_order=ORDER)).the(Revised)
    assert pushed.content == taken


def longest_units(count: int, first: int = 0) -> tuple[Unit, ...]:
    return tuple(
        Unit(line=MAX_LINES - 1, item=GTIN, lot='"' * 20, serial=f"{first + number:06}" + '"' * 14, expiry="2027-01-31")
        for number in range(count)
    )


def test_the_most_units_with_the_longest_numbers_fit_in_every_message(ready: Desk, bench: Bench) -> None:
    ready.sizes.clear()
    others = (Line(codes=("IN-0042",), name="他", quantity=1),) * (MAX_LINES - 1)
    ready.instruct(instruction(3, lines=(*others, *lines(MAX_UNITS))))
    bench.opened()
    most = longest_units(MAX_UNITS)
    answer = bench.say(bench.step(Print, order=ORDER, revision=3, units=most))
    assert isinstance(answer, Granted)
    bench.greet(answer.grant)
    bench.printed(answer.grant)
    for number in range(30):
        bench.printed(
            GrantReference(grant=f"g{number}", order=f"O{number}", revision=1, units=longest_units(40, 1000 * number)),
            without_permission=True,
        )
    told: list[Shipment] = []
    while page := ready.shipments(after=told[-1].number if told else 0):
        told += page
    assert [len(shipment.units) for shipment in told] == [MAX_UNITS, *[40] * 30]
    assert MAX_PAYLOAD_BYTES * 0.4 < max(ready.sizes) <= MAX_PAYLOAD_BYTES


def test_of_more_units_than_fit_a_message_names_the_grants_alone() -> None:
    grants = [
        GrantReference(grant=f"g{number}", order="O", revision=1, units=longest_units(100)) for number in range(50)
    ]
    named = fitting(grants)
    assert [len(grant.units) for grant in named] == [100] + [0] * (MAX_UNRESOLVED - 1)
