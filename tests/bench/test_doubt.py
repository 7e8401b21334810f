"""Nobody guesses whether a label came out: a person looks."""

import msgspec
import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import BuffersCleared, ClearFailed, KeyTurned, PrinterChanged, PrinterState, PrintFailed
from station.bench.core.effects import BeginPrint, ClearPrinter
from station.bench.core.events import LinkUp, OrderRevised, Pushed
from station.bench.core.notices import Key
from station.bench.core.screen import screen
from station.bench.core.state import Identity, Remembered
from station.protocol.reply import Kept, Settled
from station.protocol.request import GrantReference, NoLabel, Print, Printed, Unknown
from tests.bench.driver import IDENTITY, Driver, order

GRANT = GrantReference(grant="0-old.7", order="A-1", revision=1, tracking_numbers=("123456789010", "123456789011"))


def _lost_in_mid_label(pieces: int = 1) -> Driver:
    bench = Driver().ready()
    bench.pack(order(pieces=pieces))
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=True, reason="the line was lost"))
    return bench


def test_a_lost_printer_in_mid_label_is_recorded_as_unknown_and_asked_about() -> None:
    bench = _lost_in_mid_label()

    assert [type(record) for record in bench.records] == [Unknown]
    assert (bench.session, bench.notice, bench.tone) == ("Doubting", Key.IN_DOUBT, "stop")


def test_it_is_never_printed_again_by_itself() -> None:
    bench = _lost_in_mid_label()

    bench.happens(PrinterChanged(PrinterState.DISCONNECTED))
    bench.happens(PrinterChanged(PrinterState.READY))
    bench.passes(600)

    assert len(bench.prints) == 1
    assert bench.session == "Doubting"


def test_the_label_that_came_out_is_scanned_and_recorded_with_that_proof() -> None:
    bench = _lost_in_mid_label()

    bench.scan("123456789010")

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert record.proof == "label_scanned"
    assert (bench.session, bench.forgotten) == ("Idle", ["A-1"])


def test_of_a_set_every_label_has_to_be_scanned() -> None:
    bench = _lost_in_mid_label(pieces=2)

    bench.scan("123456789011")
    assert (bench.session, bench.notice) == ("Doubting", Key.IN_DOUBT_MORE)
    bench.scan("123456789010")

    assert isinstance(bench.records[-1], Printed)


def test_another_label_proves_nothing() -> None:
    bench = _lost_in_mid_label()

    bench.scan("999999999999")

    assert (bench.session, bench.notice) == ("Doubting", Key.IN_DOUBT_OTHER_LABEL)


def test_no_label_counts_once_the_printer_is_clear_and_the_next_is_marked_and_asked_for_anew() -> None:
    bench = _lost_in_mid_label()
    bench.keep()

    bench.scan(Card.NO_LABEL)
    assert ClearPrinter() in bench.wishes
    assert len(bench.records) == 1, "not before the printer is clear"
    bench.happens(BuffersCleared())
    assert isinstance(bench.records[-1], NoLabel)
    assert bench.count(Print) == 1, "not before the desk has kept it"
    bench.keep()
    bench.draw()

    assert bench.count(Print) == 2
    grant = bench.granted(reprint=1)
    assert bench.prints[-1] == grant


def test_a_revision_that_came_while_an_older_label_was_printing_is_printed_if_none_came_out() -> None:
    """A desk that does not know of a label without permission tells it in the middle of that."""
    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()
    bench.happens(OrderRevised(order(revision=2)))
    assert (bench.session, bench.prints) == ("Printing", [grant])
    bench.happens(PrintFailed(grant.grant, begun=True, reason="the line was lost"))
    bench.keep()
    bench.scan(Card.NO_LABEL)
    bench.happens(BuffersCleared())
    bench.keep()
    bench.draw()

    assert bench.said(Print).revision == 2


def test_a_printer_that_cannot_be_cleared_keeps_the_order_in_doubt() -> None:
    bench = _lost_in_mid_label()
    bench.scan(Card.NO_LABEL)

    bench.happens(ClearFailed("no answer"))

    assert (bench.session, bench.notice) == ("Doubting", Key.NOT_CLEARED)


@pytest.mark.parametrize("state", [PrinterState.DISCONNECTED, PrinterState.NO_ANSWER, PrinterState.WRONG_MODEL])
def test_a_printer_that_is_not_there_is_not_taken_for_clear(state: PrinterState) -> None:
    bench = _lost_in_mid_label()
    bench.happens(PrinterChanged(state))

    bench.scan(Card.NO_LABEL)

    assert (bench.notice, len(bench.records)) == (Key.NOT_CLEARED, 1)


def test_the_supervisors_key_sets_a_dead_printer_aside() -> None:
    bench = _lost_in_mid_label()
    bench.happens(PrinterChanged(PrinterState.DISCONNECTED))
    bench.scan(Card.NO_LABEL)
    bench.happens(KeyTurned(on=True))

    bench.scan(Card.NO_LABEL, after_s=5.0)

    assert isinstance(bench.records[-1], NoLabel)


