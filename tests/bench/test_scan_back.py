"""The label that came out is scanned again on its box: always, only in doubt, or never."""

import pytest
from msgspec.structs import replace

from station.bench.core.cards import Card
from station.bench.core.codes import Code
from station.bench.core.devices import BadgeKind, BadgeScanned, BuffersCleared, PrintFailed, Scanned, Sound
from station.bench.core.effects import Audit, AwaitScanBack, EndScanBack
from station.bench.core.events import Pushed
from station.bench.core.notices import Key
from station.bench.core.scanning import is_own
from station.bench.core.screen import indication, screen
from station.bench.core.state import Identity, Remembered, Rules, ScanBackRule, ScanningBack
from station.protocol.reply import CallBack, CalledBack, Recalls, Refusal
from station.protocol.request import GrantReference, Open, Printed, ScannedBack, Void, Voided
from tests.bench.driver import TEA, Driver, hold, order

ALWAYS = Rules(station="station-1", slip_pattern="^NS-", scan_back=ScanBackRule.ALWAYS)
NEVER = Rules(station="station-1", slip_pattern="^NS-", scan_back=ScanBackRule.NEVER)
FIRST, SECOND = "123456789010", "123456789011"
BOSS = BadgeScanned("hand", BadgeKind.SUPERVISOR, "田中", 7)
GRANT = GrantReference(grant="0-old.7", order="A-1", revision=2, reprint=1, tracking_numbers=(FIRST, SECOND))


def _printed(rules: Rules = ALWAYS, pieces: int = 1) -> Driver:
    bench = Driver(rules).ready()
    bench.pack(order(pieces=pieces))
    bench.confirmed(bench.granted())
    return bench


def _audited(bench: Driver) -> list[str]:
    return [entry.what for entry in bench.entries if isinstance(entry, Audit)]


def test_the_record_is_made_at_once_and_the_address_goes_though_the_label_is_not_scanned_yet() -> None:
    bench = _printed()

    assert isinstance(bench.records[-1], Printed)
    assert bench.forgotten == ["A-1"]
    assert (bench.session, bench.notice, bench.tone) == ("ScanningBack", Key.SCAN_BACK, "wait")
    shown = screen(bench.bench, "station-1")
    assert (shown.order, shown.revision) == ("A-1", 1)


@pytest.mark.parametrize("code", [FIRST, "A-1/1/0/1"])
def test_the_right_label_is_green_and_the_next_slip_opens(code: str) -> None:
    bench = _printed()

    bench.scan(code)

    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.SCANNED_BACK, "go")
    assert bench.sounds[-1] is Sound.COMPLETE
    record = bench.records[-1]
    assert isinstance(record, ScannedBack)
    assert (record.grant.grant, record.wrong, record.supervisor) == (bench.prints[0].grant, 0, "")
    bench.keep()
    bench.keep()
    bench.scan("NS-B-2")
    assert bench.said(Open).slip == "NS-B-2"


@pytest.mark.parametrize(
    "code",
    ["999999999999", "B-7/1/0/1", "A-1/2/0/1", "A-1/1/1/1", "A-1/1/0/2", "A-1/1/0/0", TEA],
    ids=["a neighbour's number", "a neighbour's QR", "another revision", "a reprint", "no piece", "piece 0", "an item"],
)
def test_any_other_label_is_red_until_the_right_one_is_scanned(code: str) -> None:
    bench = _printed()

    bench.scan(code)
    assert (bench.session, bench.notice, bench.tone) == ("ScanningBack", Key.WRONG_LABEL, "stop")
    assert bench.bench.notice.about[0] == "A-1", "whose label it is not"
    assert indication(bench.bench).red.value == "blink"
    bench.scan("NS-B-2")
    assert bench.tone == "stop", "no other scan makes it good"
    bench.scan(FIRST)

    assert (bench.session, bench.tone) == ("Idle", "go")
    assert _audited(bench).count("wrong label scanned back") == 1
    record = bench.records[-1]
    assert isinstance(record, ScannedBack)
    assert record.wrong == 1


def test_another_slip_is_refused_until_the_label_is_scanned() -> None:
    bench = _printed()
    asked = bench.count(Open)

    for code in ("NS-B-2", "NS-A-1"):
        bench.scan(code)
        assert (bench.notice, bench.count(Open)) == (Key.SCAN_BACK_FIRST, asked)


@pytest.mark.parametrize("card", [Card.CANCEL, Card.NO_LABEL, Card.LABEL_OUT, Card.QUANTITY, Card.REPRINT, "PS-N-1"])
def test_a_card_does_not_end_it(card: str) -> None:
    bench = _printed()

    bench.scan(card)

    assert (bench.session, bench.notice) == ("ScanningBack", Key.SCAN_BACK_FIRST)


