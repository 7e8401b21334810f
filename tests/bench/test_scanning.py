"""What the packer scans: each mistake has its own answer, and none loses what was scanned before."""

import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import KeyTurned, Sound
from station.bench.core.effects import Audit
from station.bench.core.events import OrderOpened
from station.bench.core.notices import WORDS, Key
from station.bench.core.state import Rules
from station.protocol.reply import Refusal
from station.protocol.request import Close, Open, Print, Reprint
from tests.bench.driver import CUP, TEA, Driver, hold, order

TWO_LINES = order(lines=((TEA, 2), (CUP, 1)))


def test_every_unit_of_every_line_is_scanned_before_permission_is_asked() -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)

    for code in (TEA, CUP):
        bench.scan(code)
        assert bench.count(Print) == 0
    bench.scan(TEA)

    assert bench.counted == [2, 1]
    assert bench.count(Print) == 1
    assert bench.sounds[-1] is Sound.COMPLETE


@pytest.mark.parametrize(
    ("scanned", "told"),
    [
        ("04999999999999", Key.WRONG_ITEM),
        (CUP, Key.ONE_TOO_MANY),
        ("NS-B-2", Key.OTHER_ORDER_OPEN),
    ],
)
def test_each_mistake_has_its_own_answer_and_loses_nothing(scanned: str, told: Key) -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)
    bench.scan(TEA)
    bench.scan(CUP)

    bench.scan(scanned)

    assert bench.notice is told
    assert bench.tone == "stop"
    assert bench.sounds[-1] is Sound.WRONG
    assert bench.counted == [1, 1]
    bench.scan(TEA)
    assert bench.count(Print) == 1


def test_an_item_before_the_slip_is_told_and_nothing_is_asked() -> None:
    bench = Driver().ready()

    bench.scan(TEA)

    assert bench.notice is Key.ITEM_BEFORE_SLIP
    assert bench.count(Open) == 0


def test_an_unknown_slip_is_told_with_its_code() -> None:
    bench = Driver().ready()
    bench.scan("NS-nowhere")

    bench.refused(Refusal.UNKNOWN_SLIP, Open)

    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.UNKNOWN_SLIP, "stop")


def test_the_same_code_within_the_set_time_is_one_unit_with_its_own_sound() -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)

    bench.scan(TEA)
    bench.scan(TEA, after_s=0.39)

    assert bench.counted == [1, 0]
    assert bench.sounds[-1] is Sound.REPEATED
    assert bench.notice is Key.REPEATED


def test_a_trigger_held_down_never_counts_a_second_unit() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 5),)))

    for _ in range(20):
        bench.scan(TEA, after_s=0.3)

    assert bench.counted == [1]


def test_the_same_code_after_the_set_time_or_from_another_scanner_is_another_unit() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 3),)))

    bench.scan(TEA)
    bench.scan(TEA, after_s=0.41)
    bench.scan(TEA, scanner="fixed", after_s=0.1)

    assert bench.counted == [3]


def test_a_wrong_item_read_twice_stays_wrong() -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)

    bench.scan("04999999999999")
    bench.scan("04999999999999", after_s=0.2)

    assert (bench.notice, bench.tone) == (Key.WRONG_ITEM, "stop")


def test_without_a_slip_pattern_any_code_that_is_no_gtin_may_be_a_slip() -> None:
    bench = Driver(Rules(station="station-1")).ready()

    bench.scan("X123")

    assert bench.said(Open).slip == "X123"


def test_a_note_that_has_to_be_acknowledged_keeps_the_label_back() -> None:
    bench = Driver().ready()
    bench.open(order(to_acknowledge=("fragile", "gift wrap")))
    bench.scan(TEA)
    assert (bench.notice, bench.count(Print)) == (Key.ACKNOWLEDGE, 0)

    bench.scan(Card.ACKNOWLEDGE)
    assert bench.bench.notice.about == ("gift wrap",)
    bench.scan(Card.ACKNOWLEDGE)

    assert bench.count(Print) == 1


def test_cancelling_puts_the_order_back_and_drops_its_personal_data() -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)

    bench.scan(Card.CANCEL)

    assert bench.said(Close).order == "A-1"
    assert (bench.session, bench.forgotten) == ("Idle", ["A-1"])


def test_a_reprint_that_was_not_begun_goes_with_the_supervisors_key() -> None:
    bench = Driver().ready()
    bench.happens(KeyTurned(on=True))
    bench.scan(Card.REPRINT)

    bench.happens(KeyTurned(on=False))
    assert bench.notice is Key.SCAN_SLIP
    bench.scan("NS-A-1")

    assert (bench.count(Reprint), bench.count(Open)) == (0, 1)


def test_a_reprint_needs_the_supervisors_key() -> None:
    bench = Driver().ready()

    bench.scan(Card.REPRINT)
    assert bench.notice is Key.NEEDS_SUPERVISOR

    bench.happens(KeyTurned(on=True))
    bench.scan(Card.REPRINT)
    bench.scan("NS-A-1")
    bench.opened(order(), reprint=1)

    assert bench.count(Reprint) == 1
    assert bench.count(Print) == 1, "the parcel is closed: no item is scanned again"


def test_an_order_left_open_elsewhere_is_taken_over_by_the_card() -> None:
    bench = Driver().ready()

    bench.scan(Card.TAKE_OVER)
    bench.scan("NS-A-1")

    assert bench.said(Open).take_over
    assert not bench.said(Open).supervisor


def test_who_packs_is_known_by_badge_and_stands_in_every_line() -> None:
    bench = Driver().ready()
    bench.scan("PS-PACKER-sato")
    bench.open(order())
    bench.scan("04999999999999")

    wrong = [entry for entry in bench.entries if isinstance(entry, Audit) and entry.what == "wrong item"]
    assert [(entry.packer, entry.order, entry.code) for entry in wrong] == [("sato", "A-1", "04999999999999")]


def test_an_answer_to_a_slip_that_was_given_up_leaves_no_personal_data() -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.scan(Card.CANCEL)

    bench.happens(OrderOpened(bench.said(Open).request, "run-1", order(), (), 0))

    assert bench.forgotten == ["A-1"]
    assert bench.said(Close).order == "A-1"


def test_scans_while_held_are_answered_red_and_not_counted() -> None:
    bench = Driver().ready()
    bench.open(TWO_LINES)
    bench.hear(hold())

    bench.scan(TEA)

    assert (bench.counted, bench.tone, bench.sounds[-1]) == ([0, 0], "stop", Sound.STOP)


def test_every_line_has_its_words_in_both_languages() -> None:
    assert set(WORDS) == set(Key)
    for _, japanese, english in WORDS.values():
        assert japanese
        assert english
        assert japanese.count("{0}") == english.count("{0}")
