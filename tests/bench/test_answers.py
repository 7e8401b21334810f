"""Every answer of the desk in the packer's words, and what the bench does after it."""

from dataclasses import replace

import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import (
    Button,
    ButtonPressed,
    KeyTurned,
    PrinterChanged,
    PrinterState,
    ScannerChanged,
    Sound,
)
from station.bench.core.events import LinkUp, Welcomed
from station.bench.core.notices import Key
from station.bench.core.screen import screen
from station.protocol.reply import Closed, Granted, Kept, NotUnderstood, Refusal, Welcome
from station.protocol.request import Close, GrantReference, Hello, NotPrinted, Open, Print
from tests.bench.driver import CUP, TEA, Driver, hold, order

REFUSALS: list[tuple[Refusal, dict[str, object], Key, str]] = [
    (Refusal.UNKNOWN_SLIP, {}, Key.UNKNOWN_SLIP, "stop"),
    (Refusal.HELD, {"holds": (hold(),)}, Key.ORDER_HELD, "stop"),
    (Refusal.OPEN_ELSEWHERE, {"station": "s3", "station_up": True}, Key.OPEN_ELSEWHERE, "stop"),
    (Refusal.OPEN_ELSEWHERE, {"station": "s3"}, Key.OPEN_AT_DEAD_STATION, "stop"),
    (Refusal.PRINTING_ELSEWHERE, {"station": "s3"}, Key.PRINTING_ELSEWHERE, "stop"),
    (Refusal.IN_DOUBT, {"station": "s3"}, Key.ORDER_IN_DOUBT, "stop"),
    (Refusal.SHIPPED, {"station": "s3", "at": "2026-11-21T14:02:11+09:00"}, Key.SHIPPED, "stop"),
    (Refusal.NOT_SHIPPED, {}, Key.NOT_SHIPPED, "stop"),
    (Refusal.NO_INSTRUCTION, {}, Key.NO_INSTRUCTION, "stop"),
    (Refusal.NOT_OPEN_HERE, {}, Key.NOT_OPEN_HERE, "stop"),
    (Refusal.UNRESOLVED_HERE, {}, Key.UNRESOLVED_HERE, "stop"),
    (Refusal.CATCHING_UP, {"waits_for": ("s2",)}, Key.CATCHING_UP, "wait"),
    (Refusal.NEEDS_REVISION, {}, Key.NEEDS_REVISION, "stop"),
    (Refusal.CALLED_BACK, {"station": "s3"}, Key.CALLED_BACK, "stop"),
    (Refusal.RECALL_HERE, {}, Key.RECALL_HERE, "stop"),
    (Refusal.UNKNOWN_LABEL, {}, Key.UNKNOWN_LABEL, "stop"),
    (Refusal.VOID_LABEL, {}, Key.VOID_LABEL, "stop"),
    (Refusal.NO_SWAP, {}, Key.NO_SWAP, "stop"),
    (Refusal.PACK_ANEW, {}, Key.PACK_ANEW, "stop"),
]


def test_every_reason_to_refuse_a_slip_has_its_words() -> None:
    told = {reason for reason, *_ in REFUSALS}
    assert set(Refusal) - told == {
        *(Refusal.OLD_REVISION, Refusal.SERIAL_SHIPPED, Refusal.UNITS_LACKING)  # of a print only
    }


@pytest.mark.parametrize(("reason", "facts", "told", "tone"), REFUSALS)
def test_a_refused_slip_is_told_with_its_reason_and_the_bench_is_free(
    reason: Refusal, facts: dict[str, object], told: Key, tone: str
) -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.refused(reason, Open, **facts)
    assert (bench.notice, bench.tone, bench.session) == (told, tone, "Idle")
    bench.scan("NS-B-2")
    assert bench.said(Open).slip == "NS-B-2"


def test_a_shipped_order_is_told_with_place_and_time() -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.refused(Refusal.SHIPPED, Open, station="s3", at="2026-11-21T14:02:11+09:00")
    assert "s3 14:02" in bench.bench.notice.english


@pytest.mark.parametrize("reason", [Refusal.UNRESOLVED_HERE, Refusal.PRINTING_ELSEWHERE, Refusal.IN_DOUBT])
def test_a_grant_that_the_desk_believes_to_be_here_is_asked_about_in_a_hello(reason: Refusal) -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.refused(reason, Open, station="station-1")
    assert bench.count(Hello) == 2


def test_a_print_refused_for_an_old_revision_is_asked_again_and_the_scans_stand() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.refused(Refusal.OLD_REVISION)
    assert bench.counted == [1]
    bench.passes(bench.rules.retry_s)
    assert bench.count(Print) == 2


def test_a_refusal_of_an_earlier_request_means_nothing() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.refused(Refusal.HELD, Open, holds=(hold(),))
    assert bench.session == "Asking"


def test_a_request_that_the_desk_does_not_understand_is_on_the_record() -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.answer(NotUnderstood(request=bench.said(Open).request, reason="$.slip is too long"))
    assert "$.slip is too long" in [getattr(entry, "detail", "") for entry in bench.entries]


def test_a_closed_order_is_not_closed_again() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.scan(Card.CANCEL)
    bench.answer(Closed(request=bench.said(Close).request, order="A-1"))
    said = len(bench.requests)
    bench.passes(10.0)
    assert len(bench.requests) == said


