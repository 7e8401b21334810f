"""Who packs, and who answers: badges, the supervisor's key, and how long a word counts."""

import pytest

from station.bench.core.cards import Card
from station.bench.core.devices import (
    BadgeFault,
    BadgeKind,
    BadgeRefused,
    BadgeScanned,
    ClearFailed,
    KeyTurned,
    PrinterChanged,
    PrinterState,
    PrintFailed,
    Sound,
)
from station.bench.core.effects import Audit
from station.bench.core.events import LinkDown
from station.bench.core.notices import Key
from station.bench.core.screen import screen
from station.bench.core.state import Rules, WithoutPermission
from station.protocol.request import NoLabel, Open, Printed, Reprint
from tests.bench.driver import TEA, Driver, hold, order

RULES = Rules(station="station-1", slip_pattern="^NS-")
BOSS = BadgeScanned("hand", BadgeKind.SUPERVISOR, "田中", 7)
SATO = BadgeScanned("hand", BadgeKind.PACKER, "佐藤", 12)


def _details(bench: Driver, what: str) -> list[str]:
    return [entry.detail for entry in bench.entries if isinstance(entry, Audit) and entry.what == what]


def _supervisor(bench: Driver) -> str:
    return screen(bench.bench, "station-1").supervisor


def test_who_packed_stands_in_the_record_of_the_shipment() -> None:
    bench = Driver(RULES).ready()
    bench.happens(SATO)
    assert bench.notice is Key.PACKER
    bench.pack(order())

    bench.confirmed(bench.granted())

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert record.packer == "佐藤"
    assert bench.said(Open).packer == "佐藤"
    assert _details(bench, "packer") == ["佐藤, badge 12"]


def test_the_badge_of_another_packer_in_mid_order_changes_who_packs_from_then_on() -> None:
    bench = Driver(RULES).ready()
    bench.happens(SATO)
    bench.open(order(lines=((TEA, 2),)))
    bench.scan(TEA)

    bench.happens(BadgeScanned("hand", BadgeKind.PACKER, "鈴木", 13))
    bench.scan(TEA)

    items = [entry.packer for entry in bench.entries if isinstance(entry, Audit) and entry.what == "item"]
    assert items == ["佐藤", "鈴木"]
    bench.confirmed(bench.granted())
    assert bench.records[-1].packer == "鈴木"


@pytest.mark.parametrize("signed", [True, False])
def test_the_same_badge_again_ends_the_shift_but_not_in_mid_order(signed: bool) -> None:
    bench = Driver(RULES).ready()

    def show() -> None:
        if signed:
            bench.happens(SATO, after_s=1.0)
        else:
            bench.scan("PS-PACKER-sato")

    show()
    bench.open(order(lines=((TEA, 2),)))
    show()
    assert bench.bench.packer
    bench.scan(Card.CANCEL)
    show()

    assert (bench.bench.packer, bench.notice) == ("", Key.PACKER_OFF)


def test_a_badge_that_is_read_twice_ends_no_shift() -> None:
    bench = Driver(RULES).ready()

    bench.happens(SATO)
    bench.happens(SATO, after_s=0.2)

    assert bench.bench.packer == "佐藤"


def test_where_a_packer_is_required_no_slip_is_opened_without_one() -> None:
    bench = Driver(Rules(station="station-1", slip_pattern="^NS-", packer_required=True)).ready()

    bench.scan("NS-A-1")
    assert (bench.count(Open), bench.notice) == (0, Key.NEEDS_PACKER)
    bench.happens(SATO)
    assert bench.notice is Key.PACKER
    bench.scan("NS-A-1")
    assert bench.count(Open) == 1
    bench.scan(Card.CANCEL)
    bench.happens(SATO)
    bench.scan("NS-A-1")

    assert (bench.count(Open), bench.notice) == (1, Key.NEEDS_PACKER)


def test_where_badges_are_signed_an_unsigned_one_is_refused_and_told_so() -> None:
    bench = Driver(Rules(station="station-1", slip_pattern="^NS-", signed_badges=True)).ready()

    bench.scan("PS-PACKER-sato")
    assert (bench.bench.packer, bench.notice) == ("", Key.BADGE_UNSIGNED)
    bench.happens(SATO)

    assert (bench.bench.packer, bench.notice) == ("佐藤", Key.PACKER)


@pytest.mark.parametrize("fault", BadgeFault)
def test_a_badge_that_is_not_taken_gets_its_own_words_and_changes_nothing(fault: BadgeFault) -> None:
    bench = Driver(RULES).ready()
    before = (bench.bench.packer, bench.bench.supervised)

    bench.happens(BadgeRefused("hand", fault, 7))

    assert bench.notice.value == f"badge_{fault}"
    assert bench.sounds[-1] is Sound.WRONG
    assert (bench.bench.packer, bench.bench.supervised) == before


def test_a_supervisors_badge_counts_for_one_reprint() -> None:
    bench = Driver(RULES).ready()
    bench.scan(Card.REPRINT)
    assert bench.notice is Key.NEEDS_SUPERVISOR

    bench.happens(BOSS)
    assert (bench.notice, _supervisor(bench)) == (Key.SUPERVISED, "田中")
    bench.scan(Card.REPRINT)
    assert (bench.notice, _supervisor(bench)) == (Key.REPRINT_NEXT, "")
    bench.scan("NS-A-1")
    bench.opened(order(), reprint=1)
    bench.confirmed(bench.granted(reprint=1))
    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert record.grant.supervisor == "田中"
    bench.keep()
    bench.scan(Card.REPRINT)

    assert (bench.count(Reprint), bench.notice) == (1, Key.NEEDS_SUPERVISOR)


