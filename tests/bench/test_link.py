"""The station and the desk: greeting, telling what the desk lacks, and saying things again until they are answered."""

import pytest

from station.bench.core.effects import BeginNewJournal, DropGrant, Forget, KnowDesk
from station.bench.core.events import Answered, LinkDown, LinkUp, OrderOpened, Pushed, Welcomed
from station.bench.core.state import Identity, Packing, Ready, Remembered, Telling
from station.protocol.reply import HelloNeeded, JournalBehind, Kept, Refusal, Refused, Settled, TakenOver, Welcome
from station.protocol.request import (
    MAX_HEARD,
    Close,
    GrantReference,
    Heard,
    HeardHold,
    Hello,
    NotPrinted,
    Open,
    Print,
    Printed,
    Unknown,
)
from tests.bench.driver import TEA, Driver, hold, order

G1 = GrantReference(grant="boot-0.7", order="A-1", revision=1)


def welcome(bench: Driver, **facts: object) -> Welcome:
    """The desk's answer to the newest hello, with other facts."""
    plain = {"epoch": "epoch-1", "incarnation": "run-1", "decision": 0, "last_sequence": 0, "outstanding": ()}
    return Welcome(request=bench.said(Hello).request, **{**plain, **facts})  # type: ignore[arg-type]


def test_hello_is_said_at_every_connection_and_again_until_it_is_answered() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    bench.passes(3.5)
    assert len([each for each in bench.requests if isinstance(each, Hello)]) == 4
    assert bench.count(Hello) == 1
    bench.welcome()
    bench.passes(10.0)
    bench.happens(LinkDown("cable"))
    bench.happens(LinkUp())
    assert bench.count(Hello) == 2


def test_a_welcome_to_an_earlier_hello_means_nothing() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    late = welcome(bench, outstanding=(G1,))
    bench.happens(LinkDown("cable"))
    bench.happens(LinkUp())
    bench.happens(Welcomed(late))
    assert not isinstance(bench.bench.link, Ready)
    assert bench.records == []


def test_what_the_welcome_tells_of_the_desk_is_remembered() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, epoch="epoch-2", decision=17)))
    assert KnowDesk("epoch-2", 17) in bench.entries
    bench.happens(LinkUp())
    assert (bench.said(Hello).epoch, bench.said(Hello).seen_decision) == ("epoch-2", 17)


def test_records_that_a_restored_desk_lacks_are_sent_again_in_their_order_before_its_holds() -> None:
    bench = Driver()
    records = tuple(Printed(request=f"j:{n}", journal="j", sequence=n, grant=G1, proof="status") for n in (3, 4, 5))
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, last_sequence=3, want_holds=True), lacking=records[1:]))
    said = []
    while bench.bench.outbox:
        said.append(bench.said(Printed).sequence)
        assert not any(isinstance(each, Heard) for each in bench.requests)
        bench.keep()
    assert said == [4, 5]
    assert bench.said(Heard).incarnation == "run-1"


def test_a_record_that_a_former_desk_kept_is_sent_again_to_the_one_that_lacks_it() -> None:
    bench = Driver()
    lacking = Printed(request="j:1", journal="j", sequence=1, grant=G1, proof="status")
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, incarnation="from an old copy", want_holds=True), lacking=(lacking,)))
    bench.happens(Answered(Kept(request=lacking.request, incarnation="run-1")))
    assert list(bench.bench.outbox) == [lacking]
    bench.answer(Kept(request=lacking.request))
    assert not bench.bench.outbox


def test_what_a_former_desk_answered_counts_for_nothing_once_another_welcomed_this_station() -> None:
    bench = Driver().ready()
    bench.scan("NS-1")
    asked = bench.said(Open)
    bench.happens(Answered(HelloNeeded(request=asked.request)))
    bench.welcome(incarnation="from an old copy")
    bench.happens(OrderOpened(asked.request, "run-1", order(), (), 0))
    assert bench.session == "Opening"
    assert Forget("A-1") in bench.wishes
    bench.happens(Answered(Refused(request=asked.request, reason=Refusal.HELD, incarnation="run-1")))
    assert bench.bench.pending is not None
    bench.happens(OrderOpened(asked.request, "from an old copy", order(), (), 0))
    assert isinstance(bench.bench.session, Packing)


