"""Revisions of an order at the desk."""

from collections.abc import Callable

import msgspec
import pytest

from station.desk.arrivals import MAX_INSTRUCTION_BYTES
from station.desk.core.order import MAX_REVISIONS
from station.protocol.codec import digest, encode
from station.protocol.instruction import Line
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Refusal, Revised
from station.protocol.request import GrantReference, Print
from station.protocol.topics import InboxOf
from tests.desk.driver import ORDER, Bench, Desk, instruction, refused
from tests.desk.stages import STAGES, granted, in_doubt
from tests.label.orders import PLAIN

MOVED = msgspec.structs.replace(PLAIN.ship_to, lines=("京都府京都市中京区寺町通御池上る",))


@pytest.mark.parametrize("stage", STAGES)
def test_a_revision_is_answered_truly_in_every_stage_and_the_same_again(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    first = desk.instruct(instruction(2, ship_to=MOVED)).outcome("revision-2")
    assert first.outcome is STAGES[stage][1]
    assert first.digest == digest(encode(instruction(2, ship_to=MOVED)))
    desk.restart()
    assert desk.instruct(instruction(2, ship_to=MOVED)).outcome("revision-2") == first


def test_an_accepted_revision_is_what_is_printed(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(2, ship_to=MOVED))
    opened = bench.opened()
    assert opened.instruction == instruction(2, ship_to=MOVED)
    assert refused(bench.print(revision=1)).reason is Refusal.OLD_REVISION
    answer = bench.print(revision=2)
    assert isinstance(answer, Granted)
    assert answer.grant.revision == 2


def test_the_station_that_packs_is_told_the_newest_revision(desk: Desk, bench: Bench) -> None:
    bench.opened()
    assert desk.instruct(instruction(2)).the(Revised).instruction == instruction(2)
    again = desk.ask(bench.station, bench.step(Print, order=ORDER, revision=1))
    assert again.the(Revised).instruction == instruction(2)


def test_the_same_number_with_another_content_is_refused_and_the_first_stays(desk: Desk) -> None:
    other = desk.instruct(instruction(1, ship_to=MOVED)).outcome("revision-1")
    assert other.outcome is OutcomeKind.REFUSED
    assert "another content" in other.reason
    assert other.digest == digest(encode(instruction(1, ship_to=MOVED)))
    assert desk.store.instruction(ORDER) == instruction(1)


def test_an_older_revision_is_refused(desk: Desk) -> None:
    desk.instruct(instruction(3))
    for older in (1, 2):
        said = desk.instruct(instruction(older)).outcome(f"revision-{older}")
        assert (said.outcome, said.reason) == (OutcomeKind.REFUSED, "revision 3 is newer")


def test_an_older_revision_is_refused_during_a_grant_too_and_not_kept(desk: Desk, bench: Bench) -> None:
    bench.granted()
    desk.instruct(instruction(3))
    assert desk.instruct(instruction(2)).outcomes == {"revision-2": OutcomeKind.REFUSED}
    order = desk.store.order(ORDER)
    assert order is not None
    assert [edition.revision for edition in order.editions] == [1, 3]


def test_revisions_that_came_during_a_grant_are_told_how_it_ended(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    for revision in (2, 3):
        assert desk.instruct(instruction(revision)).outcomes == {f"revision-{revision}": OutcomeKind.PRINTING}
    assert desk.instruct(instruction(1)).outcomes == {"revision-1": OutcomeKind.ACCEPTED}
    said = bench.not_printed(grant)
    assert said.outcomes == {"revision-2": OutcomeKind.REFUSED, "revision-3": OutcomeKind.ACCEPTED}
    assert said.the(Revised).instruction == instruction(3)


def test_a_revision_that_came_during_a_grant_is_too_late_when_the_label_came_out(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    desk.instruct(instruction(2))
    assert bench.printed(grant).outcomes == {"revision-2": OutcomeKind.TOO_LATE}
    told = desk.instruct(instruction(2)).outcome("revision-2")
    assert (told.printed_revision, told.tracking_numbers) == (1, PLAIN.tracking_numbers)


@pytest.mark.parametrize("stage", [granted, in_doubt])
def test_a_revision_that_waited_is_accepted_when_no_label_came_out(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    desk.instruct(instruction(2))
    order = desk.store.order(ORDER)
    assert order is not None
    said = bench.no_label(order.claim.grant, still_open=True)  # type: ignore[union-attr]
    assert said.outcomes == {"revision-2": OutcomeKind.ACCEPTED}
    assert said.the(Revised).instruction == instruction(2)


def test_no_revision_is_accepted_after_a_shipment_whatever_becomes_of_a_reprint(desk: Desk, bench: Bench) -> None:
    bench.printed(bench.granted())
    bench.reprint()
    answer = bench.print()
    assert isinstance(answer, Granted)
    desk.instruct(instruction(2))
    assert "revision-2" not in bench.not_printed(answer.grant).outcomes
    assert desk.instruct(instruction(2)).outcomes == {"revision-2": OutcomeKind.TOO_LATE}


def test_a_slip_that_stands_for_another_order_is_refused_by_its_name(desk: Desk) -> None:
    said = desk.instruct(instruction(order="B-1", slips=("B-1", ORDER))).outcome("revision-1", "B-1")
    assert said.outcome is OutcomeKind.REFUSED
    assert said.reason == f"slips: {ORDER} stands for order {ORDER} already"
    assert desk.store.order_of_slip("B-1") is None


def test_revisions_are_bounded_and_the_one_too_many_is_answered(desk: Desk) -> None:
    for revision in range(2, MAX_REVISIONS + 1):
        desk.instruct(instruction(revision))
    said = desk.instruct(instruction(MAX_REVISIONS + 1)).outcome(f"revision-{MAX_REVISIONS + 1}")
    assert (said.outcome, said.reason) == (OutcomeKind.REFUSED, f"an order has at most {MAX_REVISIONS} revisions")


def test_what_no_label_can_carry_is_refused_with_the_fields_name(desk: Desk, bench: Bench) -> None:
    nobody = msgspec.structs.replace(PLAIN.ship_to, name="\U0001f4a9")
    said = desk.instruct(instruction(2, ship_to=nobody)).outcome("revision-2")
    assert said.outcome is OutcomeKind.REFUSED
    assert said.reason.startswith("ship_to.name")
    assert isinstance(bench.granted(revision=1).grant, str)


def test_an_instruction_too_large_to_be_sent_on_is_refused(desk: Desk) -> None:
    lines = (Line(codes=("4901234567894",) * 8, name="煎" * 120, quantity=1),) * 120
    large = instruction(2, lines=lines)
    assert MAX_INSTRUCTION_BYTES < len(encode(large)) < 65_536
    assert desk.instruct(large).outcome("revision-2").reason.startswith("lines: the instruction has")


@pytest.mark.parametrize(
    ("payload", "reason"),
    [
        (encode(instruction(2)).replace(b'"1000005"', b'"x"'), "`$.ship_to.postal_code`"),
        (encode(instruction(2)).replace(b'"carrier":"yamato",', b""), "`carrier`"),
        (encode(instruction(2)).replace(b'"A-1001"', b'"B-1"'), "$.order is not the order that the topic names"),
        (encode(instruction(2)).replace(b'"version":1', b'"version":7'), "version 7 is not spoken here"),
    ],
)
def test_an_invalid_instruction_is_answered_where_its_revision_can_be_read(
    desk: Desk, payload: bytes, reason: str
) -> None:
    said = desk.instruct(payload, ORDER).outcome("revision-2")
    assert said.outcome is OutcomeKind.REFUSED
    assert reason in said.reason
    assert "山田" not in said.reason
    assert desk.loop.rejected["instruction"] == 1


@pytest.mark.parametrize("payload", [b"", b"\xff", b'{"revision":0}', b'{"revision":99999999}', b'{"revision":"2"}'])
def test_an_instruction_without_a_readable_revision_is_counted_and_changes_nothing(desk: Desk, payload: bytes) -> None:
    assert not desk.instruct(payload, ORDER).messages
    assert desk.loop.rejected["instruction"] == 1
    assert desk.store.instruction(ORDER) == instruction(1)


def test_the_desk_pushes_personal_data_to_the_station_that_packs_and_to_nobody_else(desk: Desk, bench: Bench) -> None:
    assert not desk.instruct(instruction(2)).on(InboxOf(bench.station))
    bench.opened()
    assert desk.instruct(instruction(3)).on(InboxOf(bench.station))


def test_a_revision_that_a_label_without_permission_overtook_is_told_so(desk: Desk, bench: Bench) -> None:
    bench.opened()
    assert desk.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.ACCEPTED
    alone = GrantReference(grant=f"{bench.boot}.alone1", order=ORDER, revision=1)
    said = bench.printed(alone, without_permission=True)
    assert said.outcome("revision-2").outcome is OutcomeKind.RECALLING
    assert desk.instruct(instruction(2)).outcome("revision-2").printed_revision == 1
