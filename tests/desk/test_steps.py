"""A station's numbered steps: what each is answered, and that saying one again changes nothing."""

from collections.abc import Callable

import msgspec
import pytest

from station.desk.core.refusals import MAX_HOLDS_TOLD
from station.protocol.codec import digest, encode
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Closed, Granted, HelloNeeded, Kept, Opened, Refusal, TakenOver
from station.protocol.request import CONTENT_DIGITS, GrantReference, NotPrinted, Open, Print
from station.protocol.topics import InboxOf, RequestFrom
from tests.desk.driver import ORDER, SLIP, Bench, Desk, hold, instruction, needs_hello, refused
from tests.desk.stages import gone, granted, in_doubt, packing, reprint_opened, shipped
from tests.label.orders import PLAIN

TRACKING = PLAIN.tracking_numbers


def test_an_opened_order_comes_whole(bench: Bench) -> None:
    opened = bench.opened()
    assert (opened.order, opened.instruction, opened.reprint) == (ORDER, PLAIN, 0)


def test_every_slip_of_an_order_opens_it(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(order="B-1", slips=("B-1a", "B-1b")))
    assert {bench.opened(slip).order for slip in ("B-1a", "B-1b")} == {"B-1"}


@pytest.mark.parametrize("scanned", ["12345", "A12345A", "a12345d", "C12345B"])
def test_a_slip_in_nw7_is_found_with_and_without_its_start_and_stop(desk: Desk, bench: Bench, scanned: str) -> None:
    desk.instruct(instruction(order="B-1", slips=("12345",)))
    assert bench.opened(scanned).order == "B-1"


def test_an_unknown_slip_is_refused(bench: Bench) -> None:
    assert refused(bench.open("nobody's")).reason is Refusal.UNKNOWN_SLIP


def test_a_held_order_is_refused_with_its_first_holds(desk: Desk, bench: Bench) -> None:
    for number in range(MAX_HOLDS_TOLD + 1):
        desk.hold(hold(f"h-{number}", note=f"note {number}"))
    answer = refused(bench.open())
    assert answer.reason is Refusal.HELD
    assert [each.note for each in answer.holds] == [f"note {number}" for number in range(MAX_HOLDS_TOLD)]


def test_a_shipped_order_is_refused_with_when_where_and_what(bench: Bench, other: Bench) -> None:
    shipped(bench)
    answer = refused(other.open())
    assert (answer.reason, answer.station, answer.at) == (Refusal.SHIPPED, "station-1", "14:02")
    assert answer.tracking_numbers == TRACKING


@pytest.mark.parametrize("up", [True, False])
def test_an_order_open_elsewhere_is_refused_with_the_place_and_whether_it_is_up(
    desk: Desk, bench: Bench, other: Bench, up: bool
) -> None:
    bench.opened()
    desk.status("station-1", up=up)
    answer = refused(other.open())
    assert (answer.reason, answer.station, answer.station_up) == (Refusal.OPEN_ELSEWHERE, "station-1", up)


@pytest.mark.parametrize(
    ("up", "supervisor", "taken"), [(False, False, True), (True, False, False), (True, True, True)]
)
def test_an_order_is_taken_over_from_a_station_that_is_down_or_by_a_supervisor(
    desk: Desk, bench: Bench, other: Bench, up: bool, supervisor: bool, taken: bool
) -> None:
    bench.opened()
    desk.status("station-1", up=up)
    said = desk.ask("station-2", other.step(Open, slip=SLIP, take_over=True, supervisor=supervisor))
    assert bool(said.on(InboxOf("station-1"))) is taken
    if taken:
        assert said.the(TakenOver).station == "station-2"
        assert refused(bench.print()).reason is Refusal.NOT_OPEN_HERE
        assert isinstance(other.print(), Granted)
    else:
        assert isinstance(bench.print(), Granted)


