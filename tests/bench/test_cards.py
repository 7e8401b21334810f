"""Cards that count: a quantity, and an item without a barcode. Each waits a set time, and says what it waits for."""

import pytest

from station.bench.core.cards import CARDS, NUMBERS, Card, digit_of
from station.bench.core.devices import BadgeKind, BadgeScanned, KeyTurned, Sound
from station.bench.core.effects import Audit, BeginPrint
from station.bench.core.events import OrderRevised
from station.bench.core.notices import Key
from station.bench.core.order import LineFacts, OrderFacts
from station.bench.core.screen import screen
from station.bench.core.state import Identity, Remembered, Rules
from station.protocol.request import Close, Print, Printed
from tests.bench.driver import CUP, TEA, Driver, hold, order

RULES = Rules(station="station-1", slip_pattern="^NS-")
TWELVE = order(lines=((TEA, 12), (CUP, 2)))
BOSS = BadgeScanned("hand", BadgeKind.SUPERVISOR, "田中", 7)


def _open(facts: OrderFacts = TWELVE, rules: Rules = RULES) -> Driver:
    bench = Driver(rules).ready()
    bench.open(facts)
    return bench


def _number(bench: Driver, digits: str) -> None:
    for digit in digits:
        bench.scan(f"PS-N-{digit}")


def _numbers_shown(bench: Driver) -> list[int]:
    return [line.number for line in screen(bench.bench, "station-1").lines]


def test_a_quantity_counts_so_many_with_one_scan_and_shows_it_before() -> None:
    bench = _open()

    bench.scan(Card.QUANTITY)
    assert bench.notice is Key.QUANTITY_NEXT
    _number(bench, "12")
    assert (bench.notice, screen(bench.bench, "station-1").entered) == (Key.QUANTITY_ENTERED, "×12")
    bench.scan(TEA)

    assert (bench.counted, bench.notice, screen(bench.bench, "station-1").entered) == ([12, 0], Key.COUNTED, "")
    bench.scan(CUP)
    assert bench.counted == [12, 1], "the next item is one again"


def test_a_quantity_fills_every_line_that_the_item_counts_on() -> None:
    bench = _open(order(lines=((TEA, 2), (CUP, 1), (TEA, 3))))

    bench.scan(Card.QUANTITY)
    _number(bench, "4")
    bench.scan(TEA)

    assert bench.counted == [2, 0, 2]


def test_more_than_the_line_lacks_is_refused_and_nothing_is_counted() -> None:
    bench = _open()
    bench.scan(TEA)

    bench.scan(Card.QUANTITY)
    _number(bench, "12")
    bench.scan(TEA)

    assert (bench.counted, bench.notice, bench.tone) == ([1, 0], Key.QUANTITY_TOO_MANY, "stop")
    assert bench.bench.notice.about == (f"item {TEA}", "11", "12")
    bench.scan(TEA)
    assert bench.counted == [2, 0], "the quantity is gone"


@pytest.mark.parametrize("scanned", [Card.ACKNOWLEDGE, Card.TAKE_OVER, "NS-A-1", "NS-B-2", "04999999999999"])
def test_whatever_else_is_scanned_drops_the_quantity(scanned: str) -> None:
    bench = _open()
    bench.scan(Card.QUANTITY)
    _number(bench, "3")

    bench.scan(scanned)
    bench.scan(TEA)

    assert bench.counted == [1, 0]


def test_a_quantity_that_nothing_follows_lapses_and_says_so() -> None:
    bench = _open()
    bench.scan(Card.QUANTITY)
    _number(bench, "3")

    bench.passes(RULES.card_wait_s - 1)
    still = bench.notice
    bench.passes(2)

    assert (still, bench.notice) == (Key.QUANTITY_ENTERED, Key.CARD_LAPSED)
    bench.scan(TEA)
    assert bench.counted == [1, 0]


def test_an_item_before_the_digits_is_not_counted_and_the_card_still_waits() -> None:
    bench = _open()
    bench.scan(Card.QUANTITY)

    bench.scan(TEA)
    assert (bench.counted, bench.notice) == ([0, 0], Key.QUANTITY_NEXT)
    _number(bench, "2")
    bench.scan(TEA)

    assert bench.counted == [2, 0]


@pytest.mark.parametrize("digits", ["0", "12345"])
def test_what_is_no_quantity_begins_again_with_the_card(digits: str) -> None:
    bench = _open()
    bench.scan(Card.QUANTITY)

    _number(bench, digits)

    assert (bench.notice, screen(bench.bench, "station-1").entered) == (Key.QUANTITY_BAD, "")