def test_a_slip_that_is_not_answered_is_told_so_and_goes_on_when_the_answer_comes() -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.passes(bench.rules.grant_wait_s)
    assert (bench.notice, bench.tone, bench.sounds[-1]) == (Key.NO_ANSWER, "wait", Sound.ATTENTION)
    bench.opened(order())
    assert bench.tone == "go"


def test_a_code_that_is_too_long_for_a_slip_is_unknown_without_asking() -> None:
    bench = Driver().ready()
    bench.scan("NS-" + "9" * 100)
    assert (bench.notice, bench.count(Open)) == (Key.UNKNOWN_SLIP, 0)


def test_a_grant_that_finds_the_printer_gone_is_given_back_and_asked_for_when_it_is_back() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(PrinterChanged(PrinterState.DISCONNECTED))
    bench.granted()
    assert (bench.prints, bench.session) == ([], "Withdrawing")
    bench.answer_kept(NotPrinted)
    assert bench.notice is Key.PRINTER_DISCONNECTED
    bench.happens(PrinterChanged(PrinterState.READY))
    assert bench.count(Print) == 2


def test_cancelled_again_while_a_permission_is_given_back_closes_once() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.hear(hold())
    bench.scan(Card.CANCEL)
    bench.scan(Card.CANCEL)
    bench.answer_kept(NotPrinted)
    assert (bench.session, bench.count(Close)) == ("Idle", 1)


def test_the_button_cancels_as_the_card_does() -> None:
    by_card, by_button = Driver().ready(), Driver().ready()
    for bench in (by_card, by_button):
        bench.open(order())
    by_card.scan(Card.CANCEL)
    by_button.happens(ButtonPressed(Button.CANCEL), after_s=1.0)
    assert by_button.bench.session == by_card.bench.session
    assert by_button.said(Close) == by_card.said(Close)


def test_a_scanner_that_goes_is_told_and_one_that_comes_back_lets_the_work_go_on() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 1), (CUP, 1))))
    bench.scan(TEA)
    bench.happens(ScannerChanged("hand", up=False))
    assert (bench.notice, bench.tone) == (Key.SCANNER_DOWN, "wait")
    assert screen(bench.bench, "s").scanners_down == ("hand",)
    bench.happens(ScannerChanged("hand", up=True))
    assert (bench.notice, bench.counted) == (Key.SCAN_ITEMS, [1, 0])


def test_a_take_over_says_whether_a_supervisor_stands_there_and_is_for_one_slip() -> None:
    bench = Driver().ready()
    for on in (False, True):
        bench.happens(KeyTurned(on=on))
        bench.scan(Card.TAKE_OVER)
        bench.scan("NS-A-1")
        assert (bench.said(Open).take_over, bench.said(Open).supervisor) == (True, on)
        bench.refused(Refusal.UNKNOWN_SLIP, Open)
    bench.scan("NS-A-1")
    assert not bench.said(Open).take_over


def test_a_desk_that_lacks_records_which_are_past_their_time_here_is_told_where_they_begin() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    first = bench.said(Hello)
    welcome = Welcome(request=first.request, epoch="e", incarnation="i", decision=0, last_sequence=3, outstanding=())
    bench.happens(Welcomed(welcome, first_sequence=8))
    assert bench.said(Hello).request != first.request
    assert bench.said(Hello).first_sequence == 8


def test_a_grant_of_an_earlier_request_is_not_used() -> None:
    bench = Driver().ready()
    bench.pack(order())
    earlier = bench.said(Print).request
    bench.refused(Refusal.CATCHING_UP)
    bench.passes(bench.rules.retry_s)
    reference = GrantReference(grant=earlier, order="A-1", revision=1)
    bench.answer(Granted(request=earlier, grant=reference, epoch="epoch-1", decision=1))
    assert (bench.prints, bench.session) == ([], "Asking")


def test_the_word_kept_to_another_request_leaves_the_record_unsent() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.confirmed(bench.granted())
    bench.answer(Kept(request="another"))
    assert len(bench.bench.outbox) == 1
    bench.keep()
    assert len(bench.bench.outbox) == 0


def test_a_held_bench_stays_red_whatever_is_told_on_it() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.hear(hold())
    bench.happens(ScannerChanged("hand", up=False))
    assert (bench.notice, bench.tone) == (Key.SCANNER_DOWN, "stop")


@pytest.mark.parametrize("other", [{"content": "beef"}, {"tracking_numbers": ("999999999999",)}])
def test_a_grant_of_another_content_than_the_label_at_hand_is_given_back_and_the_slip_scanned_anew(
    other: dict[str, object],
) -> None:
    """Two publishers used one number, and a desk from an old copy took the other one's content."""
    bench = Driver().ready()
    facts = replace(order(), content="cafe")
    bench.pack(facts)
    asked = bench.said(Print)
    said = {"content": "cafe", "tracking_numbers": facts.tracking_numbers} | other
    grant = GrantReference(grant=asked.request, order="A-1", revision=1, **said)  # type: ignore[arg-type]
    bench.answer(Granted(request=asked.request, grant=grant, epoch="epoch-1", decision=1))
    assert (bench.prints, bench.session, bench.said(NotPrinted).grant) == ([], "Withdrawing", asked.request)
    assert (bench.notice, bench.tone) == (Key.NOT_OPEN_HERE, "stop")
    bench.answer_kept(NotPrinted)
    assert (bench.session, bench.notice, bench.tone, bench.forgotten) == ("Idle", Key.NOT_OPEN_HERE, "stop", ["A-1"])
    assert bench.said(Close).order == "A-1"