@pytest.mark.parametrize(
    ("stage", "reason"),
    [(granted, Refusal.PRINTING_ELSEWHERE), (in_doubt, Refusal.IN_DOUBT), (shipped, Refusal.SHIPPED)],
)
def test_nobody_takes_over_what_may_be_printed(
    bench: Bench, other: Bench, stage: Callable[[Bench], None], reason: Refusal
) -> None:
    stage(bench)
    answer = refused(other.open(take_over=True, supervisor=True))
    assert (answer.reason, answer.station) == (reason, "station-1")


def test_a_station_resolves_its_grant_before_it_opens_another_order(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    in_doubt(bench)
    answer = refused(bench.open("B-1"))
    assert (answer.reason, answer.order) == (Refusal.UNRESOLVED_HERE, ORDER)


def test_opening_another_order_lets_go_of_the_first(desk: Desk, bench: Bench, other: Bench) -> None:
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    bench.opened()
    bench.opened("B-1")
    assert refused(bench.print()).reason is Refusal.NOT_OPEN_HERE
    assert isinstance(other.open(), Opened)


def test_a_closed_order_can_be_opened_elsewhere(bench: Bench, other: Bench) -> None:
    bench.opened()
    assert isinstance(bench.close(), Closed)
    assert isinstance(other.open(), Opened)


@pytest.mark.parametrize("stage", [granted, in_doubt, shipped])
def test_closing_does_not_free_what_may_be_printed(desk: Desk, bench: Bench, stage: Callable[[Bench], None]) -> None:
    stage(bench)
    before = desk.store.order(ORDER)
    assert isinstance(bench.close(), Closed)
    assert desk.store.order(ORDER) == before


def test_closing_an_order_that_another_station_has_does_nothing(bench: Bench, other: Bench) -> None:
    bench.opened()
    assert isinstance(other.close(), Closed)
    assert isinstance(bench.print(), Granted)


def test_a_grant_names_what_may_be_printed(desk: Desk, bench: Bench) -> None:
    bench.opened()
    answer = bench.print()
    assert isinstance(answer, Granted)
    assert answer.grant == GrantReference(
        grant=answer.request,
        order=ORDER,
        revision=1,
        reprint=0,
        tracking_numbers=TRACKING,
        content=digest(encode(instruction(1)))[:CONTENT_DIGITS],
        goods=instruction(1).goods,
    )
    assert (answer.epoch, answer.decision) == (desk.store.desk.epoch, desk.store.desk.decision)


def test_decisions_are_counted(desk: Desk, bench: Bench) -> None:
    before = desk.store.desk.decision
    grant = bench.granted()
    assert desk.store.desk.decision == before + 1
    bench.not_printed(grant)
    bench.print()
    assert desk.store.desk.decision == before + 2


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (lambda _: None, Refusal.NOT_OPEN_HERE),
        (granted, Refusal.NOT_OPEN_HERE),
        (in_doubt, Refusal.IN_DOUBT),
        (shipped, Refusal.SHIPPED),
    ],
)
def test_only_an_open_order_is_granted(bench: Bench, stage: Callable[[Bench], None], reason: Refusal) -> None:
    stage(bench)
    assert refused(bench.print()).reason is reason


def test_an_order_is_granted_only_to_the_station_that_has_it(bench: Bench, other: Bench) -> None:
    bench.opened()
    assert refused(other.print()).reason is Refusal.NOT_OPEN_HERE
    assert refused(other.print(order="nobody's")).reason is Refusal.NO_INSTRUCTION


@pytest.mark.parametrize("revision", [0, 1, 3])
def test_only_the_newest_revision_is_granted(desk: Desk, bench: Bench, revision: int) -> None:
    desk.instruct(instruction(2))
    bench.opened()
    assert refused(bench.print(revision)).reason is Refusal.OLD_REVISION


