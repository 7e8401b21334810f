"""The desk's database: what a crash leaves, what time takes away, and what is refused when it is opened."""

import sqlite3
import time
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path

import msgspec
import pytest

from station.desk.core.facts import Change
from station.desk.loop import FORGET_INTERVAL_S
from station.desk.store import SCHEMA, Store
from station.protocol.outcome import OutcomeKind
from station.protocol.reply import Granted, Opened, Refusal
from station.protocol.request import Print, Reprint
from station.sqlite import StoreUnusable
from tests.desk.conftest import greeted
from tests.desk.driver import (
    DAY_S,
    ORDER,
    ORDERS_DAYS,
    PERSONAL_DATA_DAYS,
    SLIP,
    Bench,
    Desk,
    hold,
    instruction,
    refused,
    running,
)
from tests.desk.stages import STAGES, free, granted, in_doubt, packing
from tests.label.orders import PLAIN

NAME = PLAIN.ship_to.name.encode()
NOBODY = frozenset[str]()


def pass_days(desk: Desk, days: int) -> None:
    """Let time pass, until the desk has tidied up."""
    desk.now_s += days * DAY_S + int(FORGET_INTERVAL_S)
    desk.loop.take([])


def on_disk(path: Path) -> bytes:
    """Every byte of the database and of its write-ahead log."""
    return b"".join(each.read_bytes() for each in sorted(path.parent.glob(path.name + "*")))


@pytest.mark.parametrize("stage", STAGES)
def test_a_crash_changes_no_order(desk: Desk, bench: Bench, stage: Callable[[Bench], None]) -> None:
    stage(bench)
    desk.hold(hold())
    before = desk.store.order(ORDER)
    desk.restart()
    assert desk.store.order(ORDER) == before


def test_a_crash_between_commit_and_answer_gives_the_same_answer_afterwards(desk: Desk, bench: Bench) -> None:
    bench.opened()
    step = bench.step(Print, order=ORDER, revision=1)
    lost = desk.ask("station-1", step).the(Granted)
    lost_hold = desk.hold(hold()).outcome()
    desk.restart()
    bench.greet()
    assert bench.say(step) == lost
    assert desk.hold(hold()).outcome() == lost_hold


def test_a_crash_before_the_commit_leaves_nothing(desk: Desk, bench: Bench, monkeypatch: pytest.MonkeyPatch) -> None:
    bench.opened()
    before = desk.store.order(ORDER), desk.store.desk, desk.whats(), desk.store.station("station-1")
    real = Store.apply
    applied: list[Change] = []

    def fail_at_the_last(store: Store, change: Change, instruction: bytes | None = None) -> None:
        applied.append(change)
        if len(applied) == 4:
            raise sqlite3.OperationalError("disk I/O error")
        real(store, change, instruction)

    monkeypatch.setattr(Store, "apply", fail_at_the_last)
    with pytest.raises(sqlite3.OperationalError):
        bench.print()
    monkeypatch.undo()
    assert len(applied) == 4
    assert (desk.store.order(ORDER), desk.store.desk, desk.whats(), desk.store.station("station-1")) == before