def test_nothing_is_asked_of_a_desk_that_lacks_a_record() -> None:
    bench = Driver()
    lacking = Printed(request="j:1", journal="j", sequence=1, grant=G1, proof="status")
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench), lacking=(lacking,)))
    bench.scan("NS-1")
    bench.passes(5.0)
    assert bench.count(Open) == 0
    bench.keep()
    assert bench.count(Open) == 1


def test_an_order_that_a_former_desk_gave_to_another_station_stays_where_it_is() -> None:
    bench = Driver().ready()
    bench.open(order())
    bench.happens(Pushed(TakenOver(order="A-1", station="station-2", incarnation="another")))
    assert bench.session == "Packing"


def test_each_hello_of_a_boot_has_a_higher_number_though_it_asks_for_the_same_answer() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    bench.passes(2.5)
    said = [each for each in bench.requests if isinstance(each, Hello)]
    assert len({each.request for each in said}) == 1
    assert [each.number for each in said] == sorted({each.number for each in said})


def test_holds_are_told_in_parts_one_at_a_time_and_only_the_last_makes_ready() -> None:
    bench = Driver()
    heard = tuple(HeardHold(order=f"A-{n}", hold=hold()) for n in range(2 * MAX_HEARD + 1))
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, want_holds=True), heard=heard))
    told: list[HeardHold] = []
    for more in (True, True, False):
        part = bench.said(Heard)
        assert part.more is more
        assert isinstance(bench.bench.link, Telling)
        told += part.holds
        bench.answer(Kept(request=part.request))
    assert tuple(told) == heard
    assert isinstance(bench.bench.link, Ready)


def test_holds_are_told_again_until_they_are_kept() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, want_holds=True)))
    bench.passes(3.5)
    assert len([each for each in bench.requests if isinstance(each, Heard)]) == 4
    assert bench.count(Heard) == 1


def test_nothing_is_asked_of_a_desk_that_is_not_told_all_yet() -> None:
    bench = Driver()
    bench.scan("NS-1")
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench, want_holds=True)))
    bench.passes(5.0)
    assert bench.count(Open) == 0
    bench.answer(Kept(request=bench.said(Heard).request))
    assert bench.count(Open) == 1


def test_a_desk_that_needs_a_hello_gets_one_and_then_the_same_request() -> None:
    bench = Driver().ready()
    bench.scan("NS-1")
    asked = bench.said(Open)
    bench.answer(HelloNeeded(request=asked.request))
    assert bench.count(Hello) == 2
    bench.welcome()
    assert bench.said(Open) == asked


def test_a_journal_that_is_an_old_copy_is_begun_anew() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    bench.answer(JournalBehind(request=bench.said(Hello).request, last_sequence=9, boot_number=4))
    assert BeginNewJournal() in bench.wishes


def test_word_of_an_old_copy_to_an_earlier_hello_means_nothing() -> None:
    bench = Driver()
    bench.happens(LinkUp())
    late = bench.said(Hello).request
    bench.welcome()
    bench.answer(JournalBehind(request=late, last_sequence=9, boot_number=4))
    assert BeginNewJournal() not in bench.wishes


# Grants across connections


def test_a_permission_asked_for_before_a_hello_is_never_used_after_it() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(LinkUp())
    bench.granted()
    bench.welcome()
    assert bench.prints == []
    assert bench.said(NotPrinted).grant == bench.said(Print).request


def test_it_is_asked_for_anew_once_it_is_given_back() -> None:
    bench = Driver().ready()
    bench.pack(order())
    first = bench.said(Print)
    bench.happens(LinkUp())
    bench.welcome()
    bench.answer(Kept(request=bench.said(NotPrinted).request))
    assert bench.said(Print).number > first.number


def test_a_lost_connection_alone_does_not_spoil_a_permission() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(LinkDown("cable"))
    bench.granted()
    assert len(bench.prints) == 1


def test_the_hello_names_the_label_that_is_being_printed() -> None:
    bench = Driver().ready()
    bench.pack(order())
    grant = bench.granted()
    bench.happens(LinkUp())
    assert bench.said(Hello).unresolved == (grant,)


