"""How a station and the desk find out what each of them forgot."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Held, JournalBehind, Kept, NotUnderstood, Opened, Refusal, Revised, Welcome
from station.protocol.request import DoWithout, GrantReference, Heard, HeardHold, Print, Printed
from station.protocol.topics import InboxOf
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, SUPERVISOR, Bench, Desk, hold, instruction, needs_hello, refused, running

FORGOTTEN = GrantReference(grant="g-forgotten", order=ORDER, revision=1)


@pytest.fixture
def backup(desk: Desk, bench: Bench, tmp_path: Path) -> Path:
    """A copy of the desk's database, from before anything was granted."""
    bench.greet()
    copy = tmp_path / "copy.db"
    desk.stop()
    shutil.copy(desk.path, copy)
    desk.start()
    return copy


@pytest.fixture
def old_copy(desk: Desk, bench: Bench, backup: Path) -> Iterator[Desk]:
    """That copy, put back after the station was granted a label."""
    bench.greet()
    bench.not_printed(bench.granted())
    assert desk.store.desk.decision == 1
    with running(backup) as restored:
        bench.desk = restored
        yield restored


def do_without(station: str) -> DoWithout:
    return DoWithout(request="without", station=station, by="Sato")


def test_a_welcome_tells_what_the_desk_has(desk: Desk, bench: Bench) -> None:
    bench.printed(bench.granted())
    grant = GrantReference(grant="g", order="B-1", revision=1)
    bench.unknown(grant)
    welcome = bench.greet()
    assert (welcome.epoch, welcome.incarnation) == (desk.store.desk.epoch, desk.store.incarnation)
    assert (welcome.decision, welcome.last_sequence) == (1, 2)
    assert welcome.outstanding == (grant,)


