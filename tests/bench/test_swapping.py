"""Another label on a closed parcel: a swap's old label is never forgotten on the box, and its goods stay."""

from dataclasses import replace
from typing import Any

import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import KeyTurned
from station.bench.core.effects import BeginPrint
from station.bench.core.events import LinkDown, OrderOpened, OrderRevised
from station.bench.core.notices import Key
from station.bench.core.order import OrderFacts
from station.bench.core.state import Rules, ScanBackRule, WithoutPermission
from station.protocol.reply import CallBack, CalledBack, Closed, Refusal
from station.protocol.request import Close, GrantReference, Print, Swap
from tests.bench.driver import CUP, TEA, Driver, hold, order

OLD = "400012345670"
GRANT = GrantReference(grant="1-boot.1", order="A-1", revision=1, tracking_numbers=(OLD,))
CALLED = CallBack(grant=GRANT, cause="dock_swap")


def facts(revision: int = 2, goods: str = "g1", **more: Any) -> OrderFacts:
    """The order as it is to be swapped."""
    return replace(order("A-1", revision=revision, **more), goods=goods)


def void_is_kept(bench: Driver) -> None:
    """The old label is scanned, and scanned to void it; the desk knows, and is asked for the order."""
    bench.scan(Card.SWAP)
    bench.scan(OLD)
    bench.answer(CalledBack(request=bench.said(Swap).request, recall=CALLED, number=3))
    bench.scan(OLD)
    bench.keep()


def swap_is_open(bench: Driver, **more: Any) -> None:
    """The order is open for its new label, which is drawn."""
    void_is_kept(bench)
    bench.happens(OrderOpened(bench.said(Swap).request, "run-1", facts(**more), (), 1))
    bench.draw()


@pytest.fixture
def bench() -> Driver:
    """Ready, and its packer free."""
    return Driver().ready()


def test_with_the_new_label_the_packer_is_told_to_take_off_the_old_one(bench: Driver) -> None:
    swap_is_open(bench)
    bench.confirmed(bench.granted(revision=2, reprint=1))
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.SWAPPED, "go")
    assert "old label" in bench.bench.notice.english
    assert "古い送り状" in bench.bench.notice.japanese


def test_so_it_is_where_the_new_one_is_scanned_back() -> None:
    bench = Driver(rules=Rules(station="station-1", slip_pattern="^NS-", scan_back=ScanBackRule.ALWAYS)).ready()
    swap_is_open(bench)
    bench.confirmed(bench.granted(revision=2, reprint=1))
    assert (bench.session, bench.notice) == ("ScanningBack", Key.SCAN_BACK_SWAPPED)
    bench.scan(OLD)
    assert (bench.tone, bench.notice) == ("stop", Key.WRONG_LABEL)


@pytest.mark.parametrize("reason", [Refusal.HELD, Refusal.OPEN_ELSEWHERE, Refusal.NEEDS_REVISION])
def test_a_swap_that_is_stopped_after_the_void_leaves_it_said_that_the_label_is_void(
    bench: Driver, reason: Refusal
) -> None:
    void_is_kept(bench)
    bench.refused(reason, Swap, holds=(hold(),) if reason is Refusal.HELD else ())
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.VOIDED, "stop")


def test_a_parcel_with_other_goods_is_packed_anew_and_its_old_label_destroyed(bench: Driver) -> None:
    void_is_kept(bench)
    bench.refused(Refusal.PACK_ANEW, Swap)
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.PACK_ANEW, "stop")
    assert "destroy" in bench.bench.notice.english
    assert "破棄" in bench.bench.notice.japanese


def test_who_cancels_before_the_order_is_open_is_told_that_the_label_is_void(bench: Driver) -> None:
    void_is_kept(bench)
    bench.scan(Card.CANCEL)
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.VOIDED, "stop")


def test_who_cancels_an_open_swap_is_told_that_the_label_is_void_and_not_to_unpack(bench: Driver) -> None:
    swap_is_open(bench, to_acknowledge=("割れ物",))
    bench.scan(Card.CANCEL)
    assert bench.said(Close).order == "A-1"
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.VOIDED, "stop")


def test_so_is_who_cancels_while_the_desk_is_asked(bench: Driver) -> None:
    swap_is_open(bench)
    bench.scan(Card.CANCEL)
    assert (bench.session, bench.notice) == ("Withdrawing", Key.VOIDED)