def test_a_site_may_forbid_the_quantity_card() -> None:
    bench = _open(rules=Rules(station="station-1", slip_pattern="^NS-", quantity_card=False))

    bench.scan(Card.QUANTITY)
    _number(bench, "3")
    assert bench.notice is Key.NUMBER_NOT_NOW
    bench.scan(TEA)

    assert bench.counted == [1, 0]


def test_a_number_card_alone_is_told_what_comes_before_it_and_is_no_slip() -> None:
    bench = Driver(Rules(station="station-1")).ready()
    bench.scan("PS-N-1")
    assert (bench.session, bench.notice) == ("Idle", Key.NOTHING_OPEN)
    bench.open(TWELVE)

    bench.scan("PS-N-1")

    assert bench.notice is Key.NUMBER_NOT_NOW


def test_a_hold_or_a_revision_drops_the_card() -> None:
    bench = _open()
    bench.scan(Card.QUANTITY)
    _number(bench, "3")
    bench.hear(hold())
    bench.hear(hold(state="released"))
    bench.scan(TEA)
    assert bench.counted == [1, 0]

    bench.scan(Card.NO_BARCODE)
    bench.happens(OrderRevised(order(revision=2, lines=((CUP, 1), (TEA, 5)))))
    bench.happens(KeyTurned(on=True))
    bench.scan("PS-N-1")

    assert (bench.counted, bench.notice) == ([0, 0], Key.NUMBER_NOT_NOW)


def test_labels_that_are_drawn_meanwhile_do_not_drop_the_card() -> None:
    bench = Driver(RULES).ready()
    bench.open(TWELVE)
    bench.scan(Card.QUANTITY)
    _number(bench, "3")

    bench.draw()
    bench.scan(TEA)

    assert bench.counted == [3, 0]


def test_an_item_without_a_barcode_is_chosen_by_number_and_counted_on_a_supervisors_badge() -> None:
    bench = _open()

    bench.scan(Card.NO_BARCODE)
    assert (bench.notice, _numbers_shown(bench)) == (Key.NO_BARCODE_WHICH, [1, 2])
    bench.scan("PS-N-2")
    assert (bench.notice, bench.counted) == (Key.NO_BARCODE_CONFIRM, [0, 0])
    bench.happens(BOSS)

    assert (bench.counted, bench.notice) == ([0, 1], Key.COUNTED_WITHOUT_SCAN)
    told = [entry.detail for entry in bench.entries if isinstance(entry, Audit) and "without" in entry.what]
    assert told == ["line 2, 1/2, supervisor 田中"]
    bench.scan(Card.NO_BARCODE)
    bench.scan("PS-N-2")
    assert bench.notice is Key.NO_BARCODE_CONFIRM, "the word was for one action"


def test_the_only_open_line_needs_no_number_and_the_key_confirms_too() -> None:
    bench = _open(order(lines=((TEA, 1), (CUP, 2))))
    bench.scan(TEA)

    bench.scan(Card.NO_BARCODE)
    assert bench.notice is Key.NO_BARCODE_CONFIRM
    bench.happens(KeyTurned(on=True))
    bench.scan(Card.NO_BARCODE)

    assert bench.counted == [1, 2]
    assert bench.count(Print) == 1


def test_units_without_a_scan_are_counted_in_the_record_with_who_answers_for_them() -> None:
    bench = _open(order(lines=((TEA, 1), (CUP, 1))))
    bench.scan(TEA)
    bench.scan(Card.NO_BARCODE)
    bench.happens(BOSS)

    bench.confirmed(bench.granted())

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert (record.grant.unscanned, record.grant.supervisor) == (1, "田中")


def test_who_packed_and_who_answers_survive_a_restart_in_mid_label() -> None:
    bench = _open(order())
    bench.scan("PS-PACKER-sato")
    bench.scan(Card.NO_BARCODE)
    bench.happens(BOSS)
    bench.granted()
    (begun,) = [entry.grant for entry in bench.entries if isinstance(entry, BeginPrint)]

    again = Driver(RULES, remembered=Remembered(Identity("journal-1", "2-boot", 2), begun_grants=(begun,)))
    again.scan(begun.tracking_numbers[0])

    record = again.records[-1]
    assert isinstance(record, Printed)
    assert (record.packer, record.grant.unscanned, record.grant.supervisor) == ("sato", 1, "田中")


