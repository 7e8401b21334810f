"""With a printed label in hand: it is made void, or another takes its place where the contact center ordered that."""

from typing import Any

import msgspec
import pytest

from station.protocol.instruction import Instruction, Line, Piece
from station.protocol.outcome import OutcomeKind, Shipment
from station.protocol.reply import CallBack, CalledBack, Closed, Granted, Opened, Recalls, Refusal, Refused
from station.protocol.request import Close, GrantReference, Swap, Void
from station.protocol.scanback import ScanBack
from station.protocol.topics import InboxOf
from tests.desk.driver import DAY_S, ORDER, PERSONAL_DATA_DAYS, Bench, Desk, hold, instruction, refused

NEW = "400000000011"
OLD = instruction().tracking_numbers[0]
Kind = OutcomeKind


def swapped(revision: int = 2, number: str = NEW, **changes: Any) -> Instruction:
    """A revision that is ordered to take the place of a label."""
    return instruction(revision, **({"pieces": (Piece(tracking_number=number),), "swap": True} | changes))


@pytest.fixture
def grant(desk: Desk, bench: Bench) -> GrantReference:
    """Of a label that came out at station 1, whose parcel has left the bench."""
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    granted = bench.granted()
    bench.printed(granted)
    bench.opened("B-1")
    return granted


# Void


def test_a_label_in_hand_is_called_back_to_where_it_is(desk: Desk, other: Bench, grant: GrantReference) -> None:
    desk.hold(hold())
    said = desk.ask("station-2", other.step(Void, label=f"A{OLD}B"))
    assert said.the(CalledBack).recall == CallBack(grant=grant, cause="void")
    assert said.outcomes == {"hold-h-1": Kind.RECALLING}
    row = other.voided(grant, cause="void").the(Shipment)
    assert (row.kind, row.irregular, row.station) == ("void", "void", "station-2")
    assert desk.hold(hold()).outcome().outcome is Kind.RECALLED


def test_the_same_question_gets_the_same_answer_while_it_stands(
    desk: Desk, other: Bench, grant: GrantReference
) -> None:
    asked = other.step(Void, label=OLD)
    first, again = (desk.ask("station-2", asked).the(CalledBack) for _ in range(2))
    assert first == again
    other.voided(grant, cause="void")
    assert refused(other.say(asked)).reason is Refusal.NOT_OPEN_HERE


@pytest.mark.parametrize("kind", [Void, Swap])
@pytest.mark.usefixtures("grant")
def test_who_asks_with_a_label_in_hand_has_put_back_the_order_before_though_it_is_refused(
    bench: Bench, other: Bench, kind: type[Void] | type[Swap]
) -> None:
    assert isinstance(bench.say(bench.step(kind, label="no such label")), Refused)
    assert isinstance(other.open("B-1"), Opened)


@pytest.mark.usefixtures("grant")
def test_who_thinks_better_of_it_closes_and_the_label_counts(desk: Desk, other: Bench) -> None:
    desk.hold(hold())
    other.say(other.step(Void, label=OLD))
    said = other.desk.ask("station-2", other.step(Close, order=ORDER))
    assert isinstance(said.on(InboxOf("station-2"))[0], Closed)
    assert said.outcomes == {"hold-h-1": Kind.TOO_LATE}
    assert other.greet().recalls == ()