@pytest.mark.parametrize(
    ("stage", "reason"),
    [
        (lambda _: None, Refusal.NOT_SHIPPED),
        (packing, Refusal.NOT_SHIPPED),
        (granted, Refusal.PRINTING_ELSEWHERE),
        (in_doubt, Refusal.IN_DOUBT),
        (reprint_opened, Refusal.OPEN_ELSEWHERE),
    ],
)
def test_only_a_shipped_order_is_printed_again(
    bench: Bench, other: Bench, stage: Callable[[Bench], None], reason: Refusal
) -> None:
    stage(bench)
    assert refused(other.reprint()).reason is reason


def test_a_reprint_is_marked_with_its_number(bench: Bench) -> None:
    shipped(bench)
    for number in (1, 2):
        answer = bench.reprint()
        assert isinstance(answer, Opened)
        assert answer.reprint == number
        answer = bench.print()
        assert isinstance(answer, Granted)
        assert answer.grant.reprint == number
        bench.printed(answer.grant)


def test_a_held_order_is_not_printed_again_either(desk: Desk, bench: Bench) -> None:
    gone(bench)
    bench.close("B-1")
    desk.hold(hold())
    assert refused(bench.reprint()).reason is Refusal.HELD
    desk.hold(hold(state="released"))
    assert isinstance(bench.reprint(), Opened)
    desk.hold(hold("h-2"))
    assert refused(bench.print()).reason is Refusal.HELD


def test_an_unknown_slip_is_not_printed_again(bench: Bench) -> None:
    assert refused(bench.reprint("nobody's")).reason is Refusal.UNKNOWN_SLIP


def test_a_station_without_a_hello_is_asked_for_one(desk: Desk) -> None:
    stranger = Bench(desk, "station-1")
    assert needs_hello(stranger.open())


def test_a_boot_that_the_desk_does_not_know_is_asked_for_a_hello(bench: Bench) -> None:
    bench.boot_number = 2
    assert needs_hello(bench.open())


def test_after_a_restart_of_the_desk_every_station_says_hello_first(desk: Desk, bench: Bench) -> None:
    bench.opened()
    desk.restart()
    assert needs_hello(bench.print())
    bench.greet()
    assert isinstance(bench.print(), Granted)


def test_the_same_step_again_gets_the_same_answer_and_changes_nothing(desk: Desk, bench: Bench) -> None:
    bench.opened()
    step = bench.step(Print, order=ORDER, revision=1)
    first = bench.say(step)
    assert isinstance(first, Granted)
    before = desk.store.order(ORDER), desk.store.desk, desk.whats()
    assert bench.say(step) == first
    assert (desk.store.order(ORDER), desk.store.desk, desk.whats()) == before


def test_a_refusal_is_said_again_too_whatever_changed_since(desk: Desk, bench: Bench) -> None:
    bench.opened()
    desk.hold(hold())
    step = bench.step(Print, order=ORDER, revision=1)
    first = bench.say(step)
    desk.hold(hold(state="released"))
    assert refused(bench.say(step)) == first


def test_an_open_that_is_said_again_gets_the_instruction_again(bench: Bench) -> None:
    step = bench.step(Open, slip=SLIP)
    first = bench.say(step)
    assert isinstance(first, Opened)
    assert bench.say(step) == first


def test_an_older_step_gets_no_answer_and_changes_nothing(desk: Desk, bench: Bench) -> None:
    late = bench.step(Open, slip=SLIP)
    bench.opened()
    bench.close()
    assert bench.say(late) is None
    order = desk.store.order(ORDER)
    assert order is not None
    assert order.claim is None


def test_a_print_that_its_own_not_printed_overtook_is_never_granted(desk: Desk, bench: Bench) -> None:
    bench.opened()
    late = bench.step(Print, order=ORDER, revision=1)
    unanswered = GrantReference(grant=late.request, order=ORDER, revision=1)
    assert bench.not_printed(unanswered).the(Kept)
    assert bench.say(late) is None
    order = desk.store.order(ORDER)
    assert order is not None
    assert "granted" not in desk.whats()
    assert isinstance(bench.print(), Granted)