def test_the_same_hello_again_is_welcomed_again_and_changes_nothing(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    hello = bench.hello(unresolved=(grant,))
    bench.say(hello)
    before = desk.store.order(ORDER), desk.store.station("station-1")
    assert isinstance(bench.say(hello), Welcome)
    assert (desk.store.order(ORDER), desk.store.station("station-1")) == before


def test_a_new_boot_has_no_order_open(bench: Bench, other: Bench) -> None:
    bench.opened()
    bench.reboot()
    assert refused(bench.print()).reason is Refusal.NOT_OPEN_HERE
    assert isinstance(other.open(), Opened)


def test_a_reconnection_of_the_same_boot_keeps_its_order_open(bench: Bench) -> None:
    bench.opened()
    bench.greet()
    assert isinstance(bench.print(), Granted)


def test_a_station_that_comes_back_is_told_the_holds_and_the_revision_that_it_missed(desk: Desk, bench: Bench) -> None:
    bench.opened()
    desk.hold(hold("h-1"))
    desk.hold(hold("h-1", "released"))
    desk.hold(hold("h-2"))
    desk.instruct(instruction(2))
    said = desk.ask("station-1", bench.hello())
    held = [message for message in said.on(InboxOf("station-1")) if isinstance(message, Held)]
    assert [(each.hold.hold, each.hold.state) for each in held] == [("h-1", "released"), ("h-2", "active")]
    assert said.the(Revised).instruction == instruction(2)


def test_a_grant_of_a_boot_that_is_gone_is_outstanding_and_never_free(desk: Desk, bench: Bench, other: Bench) -> None:
    grant = bench.granted()
    assert bench.reboot().outstanding == (grant,)
    assert refused(other.open(take_over=True, supervisor=True)).reason is Refusal.PRINTING_ELSEWHERE
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.PRINTING


def test_a_spare_with_a_new_journal_inherits_the_grant_and_not_the_order(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    spare = Bench(desk, "station-1", journal="j-spare")
    welcome = spare.greet()
    assert (welcome.outstanding, welcome.last_sequence) == ((grant,), 0)
    spare.unknown(grant)
    spare.no_label(grant)
    assert spare.opened().reprint == 1


@pytest.mark.parametrize(
    "behind",
    [
        {"last_sequence": 0},
        {"boot_number": 1, "boot": "1-another"},
        {"boot_number": 0, "boot": "0-older"},
        {"boot_number": 2, "boot": "2-newer", "last_sequence": 0},
    ],
)
def test_an_old_copy_of_a_journal_is_told_so_and_changes_nothing(
    desk: Desk, bench: Bench, behind: dict[str, object]
) -> None:
    bench.printed(bench.granted())
    before = desk.store.station("station-1")
    answer = bench.say(bench.hello(**behind))
    assert isinstance(answer, JournalBehind)
    assert (answer.last_sequence, answer.boot_number) == (1, 1)
    assert desk.store.station("station-1") == before


def test_a_late_hello_of_an_older_boot_does_not_close_what_the_new_one_opened(bench: Bench) -> None:
    late = bench.hello()
    bench.reboot()
    bench.opened()
    assert isinstance(bench.say(late), JournalBehind)
    assert isinstance(bench.print(), Granted)


def test_records_past_their_time_at_the_station_do_not_stop_the_newer_ones(desk: Desk) -> None:
    bench = Bench(desk, "station-1", sequence=7)
    welcome = bench.say(bench.hello(first_sequence=8))
    assert isinstance(welcome, Welcome)
    assert welcome.last_sequence == 7
    assert bench.printed(FORGOTTEN).the(Kept)


def test_grants_that_the_desk_does_not_know_are_in_doubt_and_answered_so(desk: Desk, bench: Bench) -> None:
    desk.hold(hold())
    said = desk.ask("station-1", bench.hello(unresolved=(FORGOTTEN,)))
    assert said.the(Welcome).outstanding == (FORGOTTEN,)
    assert said.outcome().outcome is OutcomeKind.UNKNOWN


def test_a_grant_that_a_person_settled_is_told_as_settled(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    desk.resolve(grant, printed=False)
    welcome = bench.greet(grant)
    assert (welcome.settled, welcome.outstanding) == ((grant.grant,), ())


def test_a_station_is_granted_nothing_before_it_told_its_holds(desk: Desk, bench: Bench) -> None:
    desk.restart()
    welcome = bench.say(bench.hello())
    assert isinstance(welcome, Welcome)
    assert welcome.want_holds
    assert needs_hello(bench.open())
    bench.heard(welcome, more=True)
    assert needs_hello(bench.open())
    bench.heard(welcome)
    bench.opened()
    assert isinstance(bench.print(), Granted)


def test_a_late_double_that_speaks_to_another_incarnation_makes_nobody_ready(desk: Desk, bench: Bench) -> None:
    old = bench.greet()
    desk.restart()
    bench.say(bench.hello())
    bench.heard(old)
    assert needs_hello(bench.open())


def test_a_station_is_granted_nothing_before_its_promised_records_are_here(desk: Desk, bench: Bench) -> None:
    record = bench.record(Printed, GrantReference(grant="g-1", order="B-1", revision=1), proof="status")
    bench.greet()
    bench.opened()
    assert refused(bench.print()).reason is Refusal.CATCHING_UP
    desk.ask("station-1", record)
    assert isinstance(bench.print(), Granted)


def test_a_desk_that_is_an_old_copy_learns_it_from_a_station_and_begins_a_new_epoch(
    old_copy: Desk, bench: Bench
) -> None:
    epoch = old_copy.store.desk.epoch
    welcome = bench.greet()
    assert welcome.epoch != epoch
    assert welcome.decision == bench.seen_decision
    assert old_copy.store.desk.waits_for == {"station-2"}


def test_a_station_that_knows_no_more_than_the_desk_proves_nothing(desk: Desk, bench: Bench) -> None:
    epoch = desk.store.desk.epoch
    bench.not_printed(bench.granted())
    assert bench.greet().epoch == epoch
    assert bench.say(bench.hello(epoch="another desk's", seen_decision=99))
    assert desk.store.desk.epoch == epoch
    assert not desk.store.desk.waits_for


def test_a_restored_desk_grants_nothing_to_anyone_before_every_station_told_what_it_knows(
    old_copy: Desk, bench: Bench
) -> None:
    bench.greet()
    bench.opened()
    answer = refused(bench.print())
    assert (answer.reason, answer.waits_for) == (Refusal.CATCHING_UP, ("station-2",))
    greeted(old_copy, "station-2")
    assert isinstance(bench.print(), Granted)


def test_a_restored_desk_learns_the_holds_that_stations_heard(old_copy: Desk, bench: Bench) -> None:
    welcome = bench.say(bench.hello())
    assert isinstance(welcome, Welcome)
    bench.heard(welcome, HeardHold(order=ORDER, hold=hold(note="heard")))
    greeted(old_copy, "station-2")
    assert [each.note for each in refused(bench.open()).holds] == ["heard"]


def test_a_hold_that_a_station_heard_does_not_undo_what_its_publisher_said(desk: Desk, bench: Bench) -> None:
    desk.hold(hold(state="released"))
    desk.hold(hold("h-2", note="住所変更"))
    told = (HeardHold(order=ORDER, hold=hold(note="old")), HeardHold(order=ORDER, hold=hold("h-2", note="old")))
    bench.heard(bench.greet(), *told)
    assert [each.note for each in refused(bench.open()).holds] == ["住所変更"]


def test_a_restored_desk_does_without_a_station_on_a_supervisors_word_alone(old_copy: Desk, bench: Bench) -> None:
    bench.greet()
    bench.opened()
    said = old_copy.ask("contact-center", do_without("station-2")).the(NotUnderstood)
    assert said.reason == "contact-center is not among the desk's supervisors; see supervisors in desk.toml"
    assert refused(bench.print()).reason is Refusal.CATCHING_UP
    assert old_copy.ask(SUPERVISOR, do_without("station-2")).the(Kept)
    assert isinstance(bench.print(), Granted)
    assert "a person does without a station" in old_copy.whats("")


def test_a_desk_that_is_told_so_is_a_restored_copy_from_the_start(desk: Desk, bench: Bench) -> None:
    epoch = desk.store.desk.epoch
    desk.restored = True
    desk.restart()
    assert desk.store.desk.epoch != epoch
    assert desk.store.desk.waits_for == desk.roster
    desk.restored = False
    bench.greet()
    bench.opened()
    assert refused(bench.print()).waits_for == ("station-2",)


def test_what_a_restored_desk_waits_for_survives_its_restart(desk: Desk, bench: Bench) -> None:
    desk.restored = True
    desk.restart()
    desk.restored = False
    bench.greet()
    desk.restart()
    assert desk.store.desk.waits_for == {"station-2"}
    assert needs_hello(bench.open())


def test_a_restored_desk_waits_for_the_records_that_a_station_promised(desk: Desk, bench: Bench) -> None:
    record = bench.record(Printed, GrantReference(grant="g-1", order="B-1", revision=1), proof="status")
    desk.restored = True
    desk.restart()
    welcome = bench.greet()
    assert "station-1" in desk.store.desk.waits_for
    desk.ask("station-1", record)
    bench.heard(welcome)
    assert desk.store.desk.waits_for == {"station-2"}


def test_heard_is_answered_and_its_double_does_nothing(desk: Desk, bench: Bench) -> None:
    welcome = bench.greet()
    heard = Heard(
        request="x", holds=(HeardHold(order=ORDER, hold=hold()),), incarnation=welcome.incarnation, more=False
    )
    assert desk.ask("station-1", heard).outcomes == {"hold-h-1": OutcomeKind.STOPPED}
    before = desk.store.order(ORDER)
    assert len(desk.ask("station-1", heard).messages) == 1
    assert desk.store.order(ORDER) == before


def test_a_step_that_was_answered_before_a_restart_gets_the_same_answer_after_it(desk: Desk, bench: Bench) -> None:
    bench.opened()
    step = bench.step(Print, order=ORDER, revision=1)
    first = bench.say(step)
    assert isinstance(first, Granted)
    desk.restart()
    assert needs_hello(bench.say(step))
    bench.greet()
    assert bench.say(step) == first


def test_a_late_hello_of_a_former_journal_is_an_old_copys_and_changes_nothing(bench: Bench) -> None:
    late = bench.hello()
    spare = Bench(bench.desk, bench.station, journal="j-spare")
    spare.greet()
    spare.opened()
    assert isinstance(bench.say(late), JournalBehind)
    assert isinstance(spare.print(), Granted)


def test_the_desk_says_again_and_again_who_it_is_for_an_idle_station_may_have_missed_it(desk: Desk) -> None:
    for desk.now_s in range(1, 100):
        desk.loop.take([])
    assert desk.statuses_told == [30, 60, 90]
