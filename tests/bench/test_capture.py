"""Lot, serial number and expiry at the bench: what is taken, what is not and why, and that nothing of it is lost."""

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.core.capture import day_of
from station.bench.core.codes import Code
from station.bench.core.devices import BadgeKind, BadgeScanned, KeyTurned, PrintFailed, Scanned, Sound
from station.bench.core.effects import BeginPrint
from station.bench.core.events import LinkDown, OrderRevised
from station.bench.core.notices import Key, notice
from station.bench.core.order import LineFacts, OrderFacts
from station.bench.core.state import Remembered, Rules, WithoutPermission
from station.bench.odd_codes import OddCodes
from station.devices.barcode import GS, read_code
from station.protocol.reply import Granted, Refusal
from station.protocol.request import GrantReference, Print, Printed, Unknown
from station.protocol.unit import Captured, Unit
from tests.bench.driver import IDENTITY, TEA, Driver, order

ALL: tuple[Captured, ...] = ("lot", "serial", "expiry")
EXPIRES_FROM = "2026-12-05"
OTHER = "04902345678905"


def asking(*capture: Captured, quantity: int = 1, revision: int = 1, expires_from: str = EXPIRES_FROM) -> OrderFacts:
    """An order whose one line asks for this."""
    line = LineFacts((TEA,), "煎茶", quantity, capture, expires_from if "expiry" in capture else "")
    facts = order(revision=revision)
    return OrderFacts(facts.order, revision, facts.slips, (line,), facts.tracking_numbers)


def code(serial: str = "S1", *, lot: str = "L1", expiry: str = "270131", item: str = TEA) -> str:
    """What a scanner reads off a unit."""
    return f"]d201{item}17{expiry}10{lot}{GS}21{serial}"


def unit(serial: str = "S1", *, lot: str = "L1", expiry: str = "2027-01-31") -> Unit:
    return Unit(line=0, item=TEA, lot=lot, serial=serial, expiry=expiry)


def scan(driver: Driver, raw: str) -> None:
    """As the loop does it: a code that is none of the bench's own comes as a mark."""
    scanned = OddCodes().marked(Scanned("hand", read_code(raw)), driver.bench, driver.rules)
    driver.happens(scanned, after_s=1.0)


def grant_reply(driver: Driver) -> Granted:
    """The desk's yes, as the desk says it: with the units that it was told."""
    asked = driver.said(Print)
    grant = GrantReference(
        grant=asked.request, order=asked.order, revision=1, tracking_numbers=order().tracking_numbers, units=asked.units
    )
    return Granted(request=asked.request, grant=grant, epoch="epoch-1", decision=1)


@pytest.fixture
def driver() -> Driver:
    return Driver().ready()


@pytest.mark.parametrize(
    ("capture", "kept"),
    [
        (ALL, unit()),
        (("lot",), Unit(line=0, item=TEA, lot="L1")),
        (("serial",), Unit(line=0, item=TEA, serial="S1")),
        (("expiry",), Unit(line=0, item=TEA, expiry="2027-01-31")),
    ],
)
def test_what_the_line_asks_for_and_no_more_goes_from_the_scan_into_the_record(
    driver: Driver, capture: tuple[Captured, ...], kept: Unit
) -> None:
    driver.open(asking(*capture))
    scan(driver, code())
    assert driver.said(Print).units == (kept,)
    reply = grant_reply(driver)
    driver.answer(reply)
    driver.confirmed(reply.grant)
    assert driver.records[-1].grant.units == (kept,)


def test_units_are_on_disk_with_the_point_of_no_return_and_come_with_the_record_after_a_crash(driver: Driver) -> None:
    driver.open(asking(*ALL))
    scan(driver, code())
    driver.answer(grant_reply(driver))
    [begun] = [entry.grant for entry in driver.entries if isinstance(entry, BeginPrint)]
    assert begun.units == (unit(),)
    again = Driver(remembered=Remembered(IDENTITY, begun_grants=(begun,))).ready()
    assert isinstance(again.records[0], Unknown)
    again.scan(begun.tracking_numbers[0])
    assert isinstance(again.records[-1], Printed)
    assert again.records[-1].grant.units == (unit(),)


def test_so_they_do_when_the_label_was_in_doubt(driver: Driver) -> None:
    driver.open(asking(*ALL))
    scan(driver, code())
    reply = grant_reply(driver)
    driver.answer(reply)
    driver.happens(PrintFailed(reply.grant.grant, begun=True, reason="unplugged"))
    driver.scan(reply.grant.tracking_numbers[0])
    assert driver.records[-1].grant.units == (unit(),)


def test_without_permission_they_come_with_the_record(driver: Driver) -> None:
    driver = Driver(
        rules=Rules(station="station-1", slip_pattern="^NS-", without_permission=WithoutPermission.SUPERVISOR)
    ).ready()
    driver.open(asking(*ALL))
    driver.happens(LinkDown("gone"))
    scan(driver, code())
    driver.happens(KeyTurned(on=True))
    assert driver.prints[-1].units == (unit(),)


