"""The station's journal: what it must not forget, and what it must never hold."""

from pathlib import Path

import pytest

from station.bench.core.devices import Proof
from station.bench.core.effects import (
    AddRecord,
    Audit,
    AwaitScanBack,
    BeginPrint,
    DropGrant,
    EndScanBack,
    KnowDesk,
    MarkKept,
    NoteHold,
)
from station.bench.journal import Journal
from station.clock import as_text
from station.protocol.hold import Hold
from station.protocol.request import GrantReference, NoLabel, Printed, ScannedBack, Unknown
from station.sqlite import StoreUnusable
from tests.clocks import Time

GRANT = GrantReference(grant="1-boot.1", order="A-1", revision=1, tracking_numbers=("123456789010",))
DAY_S = 86_400


def _printed(sequence: int = 1, journal: str = "j") -> Printed:
    return Printed(
        request=f"{journal}:{sequence}", journal=journal, sequence=sequence, grant=GRANT, proof=Proof.PROCESS_ID.value
    )


def _reopened(path: Path) -> Journal:
    return Journal(path)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "station.db"


def test_a_print_that_began_is_remembered_until_its_fate_is_known(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([BeginPrint(GRANT)])
    journal.close()

    journal = _reopened(path)
    assert journal.begin_boot().begun_grants == (GRANT,)
    journal.commit([AddRecord(_printed())])

    assert journal.begin_boot().begun_grants == ()


def test_a_label_that_nobody_scanned_back_is_remembered_until_somebody_has(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([AddRecord(_printed()), AwaitScanBack(GRANT)])
    journal.close()

    journal = _reopened(path)
    assert journal.begin_boot().scan_backs == (GRANT,)
    journal.forget(0.0)
    assert journal.begin_boot().scan_backs == (GRANT,), "however long ago"
    back = ScannedBack(request="j:2", journal="j", sequence=2, grant=GRANT)
    journal.commit([AddRecord(back), EndScanBack(GRANT.grant)])

    remembered = journal.begin_boot()
    assert (remembered.scan_backs, remembered.begun_grants) == ((), ())
    assert remembered.outbox[-1] == back


def test_a_print_that_did_not_begin_after_all_is_not_in_doubt(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()

    journal.commit([BeginPrint(GRANT), DropGrant(GRANT.grant)])

    assert journal.begin_boot().begun_grants == ()


def test_an_unknown_stays_in_doubt_and_a_persons_word_ends_it(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    unknown = Unknown(request="j:1", journal="j", sequence=1, grant=GRANT)
    journal.commit([AddRecord(unknown)])
    assert journal.begin_boot().begun_grants == (GRANT,)

    journal.commit([AddRecord(NoLabel(request="j:2", journal="j", sequence=2, grant=GRANT))])

    assert journal.begin_boot().begun_grants == ()


def test_records_wait_in_the_outbox_until_they_are_kept(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([AddRecord(_printed(1)), AddRecord(_printed(2))])
    journal.commit([MarkKept(1)])

    remembered = _reopened(path).begin_boot()

    assert [record.sequence for record in remembered.outbox] == [2]
    assert remembered.last_sequence == 2


def test_a_desk_from_an_old_copy_gets_again_what_it_lacks(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([AddRecord(_printed(number)) for number in (1, 2, 3)] + [MarkKept(3)])

    assert [record.sequence for record in journal.records_after(1)] == [2, 3]


def test_every_boot_has_a_name_of_its_own_and_a_higher_number(path: Path) -> None:
    journal = Journal(path)

    first, second = journal.begin_boot(), journal.begin_boot()

    assert first.is_new
    assert not second.is_new
    assert first.identity.journal == second.identity.journal
    assert second.identity.boot_number == first.identity.boot_number + 1
    assert first.identity.boot != second.identity.boot


def test_a_journal_that_begins_anew_keeps_what_the_desk_lacks_under_a_new_name(path: Path) -> None:
    journal = Journal(path)
    old = journal.begin_boot().identity.journal
    journal.commit([AddRecord(_printed(number, old)) for number in (1, 2, 3)] + [MarkKept(2)])

    journal.begin_anew()
    remembered = journal.begin_boot()

    assert remembered.identity.journal != old
    assert [(record.sequence, record.journal) for record in remembered.outbox] == [(1, remembered.identity.journal)]
    assert remembered.outbox[0].request == f"{remembered.identity.journal}:1"


def test_holds_are_remembered_as_they_stand(path: Path) -> None:
    journal = Journal(path)
    active = Hold(hold="h1", kind="cancel", state="active")
    journal.commit([NoteHold("A-1", active), NoteHold("B-2", active)])
    released = Hold(hold="h1", kind="cancel", state="released")
    journal.commit([NoteHold("B-2", released)])

    assert journal.hold("B-2", "h1") == released
    assert [heard.order for heard in journal.holds_heard(releases=False)] == ["A-1"]
    assert [heard.order for heard in journal.holds_heard(releases=True)] == ["A-1", "B-2"]


def test_the_desks_epoch_is_remembered(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([KnowDesk("epoch-9", 17)])

    remembered = _reopened(path).begin_boot()

    assert (remembered.epoch, remembered.seen_decision) == ("epoch-9", 17)


def test_what_is_settled_goes_after_its_time_and_what_is_not_stays(path: Path) -> None:
    time = Time()
    journal = Journal(path, time.clock)
    journal.begin_boot()
    open_grant = GrantReference(grant="1-boot.2", order="B-2", revision=1)
    journal.commit([Audit("slip", order="A-1"), AddRecord(_printed(1)), AddRecord(_printed(2)), BeginPrint(open_grant)])
    time.pass_s(10 * DAY_S)
    journal.commit([MarkKept(1)])

    journal.forget(5 * DAY_S)

    remembered = journal.begin_boot()
    assert journal.history("A-1") == ()
    assert [record.sequence for record in remembered.outbox] == [2]
    assert remembered.begun_grants == (open_grant,)
    assert remembered.first_sequence == 2


def test_an_orders_life_is_told_in_its_order(path: Path) -> None:
    time = Time(wall_s=90.5)
    journal = Journal(path, time.clock)
    journal.begin_boot()
    journal.commit([Audit("slip", order="A-1", code="NS-A-1", packer="sato")])
    time.pass_s(0.75)
    journal.commit([Audit("item", order="A-1", code="4901"), Audit("item", order="B-2")])

    lines = journal.history("A-1")

    assert [(line.at, line.what, line.code, line.packer) for line in lines] == [
        (as_text(90.5), "slip", "NS-A-1", "sato"),
        (as_text(91.25), "item", "4901", ""),
    ]


def test_a_failed_commit_leaves_nothing_of_itself(path: Path) -> None:
    journal = Journal(path)
    journal.begin_boot()
    journal.commit([AddRecord(_printed(1))])

    with pytest.raises(Exception, match="UNIQUE"):
        journal.commit([Audit("slip", order="A-1"), AddRecord(_printed(1))])

    assert journal.history("A-1") == ()


def test_a_damaged_journal_is_told_with_its_remedy(path: Path) -> None:
    path.write_bytes(b"no database at all" * 100)

    with pytest.raises(StoreUnusable, match="docs/data"):
        Journal(path)


def test_a_record_that_the_desk_has_not_kept_never_goes_however_old_nor_what_comes_after_it(path: Path) -> None:
    time = Time()
    journal = Journal(path, time.clock)
    for sequence in (1, 2, 3):
        journal.commit([AddRecord(_printed(sequence))])
    journal._db.execute("UPDATE records SET kept = 1 WHERE sequence != 2")
    time.pass_s(10**6)

    journal.forget(1)

    assert [record.sequence for record in journal.records_after(0)] == [2, 3]


@pytest.mark.parametrize("leap_days", [-400, 400, 20_000])
def test_a_clock_that_leaps_makes_no_journal_forget_a_hold_sooner_or_later(path: Path, leap_days: int) -> None:
    time = Time(wall_s=20_000 * DAY_S)
    journal = Journal(path, time.clock)
    journal.commit([NoteHold("A-1", Hold(hold="h", kind="cancel", state="active"))])
    time.wall_s += leap_days * DAY_S
    journal.commit([Audit("slip", order="A-1")])

    journal.forget(10 * DAY_S)
    assert len(journal.holds_on("A-1")) == 1

    time.pass_s(11 * DAY_S)
    journal.forget(10 * DAY_S)
    assert journal.holds_on("A-1") == ()