def test_not_printed_gives_the_order_back_to_the_bench_and_the_next_label_is_not_marked(bench: Bench) -> None:
    bench.not_printed(bench.granted())
    answer = bench.print()
    assert isinstance(answer, Granted)
    assert answer.grant.reprint == 0


def test_not_printed_counts_only_for_the_grant_that_stands(desk: Desk, bench: Bench) -> None:
    first = bench.granted()
    bench.not_printed(first)
    assert isinstance(bench.print(), Granted)
    before = desk.store.order(ORDER)
    assert bench.not_printed(first).the(Kept)
    assert desk.store.order(ORDER) == before


def test_not_printed_counts_only_from_the_boot_that_asked(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    bench.reboot()
    assert bench.not_printed(grant).the(Kept)
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING


def test_not_printed_counts_only_from_the_station_that_asked(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    namesake = Bench(desk, "station-2", journal=bench.journal)
    namesake.greet()
    assert namesake.boot == bench.boot
    step = NotPrinted(request="x", boot=bench.boot, number=1, order=ORDER, grant=grant.grant)
    assert isinstance(namesake.say(step), Kept)
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING


def in_doubt_since_a_restart(bench: Bench) -> None:
    """A process lost sight of the label; another one runs now."""
    in_doubt(bench)
    bench.reboot()


@pytest.mark.parametrize("stage", [in_doubt_since_a_restart, shipped, lambda _: None])
def test_not_printed_frees_nothing_that_another_process_doubts_or_that_is_shipped(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    before = desk.store.order(ORDER)
    grant = GrantReference(grant=f"{bench.boot}.2", order=ORDER, revision=1)
    assert bench.not_printed(grant).the(Kept)
    assert desk.store.order(ORDER) == before


def test_a_request_that_cannot_be_read_is_counted_and_not_answered(desk: Desk, bench: Bench) -> None:

    step = bench.step(Open, slip=SLIP)
    for broken in (b"", b"\xff", b"{}", b'{"version":1,"type":"open"}', msgspec.json.encode(step)[:-2]):
        assert not desk.tell(RequestFrom("station-1"), broken).messages
    assert desk.loop.rejected["request"] == 5
    assert len(desk.acknowledged) > 5
    assert not isinstance(bench.say(step), HelloNeeded)


@pytest.mark.parametrize("slip", ["nobody's", "B-1", "C-1"])
def test_who_asks_for_another_order_has_put_back_the_one_before_whatever_the_answer(
    desk: Desk, bench: Bench, other: Bench, slip: str
) -> None:
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    desk.instruct(instruction(order="C-1", slips=("C-1",)))
    desk.hold(hold(), order="B-1")
    bench.opened()
    bench.open(slip)
    assert isinstance(other.open(), Opened)


def test_who_asks_again_for_an_order_that_is_held_by_now_has_put_it_back(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    bench.opened()
    desk.hold(hold())
    assert refused(bench.open()).reason is Refusal.HELD
    desk.hold(hold(state="released"))
    assert isinstance(other.open(), Opened)


def test_a_grant_that_a_person_settled_is_not_given_again(desk: Desk, bench: Bench, other: Bench) -> None:
    bench.opened()
    step = bench.step(Print, order=ORDER, revision=1)
    answer = bench.say(step)
    assert isinstance(answer, Granted)
    assert bench.say(step) == answer
    desk.resolve(answer.grant, printed=False)
    assert refused(bench.say(step)).reason is Refusal.NOT_OPEN_HERE
    assert isinstance(other.open(), Opened)


def test_an_order_that_was_taken_over_is_not_opened_again_by_the_same_step(bench: Bench, other: Bench) -> None:
    step = bench.step(Open, slip=SLIP)
    assert isinstance(bench.say(step), Opened)
    assert isinstance(other.open(take_over=True, supervisor=True), Opened)
    assert refused(bench.say(step)).reason is Refusal.NOT_OPEN_HERE
