"""A label that is called back: red until it is scanned, destroyed once the desk knows; swaps go on by themselves."""

import pytest

from station.bench.core.cards import Card
from station.bench.core.codes import Code
from station.bench.core.devices import KeyTurned, Sound
from station.bench.core.events import LinkDown, LinkUp, OrderOpened, Pushed
from station.bench.core.notices import Key
from station.bench.core.scanning import is_own
from station.bench.core.state import Remembered
from station.protocol.reply import CallBack, CalledBack, Recalls, Refusal
from station.protocol.request import Close, Gone, GrantReference, Open, Swap, Void, Voided
from tests.bench.driver import IDENTITY, Driver, order

GRANT = GrantReference(grant="1-boot.1", order="A-1", revision=1, tracking_numbers=("400012345670",))
PAIR = GrantReference(grant="1-boot.2", order="A-2", revision=1, tracking_numbers=("400012345681", "400012345692"))
RECALL, RECALL_PAIR = CallBack(grant=GRANT, cause="recall"), CallBack(grant=PAIR, cause="recall")


def recalls(bench: Driver, *wanted: CallBack, number: int = 1, epoch: str = "epoch-1") -> None:
    """What the desk says is to be found here."""
    bench.happens(Pushed(Recalls(recalls=wanted, epoch=epoch, number=number)))


@pytest.fixture
def bench() -> Driver:
    """Ready, and its packer free."""
    return Driver().ready()


def test_a_recall_turns_a_free_station_red_and_names_the_order(bench: Driver) -> None:
    recalls(bench, RECALL)
    assert (bench.session, bench.notice, bench.tone) == ("CallingBack", Key.RECALL, "stop")
    assert bench.bench.notice.about == ("A-1", "0", "1")
    assert bench.sounds[-1] is Sound.STOP


def test_its_label_is_scanned_and_destroyed_only_when_the_desk_knows_it(bench: Driver) -> None:
    recalls(bench, RECALL)
    bench.scan("400012345670")
    record = bench.said(Voided)
    assert (record.grant, record.cause, bench.session) == (GRANT, "recall", "Voiding")
    assert record in bench.records
    assert bench.notice is Key.SETTLING
    bench.keep()
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.VOIDED, "stop")


def test_of_a_set_every_label_is_scanned(bench: Driver) -> None:
    recalls(bench, RECALL_PAIR)
    for _ in range(2):
        bench.scan("400012345681")
    assert bench.bench.notice.about == ("A-2", "1", "2")
    assert bench.count(Voided) == 0
    bench.scan("400012345692")
    assert bench.said(Voided).grant == PAIR


@pytest.mark.parametrize("text", ["400012345681", "NS-A-1", "NS-B-1", Card.CANCEL, Card.NO_LABEL, Card.REPRINT])
def test_nothing_else_ends_it(bench: Driver, text: str) -> None:
    recalls(bench, RECALL)
    bench.scan(text)
    assert (bench.session, bench.tone, bench.count(Voided), bench.count(Open)) == ("CallingBack", "stop", 0, 0)


def test_the_packer_may_say_that_the_parcel_is_gone(bench: Driver) -> None:
    recalls(bench, RECALL)
    bench.scan(Card.GONE)
    assert bench.said(Gone).grant == GRANT
    assert (bench.session, bench.notice) == ("Idle", Key.RECALL_GONE)
    recalls(bench, RECALL, number=2)
    assert bench.session == "Idle", "said again by a desk that has not heard the answer"


def test_the_desk_ends_it(bench: Driver) -> None:
    recalls(bench, RECALL)
    recalls(bench, number=2)
    assert (bench.session, bench.notice) == ("Idle", Key.RECALL_OVER)


def test_a_word_that_was_overtaken_or_is_another_desks_says_nothing(bench: Driver) -> None:
    recalls(bench, RECALL, number=5)
    recalls(bench, number=4)
    recalls(bench, number=6, epoch="epoch-0")
    assert bench.session == "CallingBack"
    recalls(bench, number=6)
    recalls(bench, RECALL, number=5)
    assert bench.session == "Idle"


def test_a_recall_waits_until_the_order_in_hand_is_done(bench: Driver) -> None:
    bench.open(order("B-1"))
    recalls(bench, RECALL)
    assert bench.session == "Packing"
    bench.scan(Card.CANCEL)
    assert bench.session == "CallingBack"


