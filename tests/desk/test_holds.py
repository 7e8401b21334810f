"""Holds at the desk: answered truly in every stage, the same again, and never freed by anything but a release."""

from collections.abc import Callable

import msgspec
import pytest

from station.desk.core.facts import RecallRules
from station.desk.core.order import MAX_HOLDS
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Held, Opened, Refusal
from station.protocol.topics import InboxOf
from tests.desk.driver import ORDER, Bench, Desk, hold, instruction, refused
from tests.desk.stages import STAGES
from tests.label.orders import PLAIN

ANSWER_S = int(RecallRules().answer_s)


@pytest.mark.parametrize("stage", STAGES)
def test_a_hold_is_answered_truly_in_every_stage_and_the_same_again(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    first = desk.hold(hold()).outcome()
    assert first.outcome is STAGES[stage][0]
    assert desk.hold(hold()).outcome() == first
    desk.restart()
    assert desk.hold(hold()).outcome() == first


@pytest.mark.parametrize("stage", STAGES)
def test_a_release_frees_in_every_stage_and_is_final(desk: Desk, bench: Bench, stage: Callable[[Bench], None]) -> None:
    stage(bench)
    desk.hold(hold())
    assert desk.hold(hold(state="released")).outcome().outcome is OutcomeKind.FREED
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.FREED
    assert desk.hold(b"\xff").outcome().outcome is OutcomeKind.FREED


def test_a_release_that_overtakes_its_hold_wins(desk: Desk, bench: Bench) -> None:
    desk.hold(hold(state="released"))
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.FREED
    assert isinstance(bench.open(), Opened)


def test_the_release_of_a_hold_that_never_was_says_so_every_time_and_is_final(desk: Desk, bench: Bench) -> None:
    first = desk.hold(hold("typo", "released")).outcome("hold-typo")
    assert (first.outcome, first.unknown_hold) == (OutcomeKind.FREED, True)
    assert "no hold with this id was known" in first.reason
    desk.restart()
    bench.greet()
    assert desk.hold(hold("typo", "released")).outcome("hold-typo") == first
    assert desk.hold(hold("typo")).outcome("hold-typo").outcome is OutcomeKind.FREED
    assert isinstance(bench.open(), Opened)


def test_the_release_of_a_known_hold_is_never_told_as_unknown(desk: Desk) -> None:
    desk.hold(hold())
    freed = desk.hold(hold(state="released")).outcome()
    assert not freed.unknown_hold
    desk.restart()
    assert desk.hold(hold(state="released")).outcome() == freed


def test_a_release_names_the_holds_that_still_stop_the_order_five_at_most(desk: Desk) -> None:
    for number in range(8):
        desk.hold(hold(f"h-{7 - number}"))
    first = desk.hold(hold("h-0", "released")).outcome("hold-h-0")
    assert first.still_held_by == ("h-1", "h-2", "h-3", "h-4", "h-5")
    desk.restart()
    assert desk.hold(hold("h-0", "released")).outcome("hold-h-0") == first
    for number in range(2, 8):
        last = desk.hold(hold(f"h-{number}", "released")).outcome(f"hold-h-{number}")
    assert last.still_held_by == ("h-1",)
    assert desk.hold(hold("h-1", "released")).outcome("hold-h-1").still_held_by == ()


def test_history_says_of_which_kind_the_hold_was_that_a_release_ended(desk: Desk) -> None:
    desk.hold(hold(kind="payment"))
    desk.hold(hold(kind="other", state="released"))
    desk.hold(hold("typo", "released"))
    lines = [(line.what, line.detail) for line in desk.store.history(ORDER)][-3:]
    assert lines == [
        ("hold active", "h-1 payment"),
        ("hold released", "h-1 payment"),
        ("hold released", "typo not known"),
    ]


def test_an_order_is_held_until_the_last_of_its_holds_is_released(desk: Desk, bench: Bench) -> None:
    desk.hold(hold("h-1"))
    desk.hold(hold("h-2"))
    desk.hold(hold("h-1", "released"))
    assert refused(bench.open()).reason is Refusal.HELD
    desk.hold(hold("h-2", "released"))
    assert isinstance(bench.open(), Opened)


def test_a_hold_may_come_before_its_order(desk: Desk, bench: Bench) -> None:
    assert desk.hold(hold(), order="B-1").outcome(order="B-1").no_instruction
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    assert not desk.hold(hold(), order="B-1").outcome(order="B-1").no_instruction
    assert refused(bench.open("B-1")).reason is Refusal.HELD


@pytest.mark.parametrize(
    "payload",
    [
        b"\xff",
        b"{}",
        b"released",
        b'{"version":1,"hold":"h-1","kind":"cancel","state":"Released"}',
        b'{"version":2,"hold":"h-1","kind":"cancel","state":"released"}',
        b'{"version":1,"hold":"another","kind":"cancel","state":"released"}',
        b"x" * 1_000_000,
    ],
)
def test_what_nobody_can_read_holds_until_a_readable_one_with_its_id_replaces_it(
    desk: Desk, bench: Bench, payload: bytes
) -> None:
    said = desk.hold(payload).outcome()
    assert said.outcome is OutcomeKind.STOPPED
    assert "unreadable" in said.reason
    assert desk.loop.rejected["hold"] == 1
    assert refused(bench.open()).holds[0].kind == "unreadable"
    desk.hold(hold(state="released"))
    assert isinstance(bench.open(), Opened)


def test_an_unreadable_message_hides_neither_kind_nor_note(desk: Desk, bench: Bench) -> None:
    desk.hold(hold(note="住所変更の連絡待ち"))
    desk.hold(b"\xff")
    assert [each.note for each in refused(bench.open()).holds] == ["住所変更の連絡待ち"]


def test_an_empty_message_changes_nothing(desk: Desk, bench: Bench) -> None:
    desk.hold(hold())
    assert not desk.hold(b"").messages
    assert refused(bench.open()).reason is Refusal.HELD
    assert not desk.hold(b"", order="B-1").messages
    assert desk.store.order("B-1") is None


def test_a_hold_that_is_one_too_many_is_answered_and_the_order_stays_held(desk: Desk, bench: Bench) -> None:
    for number in range(MAX_HOLDS):
        desk.hold(hold(f"h-{number}"))
    one_too_many = desk.hold(hold("h-more")).outcome("hold-h-more")
    assert one_too_many.outcome is OutcomeKind.REFUSED
    assert desk.hold(hold("h-0", "released")).outcome("hold-h-0").outcome is OutcomeKind.FREED
    assert refused(bench.open()).reason is Refusal.HELD


def test_a_held_order_is_granted_nothing_and_its_station_is_told(desk: Desk, bench: Bench) -> None:
    bench.opened()
    assert [each.hold for each in (desk.hold(hold()).the(Held),)] == [hold()]
    refusal = refused(bench.print())
    assert refusal.reason is Refusal.HELD
    assert refusal.holds == (hold(),)
    assert "print refused" in desk.whats()
    assert desk.hold(hold(state="released")).on(InboxOf("station-1"))
    assert isinstance(bench.print(), Granted)


def test_a_held_order_can_be_given_back(desk: Desk, bench: Bench, other: Bench) -> None:
    bench.opened()
    desk.hold(hold())
    bench.close()
    desk.hold(hold(state="released"))
    assert isinstance(other.open(), Opened)


def test_a_hold_during_a_grant_is_told_how_the_grant_ended(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    during = desk.hold(hold()).outcome()
    assert (during.station, during.grant, during.tracking_numbers) == (
        "station-1",
        grant.grant,
        PLAIN.tracking_numbers,
    )
    assert bench.not_printed(grant).outcomes == {"hold-h-1": OutcomeKind.STOPPED}
    desk.hold(hold(state="released"))
    again = bench.print()
    assert isinstance(again, Granted)
    desk.hold(hold("h-2"))
    assert bench.unknown(again.grant).outcomes == {"hold-h-2": OutcomeKind.UNKNOWN}
    assert bench.no_label(again.grant).outcomes == {"hold-h-2": OutcomeKind.STOPPED}


def test_too_late_says_when_where_and_whether_the_parcel_may_still_be_at_the_bench(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    grant = bench.granted()
    desk.hold(hold())
    assert bench.printed(grant).outcome().outcome is OutcomeKind.RECALLING
    desk.now_s += ANSWER_S
    desk.rest()
    told = desk.hold(hold()).outcome()
    assert told.outcome is OutcomeKind.TOO_LATE
    assert (told.station, told.grant, told.printed_at, told.printed_revision) == ("station-1", grant.grant, "14:02", 1)
    assert told.tracking_numbers == PLAIN.tracking_numbers
    assert told.at_bench is True
    assert refused(bench.open()).reason is Refusal.SHIPPED
    assert desk.hold(hold()).outcome().at_bench is True
    bench.opened("B-1")
    assert desk.hold(hold()).outcome().at_bench is False


def test_a_hold_with_a_name_of_many_characters_is_answered_on_its_topic(desk: Desk) -> None:
    name = "山" * 30 + '/+#%$ \\"'
    assert desk.hold(msgspec.structs.replace(hold(), hold=name)).outcome(f"hold-{name}").subject == name