def test_a_label_in_hand_elsewhere_is_not_looked_for_at_its_bench(desk: Desk, bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    bench.printed(grant)
    desk.hold(hold())
    said = desk.ask("station-2", other.step(Void, label=OLD))
    assert [each.recalls for each in said.on(InboxOf("station-1")) if isinstance(each, Recalls)] == [()]


@pytest.mark.usefixtures("grant")
def test_only_the_label_of_a_shipped_order_is_made_void(desk: Desk, other: Bench) -> None:
    assert refused(other.say(other.step(Void, label="400099999990"))).reason is Refusal.UNKNOWN_LABEL
    other.reprint()
    bench = Bench(desk, "station-1", journal="j-station-1", number=90)
    assert refused(bench.say(bench.step(Void, label=OLD))).reason is Refusal.OPEN_ELSEWHERE
    other.print()
    assert refused(bench.say(bench.step(Void, label=OLD))).reason is Refusal.PRINTING_ELSEWHERE


def test_a_label_is_made_void_once(other: Bench, grant: GrantReference) -> None:
    other.voided(grant, cause="void")
    assert refused(other.say(other.step(Void, label=OLD))).reason is Refusal.VOID_LABEL


@pytest.mark.parametrize("kind", [Void, Swap])
def test_a_label_is_known_by_its_qr_code_too(
    desk: Desk, other: Bench, grant: GrantReference, kind: type[Void] | type[Swap]
) -> None:
    desk.instruct(swapped())
    answer = other.say(other.step(kind, label=str(ScanBack(ORDER, 1, 0, 1))))
    assert isinstance(answer, CalledBack)
    assert answer.recall.grant == grant


@pytest.mark.parametrize(
    "other_label",
    [ScanBack(ORDER, 2, 0, 1), ScanBack(ORDER, 1, 1, 1), ScanBack(ORDER, 1, 0, 2), ScanBack("B-1", 1, 0, 1)],
)
@pytest.mark.usefixtures("grant")
def test_but_not_by_that_of_another_revision_print_piece_or_order(other: Bench, other_label: ScanBack) -> None:
    answer = refused(other.say(other.step(Void, label=str(other_label))))
    assert answer.reason is Refusal.UNKNOWN_LABEL


def test_a_void_label_is_known_by_its_qr_code_too(desk: Desk, other: Bench, grant: GrantReference) -> None:
    desk.instruct(swapped())
    other.voided(grant, cause="dock_swap")
    qr = str(ScanBack(ORDER, 1, 0, 1))
    assert refused(other.say(other.step(Void, label=qr))).reason is Refusal.VOID_LABEL
    assert isinstance(other.say(other.step(Swap, label=qr)), Opened)


# Swap


@pytest.mark.usefixtures("grant")
def test_a_swap_is_ordered_by_a_revision_that_says_so(desk: Desk) -> None:
    told = desk.instruct(swapped()).outcome("revision-2")
    assert (told.outcome, told.tracking_numbers, told.station) == (Kind.SWAP_ORDERED, (OLD,), "station-1")
    assert desk.instruct(swapped()).outcome("revision-2") == told


def test_a_swap_is_a_plain_revision_while_no_label_came_out(desk: Desk) -> None:
    assert desk.instruct(swapped()).outcome("revision-2").outcome is Kind.ACCEPTED


@pytest.mark.usefixtures("grant")
def test_a_swap_needs_tracking_numbers_of_its_own(desk: Desk, other: Bench) -> None:
    assert desk.instruct(swapped(number=OLD)).outcome("revision-2").outcome is Kind.TOO_LATE
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.NO_SWAP


def test_the_old_label_is_void_before_the_new_one_is_granted(desk: Desk, other: Bench, grant: GrantReference) -> None:
    desk.instruct(swapped())
    called = other.say(other.step(Swap, label=OLD))
    assert isinstance(called, CalledBack)
    assert called.recall == CallBack(grant=grant, cause="dock_swap")
    assert refused(other.print(2)).reason is Refusal.SHIPPED
    said = other.voided(grant, cause="dock_swap")
    assert said.outcomes == {"revision-2": Kind.ACCEPTED}
    assert said.the(Shipment).irregular == "dock_swap"
    opened = other.say(other.step(Swap, label=OLD))
    assert isinstance(opened, Opened)
    assert opened.reprint == 1
    granted = other.print(2)
    assert isinstance(granted, Granted)
    assert granted.grant.tracking_numbers == (NEW,)
    row = other.printed(granted.grant).the(Shipment)
    assert (row.kind, row.irregular, row.replaces, row.reprint) == ("printed", "dock_swap", grant.grant, 1)
    assert desk.instruct(swapped()).outcome("revision-2").outcome is Kind.ACCEPTED


def test_a_hold_wins_until_the_new_label_is_granted(desk: Desk, other: Bench, grant: GrantReference) -> None:
    desk.instruct(swapped())
    desk.hold(hold())
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.HELD
    desk.hold(hold(state="released"))
    other.say(other.step(Swap, label=OLD))
    assert desk.hold(hold("h-2")).outcome("hold-h-2").outcome is Kind.RECALLING
    assert other.voided(grant, cause="dock_swap").outcomes["hold-h-2"] is Kind.RECALLED
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.HELD
    desk.hold(hold("h-2", "released"))
    assert isinstance(other.say(other.step(Swap, label=OLD)), Opened)
    assert desk.hold(hold("h-3")).outcome("hold-h-3").outcome is Kind.RECALLED
    assert refused(other.print(2)).reason is Refusal.HELD


@pytest.mark.usefixtures("grant")
def test_without_an_order_nothing_is_swapped(other: Bench) -> None:
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.NO_SWAP
    assert refused(other.say(other.step(Swap, label="1234"))).reason is Refusal.UNKNOWN_LABEL


def test_a_label_that_was_made_void_otherwise_is_packed_anew_not_swapped(
    desk: Desk, other: Bench, grant: GrantReference
) -> None:
    other.voided(grant, cause="void")
    desk.instruct(swapped())
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.VOID_LABEL


@pytest.mark.usefixtures("grant")
def test_a_newer_revision_takes_the_order_for_a_swap_back(desk: Desk, other: Bench) -> None:
    desk.instruct(swapped())
    said = desk.instruct(instruction(3))
    assert said.outcomes == {"revision-3": Kind.TOO_LATE, "revision-2": Kind.REFUSED}
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.NO_SWAP


def test_at_the_bench_the_label_is_called_back_first_and_swapped_when_it_is_gone(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    bench.printed(grant)
    assert desk.instruct(swapped()).outcome("revision-2").outcome is Kind.RECALLING
    assert bench.gone(grant).outcomes == {"revision-2": Kind.SWAP_ORDERED}


def test_another_label_of_the_old_revision_leaves_the_swap_ordered(
    desk: Desk, other: Bench, grant: GrantReference
) -> None:
    desk.instruct(swapped())
    other.reprint()
    granted = other.print()
    assert isinstance(granted, Granted)
    other.printed(granted.grant)
    told = desk.instruct(swapped()).outcome("revision-2")
    assert told.outcome is Kind.SWAP_ORDERED
    assert told.grant != grant.grant


def other_goods() -> list[dict[str, Any]]:
    """What a revision may not change with a label alone."""
    (first, *rest) = instruction().lines
    more = msgspec.structs.replace(first, quantity=first.quantity + 1)
    asks = Line(codes=("04901234567894",), name=first.name, quantity=first.quantity, capture=("lot",))
    added = Line(codes=("IN-0099",), name="のし", quantity=1)
    pieces = (Piece(tracking_number=NEW), Piece(tracking_number="400000000022"))
    return [{"lines": (more, *rest)}, {"lines": (asks, *rest)}, {"lines": (first, *rest, added)}, {"pieces": pieces}]


@pytest.mark.parametrize("changes", other_goods(), ids=["quantity", "capture", "line", "pieces"])
def test_a_swap_that_changes_what_is_in_the_parcel_makes_the_label_void_and_the_parcel_is_packed_anew(
    desk: Desk, other: Bench, grant: GrantReference, changes: dict[str, Any]
) -> None:
    told = desk.instruct(swapped(**changes)).outcome("revision-2")
    assert told.outcome is Kind.SWAP_ORDERED
    assert "packed anew" in told.reason
    assert isinstance(other.say(other.step(Swap, label=OLD)), CalledBack)
    assert other.voided(grant, cause="dock_swap").outcomes == {"revision-2": Kind.ACCEPTED}
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.PACK_ANEW
    assert refused(other.print(2)).reason is Refusal.NOT_OPEN_HERE
    assert isinstance(other.open(), Opened)


def test_a_swap_that_names_the_same_lines_in_other_words_and_order_is_a_label_alone(
    desk: Desk, other: Bench, grant: GrantReference
) -> None:
    lines = tuple(msgspec.structs.replace(line, name=f"{line.name} (新)") for line in reversed(instruction().lines))
    desk.instruct(swapped(lines=lines))
    other.voided(grant, cause="dock_swap")
    assert isinstance(other.say(other.step(Swap, label=OLD)), Opened)


def test_a_revision_that_comes_between_the_void_and_the_new_label_is_held_against_the_parcel_too(
    desk: Desk, other: Bench, grant: GrantReference
) -> None:
    desk.instruct(swapped())
    other.voided(grant, cause="dock_swap")
    lines = (*instruction().lines, Line(codes=("IN-0099",), name="のし", quantity=1))
    assert desk.instruct(swapped(3, "400000000022", lines=lines)).outcome("revision-3").outcome is Kind.ACCEPTED
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.PACK_ANEW
    assert desk.instruct(swapped(4, "400000000033")).outcome("revision-4").outcome is Kind.ACCEPTED
    assert isinstance(other.say(other.step(Swap, label=OLD)), Opened)


def test_what_is_in_a_parcel_is_known_after_a_restart_and_after_its_personal_data_are_gone(
    desk: Desk, other: Bench, bench: Bench, grant: GrantReference
) -> None:
    bench.close("B-1")
    desk.now_s += (PERSONAL_DATA_DAYS + 1) * DAY_S
    desk.rest()
    desk.restart()
    other.greet()
    assert desk.store.instruction(ORDER) is None
    desk.instruct(swapped())
    assert isinstance(other.say(other.step(Swap, label=OLD)), CalledBack)
    other.voided(grant, cause="dock_swap")
    assert isinstance(other.say(other.step(Swap, label=OLD)), Opened)


def test_of_a_parcel_that_nobody_knows_what_is_in_it_the_label_alone_is_not_swapped(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    alone = GrantReference(grant="1-x.alone1", order=ORDER, revision=1, tracking_numbers=(OLD,))
    bench.printed(alone, without_permission=True)
    desk.instruct(swapped())
    other.voided(alone, cause="dock_swap")
    assert refused(other.say(other.step(Swap, label=OLD))).reason is Refusal.PACK_ANEW


def test_a_parcel_that_has_left_its_first_bench_is_in_hand_where_its_label_is(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    """The first bench looked in vain, and says so late."""
    grant = bench.granted()
    bench.printed(grant)
    desk.hold(hold())
    other.say(other.step(Void, label=OLD))
    assert bench.gone(grant).outcomes == {}
    assert other.greet().recalls == (CallBack(grant=grant, cause="void"),)
    assert other.voided(grant, cause="void").outcomes["hold-h-1"] is Kind.RECALLED