def test_a_reprint_that_a_badge_began_lapses_and_the_next_slip_is_a_plain_one() -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)
    bench.scan(Card.REPRINT)

    bench.passes(RULES.card_wait_s + 1)
    bench.scan("NS-A-1")

    assert (bench.count(Reprint), bench.count(Open)) == (0, 1)


@pytest.mark.parametrize("between", [TEA, Card.ACKNOWLEDGE, "PS-N-1"])
def test_whatever_is_scanned_instead_of_the_slip_ends_the_reprint_too(between: str) -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)
    bench.scan(Card.REPRINT)

    bench.scan(between)
    bench.scan("NS-A-1")

    assert (bench.count(Reprint), bench.count(Open)) == (0, 1)


def test_turning_the_key_off_leaves_what_a_badge_began() -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)
    bench.scan(Card.REPRINT)

    bench.happens(KeyTurned(on=False))
    bench.scan("NS-A-1")

    assert bench.count(Reprint) == 1


def test_a_supervisors_word_is_over_after_its_time_and_says_so() -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)

    bench.passes(RULES.supervised_s - 1)
    assert _supervisor(bench) == "田中"
    bench.passes(2)

    assert (_supervisor(bench), bench.notice) == ("", Key.SUPERVISED_OVER)
    bench.scan(Card.REPRINT)
    assert bench.notice is Key.NEEDS_SUPERVISOR


def test_an_order_is_taken_over_from_a_station_that_is_up_on_a_badge_too() -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)

    bench.scan(Card.TAKE_OVER)
    bench.scan("NS-A-1")

    assert bench.said(Open).supervisor
    assert _supervisor(bench) == ""


def test_a_slip_that_needs_no_supervisor_does_not_use_the_word_up() -> None:
    bench = Driver(RULES).ready()
    bench.happens(BOSS)

    bench.open(order())

    assert _supervisor(bench) == "田中"


def test_a_badge_prints_without_permission_where_the_site_has_set_that_and_is_named() -> None:
    rules = Rules(station="station-1", slip_pattern="^NS-", without_permission=WithoutPermission.SUPERVISOR)
    bench = Driver(rules).ready()
    bench.open(order())
    bench.happens(LinkDown("gone"))
    bench.scan(TEA)
    assert bench.prints == []

    bench.happens(BOSS)
    assert (len(bench.prints), _supervisor(bench)) == (1, "")
    bench.confirmed(bench.prints[0])

    record = bench.records[-1]
    assert isinstance(record, Printed)
    assert (record.without_permission, record.grant.supervisor) == (True, "田中")


def test_a_badge_prints_nothing_without_permission_where_that_is_not_set() -> None:
    bench = Driver(RULES).ready()
    bench.open(order())
    bench.happens(LinkDown("gone"))
    bench.scan(TEA)

    bench.happens(BOSS)

    assert bench.prints == []


def test_a_badge_sets_a_dead_printer_aside() -> None:
    bench = Driver(RULES).ready()
    bench.pack(order())
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=True, reason="the line was lost"))
    bench.happens(PrinterChanged(PrinterState.DISCONNECTED))
    bench.scan(Card.NO_LABEL)
    bench.happens(BOSS)
    assert (bench.tone, bench.notice) == ("stop", Key.NOT_CLEARED), "the badge covers no question"

    bench.scan(Card.NO_LABEL)

    assert isinstance(bench.records[-1], NoLabel)
    assert _details(bench, "printer set aside") == ["supervisor 田中"]


@pytest.mark.parametrize("given", [BOSS, KeyTurned(on=True)])
def test_a_word_that_was_given_for_something_else_sets_no_printer_aside(given: BadgeScanned | KeyTurned) -> None:
    bench = Driver(RULES).ready()
    bench.pack(order())
    bench.happens(given)
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=True, reason="the line was lost"))
    bench.happens(PrinterChanged(PrinterState.DISCONNECTED))

    bench.scan(Card.NO_LABEL)

    assert (bench.session, bench.notice) == ("Doubting", Key.NOT_CLEARED)
    assert bench.bench.supervised is None
    assert _details(bench, "printer set aside") == []


def test_a_badge_that_was_shown_before_the_printer_failed_to_clear_does_not_count_for_it() -> None:
    bench = Driver(RULES).ready()
    bench.pack(order())
    grant = bench.granted()
    bench.happens(PrintFailed(grant.grant, begun=True, reason="no proof"))
    bench.happens(BOSS)
    bench.scan(Card.NO_LABEL)
    bench.happens(ClearFailed("no answer"))
    bench.scan(Card.NO_LABEL, after_s=5.0)
    assert _details(bench, "printer set aside") == []

    bench.happens(ClearFailed("no answer"))
    bench.happens(BOSS, after_s=5.0)
    bench.scan(Card.NO_LABEL, after_s=5.0)

    assert _details(bench, "printer set aside") == ["supervisor 田中"]


def test_no_badge_covers_a_hold() -> None:
    bench = Driver(RULES).ready()
    bench.open(order())
    bench.hear(hold())

    for badge in (SATO, BOSS):
        bench.happens(badge, after_s=1.0)
        assert (bench.notice, bench.tone) == (Key.HELD_NOW, "stop")
