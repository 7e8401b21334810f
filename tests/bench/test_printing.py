"""From the match to the label: no permission, no print; a permission is used once, in time, or given back."""

import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import KeyTurned, PrinterChanged, PrinterState, PrintFailed, Sound
from station.bench.core.effects import BeginPrint, DropGrant, SendToPrinter
from station.bench.core.events import Answered, LabelsImpossible, LinkDown, LinkUp, OrderOpened, OrderRevised, Pushed
from station.bench.core.notices import Key
from station.bench.core.state import Rules, WithoutPermission, next_deadline
from station.protocol.reply import Granted, Kept, Refusal, TakenOver
from station.protocol.request import Close, Hello, NotPrinted, Open, Print, Printed
from tests.bench.driver import CUP, TEA, Driver, hold, order

PRINTER_TROUBLE = {
    PrinterState.PAPER_OUT: Key.PAPER_OUT,
    PrinterState.COVER_OPEN: Key.COVER_OPEN,
    PrinterState.CUTTER_FAULT: Key.CUTTER_FAULT,
    PrinterState.OVERHEATED: Key.PRINTER_OVERHEATED,
    PrinterState.ERROR: Key.PRINTER_ERROR,
    PrinterState.WRONG_MODEL: Key.WRONG_PRINTER,
    PrinterState.OFFLINE: Key.PRINTER_OFFLINE,
    PrinterState.NO_ANSWER: Key.PRINTER_NO_ANSWER,
    PrinterState.DISCONNECTED: Key.PRINTER_DISCONNECTED,
}


def test_the_point_of_no_return_is_entered_before_the_printer_is_sent_anything() -> None:
    bench = Driver().ready()
    bench.pack(order())

    grant = bench.granted()

    kinds = [type(each) for each in bench.log]
    assert kinds.index(BeginPrint) < kinds.index(SendToPrinter)
    assert bench.prints == [grant]


def test_a_confirmed_label_is_recorded_once_and_its_personal_data_go() -> None:
    bench = Driver().ready()
    bench.pack(order(pieces=3))

    grant = bench.granted()
    bench.confirmed(grant)
    bench.confirmed(grant)

    assert [(type(record), record.grant) for record in bench.records] == [(Printed, grant)]
    assert (bench.session, bench.forgotten, bench.notice) == ("Idle", ["A-1"], Key.PRINTED)


@pytest.mark.parametrize("state", PRINTER_TROUBLE)
def test_a_printer_that_is_not_ready_is_told_and_nothing_is_asked(state: PrinterState) -> None:
    bench = Driver().ready()
    bench.happens(PrinterChanged(state))
    bench.pack(order())

    assert (bench.notice, bench.tone, bench.count(Print)) == (PRINTER_TROUBLE[state], "wait", 0)
    bench.happens(PrinterChanged(PrinterState.READY))
    assert bench.count(Print) == 1, "it goes on by itself"


def test_the_same_print_is_said_again_until_it_is_answered() -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.passes(2.5)

    said = [request for request in bench.requests if isinstance(request, Print)]
    assert (len(said), bench.count(Print)) == (3, 1)


def test_without_an_answer_the_packer_is_told_and_the_permission_is_given_back() -> None:
    bench = Driver().ready()
    bench.pack(order())
    asked = bench.said(Print)

    bench.passes(3.1)

    assert (bench.session, bench.notice, bench.sounds[-1]) == ("Withdrawing", Key.NO_ANSWER, Sound.ATTENTION)
    assert bench.said(NotPrinted).grant == asked.request


def test_a_grant_that_comes_too_late_is_never_used() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.passes(3.1)

    bench.granted()

    assert bench.prints == []
    assert bench.session == "Withdrawing"


def test_after_giving_back_it_asks_anew_by_itself() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.passes(3.1)

    bench.answer(Kept(request=bench.said(NotPrinted).request))

    assert (bench.session, bench.count(Print)) == ("Asking", 2)
    assert bench.granted() in bench.prints


def test_a_grant_is_used_once_however_often_it_is_delivered() -> None:
    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()

    bench.answer(Granted(request=grant.grant, grant=grant, epoch="epoch-1", decision=1))
    bench.confirmed(grant)
    bench.answer(Granted(request=grant.grant, grant=grant, epoch="epoch-1", decision=1))

    assert bench.prints == [grant]


def test_a_hold_heard_while_asking_gives_the_permission_back_unused() -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.hear(hold())
    bench.granted()

    assert bench.prints == []
    assert bench.count(NotPrinted) == 1
    assert bench.tone == "stop"


def test_a_hold_in_mid_packing_turns_red_at_once_and_its_release_lets_the_label_out() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.hear(hold())
    assert (bench.tone, bench.sounds[-1]) == ("stop", Sound.STOP)
    bench.scan(TEA)
    assert bench.count(Print) == 0

    bench.hear(hold(state="released"))
    bench.scan(TEA)

    assert bench.count(Print) == 1


