"""After the print: a label is called back to its bench, and scanned to void it; every answer on the way is true."""

from pathlib import Path

import msgspec
import pytest

from station.desk.core.facts import RecallRules
from station.protocol.instruction import Instruction, Piece
from station.protocol.outcome import OutcomeKind, Shipment
from station.protocol.reply import CallBack, Granted, Opened, Recalls, Refusal
from station.protocol.request import GrantReference, Open
from station.protocol.topics import InboxOf
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, SLIP, Bench, Desk, Said, hold, instruction, refused, running

OTHER = instruction(order="B-1", slips=("B-1",))
RULES = RecallRules()
Kind = OutcomeKind


def anew(revision: int = 2, number: str = "400000000011", **changes: object) -> Instruction:
    """A revision with a tracking number of its own."""
    return instruction(revision, pieces=(Piece(tracking_number=number),), **changes)


def recalls(said: Said, station: str = "station-1") -> list[tuple[CallBack, ...]]:
    """What the desk told a station to find."""
    return [each.recalls for each in said.on(InboxOf(station)) if isinstance(each, Recalls)]


def passes(desk: Desk, seconds: float) -> Said:
    """Time, and what the desk says by itself."""
    desk.now_s += int(seconds)
    return desk.rest()


@pytest.fixture
def grant(desk: Desk, bench: Bench) -> GrantReference:
    """Of the label that came out at station 1."""
    desk.instruct(OTHER)
    granted = bench.granted()
    bench.printed(granted)
    return granted


def test_a_hold_calls_the_label_back_to_its_bench_and_says_so(desk: Desk, grant: GrantReference) -> None:
    said = desk.hold(hold())
    told = said.outcome()
    assert (told.outcome, told.station, told.grant, told.at_bench) == (Kind.RECALLING, "station-1", grant.grant, True)
    assert told.tracking_numbers == grant.tracking_numbers
    assert recalls(said) == [(CallBack(grant=grant, cause="recall"),)]


def test_a_hold_that_came_during_the_print_calls_the_label_back_at_once(desk: Desk, bench: Bench) -> None:
    granted = bench.granted()
    desk.hold(hold())
    said = bench.printed(granted)
    assert said.outcomes["hold-h-1"] is Kind.RECALLING
    assert recalls(said) == [(CallBack(grant=granted, cause="recall"),)]


def test_scanned_to_void_it_the_hold_is_recalled_and_the_label_does_not_count(
    desk: Desk, bench: Bench, grant: GrantReference
) -> None:
    desk.hold(hold())
    said = bench.voided(grant, packer="Sato")
    told = said.outcome()
    assert (told.outcome, told.grant, told.needs_revision) == (Kind.RECALLED, grant.grant, True)
    assert told.tracking_numbers == grant.tracking_numbers
    assert recalls(said) == [()]
    row = said.the(Shipment)
    assert (row.kind, row.grant, row.irregular, row.number, row.packer) == ("void", grant.grant, "recall", 2, "Sato")
    desk.restart()
    assert desk.hold(hold()).outcome() == told
    assert [each.kind for each in desk.shipments()] == ["printed", "void"]


def test_a_hold_placed_after_the_void_stops_the_order_as_any_other(
    desk: Desk, bench: Bench, grant: GrantReference
) -> None:
    desk.hold(hold())
    bench.voided(grant)
    desk.hold(hold(state="released"))
    desk.instruct(anew())
    desk.hold(hold("h-2"))
    assert refused(bench.open()).reason is Refusal.HELD