@pytest.mark.parametrize("raw", [TEA[1:], "]E0" + TEA[1:], f"]C101{TEA}"])
@pytest.mark.parametrize(("asked", "words"), [("lot", "lot number"), ("serial", "serial number")])
def test_the_jan_of_a_unit_that_is_asked_for_more_is_refused_with_what_to_scan(
    driver: Driver, raw: str, asked: Captured, words: str
) -> None:
    driver.open(asking(asked))
    scan(driver, raw)
    assert (driver.notice, driver.sounds[-1], driver.counted) == (Key.CODE_LACKS, Sound.WRONG, [0])
    assert words in driver.bench.notice.english
    assert "not the JAN" in driver.bench.notice.english
    assert "JANではなく" in driver.bench.notice.japanese


def test_a_code_in_which_fnc1_is_missing_is_refused_as_that_and_not_guessed_at(driver: Driver) -> None:
    driver.open(asking("lot"))
    scan(driver, f"]C101{TEA}10LOT121S1")
    assert (driver.notice, driver.sounds[-1], driver.counted) == (Key.CODE_RUNS_TOGETHER, Sound.WRONG, [0])
    assert "FNC1" in driver.bench.notice.japanese


def test_what_is_certain_though_fnc1_is_missing_is_enough_for_a_line_that_asks_for_no_more(driver: Driver) -> None:
    driver.open(asking("expiry"))
    scan(driver, f"]C101{TEA}1727013110LOT121S1")
    assert driver.said(Print).units == (Unit(line=0, item=TEA, expiry="2027-01-31"),)


def test_what_expires_before_the_day_is_refused_and_on_the_day_is_taken(driver: Driver) -> None:
    driver.open(asking(*ALL, quantity=2))
    scan(driver, code(expiry="261204"))
    assert (driver.notice, driver.sounds[-1], driver.counted) == (Key.EXPIRES_TOO_SOON, Sound.WRONG, [0])
    assert driver.bench.notice.about == ("煎茶", "2026-12-04", EXPIRES_FROM)
    scan(driver, code(expiry="261205"))
    assert driver.counted == [1]


def test_a_serial_number_is_taken_once_in_a_box(driver: Driver) -> None:
    driver.open(asking(*ALL, quantity=2))
    scan(driver, code())
    scan(driver, code())
    assert (driver.notice, driver.sounds[-1], driver.counted) == (Key.SERIAL_TWICE, Sound.WRONG, [1])
    scan(driver, code("S2"))
    assert [each.serial for each in driver.said(Print).units] == ["S1", "S2"]


def test_a_lot_is_taken_for_every_unit_of_it(driver: Driver) -> None:
    driver.open(asking("lot", quantity=2))
    scan(driver, code())
    scan(driver, code())
    assert driver.said(Print).units == (Unit(line=0, item=TEA, lot="L1"),) * 2


def test_a_unit_that_went_out_before_is_taken_out_and_another_one_goes_in(driver: Driver) -> None:
    driver.open(asking(*ALL, quantity=2))
    scan(driver, code("S1"))
    scan(driver, code("S2"))
    driver.refused(
        Refusal.SERIAL_SHIPPED, unit=unit("S1"), shipped_with="A-0", station="station-9", at="2026-11-21T14:02:33+09:00"
    )
    assert (driver.session, driver.counted, driver.sounds[-1]) == ("Packing", [1], Sound.WRONG)
    expected = notice(Key.SERIAL_SHIPPED, "煎茶", "S1", "A-0", "station-9 2026-11-21 14:02")
    assert driver.bench.notice == expected
    assert driver.count(Print) == 1
    scan(driver, code("S3"))
    assert [each.serial for each in driver.said(Print).units] == ["S2", "S3"]
    assert not driver.forgotten


def refused_for_its_serial(driver: Driver) -> None:
    """A unit that went out before was scanned, and the desk said so."""
    driver.open(asking("serial"))
    scan(driver, code())
    assert driver.said(Print).supervisor == ""
    driver.refused(Refusal.SERIAL_SHIPPED, unit=Unit(line=0, item=TEA, serial="S1"), shipped_with="A-0")


def test_with_the_supervisor_s_key_on_the_desk_is_told_so(driver: Driver) -> None:
    refused_for_its_serial(driver)
    driver.happens(KeyTurned(on=True))
    scan(driver, code())
    assert (driver.count(Print), driver.said(Print).supervisor) == (2, "key")