def test_one_of_two_holds_is_enough_and_released_is_final() -> None:
    bench = Driver().ready()
    bench.open(order(), hold("h1"), hold("h2"))
    bench.hear(hold("h1", "released"))
    bench.hear(hold("h1"))
    bench.scan(TEA)
    assert (bench.count(Print), bench.tone) == (0, "stop")

    bench.hear(hold("h2", "released"))
    bench.scan(TEA)

    assert bench.count(Print) == 1


def test_a_print_refused_for_a_hold_turns_red_and_keeps_what_was_scanned() -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.refused(Refusal.HELD, holds=(hold(),))

    assert (bench.session, bench.tone, bench.counted) == ("Packing", "stop", [1])
    bench.hear(hold(state="released"))
    bench.passes(1.1)
    assert bench.count(Print) == 2


def test_a_print_refused_for_a_hold_that_is_released_here_is_asked_again() -> None:
    bench = Driver().ready()
    bench.open(order(), hold(state="released"))
    bench.scan(TEA)

    bench.refused(Refusal.HELD, holds=(hold(),))
    bench.passes(1.1)

    assert bench.count(Print) == 2


@pytest.mark.parametrize("reason", [Refusal.NOT_OPEN_HERE, Refusal.SHIPPED, Refusal.IN_DOUBT, Refusal.NO_INSTRUCTION])
def test_a_print_refused_for_good_ends_the_order_here(reason: Refusal) -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.refused(reason)

    assert (bench.session, bench.tone, bench.forgotten) == ("Idle", "stop", ["A-1"])


def test_a_new_revision_with_the_same_items_keeps_the_scans() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 2),)))
    bench.scan(TEA)

    bench.happens(OrderRevised(order(revision=2, lines=((TEA, 2),))))
    bench.draw()
    bench.scan(TEA)

    assert bench.said(Print).revision == 2


def test_a_new_revision_with_other_items_starts_the_scans_again() -> None:
    bench = Driver().ready()
    bench.open(order(lines=((TEA, 2),)))
    bench.scan(TEA)

    bench.happens(OrderRevised(order(revision=2, lines=((CUP, 1),))))

    assert (bench.counted, bench.notice, bench.tone) == ([0], Key.LINES_CHANGED, "stop")


def test_nothing_is_asked_before_the_labels_of_the_newest_revision_are_drawn() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.happens(OrderRevised(order(revision=2)))
    bench.scan(TEA)
    assert (bench.count(Print), bench.notice) == (0, Key.DRAWING)

    bench.draw()

    assert bench.said(Print).revision == 2


def test_a_new_revision_that_comes_with_the_same_answer_again_is_taken_from_there() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.happens(OrderOpened(bench.said(Open).request, "run-1", order(revision=2), (), 0))
    bench.draw()
    bench.scan(TEA)

    assert bench.said(Print).revision == 2


def test_a_late_older_revision_changes_nothing() -> None:
    bench = Driver().ready()
    bench.open(order(revision=3))

    bench.happens(OrderRevised(order(revision=2)))
    bench.scan(TEA)

    assert bench.said(Print).revision == 3


def test_a_label_that_cannot_be_drawn_is_told_with_the_fields_name() -> None:
    bench = Driver().ready()
    bench.scan("NS-A-1")
    bench.opened(order())
    bench.happens(LabelsImpossible("A-1", 1, "ship_to.name: too long"))
    bench.scan(TEA)

    assert (bench.notice, bench.count(Print)) == (Key.LABEL_IMPOSSIBLE, 0)


def test_a_print_that_surely_did_not_begin_is_given_back_and_tried_again() -> None:
    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()

    bench.happens(PrintFailed(grant.grant, begun=False, reason="refused"))
    assert bench.said(NotPrinted).grant == grant.grant
    bench.answer(Kept(request=bench.said(NotPrinted).request))

    assert DropGrant(grant.grant) in bench.entries
    assert bench.records == [], "nothing is in doubt"
    bench.passes(1.1)
    assert bench.count(Print) == 2


def test_until_the_desk_has_it_back_a_print_that_did_not_begin_is_among_what_a_hello_tells() -> None:
    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=False, reason="refused"))

    bench.happens(LinkUp())

    assert [each.grant for each in bench.said(Hello).unresolved] == [grant.grant]


def test_cancelling_while_asking_gives_the_permission_back_and_then_closes() -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.scan(Card.CANCEL)
    bench.granted()
    assert bench.count(Close) == 0
    bench.answer(Kept(request=bench.said(NotPrinted).request))

    assert (bench.prints, bench.count(Close), bench.session) == ([], 1, "Idle")