def test_of_a_set_each_label_has_to_be_scanned_whichever_way_it_is_read() -> None:
    bench = _printed(pieces=2)

    bench.scan("A-1/1/0/2")
    assert (bench.session, bench.notice, bench.bench.notice.about) == ("ScanningBack", Key.SCAN_BACK_MORE, ("1", "2"))
    bench.scan(SECOND)
    assert bench.bench.notice.about == ("1", "2"), "the same label again is no other"
    bench.scan(FIRST)

    assert bench.session == "Idle"


def test_a_label_that_cannot_be_scanned_is_let_pass_by_a_supervisor_only() -> None:
    bench = _printed()

    bench.scan(Card.ACKNOWLEDGE)
    assert (bench.session, bench.notice) == ("ScanningBack", Key.SCAN_BACK_NEEDS_SUPERVISOR)
    bench.happens(BOSS)
    assert bench.session == "ScanningBack"
    bench.scan(Card.ACKNOWLEDGE)

    assert (bench.session, bench.notice) == ("Idle", Key.SCAN_BACK_PASSED)
    assert "let pass without being scanned back" in _audited(bench)
    record = bench.records[-1]
    assert isinstance(record, ScannedBack)
    assert record.supervisor == "田中"


def test_a_packer_without_a_supervisor_cannot_leave_the_red() -> None:
    bench = _printed()
    bench.scan("999999999999")

    bench.scan(Card.ACKNOWLEDGE)

    assert (bench.session, bench.tone) == ("ScanningBack", "stop")


def test_that_it_is_awaited_is_on_disk_with_the_record_and_goes_with_the_scan() -> None:
    bench = _printed()

    (awaited,) = [entry for entry in bench.entries if isinstance(entry, AwaitScanBack)]
    record = next(entry for entry in bench.entries if getattr(entry, "record", None) is bench.records[-1])
    assert bench.entries.index(record) < bench.entries.index(awaited)
    bench.scan(FIRST)

    assert bench.entries[-1] == EndScanBack(awaited.grant.grant) or EndScanBack(awaited.grant.grant) in bench.entries


def _restarted(rules: Rules) -> Driver:
    other = replace(GRANT, grant="0-old.9", order="B-2", tracking_numbers=("999999999999",))
    return Driver(rules, remembered=Remembered(Identity("journal-1", "2-boot", 2), scan_backs=(GRANT, other)))


def test_a_restart_asks_for_every_label_that_nobody_has_scanned_back_before_anything_else() -> None:
    bench = _restarted(ALWAYS)
    assert isinstance(bench.bench.session, ScanningBack)
    assert (bench.bench.session.grant, bench.notice) == (GRANT, Key.SCAN_BACK)
    bench.ready()
    bench.scan("NS-C-3")
    assert bench.notice is Key.SCAN_BACK_FIRST

    bench.scan(FIRST)
    bench.scan("A-1/2/1/2")
    assert screen(bench.bench, "station-1").order == "B-2"
    bench.scan("999999999999")

    assert bench.session == "Idle"


def test_where_labels_are_scanned_back_no_longer_a_restart_asks_for_none() -> None:
    bench = _restarted(NEVER)

    assert bench.session == "Idle"
    assert [entry.grant for entry in bench.entries if isinstance(entry, EndScanBack)] == ["0-old.7", "0-old.9"]


def test_a_hold_that_comes_meanwhile_is_kept_and_the_label_still_asked_for() -> None:
    bench = _printed()

    bench.hear(hold())

    assert bench.session == "ScanningBack"
    assert any(getattr(entry, "hold", None) == hold() for entry in bench.entries)


def test_by_default_no_label_is_scanned_that_the_printer_confirmed() -> None:
    bench = _printed(Rules(station="station-1", slip_pattern="^NS-"))

    assert (bench.session, bench.notice) == ("Idle", Key.PRINTED)
    assert not [entry for entry in bench.entries if isinstance(entry, AwaitScanBack)]


def _in_doubt(rules: Rules, pieces: int = 1) -> Driver:
    bench = Driver(rules).ready()
    bench.pack(order(pieces=pieces))
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=True, reason="the line was lost"))
    return bench


def test_where_labels_are_never_scanned_a_card_says_that_they_came_out() -> None:
    bench = _in_doubt(NEVER, pieces=2)
    assert (bench.notice, bench.tone) == (Key.IN_DOUBT_CARDS, "stop")

    bench.scan(Card.LABEL_OUT)

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert (record.proof, bench.session) == ("person", "Idle")


def test_and_the_other_card_that_they_did_not() -> None:
    bench = _in_doubt(NEVER)

    bench.scan(Card.NO_LABEL)
    bench.happens(BuffersCleared())

    assert bench.session == "Settling"


@pytest.mark.parametrize("rule", [ScanBackRule.ALWAYS, ScanBackRule.IN_DOUBT])
def test_where_labels_are_scanned_the_card_alone_proves_nothing(rule: ScanBackRule) -> None:
    bench = _in_doubt(Rules(station="station-1", slip_pattern="^NS-", scan_back=rule))

    bench.scan(Card.LABEL_OUT)

    assert (bench.session, bench.notice) == ("Doubting", Key.IN_DOUBT)