def test_a_packed_order_that_was_scanned_whole_names_no_supervisor() -> None:
    bench = _open(order())
    bench.happens(BOSS)
    bench.scan(TEA)

    bench.confirmed(bench.granted())

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert (record.grant.unscanned, record.grant.supervisor) == (0, "")


def test_a_number_that_no_line_has_is_told_and_the_card_still_waits() -> None:
    bench = _open()
    bench.scan(Card.NO_BARCODE)

    bench.scan("PS-N-3")
    assert (bench.notice, bench.sounds[-1]) == (Key.NO_BARCODE_WHICH, Sound.WRONG)
    bench.happens(KeyTurned(on=True))
    bench.scan("PS-N-1")

    assert bench.counted == [1, 0]


def test_without_a_supervisor_nothing_is_counted_and_the_card_lapses() -> None:
    bench = _open()
    bench.scan(Card.NO_BARCODE)
    bench.scan("PS-N-1")

    bench.passes(RULES.card_wait_s + 1)
    bench.happens(BOSS)

    assert (bench.counted, bench.notice) == ([0, 0], Key.SUPERVISED)


def test_with_many_open_lines_nine_can_be_chosen() -> None:
    codes = tuple((f"049000000000{number:02d}", 1) for number in range(12))
    bench = _open(order(lines=codes))

    bench.scan(Card.NO_BARCODE)

    assert _numbers_shown(bench) == [1, 2, 3, 4, 5, 6, 7, 8, 9, 0, 0, 0]


def test_an_item_that_has_to_be_scanned_is_counted_by_no_card() -> None:
    lines = (LineFacts((TEA,), "serial", 3, capture=("serial",)), LineFacts((CUP,), "cup", 1))
    bench = _open(OrderFacts("A-1", 1, ("NS-A-1",), lines, ("123456789010",)))
    bench.happens(KeyTurned(on=True))

    bench.scan(Card.QUANTITY)
    _number(bench, "3")
    bench.scan(TEA)
    assert (bench.counted, bench.notice) == ([0, 0], Key.HAS_TO_BE_SCANNED)
    bench.scan(Card.NO_BARCODE)
    assert bench.counted == [0, 1], "the cup is the only one that can be meant"
    bench.scan(Card.NO_BARCODE)

    assert (bench.counted, bench.notice) == ([0, 1], Key.HAS_TO_BE_SCANNED)


def test_a_revision_with_other_lines_forgets_what_was_counted_without_a_scan() -> None:
    bench = _open(order(lines=((TEA, 2),)))
    bench.happens(KeyTurned(on=True))
    bench.scan(Card.NO_BARCODE)
    bench.happens(OrderRevised(order(revision=2, lines=((TEA, 1),))))
    bench.draw()
    bench.scan(TEA)

    bench.confirmed(bench.granted(revision=2))

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert (record.grant.unscanned, record.grant.supervisor) == (0, "")


@pytest.mark.parametrize("card", [card for card in Card if card is not Card.CANCEL])
def test_a_card_that_has_no_use_while_printing_is_told_so(card: Card) -> None:
    bench = _open(order())
    bench.scan(TEA)
    bench.granted()

    bench.scan(card)

    assert (bench.session, bench.notice) == ("Printing", Key.CARD_NOT_NOW)


@pytest.mark.parametrize("card", [*CARDS, *NUMBERS])
def test_no_card_is_silent_or_opens_an_order_when_none_is_open(card: str) -> None:
    bench = Driver(Rules(station="station-1")).ready()
    told = bench.bench.told

    bench.scan(card)

    assert bench.session == "Idle"
    assert bench.bench.told == told + 1
    assert bench.requests[-1].__class__.__name__ not in ("Open", "Reprint")


def test_the_void_card_says_what_it_is_for() -> None:
    bench = _open()

    bench.scan(Card.VOID)

    assert (bench.notice, bench.count(Close)) == (Key.VOID_WHAT, 0)


def test_what_a_card_said_of_the_next_slip_lapses() -> None:
    bench = Driver(RULES).ready()
    bench.scan(Card.TAKE_OVER)

    bench.passes(RULES.card_wait_s + 1)

    assert bench.notice is Key.CARD_LAPSED
    bench.scan("NS-A-1")
    assert not bench.requests[-1].take_over  # type: ignore[union-attr]


def test_number_cards_are_the_ten_digits() -> None:
    assert [digit_of(code) for code in NUMBERS] == list("0123456789")
    assert digit_of("PS-N-10") is None
