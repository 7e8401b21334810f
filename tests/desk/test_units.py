"""Units at the desk: a print brings every unit that the order's lines ask for, or nothing is printed."""

import pytest

from station.protocol.codec import Message
from station.protocol.instruction import Line
from station.protocol.reply import Granted, Opened, Refusal
from station.protocol.request import GrantReference, Print, Swap
from station.protocol.unit import Unit
from tests.desk.driver import ORDER, Bench, Desk, instruction, refused
from tests.desk.test_labels_in_hand import swapped

GTIN, OTHER_GTIN = "04901234567894", "04902345678905"
ALL = Line(codes=(GTIN,), name="煎茶", quantity=2, capture=("lot", "serial", "expiry"), expires_from="2026-12-05")
PLAIN = Line(codes=("IN-0042",), name="のし", quantity=3)
LOT = Line(codes=(OTHER_GTIN,), name="海苔", quantity=1, capture=("lot",))
LINES = (ALL, PLAIN, LOT)


def tea(serial: str = "S1", *, lot: str = "L1", expiry: str = "2027-01-31", line: int = 0) -> Unit:
    return Unit(line=line, item=GTIN, lot=lot, serial=serial, expiry=expiry)


NORI = Unit(line=2, item=OTHER_GTIN, lot="L9")
UNITS = (tea("S1"), tea("S2"), NORI)


@pytest.fixture
def ready(desk: Desk) -> Desk:
    """A desk with an order that asks for units on two of its three lines."""
    desk.instruct(instruction(2, lines=LINES))
    return desk


def asked(bench: Bench, *units: Unit, revision: int = 2) -> Message | None:
    return bench.say(bench.step(Print, order=ORDER, revision=revision, units=units, supervisor="sato"))


def granted(bench: Bench) -> GrantReference:
    bench.opened()
    answer = asked(bench, *UNITS)
    assert isinstance(answer, Granted), answer
    return answer.grant


@pytest.mark.usefixtures("ready")
def test_with_every_unit_it_is_granted(bench: Bench) -> None:
    assert granted(bench).units == UNITS


@pytest.mark.parametrize(
    ("units", "line"),
    [
        ((), 0),
        ((tea("S1"), NORI), 0),
        ((tea("S1"), tea("S2"), tea("S3"), NORI), 0),
        ((tea("S1"), tea("S2")), 2),
        ((tea("S1"), tea(""), NORI), 0),
        ((tea("S1"), tea("S2", lot=""), NORI), 0),
        ((tea("S1"), tea("S2", expiry=""), NORI), 0),
        ((tea("S1"), tea("S2", expiry="2026-12-04"), NORI), 0),
        ((tea("S1"), tea("S1"), NORI), 0),
        ((*UNITS, tea("S3", line=1)), 1),
        ((*UNITS, tea("S3", line=9)), 9),
    ],
)
def test_a_print_that_does_not_bring_every_unit_as_its_line_asks_is_refused_and_names_the_line(
    ready: Desk, bench: Bench, units: tuple[Unit, ...], line: int
) -> None:
    bench.opened()
    answer = refused(asked(bench, *units))
    assert (answer.reason, answer.order) == (Refusal.UNITS_LACKING, ORDER)
    assert answer.unit is not None
    assert answer.unit.line == line
    assert "print refused" in ready.whats()


@pytest.mark.usefixtures("ready")
def test_such_an_order_is_open_at_no_station_any_more(bench: Bench, other: Bench) -> None:
    bench.opened()
    asked(bench)
    assert refused(asked(bench, *UNITS)).reason is Refusal.NOT_OPEN_HERE
    assert isinstance(other.open(), Opened)


@pytest.mark.usefixtures("ready")
def test_the_same_print_gets_the_same_refusal(bench: Bench) -> None:
    bench.opened()
    step = bench.step(Print, order=ORDER, revision=2)
    assert bench.say(step) == bench.say(step)


@pytest.mark.usefixtures("ready")
def test_another_label_of_a_packed_parcel_brings_none(bench: Bench) -> None:
    bench.printed(granted(bench))
    bench.reprint()
    answer = asked(bench)
    assert isinstance(answer, Granted)
    bench.not_printed(answer.grant)
    again = asked(bench)
    assert isinstance(again, Granted), "given back, and asked anew"
    bench.unknown(again.grant)
    bench.no_label(again.grant, still_open=True)
    assert isinstance(asked(bench), Granted), "no label came out"


@pytest.mark.usefixtures("ready")
def test_a_print_that_was_given_back_brings_them_again(bench: Bench) -> None:
    bench.not_printed(granted(bench))
    assert refused(asked(bench)).reason is Refusal.UNITS_LACKING


@pytest.mark.usefixtures("ready")
def test_one_whose_label_was_in_doubt_and_did_not_come_out_brings_them_again(bench: Bench) -> None:
    grant = granted(bench)
    bench.unknown(grant)
    bench.no_label(grant, still_open=True)
    assert refused(asked(bench)).reason is Refusal.UNITS_LACKING


@pytest.mark.parametrize("cause", ["recall", "void"])
def test_a_parcel_that_was_made_void_is_packed_anew_with_its_units(ready: Desk, bench: Bench, cause: str) -> None:
    grant = granted(bench)
    bench.printed(grant)
    bench.voided(grant, cause)
    ready.instruct(swapped(3, lines=LINES))
    bench.opened()
    assert refused(asked(bench, revision=3)).reason is Refusal.UNITS_LACKING
    bench.opened()
    assert isinstance(asked(bench, *UNITS, revision=3), Granted)


def test_the_parcel_of_a_swap_is_closed_and_brings_none(ready: Desk, bench: Bench) -> None:
    grant = granted(bench)
    bench.printed(grant)
    ready.instruct(swapped(3, lines=LINES))
    bench.voided(grant, "dock_swap")
    bench.say(bench.step(Swap, label=grant.tracking_numbers[0]))
    answer = asked(bench, revision=3)
    assert isinstance(answer, Granted)
    bench.not_printed(answer.grant)
    assert isinstance(asked(bench, revision=3), Granted)


def test_a_swap_whose_lines_change_while_it_is_open_brings_the_units_of_the_new_lines(
    ready: Desk, bench: Bench
) -> None:
    grant = granted(bench)
    bench.printed(grant)
    ready.instruct(swapped(3, lines=LINES))
    bench.voided(grant, "dock_swap")
    bench.say(bench.step(Swap, label=grant.tracking_numbers[0]))
    ready.instruct(swapped(4, lines=(ALL,)))
    assert refused(asked(bench, revision=4)).reason is Refusal.UNITS_LACKING
    bench.opened()
    assert isinstance(asked(bench, tea("S1"), tea("S3"), revision=4), Granted)


def test_a_unit_that_was_taken_out_of_a_swaps_parcel_may_go_out_with_another_order(ready: Desk, bench: Bench) -> None:
    grant = granted(bench)
    bench.printed(grant)
    ready.instruct(swapped(3, lines=(ALL,)))
    bench.voided(grant, "dock_swap")
    bench.opened()
    answer = asked(bench, tea("S1"), tea("S3"), revision=3)
    assert isinstance(answer, Granted)
    bench.printed(answer.grant)
    ready.instruct(swapped(1, "400000000099", order="B-1", slips=("B-1",), lines=(ALL,)))
    bench.opened("B-1")
    taken = [
        bench.say(bench.step(Print, order="B-1", revision=1, units=(tea("S2"), tea(serial))))
        for serial in ("S1", "S3", "S4")
    ]
    assert [type(each) for each in taken[:2]] != [Granted, Granted]
    assert isinstance(taken[2], Granted)