def test_after_a_restart_what_had_begun_is_unknown_and_asked_about() -> None:
    bench = Driver(remembered=Remembered(Identity("journal-1", "2-boot", 2), begun_grants=(GRANT,)))

    assert [(type(record), record.grant) for record in bench.records] == [(Unknown, GRANT)]
    assert (bench.session, bench.tone) == ("Doubting", "stop")


def test_a_label_that_was_printed_without_permission_says_so_after_a_restart_too() -> None:
    grant = msgspec.structs.replace(GRANT, tracking_numbers=("123456789010",), without_permission=True)
    bench = Driver(remembered=Remembered(Identity("journal-1", "2-boot", 2), begun_grants=(grant,)))

    bench.scan("123456789010")

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert record.without_permission


def test_a_restarted_station_does_not_claim_to_have_the_order_open() -> None:
    bench = Driver(remembered=Remembered(Identity("journal-1", "2-boot", 2), begun_grants=(GRANT,))).ready()

    bench.scan(Card.NO_LABEL)
    bench.happens(BuffersCleared())

    record = bench.records[-1]
    assert isinstance(record, NoLabel)
    assert record.open_in == ""
    bench.keep()
    assert bench.session == "Idle"


def test_a_grant_that_only_the_desk_remembers_is_unknown_never_free() -> None:
    bench = Driver()
    bench.happens(PrinterChanged(PrinterState.READY))

    bench.happens(LinkUp())
    bench.welcome(GRANT)

    assert [(type(record), record.grant) for record in bench.records] == [(Unknown, GRANT)]
    assert bench.session == "Doubting"


def test_the_screen_says_of_which_revision_the_label_is_that_is_looked_for() -> None:
    begun = msgspec.structs.replace(GRANT, revision=3, reprint=2)
    bench = Driver(remembered=Remembered(IDENTITY, begun_grants=(begun,))).ready()

    shown = screen(bench.bench, "station-1")

    assert (shown.session, shown.order, shown.revision, shown.reprint) == ("doubting", "A-1", 3, 2)


def test_a_grant_that_this_process_has_in_hand_is_not_in_doubt_at_a_new_connection() -> None:

    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()

    bench.happens(LinkUp())
    bench.welcome(grant)

    assert bench.records == []
    assert bench.session == "Printing"


def test_what_a_person_settled_at_the_desk_is_not_asked_any_more() -> None:
    bench = _lost_in_mid_label()
    grant = bench.prints[0].grant

    bench.happens(Pushed(Settled(order="A-1", grant=grant, printed=True, incarnation="run-1")))

    assert (bench.session, bench.notice) == ("Idle", Key.SETTLED)
    assert ClearPrinter() in bench.wishes, "the printer may hold it still"


def test_a_clearing_that_fails_after_the_desk_settled_it_asks_nobody() -> None:
    bench = _lost_in_mid_label()
    bench.happens(Pushed(Settled(order="A-1", grant=bench.prints[0].grant, printed=False, incarnation="run-1")))

    bench.happens(ClearFailed("no answer"))

    assert (bench.session, bench.notice) == ("Idle", Key.SETTLED)


def test_a_clearing_that_fails_for_one_label_does_not_tell_the_packer_to_set_the_printer_aside_for_the_next() -> None:
    bench = _lost_in_mid_label()
    bench.happens(LinkUp())
    bench.welcome(bench.prints[0], GRANT)
    bench.happens(Pushed(Settled(order="A-1", grant=bench.prints[0].grant, printed=False, incarnation="run-1")))
    bench.passes(1)
    assert bench.session == "Doubting", "about the other one now"

    bench.happens(ClearFailed("no answer"))

    assert bench.notice == Key.IN_DOUBT


def test_a_desk_that_says_settled_to_an_unknown_ends_the_doubt() -> None:
    bench = _lost_in_mid_label()

    bench.answer(Kept(request=bench.bench.outbox[0].request, settled=True))

    assert bench.session == "Idle"


def test_every_print_that_begins_is_in_the_journal_first() -> None:
    bench = _lost_in_mid_label()

    assert [entry.grant for entry in bench.entries if isinstance(entry, BeginPrint)] == bench.prints


def test_records_are_numbered_without_a_gap_and_said_one_at_a_time_until_kept() -> None:
    bench = Driver(remembered=Remembered(IDENTITY, last_sequence=41)).ready()
    bench.pack(order())
    bench.confirmed(bench.granted())

    bench.passes(3.0)

    said = [request for request in bench.requests if isinstance(request, Printed)]
    assert len(said) >= 3
    assert {record.sequence for record in said} == {42}
    bench.keep()
    bench.passes(3.0)
    assert bench.bench.outbox == ()