@pytest.mark.parametrize("rule", ScanBackRule)
def test_a_label_in_doubt_is_known_by_its_qr_code_too_and_is_then_scanned_back(rule: ScanBackRule) -> None:
    bench = _in_doubt(Rules(station="station-1", slip_pattern="^NS-", scan_back=rule))

    bench.scan("A-1/2/0/1")
    assert (bench.session, bench.notice) == ("Doubting", Key.IN_DOUBT_OTHER_LABEL)
    bench.scan("A-1/1/0/1")

    assert bench.session == "Idle"
    assert isinstance(bench.records[-1], Printed)


def test_a_neighbours_label_stays_outside_of_the_decisions_and_the_right_one_does_not() -> None:
    bench = _printed()

    assert is_own(Code("A-1/1/0/1"), bench.bench, ALWAYS)
    assert not is_own(Code("B-7/1/0/1"), bench.bench, ALWAYS)


def test_a_long_order_number_makes_a_long_qr_code_that_is_known_all_the_same() -> None:
    name = "注文" * 30
    bench = Driver(ALWAYS).ready()
    bench.pack(order(name))
    bench.confirmed(bench.granted())
    text = "%E6%B3%A8%E6%96%87" * 30 + "/1/0/1"

    assert is_own(Code(text), bench.bench, ALWAYS)
    bench.happens(Scanned("hand", Code(text)), after_s=1.0)

    assert bench.session == "Idle"


def _called_back(bench: Driver, *grants: GrantReference, number: int = 1) -> None:
    wanted = tuple(CallBack(grant=grant, cause="recall") for grant in grants)
    bench.happens(Pushed(Recalls(recalls=wanted, epoch="epoch-1", number=number)))


def test_a_recall_of_the_label_that_waits_takes_its_place_at_once_and_a_void_ends_both() -> None:
    bench = _printed()

    _called_back(bench, bench.prints[0])
    assert (bench.session, bench.notice, bench.tone) == ("CallingBack", Key.RECALL, "stop")
    bench.scan("A-1/1/0/1")
    bench.keep()
    bench.keep()

    assert isinstance(bench.records[-1], Voided)
    assert (bench.session, bench.notice) == ("Idle", Key.VOIDED)
    assert [entry.grant for entry in bench.entries if isinstance(entry, EndScanBack)] == [bench.prints[0].grant]


def test_a_recall_that_ends_leaves_the_label_to_be_scanned_back() -> None:
    bench = _printed()
    _called_back(bench, bench.prints[0])

    _called_back(bench, number=2)

    assert (bench.session, bench.notice) == ("ScanningBack", Key.SCAN_BACK)
    bench.scan(FIRST)
    assert isinstance(bench.records[-1], ScannedBack)


def test_a_recall_of_another_label_waits_until_this_one_is_scanned_back() -> None:
    bench = _printed()

    _called_back(bench, GRANT)
    assert bench.session == "ScanningBack"
    bench.scan(FIRST)

    assert (bench.session, screen(bench.bench, "station-1").revision) == ("CallingBack", GRANT.revision)


def test_the_void_card_takes_the_label_that_waits_on_a_supervisors_word() -> None:
    bench = _printed()
    bench.keep()
    bench.scan(Card.VOID)
    assert (bench.session, bench.notice) == ("ScanningBack", Key.NEEDS_SUPERVISOR)

    bench.happens(BOSS)
    bench.scan(Card.VOID)
    void = bench.said(Void)
    assert (void.label, bench.session) == (FIRST, "Opening")
    grant = bench.prints[0]
    bench.answer(CalledBack(request=void.request, recall=CallBack(grant=grant, cause="void"), number=3))
    bench.scan(FIRST)
    bench.keep()

    assert (bench.session, bench.notice) == ("Idle", Key.VOIDED)


def test_a_label_that_does_not_become_void_is_asked_for_again() -> None:
    bench = _printed()
    bench.keep()
    bench.happens(BOSS)
    bench.scan(Card.VOID)

    bench.refused(Refusal.CATCHING_UP, Void)
    assert bench.session == "ScanningBack"
    bench.scan(FIRST)

    assert isinstance(bench.records[-1], ScannedBack)


def test_a_void_that_the_supervisor_cancels_leaves_the_label_to_be_scanned_back() -> None:
    bench = _printed()
    bench.keep()
    bench.happens(BOSS)
    bench.scan(Card.VOID)
    recall = CallBack(grant=bench.prints[0], cause="void")
    bench.answer(CalledBack(request=bench.said(Void).request, recall=recall, number=3))

    bench.scan(Card.CANCEL)

    assert bench.session == "ScanningBack"