def test_a_badge_is_one_supervisors_word_for_one_print_and_the_desk_is_told_whose(driver: Driver) -> None:
    refused_for_its_serial(driver)
    driver.happens(BadgeScanned("hand", BadgeKind.SUPERVISOR, "sato", 7))
    scan(driver, code())
    assert (driver.count(Print), driver.said(Print).supervisor) == (2, "sato")
    assert driver.bench.supervised is None


def test_a_word_that_was_given_for_something_else_answers_for_no_serial_number(driver: Driver) -> None:
    driver.happens(BadgeScanned("hand", BadgeKind.SUPERVISOR, "sato", 7))
    refused_for_its_serial(driver)
    scan(driver, code("S2"))
    assert (driver.count(Print), driver.said(Print).supervisor) == (2, "")
    assert driver.bench.supervised is not None


def test_a_print_without_serial_numbers_needs_nobodys_word(driver: Driver) -> None:
    driver.open(asking("lot"))
    driver.happens(BadgeScanned("hand", BadgeKind.SUPERVISOR, "sato", 7))
    scan(driver, code())
    assert driver.said(Print).supervisor == ""
    assert driver.bench.supervised is not None


def test_of_two_lines_with_one_article_only_the_one_that_asks_is_asked(driver: Driver) -> None:
    facts = asking("serial")
    plain = LineFacts((TEA,), "煎茶", 1)
    driver.open(OrderFacts(facts.order, 1, facts.slips, (plain, *facts.lines), facts.tracking_numbers))
    scan(driver, TEA[1:])
    scan(driver, code())
    assert driver.said(Print).units == (Unit(line=1, item=TEA, serial="S1"),)


def test_a_revision_with_the_same_lines_keeps_the_units_and_one_that_asks_for_more_begins_anew(driver: Driver) -> None:
    driver.open(asking("lot", quantity=2))
    scan(driver, code())
    driver.happens(OrderRevised(asking("lot", quantity=2, revision=2)))
    assert driver.counted == [1]
    driver.happens(OrderRevised(asking("lot", "serial", quantity=2, revision=3)))
    assert (driver.counted, driver.notice) == ([0], Key.LINES_CHANGED)
    scan(driver, code())
    scan(driver, code("S2"))
    driver.draw()
    assert [each.serial for each in driver.said(Print).units] == ["S1", "S2"]


def test_a_day_that_went_on_empties_no_box_but_one_that_a_packed_unit_does_not_reach_does(driver: Driver) -> None:
    driver.open(asking("expiry", quantity=2))
    scan(driver, code())
    driver.happens(OrderRevised(asking("expiry", quantity=2, revision=2, expires_from="2026-12-06")))
    assert driver.counted == [1]
    driver.happens(OrderRevised(asking("expiry", quantity=2, revision=3, expires_from="2027-02-01")))
    assert driver.counted == [0]


def test_another_label_of_a_packed_parcel_needs_no_unit_again(driver: Driver) -> None:
    driver.happens(KeyTurned(on=True))
    driver.scan("PS-REPRINT")
    driver.open(asking(*ALL), reprint=1)
    assert driver.said(Print).units == ()


def test_what_nobody_asks_for_does_not_enter_the_decisions(driver: Driver) -> None:
    driver.open(asking("lot"))
    other = OddCodes().marked(Scanned("hand", read_code(code(item=OTHER))), driver.bench, driver.rules)
    assert other.code == Code(other.code.text, gtin=OTHER, marked=len(code(item=OTHER)) - len("]d2"))
    assert "S1" not in repr(other)


@pytest.mark.parametrize(
    ("yymmdd", "reference", "day"),
    [
        ("270131", "2026-12-05", "2027-01-31"),
        ("270200", "2026-12-05", "2027-02-28"),
        ("280200", "2026-12-05", "2028-02-29"),
        ("270229", "2026-12-05", ""),
        ("271301", "2026-12-05", ""),
        ("270001", "2026-12-05", ""),
        ("760101", "2026-12-05", "2076-01-01"),
        ("770101", "2026-12-05", "1977-01-01"),
        ("100101", "2060-12-05", "2110-01-01"),
        ("110101", "2060-12-05", "2011-01-01"),
        ("990101", "2026-12-05", "1999-01-01"),
    ],
)
def test_a_gs1_date_is_the_day_that_the_standard_says(yymmdd: str, reference: str, day: str) -> None:
    assert day_of(yymmdd, reference) == day


@given(st.from_regex(r"[0-9]{6}", fullmatch=True), st.dates().map(str))
def test_whatever_six_digits_come_they_are_a_day_near_the_reference_or_none(yymmdd: str, reference: str) -> None:
    day = day_of(yymmdd, reference)
    assert not day or -49 <= int(day[:4]) - int(reference[:4]) <= 50


def test_a_unit_is_no_longer_than_a_gs1_element() -> None:
    with pytest.raises(msgspec.ValidationError):
        msgspec.convert({"line": 0, "item": TEA, "serial": "S" * 21}, Unit)