def test_the_hello_gives_up_what_was_asked_before_the_step_that_waits() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(LinkUp())
    said = bench.said(Hello).first_step
    bench.welcome()
    assert said == bench.said(NotPrinted).number


def test_where_no_step_waits_the_next_one_is_the_first() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.granted()
    bench.happens(LinkUp())
    assert bench.said(Hello).first_step > bench.said(Print).number


def test_a_grant_that_is_being_given_back_is_not_taken_for_one_that_nobody_remembers() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.passes(bench.rules.grant_wait_s)
    bench.happens(LinkUp())
    grant = GrantReference(grant=bench.said(Print).request, order="A-1", revision=1)
    bench.happens(Welcomed(welcome(bench, outstanding=(grant,))))
    assert bench.records == []
    assert bench.said(NotPrinted).grant == grant.grant


def test_a_grant_that_a_person_settled_while_it_was_asked_for_is_not_used() -> None:
    bench = Driver().ready()
    bench.pack(order())
    bench.happens(Pushed(Settled(order="A-1", grant=bench.said(Print).request, printed=False, incarnation="run-1")))
    bench.granted()
    assert bench.prints == []


@pytest.mark.parametrize("by_welcome", [True, False])
def test_what_a_person_settled_is_settled_for_the_next_start_too(by_welcome: bool) -> None:
    bench = Driver(remembered=Remembered(Identity("j", "boot-2", 2), begun_grants=(G1,)))
    if by_welcome:
        bench.happens(LinkUp())
        bench.happens(Welcomed(welcome(bench, settled=(G1.grant,))))
    else:
        bench.happens(Pushed(Settled(order="A-1", grant=G1.grant, printed=True)))
    assert DropGrant(G1.grant) in bench.entries
    assert bench.session == "Idle"


def test_a_grant_that_the_desk_keeps_believing_outstanding_is_doubted_once() -> None:
    bench = Driver()
    for _ in range(3):
        bench.happens(LinkUp())
        bench.happens(Welcomed(welcome(bench, outstanding=(G1,))))
    assert [type(record) for record in bench.records] == [Unknown]


def test_a_doubt_that_was_settled_before_a_restore_that_forgot_it_is_asked_about_again() -> None:
    bench = Driver()
    record = Unknown(request="j:1", journal="j", sequence=1, grant=G1)
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench), lacking=(record,)))
    bench.keep()
    assert bench.session == "Doubting"


def test_a_doubt_that_was_answered_here_is_not_asked_about_again() -> None:
    bench = Driver()
    records = (
        Unknown(request="j:1", journal="j", sequence=1, grant=G1),
        Printed(request="j:2", journal="j", sequence=2, grant=G1, proof="label_scanned"),
    )
    bench.happens(LinkUp())
    bench.happens(Welcomed(welcome(bench), lacking=records))
    bench.keep()
    bench.keep()
    assert bench.session == "Idle"


# A slip that was given up


def test_a_cancelled_slip_is_asked_on_so_that_its_order_is_closed() -> None:
    bench = Driver().ready()
    bench.scan("NS-1")
    bench.scan("PS-CANCEL")
    assert bench.session == "Idle"
    bench.passes(2.5)
    assert len([each for each in bench.requests if isinstance(each, Open)]) == 4
    bench.happens(OrderOpened(bench.said(Open).request, "run-1", order(), (), 0))
    assert bench.session == "Idle"
    assert bench.said(Close).order == "A-1"
    assert bench.forgotten == ["A-1"]


def test_a_cancelled_slip_that_is_refused_is_over() -> None:
    bench = Driver().ready()
    bench.scan("NS-1")
    bench.scan("PS-CANCEL")
    bench.refused(Refusal.UNKNOWN_SLIP, Open)
    said = len(bench.requests)
    bench.passes(10.0)
    assert len(bench.requests) == said


def test_an_order_that_comes_late_does_not_disturb_the_one_that_is_open() -> None:
    bench = Driver().ready()
    bench.scan("NS-1")
    late = OrderOpened(bench.said(Open).request, "run-1", order(), (), 0)
    bench.scan("PS-CANCEL")
    bench.open(order("B-2"))
    bench.scan(TEA)
    bench.happens(late)
    assert bench.counted == [1]
    assert bench.count(Close) == 0
    assert bench.forgotten == ["A-1"]