def test_nothing_is_said_or_acknowledged_of_what_was_not_committed(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.acknowledged.clear()
    said_before = len(desk.sizes)

    def fail(*_: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    monkeypatch.setattr(Store, "apply", fail)
    with pytest.raises(sqlite3.OperationalError):
        desk.hold(hold())
    assert len(desk.sizes) == said_before
    assert not desk.acknowledged


def test_personal_data_leave_the_files_a_set_time_after_the_shipment(desk: Desk, bench: Bench) -> None:
    desk.instruct(instruction(2))
    desk.instruct(instruction(3))
    bench.printed(bench.granted(revision=3))
    assert NAME in on_disk(desk.path)
    pass_days(desk, PERSONAL_DATA_DAYS - 1)
    assert desk.store.instruction(ORDER) is not None
    pass_days(desk, 1)
    for fragment in (NAME, PLAIN.ship_to.phone.encode(), PLAIN.ship_to.lines[0].encode(), NAME[:9]):
        assert fragment not in on_disk(desk.path)


def test_old_copies_beside_the_database_go_with_the_personal_data_and_nothing_else_does(desk: Desk) -> None:
    ours = ("desk.db.schema-3", "desk.db.damaged-20260101T000000Z", "desk.db.damaged-20260101T000000Z-wal")
    others = ("desk.db.of-somebody", "other.db.schema-3")
    for name in (*ours, *others):
        (desk.path.parent / name).write_bytes(NAME)
    desk.clock_wrong_by_s = int(time.time())

    def left() -> set[str]:
        return {name for name in (*ours, *others) if (desk.path.parent / name).exists()}

    pass_days(desk, PERSONAL_DATA_DAYS - 1)
    assert left() == {*ours, *others}
    pass_days(desk, 2)
    assert left() == set(others)


def test_a_large_instruction_leaves_the_files_too(desk: Desk, bench: Bench) -> None:
    large = instruction(2, lines=PLAIN.lines * 200)
    desk.instruct(large)
    bench.printed(bench.granted(revision=2))
    pass_days(desk, PERSONAL_DATA_DAYS)
    assert NAME not in on_disk(desk.path)


def test_an_order_without_its_personal_data_is_still_told_but_not_opened(desk: Desk, bench: Bench) -> None:
    bench.printed(bench.granted())
    pass_days(desk, PERSONAL_DATA_DAYS)
    assert refused(bench.open()).reason is Refusal.SHIPPED
    assert refused(bench.reprint()).reason is Refusal.NO_INSTRUCTION
    assert desk.hold(hold()).outcome().outcome is OutcomeKind.TOO_LATE
    assert desk.instruct(instruction(1)).outcome("revision-1").outcome is OutcomeKind.ACCEPTED
    assert len(desk.shipments()) == 1


@pytest.mark.parametrize("leap_days", [-20_000, -400, 400, 20_000])
def test_a_clock_that_leaps_makes_the_desk_forget_no_hold(desk: Desk, leap_days: int) -> None:
    desk.hold(hold())
    desk.clock_wrong_by_s = leap_days * DAY_S
    desk.restart()
    pass_days(desk, 1)
    order = desk.store.order(ORDER)
    assert order is not None
    assert order.active_holds


@pytest.mark.parametrize("stage", [free, packing, granted, in_doubt])
def test_personal_data_of_what_is_not_shipped_stay(desk: Desk, bench: Bench, stage: Callable[[Bench], None]) -> None:
    stage(bench)
    pass_days(desk, PERSONAL_DATA_DAYS + 1)
    assert desk.store.instruction(ORDER) == PLAIN


def test_an_open_that_is_said_again_when_the_personal_data_are_gone_is_refused(desk: Desk, bench: Bench) -> None:
    first = bench.granted()
    bench.printed(first)
    step = bench.step(Reprint, slip=SLIP)
    assert isinstance(bench.say(step), Opened)
    bench.printed(msgspec.structs.replace(first, grant="without permission"), without_permission=True)
    pass_days(desk, PERSONAL_DATA_DAYS)
    assert refused(bench.say(step)).reason is Refusal.NOT_OPEN_HERE


@pytest.mark.parametrize("stage", STAGES)
def test_an_order_goes_with_all_that_is_known_of_it_unless_a_station_has_it(
    desk: Desk, bench: Bench, stage: Callable[[Bench], None]
) -> None:
    stage(bench)
    order = desk.store.order(ORDER)
    assert order is not None
    pass_days(desk, ORDERS_DAYS)
    assert (desk.store.order(ORDER) is None) == (order.claim is None)
    assert (desk.whats() == []) == (order.claim is None)
    assert (desk.store.order_of_slip(ORDER) is None) == (order.claim is None)


def test_an_order_that_was_touched_lately_stays(desk: Desk) -> None:
    pass_days(desk, ORDERS_DAYS - 1)
    desk.hold(hold())
    pass_days(desk, ORDERS_DAYS - 1)
    assert desk.store.order(ORDER) is not None


def test_a_shipments_number_never_comes_again(desk: Desk, bench: Bench) -> None:
    bench.printed(bench.granted())
    pass_days(desk, ORDERS_DAYS)
    assert desk.store.order(ORDER) is None
    desk.instruct(instruction(order="B-1", slips=("B-1",)))
    bench.printed(bench.granted(slip="B-1", order="B-1"))
    assert desk.shipments()[-1].number == 2


def test_of_many_orders_a_few_are_dropped_at_a_time_and_none_is_overlooked(
    desk: Desk, bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.desk.retention.INSTRUCTIONS_AT_ONCE", 3)
    monkeypatch.setattr("station.desk.retention.ORDERS_AT_ONCE", 2)
    names = [f"B-{number}" for number in range(8)]
    for name in names:
        desk.instruct(instruction(order=name, slips=(name,)))
        if name != "B-4":
            bench.printed(bench.granted(slip=name, order=name))
    left = [len(names)]
    pass_days(desk, PERSONAL_DATA_DAYS)
    for _ in range(4):
        left.append(sum(desk.store.has_instruction(name, 1) for name in names))
        desk.now_s += int(FORGET_INTERVAL_S)
        desk.rest()
    assert max(before - after for before, after in pairwise(left)) <= 3
    assert [name for name in names if desk.store.has_instruction(name, 1)] == ["B-4"]
    pass_days(desk, ORDERS_DAYS)
    for _ in range(5):
        desk.now_s += int(FORGET_INTERVAL_S)
        desk.rest()
    assert not [name for name in names if desk.store.order(name)]


def test_refusals_of_orders_that_never_came_do_not_fill_the_disk(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("station.desk.retention.MAX_STRAY_LINES", 10)
    for number in range(30):
        desk.instruct(b'{"version":1,"revision":1}', f"T-{number}")
    pass_days(desk, 0)
    kept = [number for number in range(30) if desk.whats(f"T-{number}")]
    assert kept == list(range(20, 30))
    assert desk.whats()


def test_history_tells_an_orders_life_and_nothing_personal(desk: Desk, bench: Bench) -> None:
    grant = bench.granted()
    bench.unknown(grant)
    bench.no_label(grant, still_open=True)
    answer = bench.print()
    assert isinstance(answer, Granted)
    bench.printed(answer.grant)
    assert desk.whats() == [
        "revision accepted",
        "opened",
        "granted",
        "unknown",
        "no label came out",
        "granted",
        "printed",
    ]
    assert PLAIN.ship_to.name not in repr(desk.store.history(ORDER))


def test_two_desks_do_not_share_an_incarnation_but_an_epoch(desk: Desk) -> None:
    epoch, incarnation = desk.store.desk.epoch, desk.store.incarnation
    desk.restart()
    assert desk.store.desk.epoch == epoch
    assert desk.store.incarnation != incarnation


def test_a_database_of_a_newer_version_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with running(path):
        pass
    with sqlite3.connect(path) as db:
        db.execute(f"PRAGMA user_version = {SCHEMA.version + 1}")
    db.close()
    with pytest.raises(StoreUnusable) as refusal:
        Store(path, roster=NOBODY, supervisors=NOBODY)
    assert str(path) in str(refusal.value)
    wanted = f"has schema {SCHEMA.version + 1}, this program knows {SCHEMA.version}: install the version that wrote it"
    assert wanted in str(refusal.value)


@pytest.mark.parametrize("content", [b"not a database" * 1000, b"SQLite format 3\x00" + b"\xff" * 5000])
def test_a_damaged_database_is_refused_with_the_remedy(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "desk.db"
    path.write_bytes(content)
    with pytest.raises(StoreUnusable, match="put back a backup: station restore") as refusal:
        Store(path, roster=NOBODY, supervisors=NOBODY)
    assert str(path) in str(refusal.value)


def test_a_truncated_database_is_refused_with_the_remedy(tmp_path: Path) -> None:
    path = tmp_path / "desk.db"
    with running(path) as desk:
        desk.instruct(instruction())
        greeted(desk, "station-1")
    path.write_bytes(path.read_bytes()[:6000])
    with pytest.raises(StoreUnusable, match="put back a backup"):
        Store(path, roster=NOBODY, supervisors=NOBODY)


def test_a_folder_that_is_not_there_is_refused_with_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(StoreUnusable, match="check the folder's owner and free space"):
        Store(tmp_path / "nowhere/desk.db", roster=NOBODY, supervisors=NOBODY)
