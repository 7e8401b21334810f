"""A desk from an old copy: it says nothing that it cannot know, and the stations give back what it lacks."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from station.feed.mqtt import Connected, Lost
from station.protocol.codec import digest, encode
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, HelloNeeded, Kept, Opened, Refusal, Refused, Revised, Welcome
from station.protocol.request import (
    CONTENT_DIGITS,
    DoWithout,
    GrantReference,
    Heard,
    HeardHold,
    NoLabel,
    Print,
    Printed,
)
from station.protocol.topics import InboxOf
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, SUPERVISOR, Bench, Desk, hold, instruction, needs_hello, refused, running

FORGOTTEN = GrantReference(grant="1-j-station-1.9", order=ORDER, revision=1)
OURS, THEIRS = instruction(3), instruction(3, merchant="みやこ書房")
LABEL = msgspec.structs.replace(FORGOTTEN, revision=3, content=digest(encode(OURS))[:CONTENT_DIGITS])
"""What the copy forgot: a label with one of two contents that were published under one number."""
TOLD_LATER = "the desk is a restored copy and waits until its stations have said what they printed"


@pytest.fixture
def restored(tmp_path: Path) -> Iterator[Desk]:
    """A copy that was put back; it knows the plain order, and waits for both stations."""
    path = tmp_path / "desk.db"
    with running(path) as before:
        before.instruct(instruction())
    with running(path, restored=True) as desk:
        yield desk


def welcomed(desk: Desk, station: str = "station-1", **hello: object) -> tuple[Bench, Welcome]:
    """A station that said hello, and has told no holds yet."""
    bench = Bench(desk, station, journal=f"j-{station}")
    welcome = bench.say(bench.hello(**hello))
    assert isinstance(welcome, Welcome)
    return bench, welcome


def test_a_hold_is_not_answered_stopped_while_a_station_may_know_of_a_label(restored: Desk) -> None:
    greeted(restored, "station-1")
    answer = restored.hold(hold()).outcome()
    assert (answer.outcome, answer.reason) == (OutcomeKind.UNKNOWN, TOLD_LATER)


def test_who_asked_meanwhile_is_answered_when_the_last_station_has_told(restored: Desk) -> None:
    restored.hold(hold())
    restored.hold(hold("h-2", state="released"))
    greeted(restored, "station-1")
    _, welcome = welcomed(restored, "station-2")
    told = Heard(request="heard", holds=(), incarnation=welcome.incarnation, more=False)
    assert restored.ask("station-2", told).outcomes == {"hold-h-1": OutcomeKind.STOPPED}
    assert restored.hold(hold()).outcome().outcome is OutcomeKind.STOPPED


def test_or_when_a_supervisor_does_without_the_last_station(restored: Desk) -> None:
    restored.hold(hold())
    greeted(restored, "station-1")
    said = restored.ask(SUPERVISOR, DoWithout(request="without", station="station-2", by="Sato"))
    assert said.outcomes == {"hold-h-1": OutcomeKind.STOPPED}


def test_a_label_that_the_copy_lacks_makes_the_answer_too_late(restored: Desk) -> None:
    restored.hold(hold())
    bench, _ = welcomed(restored, last_sequence=1)
    bench.printed(FORGOTTEN)
    assert restored.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN, "and it may be void by now"
    bench.greet()
    greeted(restored, "station-2")
    assert restored.hold(hold()).outcome().outcome is OutcomeKind.TOO_LATE


def test_a_revision_is_not_answered_accepted_either(restored: Desk) -> None:
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.UNKNOWN
    for station in sorted(restored.roster):
        greeted(restored, station)
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.ACCEPTED


def test_a_revision_that_the_label_carries_was_in_time(restored: Desk) -> None:
    grant = msgspec.structs.replace(FORGOTTEN, revision=3)
    bench, _ = welcomed(restored, unresolved=(grant,))
    assert restored.instruct(instruction(3)).outcome("revision-3").outcome is OutcomeKind.UNKNOWN
    bench.printed(grant)
    for revision in (3, 4):
        assert restored.instruct(instruction(revision)).outcome(f"revision-{revision}").outcome is OutcomeKind.UNKNOWN
    bench.greet()
    greeted(restored, "station-2")
    assert restored.instruct(instruction(3)).outcome("revision-3").outcome is OutcomeKind.ACCEPTED
    assert restored.instruct(instruction(4)).outcome("revision-4").outcome is OutcomeKind.TOO_LATE


def test_a_revision_that_comes_after_word_of_its_label_was_in_time_and_until_then_nothing_older_is_printed_again(
    restored: Desk,
) -> None:
    grant = msgspec.structs.replace(FORGOTTEN, revision=3)
    bench, _ = welcomed(restored, unresolved=(grant,))
    bench.printed(grant)
    bench.greet()
    greeted(restored, "station-2")
    assert refused(bench.reprint()).reason is Refusal.NO_INSTRUCTION
    assert restored.instruct(instruction(3)).outcome("revision-3").outcome is OutcomeKind.ACCEPTED
    assert isinstance(bench.reprint(), Opened)


def test_a_revision_that_the_copy_knows_is_overtaken_by_the_label_of_one_that_it_lacks(restored: Desk) -> None:
    grant = msgspec.structs.replace(FORGOTTEN, revision=3)
    bench, _ = welcomed(restored, unresolved=(grant,))
    bench.printed(grant)
    bench.greet()
    greeted(restored, "station-2")
    told = restored.instruct(instruction(1)).outcome("revision-1")
    assert (told.outcome, told.reason) == (OutcomeKind.REFUSED, "revision 3 is newer")


def test_and_stays_refused_for_a_void_when_that_label_comes_out(desk: Desk, bench: Bench, other: Bench) -> None:
    first = bench.granted()
    bench.printed(first)
    bench.voided(first)
    assert desk.instruct(instruction()).outcome("revision-1").outcome is OutcomeKind.REFUSED
    said = other.printed(msgspec.structs.replace(FORGOTTEN, revision=3, tracking_numbers=("400000000029",)))
    assert "revision-1" not in said.outcomes


def test_a_revision_newer_than_a_label_that_the_copy_hears_of_later_waits_for_its_end(restored: Desk) -> None:
    restored.instruct(instruction(2))
    bench, welcome = welcomed(restored, unresolved=(FORGOTTEN,))
    bench.heard(welcome)
    greeted(restored, "station-2")
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.UNKNOWN
    bench.printed(FORGOTTEN)
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.RECALLING


def test_and_is_accepted_where_no_label_came_out(restored: Desk) -> None:
    restored.instruct(instruction(2))
    bench, welcome = welcomed(restored, unresolved=(FORGOTTEN,))
    bench.heard(welcome)
    greeted(restored, "station-2")
    assert bench.not_printed(FORGOTTEN).outcome("revision-2").outcome is OutcomeKind.ACCEPTED
    assert isinstance(bench.print(2), Granted)


def test_a_release_that_the_copy_lacks_is_asked_of_the_stations_and_taken(restored: Desk) -> None:
    restored.hold(hold())
    bench, welcome = welcomed(restored)
    assert welcome.want_releases
    bench.heard(welcome, HeardHold(order=ORDER, hold=hold(state="released")))
    greeted(restored, "station-2")
    assert isinstance(bench.open(), Opened)


def test_a_desk_that_is_no_copy_asks_for_no_releases(desk: Desk) -> None:
    assert not welcomed(desk)[1].want_releases


def test_a_late_double_of_what_a_station_told_an_earlier_desk_holds_nothing(desk: Desk, bench: Bench) -> None:
    told = Heard(
        request="late",
        holds=(HeardHold(order=ORDER, hold=hold()),),
        incarnation=bench.greet().incarnation,
        more=False,
    )
    desk.restart()
    bench.greet()
    assert desk.ask("station-1", told).on(InboxOf("station-1")) == [HelloNeeded(request="late")]
    assert isinstance(bench.open(), Opened)


def test_holds_that_come_before_the_records_that_were_promised_make_nobody_ready(restored: Desk) -> None:
    bench, welcome = welcomed(restored, last_sequence=1)
    early = Heard(request="early", holds=(), incarnation=welcome.incarnation, more=False)
    assert needs_hello(bench.say(early))
    assert "station-1" in restored.store.desk.waits_for
    bench.printed(FORGOTTEN)
    assert bench.say(early) == Kept(request="early")
    assert "station-1" not in restored.store.desk.waits_for


# What is open, granted and marked


def test_an_order_that_the_copy_believes_open_on_a_station_is_open_only_if_the_station_says_so(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    bench.opened()
    desk.restored = True
    desk.restart()
    other.greet()
    bench.greet()
    assert isinstance(other.open(), Opened)


def test_a_late_double_of_a_step_that_the_copy_forgot_changes_nothing(desk: Desk, bench: Bench, other: Bench) -> None:
    bench.opened()
    late = bench.step(Print, order=ORDER, revision=1)
    desk.restored = True
    desk.restart()
    other.greet()
    welcome = bench.say(bench.hello(open_order=ORDER, first_step=bench.number + 1))
    assert isinstance(welcome, Welcome)
    bench.heard(welcome)
    assert bench.say(late) is None
    assert isinstance(bench.print(), Granted)


def test_the_order_that_a_station_names_stays_open_there(desk: Desk, bench: Bench, other: Bench) -> None:
    bench.opened()
    desk.restored = True
    desk.restart()
    other.greet()
    welcome = bench.say(bench.hello(open_order=ORDER))
    assert isinstance(welcome, Welcome)
    bench.heard(welcome)
    assert isinstance(bench.print(), Granted)


def test_a_revision_that_a_label_may_make_too_late_is_told_to_no_bench_before_it_is_known(
    desk: Desk, bench: Bench, other: Bench
) -> None:
    """A bench never goes back to an older one, and would ask for that which is too late for ever."""
    bench.opened()
    desk.restored = True
    desk.restart()
    other.greet()
    welcome = bench.say(bench.hello(open_order=ORDER))
    assert isinstance(welcome, Welcome)
    inbox = InboxOf(bench.station)
    assert not any(isinstance(each, Revised) for each in desk.instruct(instruction(2)).on(inbox))
    bench.heard(welcome)
    said = desk.ask(bench.station, bench.step(Print, order=ORDER, revision=1))
    assert said.the(Refused).reason is Refusal.OLD_REVISION
    assert said.the(Revised).instruction == instruction(2)


def test_a_print_that_did_not_begin_is_free_though_the_copy_took_it_for_in_doubt(restored: Desk) -> None:
    bench, welcome = welcomed(restored, unresolved=(FORGOTTEN,))
    bench.heard(welcome)
    greeted(restored, "station-2")
    assert restored.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN
    assert bench.not_printed(FORGOTTEN).outcome().outcome is OutcomeKind.STOPPED


@pytest.mark.parametrize(("kind", "more"), [(NoLabel, {}), (Printed, {"proof": "status"})])
def test_a_mark_that_the_copy_does_not_know_of_is_not_given_again(
    restored: Desk, kind: type[NoLabel | Printed], more: dict[str, str]
) -> None:
    grant = msgspec.structs.replace(FORGOTTEN, reprint=4)
    bench, welcome = welcomed(restored, last_sequence=1)
    assert bench.say(bench.record(kind, grant, **more))
    bench.heard(welcome)
    greeted(restored, "station-2")
    opened = bench.open() if kind is NoLabel else bench.reprint()
    assert isinstance(opened, Opened)
    assert opened.reprint == 5


def test_the_end_of_a_grant_that_the_copy_never_knew_is_the_end_of_it(restored: Desk) -> None:
    bench, welcome = welcomed(restored)
    bench.no_label(FORGOTTEN)
    bench.heard(welcome)
    greeted(restored, "station-2")
    assert bench.greet(FORGOTTEN).settled == (FORGOTTEN.grant,)
    assert isinstance(bench.open(), Opened)


def test_a_desk_whose_database_was_lost_altogether_waits_for_its_stations_too(tmp_path: Path) -> None:
    with running(tmp_path / "new.db", restored=True) as desk:
        assert desk.store.desk.waits_for == desk.roster


@pytest.fixture
def old_copy(tmp_path: Path) -> Iterator[tuple[Desk, Bench, GrantReference]]:
    """A copy in which a grant is in doubt that has ended since: no label came out."""
    path = tmp_path / "desk.db"
    with running(path) as before:
        before.instruct(instruction())
        greeted(before, "station-2")
        bench = greeted(before, "station-1")
        grant = bench.granted()
        bench.unknown(grant)
        bench.record(NoLabel, grant)
    with running(path, restored=True) as desk:
        bench.desk = desk
        greeted(desk, "station-2")
        yield desk, bench, grant


def test_a_hold_is_not_stopped_by_the_end_of_a_grant_that_was_followed_by_another(
    old_copy: tuple[Desk, Bench, GrantReference],
) -> None:
    desk, bench, ended = old_copy
    printing = GrantReference(grant=f"{bench.boot}.9", order=ORDER, revision=1, reprint=1)
    welcome = bench.say(bench.hello(unresolved=(printing,)))
    assert isinstance(welcome, Welcome)
    desk.hold(hold())
    bench.sequence -= 1
    assert OutcomeKind.STOPPED not in bench.no_label(ended, still_open=True).outcomes.values()
    bench.heard(welcome)
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.UNKNOWN
    assert bench.printed(printing).outcome().outcome is OutcomeKind.RECALLING


@pytest.mark.parametrize(("open_order", "answer"), [("", Opened), (ORDER, Refused)])
def test_an_order_that_was_put_back_since_is_not_open_by_a_record_told_again(
    old_copy: tuple[Desk, Bench, GrantReference], open_order: str, answer: type
) -> None:
    desk, bench, ended = old_copy
    welcome = bench.say(bench.hello(open_order=open_order))
    assert isinstance(welcome, Welcome)
    bench.sequence -= 1
    bench.no_label(ended, still_open=True)
    bench.heard(welcome)
    other = greeted(desk, "station-2")
    assert isinstance(other.open(), answer)


def test_while_it_catches_up_an_overtaken_revision_is_unknown_too_for_a_label_may_make_it_too_late(
    restored: Desk,
) -> None:
    restored.instruct(instruction(2))
    restored.instruct(instruction(3))
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.UNKNOWN
    bench, _ = welcomed(restored, unresolved=(FORGOTTEN,))
    bench.printed(FORGOTTEN)
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.UNKNOWN
    bench.greet()
    greeted(restored, "station-2")
    assert restored.instruct(instruction(2)).outcome("revision-2").outcome is OutcomeKind.TOO_LATE


def test_another_content_under_a_labels_number_was_refused_and_is_again_though_the_copy_hears_of_it_first(
    restored: Desk,
) -> None:
    assert restored.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.UNKNOWN
    assert restored.instruct(OURS).outcome("revision-3").outcome is OutcomeKind.UNKNOWN, "a label may speak for it"
    bench, _ = welcomed(restored, unresolved=(LABEL,))
    bench.printed(LABEL)
    bench.greet()
    greeted(restored, "station-2")
    assert restored.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.REFUSED
    assert restored.instruct(OURS).outcome("revision-3").outcome is OutcomeKind.ACCEPTED


def test_who_published_another_content_under_a_labels_number_is_told_as_soon_as_the_desk_knows(
    restored: Desk,
) -> None:
    restored.instruct(THEIRS)
    restored.ask(SUPERVISOR, DoWithout(request="w-1", station="station-1", by="Sato"))
    greeted(restored, "station-2")
    assert restored.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.ACCEPTED
    hello = Bench(restored, "station-1").hello(unresolved=(LABEL,))
    refusal = restored.ask("station-1", hello).outcome("revision-3")
    assert (refusal.outcome, refusal.digest) == (OutcomeKind.REFUSED, digest(encode(THEIRS)))


@pytest.mark.parametrize("by_record", [True, False])
def test_a_number_that_was_given_to_a_station_keeps_its_content_though_no_label_came_out(
    restored: Desk, by_record: bool
) -> None:
    bench, _ = welcomed(restored, unresolved=() if by_record else (LABEL,))
    greeted(restored, "station-2")
    if by_record:
        bench.unknown(LABEL)
    assert restored.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.REFUSED
    bench.no_label(LABEL)
    bench.greet()
    restored.restored = False
    restored.restart()
    assert restored.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.REFUSED
    bench.greet()
    greeted(restored, "station-2")
    assert restored.instruct(OURS).outcome("revision-3").outcome is OutcomeKind.ACCEPTED


def test_and_so_does_one_that_the_copy_remembers(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with running(path) as before:
        before.instruct(instruction())
        before.instruct(OURS)
        bench = greeted(before, "station-1")
        grant = bench.granted(revision=3)
    with running(path, restored=True) as desk:
        assert desk.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.REFUSED
        bench.desk = desk
        bench.greet(grant)
        bench.no_label(grant)
        assert desk.instruct(THEIRS).outcome("revision-3").outcome is OutcomeKind.REFUSED


def test_a_late_double_of_an_earlier_hello_does_not_take_back_what_a_later_one_promised(restored: Desk) -> None:
    bench = Bench(restored, "station-1", journal="j-station-1")
    early = bench.hello(number=1, last_sequence=0)
    welcome = bench.say(bench.hello(number=2, last_sequence=1))
    assert isinstance(welcome, Welcome)
    assert bench.say(early) is None
    assert needs_hello(bench.say(Heard(request="h", holds=(), incarnation=welcome.incarnation, more=False)))
    assert "station-1" in restored.store.desk.waits_for


def test_an_order_that_was_opened_while_its_label_was_forgotten_is_granted_to_nobody_once_the_desk_hears_of_it(
    restored: Desk,
) -> None:
    bench, _ = welcomed(restored, last_sequence=1)
    other = greeted(restored, "station-2")
    assert isinstance(other.open(), Opened)
    bench.printed(FORGOTTEN)
    bench.greet()
    assert refused(other.print()).reason is Refusal.SHIPPED


def test_systemd_is_told_in_words_what_the_desk_does(restored: Desk) -> None:
    told: list[str] = []
    restored.loop.doing = told.append
    restored.loop.take([Connected()])
    assert told == ["a restored copy: granting nothing before the word of station-1, station-2"]
    restored.loop.take([Lost("gone")])
    assert told[-1] == "no broker; connecting again and again"
    restored.loop.take([Connected()])
    for station in ("station-1", "station-2"):
        greeted(restored, station)
    assert told[-1] == "deciding"