def test_who_cancels_another_label_is_not_told_to_put_the_items_back(bench: Driver) -> None:
    bench.happens(KeyTurned(on=True))
    bench.scan(Card.REPRINT)
    bench.scan("NS-A-1")
    bench.opened(facts(revision=1), hold(), reprint=1)
    bench.scan(Card.CANCEL)
    assert (bench.session, bench.notice) == ("Idle", Key.CANCELLED_CLOSED)


def test_what_the_revision_wants_acknowledged_is_acknowledged_at_the_dock(bench: Driver) -> None:
    swap_is_open(bench, to_acknowledge=("割れ物",))
    assert (bench.session, bench.notice) == ("Packing", Key.ACKNOWLEDGE)
    bench.scan(Card.ACKNOWLEDGE)
    assert bench.session == "Asking"


def test_a_revision_with_the_same_goods_changes_the_label_alone(bench: Driver) -> None:
    swap_is_open(bench, to_acknowledge=("割れ物",))
    bench.happens(OrderRevised(facts(3, to_acknowledge=("割れ物",))))
    bench.draw()
    bench.scan(Card.ACKNOWLEDGE)
    assert (bench.session, bench.said(Print).revision) == ("Asking", 3)


@pytest.mark.parametrize(
    "changed", [{"lines": ((TEA, 2),)}, {"lines": ((TEA, 1), (CUP, 1))}, {"pieces": 2}], ids=["more", "line", "pieces"]
)
def test_a_revision_with_other_goods_has_the_parcel_packed_anew(bench: Driver, changed: dict[str, Any]) -> None:
    swap_is_open(bench, to_acknowledge=("割れ物",))
    revised = facts(3, "g2", to_acknowledge=("割れ物",), **changed)
    bench.happens(OrderRevised(revised))
    bench.draw()
    assert (bench.notice, bench.tone) == (Key.LINES_CHANGED, "stop")
    assert bench.counted == [0] * len(revised.lines)
    bench.scan(Card.ACKNOWLEDGE)
    assert bench.count(Print) == 0
    for line in revised.lines:
        for _ in range(line.quantity):
            bench.scan(line.codes[0])
    assert bench.session == "Asking"
    bench.happens(OrderRevised(replace(revised, revision=4)))
    assert bench.counted == [line.quantity for line in revised.lines], "scanned, and asked for no more"


def test_without_permission_too_the_record_says_what_is_in_the_parcel() -> None:
    rules = Rules(station="station-1", slip_pattern="^NS-", without_permission=WithoutPermission.SUPERVISOR)
    bench = Driver(rules=rules).ready()
    bench.open(facts(1))
    bench.happens(LinkDown("gone"))
    bench.scan(TEA)
    bench.happens(KeyTurned(on=True))
    [begun] = [entry.grant for entry in bench.entries if isinstance(entry, BeginPrint)]
    assert begun.goods == "g1"


def test_a_print_whose_units_lack_is_told_and_begins_anew_with_the_slip(bench: Driver) -> None:
    bench.pack(facts(1))
    bench.refused(Refusal.UNITS_LACKING)
    assert (bench.session, bench.notice, bench.tone) == ("Idle", Key.UNITS_LACKING, "stop")
    assert bench.forgotten == ["A-1"]
    assert "slip" in bench.bench.notice.english
    assert "納品書" in bench.bench.notice.japanese


def test_an_order_that_comes_after_the_swap_was_cancelled_is_given_back(bench: Driver) -> None:
    void_is_kept(bench)
    request = bench.said(Swap).request
    bench.scan(Card.CANCEL)
    bench.happens(OrderOpened(request, "run-1", facts(), (), 1))
    assert bench.said(Close).order == "A-1"
    bench.answer(Closed(request=bench.said(Close).request, order="A-1"))
    assert bench.notice is Key.VOIDED


def test_where_a_packer_is_required_nobody_swaps_without_a_badge() -> None:
    bench = Driver(rules=Rules(station="station-1", slip_pattern="^NS-", packer_required=True)).ready()
    bench.scan(Card.SWAP)
    assert bench.notice is Key.NEEDS_PACKER
    bench.scan("PS-PACKER-sato")
    bench.scan(Card.SWAP)
    bench.scan(OLD)
    assert bench.said(Swap).packer == "sato"