def test_a_slip_is_not_opened_while_a_permission_is_still_being_given_back() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(LinkDown("gone"))
    bench.passes(3.1)

    bench.scan("NS-B-2")

    assert bench.session == "Withdrawing"
    assert bench.bench.pending is not None
    assert isinstance(bench.bench.pending.step, NotPrinted)


def test_nothing_is_cancelled_past_the_point_of_no_return() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.granted()

    bench.scan(Card.CANCEL)

    assert (bench.session, bench.notice) == ("Printing", Key.CANNOT_CANCEL)


def test_an_order_that_another_station_took_over_goes_from_here() -> None:
    bench = Driver().ready()
    bench.open(order())

    bench.happens(Pushed(TakenOver(order="A-1", station="station-2", incarnation="run-1")))

    assert (bench.session, bench.tone, bench.forgotten) == ("Idle", "stop", ["A-1"])


def _supervised() -> Driver:
    rules = Rules(station="station-1", slip_pattern="^NS-", without_permission=WithoutPermission.SUPERVISOR)
    return Driver(rules).ready()


def test_without_permission_a_supervisors_key_prints_when_the_desk_is_away_and_it_is_on_the_record() -> None:
    bench = _supervised()
    bench.pack(order())
    bench.happens(LinkDown("gone"))
    bench.passes(3.1)

    bench.happens(KeyTurned(on=True))
    bench.confirmed(bench.prints[0])

    record = bench.records[0]
    assert isinstance(record, Printed)
    assert record.without_permission


def test_without_permission_never_against_a_hold_that_the_station_knows() -> None:
    bench = _supervised()
    bench.open(order())
    bench.scan(TEA)
    bench.hear(hold())
    bench.happens(LinkDown("gone"))
    bench.passes(3.1)

    bench.happens(KeyTurned(on=True))

    assert bench.prints == []


def test_without_the_setting_the_key_prints_nothing() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(LinkDown("gone"))
    bench.passes(3.1)

    bench.happens(KeyTurned(on=True))

    assert bench.prints == []


def test_the_key_prints_nothing_while_the_desk_answers() -> None:
    bench = _supervised()
    bench.happens(PrinterChanged(PrinterState.PAPER_OUT))
    bench.pack(order())

    bench.happens(KeyTurned(on=True))
    bench.happens(Answered(Kept(request="of somebody else")))

    assert bench.prints == []


def test_a_process_that_slept_through_the_limit_does_not_use_the_grant_that_lies_there() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.now += 3_600.0
    bench.granted()
    assert bench.prints == []
    assert bench.said(NotPrinted).grant == bench.said(Print).request


def test_a_grant_for_an_older_revision_than_the_bench_knows_is_given_back() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(OrderRevised(order(revision=2)))
    bench.granted(revision=1)
    assert bench.prints == []
    assert bench.count(NotPrinted) == 1


def test_a_retry_that_something_else_keeps_back_is_not_due_for_ever() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.refused(Refusal.CATCHING_UP)
    bench.hear(hold())
    bench.passes(60.0)
    assert next_deadline(bench.bench) is None


def test_a_print_without_permission_that_did_not_begin_is_told_as_not_printed() -> None:
    bench = _supervised()
    bench.open(order())
    bench.happens(LinkDown("cable"))
    bench.scan(TEA)
    bench.happens(KeyTurned(on=True))
    alone = bench.prints[0].grant
    bench.happens(PrintFailed(alone, begun=False, reason="no line"))
    bench.happens(LinkUp())
    bench.welcome()
    assert bench.said(NotPrinted).grant == alone
    bench.answer(Kept(request=bench.said(NotPrinted).request))
    assert DropGrant(alone) in bench.entries
    bench.passes(bench.rules.retry_s)
    assert bench.count(Print) == 1


def test_a_grant_that_is_being_given_back_goes_before_what_the_key_printed_in_vain() -> None:
    bench = _supervised()
    bench.pack(order())
    bench.happens(LinkDown("cable"))
    bench.passes(bench.rules.grant_wait_s)
    bench.happens(KeyTurned(on=True))
    alone = bench.prints[0].grant
    bench.happens(PrintFailed(alone, begun=False, reason="no line"))
    assert DropGrant(alone) in bench.entries
    assert bench.session == "Withdrawing"
    bench.happens(LinkUp())
    bench.welcome()
    assert bench.said(NotPrinted).grant == bench.said(Print).request


def test_a_print_refused_for_an_old_revision_says_what_is_waited_for_and_goes_on_with_the_new_one() -> None:
    bench = Driver().ready()
    bench.pack(order())

    bench.refused(Refusal.OLD_REVISION)
    assert (bench.notice, bench.tone) == (Key.REVISION_COMING, "wait")
    bench.happens(OrderRevised(order(revision=2)))
    bench.draw()
    bench.passes(1.1)

    assert bench.said(Print).revision == 2
