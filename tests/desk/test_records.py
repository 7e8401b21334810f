"""Records of stations, and a supervisor's word: what becomes of a grant, kept once, and never lost."""

from collections.abc import Callable
from itertools import permutations

import pytest

from station.desk.core.publishers import PAGE
from station.protocol.outcome import OutcomeKind, Shipment
from station.protocol.reply import Granted, HelloNeeded, Kept, NotUnderstood, Opened, Refusal, Settled
from station.protocol.request import AnyRecord, GrantReference, NoLabel, Printed, Resolve, ScannedBack
from station.protocol.topics import InboxOf
from tests.desk.driver import ORDER, SUPERVISOR, Bench, Desk, hold, instruction, refused
from tests.desk.stages import STAGES

STRANGE = GrantReference(grant="9-x.1", order=ORDER, revision=1, tracking_numbers=("123456789012",))


def test_a_printed_record_is_kept_and_told_as_a_shipment(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    said = bench.printed(grant, packer="Suzuki")
    assert said.the(Kept) == Kept(request="j-station-1:1")
    shipment = said.the(Shipment)
    assert (shipment.number, shipment.grant, shipment.packer, shipment.proof) == (
        1,
        grant.grant,
        "Suzuki",
        "process_id",
    )
    assert (shipment.printed_at, shipment.tracking_numbers) == ("14:02", grant.tracking_numbers)
    assert desk.shipments() == (shipment,)


def test_a_record_that_is_said_again_is_only_told_so_again(desk: Desk, bench: Bench) -> None:
    record = bench.record(Printed, bench.granted(), proof="status")
    first = desk.ask(bench.station, record)
    again = desk.ask(bench.station, record)
    assert again.the(Kept) == first.the(Kept)
    assert len(again.messages) == 1
    assert len(desk.shipments()) == 1


@pytest.mark.parametrize("stage", STAGES)
def test_what_was_printed_yields_exactly_one_shipment_whatever_the_desk_believes(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    before = len(desk.shipments())
    bench.printed(STRANGE)
    bench.printed(STRANGE)
    assert [each.grant for each in desk.shipments()][before:] == [STRANGE.grant]


def test_a_label_that_came_out_after_all_is_a_shipment_though_a_person_had_seen_none(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    desk.resolve(grant, printed=False)
    assert bench.printed(grant).the(Shipment).grant == grant.grant
    assert refused(bench.open()).reason is Refusal.SHIPPED


def test_a_print_without_permission_is_on_the_record(desk: Desk, bench: Bench) -> None:
    bench.opened()
    assert bench.printed(STRANGE, without_permission=True).the(Shipment).without_permission
    assert "printed without permission" in desk.whats()


def test_records_are_kept_in_order_and_a_gap_asks_for_a_hello(desk: Desk, bench: Bench) -> None:
    records: tuple[AnyRecord, ...] = tuple(
        bench.record(Printed, GrantReference(grant=f"g-{number}", order=f"B-{number}", revision=1), proof="status")
        for number in range(3)
    )
    assert isinstance(bench.say(records[1]), HelloNeeded)
    assert isinstance(bench.say(records[2]), HelloNeeded)
    assert not desk.shipments()
    for record in records:
        assert isinstance(bench.say(record), Kept)
    assert [each.grant for each in desk.shipments()] == ["g-0", "g-1", "g-2"]


@pytest.mark.parametrize("arriving", [*permutations(range(3))])
def test_records_that_are_said_until_they_are_kept_are_kept_once_in_every_order(
    desk: Desk, bench: Bench, arriving: tuple[int, ...]
) -> None:
    records = [
        bench.record(Printed, GrantReference(grant=f"g-{number}", order=f"B-{number}", revision=1), proof="status")
        for number in range(3)
    ]
    for _ in records:
        for number in arriving:
            bench.say(records[number])
    assert [each.grant for each in desk.shipments()] == ["g-0", "g-1", "g-2"]


def test_a_record_of_a_journal_that_the_desk_does_not_know_asks_for_a_hello(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    stranger = Bench(desk, bench.station, journal="j-new")
    assert isinstance(stranger.say(stranger.record(Printed, grant, proof="status")), HelloNeeded)
    assert not desk.shipments()


def test_shipments_are_told_again_in_pages_without_a_gap(desk: Desk, bench: Bench) -> None:
    for number in range(PAGE + 3):
        bench.printed(GrantReference(grant=f"g-{number}", order=f"B-{number % 2}", revision=1))
    first = desk.shipments()
    assert len(first) == PAGE
    rest = desk.shipments(after=first[-1].number)
    assert [each.number for each in (*first, *rest)] == list(range(1, PAGE + 4))
    assert {each.order for each in desk.shipments(order="B-1")} == {"B-1"}
    assert desk.shipments(after=PAGE + 3) == ()


def test_an_order_in_doubt_is_granted_to_nobody_until_a_person_looked(desk: Desk, bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    bench.unknown(grant)
    for each in (bench, other):
        assert refused(each.open(take_over=True, supervisor=True)).reason is Refusal.IN_DOUBT
        assert refused(each.print()).reason is Refusal.IN_DOUBT
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN
    assert bench.printed(grant).outcome().outcome is OutcomeKind.RECALLING


def test_no_label_gives_the_order_back_where_it_is_still_open_and_the_next_label_is_marked(bench: Bench) -> None:
    grant = bench.granted()
    bench.unknown(grant)
    bench.no_label(grant, still_open=True)
    answer = bench.print()
    assert isinstance(answer, Granted)
    assert answer.grant.reprint == 1


def test_no_label_frees_the_order_where_it_is_open_no_more(bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    bench.unknown(grant)
    bench.no_label(grant)
    assert refused(bench.print()).reason is Refusal.NOT_OPEN_HERE
    opened = other.open()
    assert isinstance(opened, Opened)
    assert opened.reprint == 1


def test_no_label_from_a_boot_that_is_gone_leaves_the_order_open_nowhere(bench: Bench) -> None:
    grant = bench.granted()
    record_of_the_old_boot = bench.record(NoLabel, grant, open_in=bench.boot)
    bench.sequence = 0
    bench.reboot(grant)
    assert isinstance(bench.say(record_of_the_old_boot), Kept)
    assert refused(bench.print()).reason is Refusal.NOT_OPEN_HERE


@pytest.mark.parametrize("stage", STAGES)
def test_no_label_of_another_grant_uses_up_its_mark_and_changes_nothing_else(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    before = desk.store.order(ORDER)
    assert bench.no_label(STRANGE).the(Kept)
    assert before is not None
    assert desk.store.order(ORDER) == before.marked(STRANGE.reprint)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ({}, "scanned"),
        ({"wrong": 2}, "scanned, 2 wrong before"),
        ({"supervisor": "田中"}, "let pass by supervisor 田中"),
    ],
)
def test_a_label_that_was_scanned_back_stands_in_the_orders_life(
    desk: Desk, bench: Bench, facts: dict[str, object], told: str
) -> None:
    grant = bench.granted()
    bench.printed(grant)
    record = bench.record(ScannedBack, grant, **facts)

    assert isinstance(bench.say(record), Kept)
    assert isinstance(bench.say(record), Kept), "a double"

    lines = [line for line in desk.store.history(ORDER) if line.what == "scanned back"]
    assert [line.detail for line in lines] == [f"{grant.grant} {told}"]


@pytest.mark.parametrize("stage", STAGES)
def test_and_changes_nothing_of_the_order_whatever_that_is(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    before = desk.store.order(ORDER)
    assert isinstance(bench.say(bench.record(ScannedBack, STRANGE)), Kept)
    assert desk.store.order(ORDER) == before


def test_who_answers_for_a_label_stands_in_its_shipment_record(desk: Desk, bench: Bench) -> None:
    begun = bench.granted().begun(packer="佐藤", supervisor="田中", unscanned=2, without_permission=False)
    bench.say(bench.record(Printed, begun, proof="status"))
    (shipment,) = desk.shipments()
    assert (shipment.supervisor, shipment.unscanned) == ("田中", 2)


def test_a_restored_desk_that_lacks_the_instruction_opens_the_order_nowhere(desk: Desk, bench: Bench) -> None:
    forgotten = GrantReference(grant="9-x.2", order="B-1", revision=1)
    bench.greet(forgotten)
    assert bench.no_label(forgotten, still_open=True).the(Kept)
    assert refused(bench.print(order="B-1")).reason is Refusal.NOT_OPEN_HERE
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    assert bench.opened("B-1").reprint == 1


def test_an_unknown_grant_that_the_desk_forgot_is_in_doubt(desk: Desk, bench: Bench, other: Bench) -> None:
    bench.unknown(GrantReference(grant="g-old", order=ORDER, revision=1))
    assert refused(other.open()).reason is Refusal.IN_DOUBT
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN


def test_an_unknown_grant_beside_one_that_stands_is_noted_and_keeps_the_order_until_both_have_ended(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    grant = bench.granted()
    other.unknown(STRANGE)
    assert "unknown beside another grant" in desk.whats()
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING
    assert bench.not_printed(grant).outcome().outcome is OutcomeKind.UNKNOWN
    desk.restart()
    bench.greet()
    assert refused(bench.open()).reason is Refusal.IN_DOUBT
    other.greet(STRANGE)
    assert other.no_label(STRANGE).outcome().outcome is OutcomeKind.STOPPED


@pytest.mark.parametrize("first", ["printed", "no label"])
def test_of_two_grants_either_may_end_first(desk: Desk, bench: Bench, other: Bench, first: str) -> None:
    grant = bench.granted()
    other.unknown(STRANGE)
    desk.hold(hold())
    if first == "printed":
        assert bench.printed(grant).outcome().outcome is OutcomeKind.TOO_LATE
        other.no_label(STRANGE)
        assert desk.hold(hold()).outcome().outcome is OutcomeKind.TOO_LATE
    else:
        other.no_label(STRANGE)
        assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING
        assert bench.printed(grant).outcome().outcome is OutcomeKind.RECALLING
    order = desk.store.order(ORDER)
    assert order is not None
    assert order.claim is None


def test_a_supervisor_settles_a_grant_beside_another(desk: Desk, bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    other.unknown(STRANGE)
    desk.resolve(STRANGE, printed=False)
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING
    assert bench.printed(grant).the(Shipment)


def test_a_shipment_of_another_grant_leaves_the_one_that_stands(desk: Desk, bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    other.printed(STRANGE)
    assert refused(other.open()).reason is Refusal.PRINTING_ELSEWHERE
    bench.printed(grant)
    assert [each.grant for each in desk.shipments()] == [STRANGE.grant, grant.grant]


@pytest.mark.parametrize("printed", [True, False])
def test_a_supervisor_settles_a_grant_and_its_station_is_told(desk: Desk, bench: Bench, printed: bool) -> None:
    grant = bench.granted()
    desk.hold(hold())
    said = desk.resolve(grant, printed=printed)
    assert said.on(InboxOf(SUPERVISOR)) == [Kept(request="resolve-1")]
    assert said.on(InboxOf("station-1")) == [Settled(order=ORDER, grant=grant.grant, printed=printed)]
    assert said.outcome().outcome is (OutcomeKind.TOO_LATE if printed else OutcomeKind.STOPPED)
    assert [(each.proof, each.packer, each.station) for each in desk.shipments()] == (
        [("person", "Sato", "station-1")] if printed else []
    )
    assert desk.resolve(grant, printed=printed).on(InboxOf(SUPERVISOR)) == [Kept(request="resolve-1", settled=True)]
    assert len(desk.shipments()) == printed


def test_an_outcome_after_a_supervisors_word_is_the_same_when_it_is_asked_for_again(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    desk.hold(hold())
    assert desk.resolve(grant, printed=True).outcome() == desk.hold(hold()).outcome()


@pytest.mark.parametrize("stage", STAGES)
def test_nobody_but_a_supervisor_settles_a_grant(desk: Desk, bench: Bench, stage: Callable[[Bench], None]) -> None:
    stage(bench)
    before = desk.store.order(ORDER)
    grant = GrantReference(grant=f"{bench.boot}.2", order=ORDER, revision=1)
    for client in ("station-2", "contact-center"):
        said = desk.resolve(grant, printed=False, client=client).the(NotUnderstood)
        assert said.reason == f"{client} is not among the desk's supervisors; see supervisors in desk.toml"
    assert desk.store.order(ORDER) == before


def test_a_supervisor_settles_only_a_grant_that_stands(desk: Desk, bench: Bench) -> None:
    bench.granted()
    assert "no outstanding grant" in desk.resolve(STRANGE, printed=False).the(NotUnderstood).reason
    elsewhere = Resolve(request="r", order="nobody's", grant=STRANGE.grant, printed=True, by="Sato")
    assert "no outstanding grant" in desk.ask(SUPERVISOR, elsewhere).the(NotUnderstood).reason
    assert not desk.shipments()


def test_the_word_of_a_station_whose_grant_a_person_settled_changes_nothing_but_is_kept(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    grant = bench.granted()
    desk.resolve(grant, printed=False)
    other.opened()
    assert bench.unknown(grant).the(Kept) == Kept(request="j-station-1:1", settled=True)
    assert bench.no_label(grant).the(Kept)
    assert isinstance(other.print(), Granted)