def test_a_slip_that_the_desk_refuses_for_it_is_followed_by_the_recall(bench: Driver) -> None:
    bench.scan("NS-B-1")
    recalls(bench, RECALL)
    assert bench.session == "Opening"
    bench.refused(Refusal.RECALL_HERE, Open)
    assert bench.session == "CallingBack"


def test_a_new_connection_tells_what_is_to_be_found(bench: Driver) -> None:
    recalls(bench, RECALL, number=7)
    bench.happens(LinkDown("cut"))
    bench.happens(LinkUp())
    bench.welcome(recalls=(RECALL_PAIR,), number=8)
    assert (bench.session, bench.bench.notice.about[0]) == ("CallingBack", "A-2")
    recalls(bench, RECALL, number=7)
    assert bench.bench.notice.about[0] == "A-2"


def test_a_void_that_is_kept_after_a_restart_is_told_too(bench: Driver) -> None:
    recalls(bench, RECALL)
    bench.scan("400012345670")
    record = bench.said(Voided)
    again = Driver(remembered=Remembered(IDENTITY, outbox=(record,), last_sequence=1)).ready()
    assert again.notice is Key.VOIDED


def test_the_label_that_is_looked_for_is_the_benchs_own_code(bench: Driver) -> None:
    label = Code("A400012345670B", nw7="400012345670")
    assert not is_own(label, bench.bench, bench.rules)
    recalls(bench, RECALL)
    assert is_own(label, bench.bench, bench.rules)


# With the label in hand


def test_to_void_a_label_takes_the_supervisors_key(bench: Driver) -> None:
    told = []
    for on in (False, True):
        bench.happens(KeyTurned(on=on))
        bench.scan(Card.VOID)
        told.append(bench.notice)
    assert told == [Key.NEEDS_SUPERVISOR, Key.VOID_NEXT]
    bench.happens(KeyTurned(on=False))
    bench.scan("NS-A-1")
    assert bench.count(Void) == 0, "the key is off, and the card with it"


def test_a_label_in_hand_is_asked_about_then_scanned_then_void(bench: Driver) -> None:
    bench.happens(KeyTurned(on=True))
    bench.scan(Card.VOID)
    bench.scan("400012345670")
    assert bench.said(Void).label == "400012345670"
    bench.answer(CalledBack(request=bench.said(Void).request, recall=CallBack(grant=GRANT, cause="void"), number=3))
    assert (bench.session, bench.notice) == ("CallingBack", Key.VOID_SCAN)
    bench.scan("400012345670")
    assert bench.said(Voided).cause == "void"
    bench.keep()
    assert (bench.session, bench.notice) == ("Idle", Key.VOIDED)


def test_a_person_who_wanted_it_void_may_cancel(bench: Driver) -> None:
    recalls(bench, CallBack(grant=GRANT, cause="void"))
    bench.scan(Card.CANCEL)
    assert bench.said(Close).order == "A-1"
    assert (bench.session, bench.count(Voided)) == ("Idle", 0)


def test_a_swap_scans_the_old_label_and_prints_the_new_one_without_items(bench: Driver) -> None:
    bench.scan(Card.SWAP)
    assert bench.notice is Key.SWAP_NEXT
    bench.scan("400012345670")
    asked = bench.said(Swap)
    bench.answer(CalledBack(request=asked.request, recall=CallBack(grant=GRANT, cause="dock_swap"), number=3))
    bench.scan("400012345670")
    bench.keep()
    again = bench.said(Swap)
    assert (again.label, again.request != asked.request, bench.session) == ("400012345670", True, "Opening")
    bench.happens(OrderOpened(again.request, "run-1", order("A-1", revision=2), (), 1))
    bench.draw()
    assert bench.session == "Asking", "the parcel is closed"
    grant = bench.granted(revision=2, reprint=1)
    assert bench.prints == [grant]


def test_a_swap_that_is_refused_leaves_the_bench_free(bench: Driver) -> None:
    bench.scan(Card.SWAP)
    bench.scan("400012345670")
    bench.refused(Refusal.NO_SWAP, Swap)
    assert (bench.session, bench.notice) == ("Idle", Key.NO_SWAP)