def test_a_void_number_is_never_used_again(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    said = bench.voided(grant)
    assert said.outcomes["revision-1"] is Kind.REFUSED
    freed = desk.hold(hold(state="released")).outcome()
    assert (freed.outcome, freed.needs_revision) == (Kind.FREED, True)
    assert refused(bench.open()).reason is Refusal.NEEDS_REVISION
    same = desk.instruct(instruction(2)).outcome("revision-2")
    assert same.outcome is Kind.REFUSED
    assert "pieces: tracking number" in same.reason
    assert desk.instruct(anew()).outcome("revision-2").outcome is Kind.ACCEPTED
    assert isinstance(bench.open(), Opened)


def test_packed_anew_it_is_marked_and_says_what_it_replaces(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    bench.voided(grant)
    desk.hold(hold(state="released"))
    desk.instruct(anew())
    second = bench.granted(revision=2)
    assert second.reprint == 1
    row = bench.printed(second).the(Shipment)
    assert (row.kind, row.irregular, row.replaces) == ("printed", "recall", grant.grant)
    assert desk.hold(hold("h-2")).outcome("hold-h-2").outcome is Kind.RECALLING


def test_a_revision_with_numbers_of_its_own_calls_the_label_back_and_is_accepted_with_the_void(
    desk: Desk, bench: Bench, grant: GrantReference
) -> None:
    said = desk.instruct(anew())
    assert said.outcome("revision-2").outcome is Kind.RECALLING
    assert recalls(said) == [(CallBack(grant=grant, cause="recall"),)]
    said = bench.voided(grant)
    assert said.outcomes == {"revision-2": Kind.ACCEPTED}
    assert isinstance(bench.open(), Opened)


@pytest.mark.usefixtures("grant")
def test_a_revision_with_the_same_numbers_calls_nothing_back(desk: Desk) -> None:
    said = desk.instruct(instruction(2))
    told = said.outcome("revision-2")
    assert told.outcome is Kind.TOO_LATE
    assert "has its own" in told.reason
    assert recalls(said) == []


def test_gone_from_the_bench_is_too_late_for_hold_and_revision(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.instruct(anew())
    desk.hold(hold())
    said = bench.gone(grant)
    assert said.outcomes == {"hold-h-1": Kind.TOO_LATE, "revision-2": Kind.TOO_LATE}
    assert recalls(said) == [()]


@pytest.mark.usefixtures("grant")
def test_nobody_answers_and_it_is_too_late_after_a_set_time(desk: Desk) -> None:
    desk.hold(hold())
    assert passes(desk, RULES.answer_s - 2).outcomes == {}
    said = passes(desk, 2)
    assert said.outcomes == {"hold-h-1": Kind.TOO_LATE}
    assert recalls(said) == [()]


@pytest.mark.usefixtures("grant")
def test_the_time_is_counted_over_a_restart_and_not_by_the_clock_on_the_wall(desk: Desk) -> None:
    desk.hold(hold())
    desk.clock_wrong_by_s += 10**9
    desk.restart()
    assert passes(desk, 2).outcomes == {}
    assert passes(desk, RULES.answer_s).outcomes == {"hold-h-1": Kind.TOO_LATE}


@pytest.mark.usefixtures("grant")
def test_the_answer_that_time_changed_is_owed(desk: Desk) -> None:
    desk.hold(hold())
    desk.deaf = True
    passes(desk, RULES.answer_s)
    desk.restart()
    assert desk.connect().outcomes == {"hold-h-1": Kind.TOO_LATE}


def test_a_label_that_is_scanned_too_late_is_void_all_the_same(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    passes(desk, RULES.answer_s)
    assert bench.voided(grant).outcomes["hold-h-1"] is Kind.RECALLED


def test_the_push_is_said_again_until_it_is_over(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    again = (CallBack(grant=grant, cause="recall"),)
    assert recalls(passes(desk, 2)) == [again]
    assert recalls(passes(desk, 2)) == [again]
    assert bench.greet().recalls == again
    bench.gone(grant)
    assert recalls(passes(desk, 2)) == []
    assert bench.greet().recalls == ()


def test_a_station_that_has_to_look_opens_nothing_before(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    said = desk.ask(bench.station, bench.step(Open, slip="B-1"))
    refusal = said.on(InboxOf("station-1"))[0]
    assert refused(refusal).reason is Refusal.RECALL_HERE
    assert refused(refusal).order == ORDER
    assert recalls(said) == [(CallBack(grant=grant, cause="recall"),)]
    bench.gone(grant)
    bench.opened("B-1")


@pytest.mark.usefixtures("grant")
def test_an_order_that_is_called_back_is_opened_nowhere(desk: Desk, bench: Bench, other: Bench) -> None:
    desk.instruct(anew())
    for each in (bench, other):
        assert refused(each.open()).reason is Refusal.CALLED_BACK
        assert refused(each.reprint()).reason is Refusal.CALLED_BACK


@pytest.mark.usefixtures("grant")
def test_a_parcel_that_has_left_the_bench_is_not_called_back(desk: Desk, bench: Bench) -> None:
    bench.opened("B-1")
    said = desk.hold(hold())
    assert said.outcome().outcome is Kind.TOO_LATE
    assert said.outcome().at_bench is False
    assert recalls(said) == []


@pytest.mark.usefixtures("grant")
def test_nor_one_that_was_printed_too_long_ago(desk: Desk) -> None:
    desk.now_s += int(RULES.at_bench_s)
    assert desk.hold(hold()).outcome().outcome is Kind.TOO_LATE


def test_nor_any_where_the_site_wants_none(tmp_path: Path) -> None:
    with running(tmp_path / "desk.db", recall_rules=RecallRules(at_bench_s=0.0)) as desk:
        desk.instruct(instruction())
        bench = greeted(desk, "station-1")
        bench.printed(bench.granted())
        assert desk.hold(hold()).outcome().outcome is Kind.TOO_LATE


@pytest.mark.usefixtures("grant")
def test_a_release_ends_the_recall(desk: Desk, bench: Bench) -> None:
    desk.hold(hold())
    desk.hold(hold("h-2"))
    assert recalls(desk.hold(hold(state="released"))) == []
    said = desk.hold(hold("h-2", "released"))
    assert said.outcomes == {"hold-h-2": Kind.FREED}
    assert recalls(said) == [()]
    bench.opened("B-1")


def test_but_not_while_a_newer_revision_waits_for_it(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    desk.instruct(anew())
    said = desk.hold(hold(state="released"))
    assert said.outcomes == {"hold-h-1": Kind.FREED}
    assert recalls(said) == []
    assert bench.voided(grant).outcomes["revision-2"] is Kind.ACCEPTED


def test_every_hold_hears_what_became_of_the_label(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    bench.opened("B-1")
    bench.close("B-1")
    assert desk.hold(hold()).outcome().outcome is Kind.TOO_LATE
    desk.hold(hold("h-2"))
    assert bench.voided(grant).outcomes == {
        "hold-h-1": Kind.RECALLED,
        "hold-h-2": Kind.RECALLED,
        "revision-1": Kind.REFUSED,
    }


def test_a_revision_that_was_too_late_is_in_time_for_the_next_label(
    desk: Desk, bench: Bench, grant: GrantReference
) -> None:
    bench.opened("B-1")
    assert desk.instruct(anew()).outcome("revision-2").outcome is Kind.TOO_LATE
    assert bench.voided(grant).outcomes["revision-2"] is Kind.ACCEPTED


def test_a_record_of_a_void_that_is_told_again_is_kept_once(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    bench.voided(grant)
    bench.voided(grant)
    assert [each.kind for each in desk.shipments()] == ["printed", "void"]


def test_with_a_reprint_the_earlier_labels_of_its_numbers_are_void_too(
    desk: Desk, bench: Bench, grant: GrantReference
) -> None:
    bench.reprint()
    answer = bench.print()
    second = msgspec.structs.replace(grant, grant=answer.request, reprint=1)  # type: ignore[union-attr]
    row = bench.printed(second).the(Shipment)
    assert (row.irregular, row.replaces) == ("reprint", grant.grant)
    desk.hold(hold())
    assert bench.voided(second).outcomes["hold-h-1"] is Kind.RECALLED


def test_with_an_earlier_label_a_later_one_still_counts(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    bench.reprint()
    answer = bench.print()
    second = msgspec.structs.replace(grant, grant=answer.request, reprint=1)  # type: ignore[union-attr]
    bench.printed(second)
    bench.voided(grant)
    told = desk.hold(hold()).outcome()
    assert (told.outcome, told.grant) == (Kind.RECALLING, second.grant)


def test_a_label_of_another_number_that_came_out_still_counts(desk: Desk, other: Bench, grant: GrantReference) -> None:
    alone = GrantReference(grant="x.alone1", order=ORDER, revision=1, tracking_numbers=("400000000099",))
    other.printed(alone, without_permission=True)
    assert desk.hold(hold()).outcome().grant == alone.grant
    told = other.voided(alone).outcome()
    assert (told.outcome, told.grant) == (Kind.TOO_LATE, grant.grant)


def test_a_desk_from_an_old_copy_says_neither_too_late_nor_recalled_before_it_knows(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with running(path) as before:
        before.instruct(instruction())
        bench = greeted(before, "station-1")
        greeted(before, "station-2")
        grant = bench.granted()
        bench.printed(grant)
    with running(path, restored=True) as desk:
        bench.desk = desk
        assert desk.hold(hold()).outcome().outcome is Kind.UNKNOWN
        assert desk.instruct(anew()).outcome("revision-2").outcome is Kind.UNKNOWN
        bench.say(bench.hello(last_sequence=2))
        bench.voided(grant)
        bench.greet()
        assert desk.hold(hold()).outcome().outcome is Kind.UNKNOWN
        greeted(desk, "station-2")
        assert desk.hold(hold()).outcome().outcome is Kind.RECALLED
        assert desk.instruct(anew()).outcome("revision-2").outcome is Kind.ACCEPTED
        assert refused(bench.open()).reason is Refusal.HELD


def test_of_a_label_that_it_forgot_it_may_hear_of_the_void_first(desk: Desk, bench: Bench, other: Bench) -> None:
    """The label's own station is not back yet."""
    forgotten = GrantReference(grant="1-x.1", order=ORDER, revision=1, tracking_numbers=("400000000001",))
    other.voided(forgotten)
    assert desk.hold(hold()).outcome().outcome is Kind.RECALLED
    said = bench.printed(forgotten)
    assert [each.kind for each in desk.shipments()] == ["void", "printed"]
    assert "hold-h-1" not in said.outcomes
    assert desk.hold(hold()).outcome().outcome is Kind.RECALLED
    assert refused(bench.open(SLIP)).reason is Refusal.HELD


@pytest.mark.parametrize("came_out", [True, False])
def test_a_revision_is_refused_for_a_void_only_once_no_other_label_of_it_can_count(
    desk: Desk, bench: Bench, other: Bench, grant: GrantReference, came_out: bool
) -> None:
    """A reprint elsewhere, that was granted before the label before it was made void."""
    other.reprint()
    answer = other.print()
    assert isinstance(answer, Granted)
    assert "revision-1" not in bench.voided(grant).outcomes
    assert desk.instruct(instruction()).outcome("revision-1").outcome is Kind.ACCEPTED
    said = other.printed(answer.grant) if came_out else other.not_printed(answer.grant)
    assert said.outcomes.get("revision-1") is (None if came_out else Kind.REFUSED)


def test_nor_by_a_desk_from_an_old_copy_that_hears_of_that_label_after_the_void(
    desk: Desk, bench: Bench, other: Bench, grant: GrantReference
) -> None:
    bench.voided(grant)
    later = msgspec.structs.replace(grant, grant="1-x.9", reprint=grant.reprint + 1)
    other.unknown(later)
    assert desk.instruct(instruction()).outcome("revision-1").outcome is Kind.ACCEPTED
    assert other.not_printed(later).outcome("revision-1").outcome is Kind.REFUSED


def test_who_gives_a_void_number_again_hears_that_other_ones_are_needed_though_the_desk_knows_the_void_only(
    desk: Desk, bench: Bench
) -> None:
    bench.voided(GrantReference(grant="1-x.1", order="B-2", revision=1, tracking_numbers=("400000000001",)))
    again = instruction(order="B-2", slips=("B-2",), pieces=(Piece(tracking_number="400000000001"),))
    told = desk.instruct(again).outcome("revision-1", "B-2")
    assert (told.outcome, told.needs_revision) == (Kind.REFUSED, True)


def test_a_revision_that_waited_for_a_label_is_in_time_once_that_label_is_void_and_came_out(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    """The void of a later label with its numbers, which a desk from an old copy hears of first, is its void too."""
    first = other.granted()
    assert desk.instruct(anew()).outcome("revision-2").outcome is Kind.PRINTING
    bench.voided(msgspec.structs.replace(first, grant="1-x.1", reprint=first.reprint + 1))
    assert other.printed(first).outcome("revision-2").outcome is Kind.ACCEPTED


def test_gone_says_nothing_of_a_label_that_nobody_looks_for(desk: Desk, bench: Bench, grant: GrantReference) -> None:
    assert bench.gone(grant).outcomes == {}
    desk.hold(hold())
    bench.voided(grant)
    assert bench.gone(grant).outcomes == {}
