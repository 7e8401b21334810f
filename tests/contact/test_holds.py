"""``station hold`` and ``station release``, against a real desk."""

import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest

from station.contact.exits import Exit
from station.protocol.hold import Hold, decode_hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind, decode_outcome
from station.protocol.topics import HoldOn, OutcomeOf
from tests.contact.bench_client import BenchClient
from tests.contact.orders import new_order, write_lines
from tests.sites import Listener, Message, Site

pytestmark = pytest.mark.usefixtures("heard")


@pytest.fixture
def order(site: Site, tmp_path: Path) -> Instruction:
    """An order that the desk knows."""
    instruction = new_order()
    assert site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", instruction)).status == Exit.IN_TIME
    return instruction


def published_hold(heard: Listener, order: str, hold: str) -> Hold:
    """What was published under that id."""
    topic = heard.topics.of(HoldOn(order, hold))
    return decode_hold(heard.wait_for(lambda message: message.topic == topic).payload)


def test_a_hold_in_time_is_told_in_both_languages_with_its_id(site: Site, heard: Listener, order: Instruction) -> None:
    ended = site.command("hold", order.order, "--kind", "address_change", "--note", "お客様と電話中")
    assert ended.status == Exit.IN_TIME, ended.err
    assert order.order in ended.out
    assert "止めました" in ended.out
    hold = re.search(r"until hold (\w+) is released", ended.out)
    assert hold
    said = published_hold(heard, order.order, hold[1])
    assert (said.kind, said.note, said.by, said.state) == (
        "address_change",
        "お客様と電話中",
        "contact-center",
        "active",
    )


def test_a_held_order_is_not_printed_until_its_hold_is_released(
    site: Site, bench: BenchClient, order: Instruction
) -> None:
    opened = bench.open(order.order)
    assert site.command("hold", order.order, "--hold", "h1").status == Exit.IN_TIME
    assert [hold.hold for hold in bench.is_refused_to_print(opened).holds] == ["h1"]
    ended = site.command("release", order.order, "h1")
    assert ended.status == Exit.IN_TIME
    assert "hold h1 is released" in ended.out
    bench.ask_to_print(opened)


def test_a_hold_on_an_unknown_order_stands_and_says_that_the_number_may_be_wrong(site: Site) -> None:
    ended = site.command("hold", "T-no-such-order", "--kind", "cancel")
    assert ended.status == Exit.IN_TIME
    assert "check the number" in ended.out
    assert "番号をご確認ください" in ended.out


def test_a_hold_after_the_print_is_too_late_and_says_where_when_and_which_parcel(
    site: Site, bench: BenchClient, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    bench.printed(grant)
    site.command("hold", order.order, "--wait", "0.5", "--hold", "h1")
    bench.gone(grant)
    ended = site.command("hold", order.order, "--kind", "cancel", "--hold", "h1")
    assert ended.status == Exit.TOO_LATE
    assert "間に合いませんでした" in ended.out
    for fact in (bench.station, "2026-11-21 14:02:33", order.tracking_numbers[0], "has left the bench"):
        assert fact in ended.out


def test_a_hold_after_the_print_waits_for_the_parcel_that_is_looked_for(
    site: Site, bench: BenchClient, heard: Listener, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    bench.printed(grant)
    with site.running("hold", order.order, "--hold", "h1", "--wait", "30") as command:
        heard.wait_for(_outcome(heard, order.order, "hold-h1"))
        bench.voided(grant)
        out, _ = command.communicate(timeout=20)
    assert command.returncode == Exit.IN_TIME
    for fact in (f"{bench.station} looks for the parcel", "recalled: the label that came out is void", "is needed"):
        assert fact in out
    freed = site.command("release", order.order, "h1")
    assert freed.status == Exit.IN_TIME
    assert "other tracking numbers is needed" in freed.out


def test_a_parcel_that_was_not_found_within_the_time_to_wait_has_its_own_exit_status(
    site: Site, bench: BenchClient, order: Instruction
) -> None:
    bench.printed(bench.ask_to_print(bench.open(order.order)).grant)
    ended = site.command("hold", order.order, "--wait", "0.5")
    assert ended.status == Exit.RECALLING
    assert "ask again" in ended.err


def test_a_hold_while_a_label_may_be_printing_waits_for_how_it_ends(
    site: Site, bench: BenchClient, heard: Listener, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    with site.running("hold", order.order, "--hold", "h1", "--json", "--wait", "3") as command:
        printing = heard.wait_for(_outcome(heard, order.order, "hold-h1"))
        assert decode_outcome(printing.payload).outcome is OutcomeKind.PRINTING
        bench.printed(grant)
        out, _ = command.communicate(timeout=20)
    kinds = [json.loads(line)["outcome"] for line in out.splitlines()]
    assert kinds == ["printing", "recalling"]
    assert command.returncode == Exit.RECALLING


def test_a_print_that_did_not_begin_is_stopped_after_all(
    site: Site, bench: BenchClient, heard: Listener, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    with site.running("hold", order.order, "--hold", "h1", "--json", "--wait", "30") as command:
        heard.wait_for(_outcome(heard, order.order, "hold-h1"))
        bench.not_printed(grant)
        out, _ = command.communicate(timeout=20)
    assert [json.loads(line)["outcome"] for line in out.splitlines()] == ["printing", "stopped"]
    assert command.returncode == Exit.IN_TIME


def test_a_hold_that_is_still_printing_when_the_time_is_over_has_its_own_exit_status(
    site: Site, bench: BenchClient, order: Instruction
) -> None:
    bench.ask_to_print(bench.open(order.order))
    ended = site.command("hold", order.order, "--wait", "0.3")
    assert ended.status == Exit.PRINTING
    assert "印刷中" in ended.out
    assert "within 0.3 s" in ended.err


def test_a_hold_on_a_label_that_the_station_lost_sight_of_is_unknown_and_names_the_grant(
    site: Site, bench: BenchClient, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    bench.lost_sight(grant)
    ended = site.command("hold", order.order)
    assert ended.status == Exit.UNKNOWN
    assert grant.grant in ended.out
    assert bench.station in ended.out


def test_an_id_that_was_released_before_holds_nothing_and_the_command_says_so(site: Site, order: Instruction) -> None:
    site.command("hold", order.order, "--hold", "h1")
    site.command("release", order.order, "h1")
    ended = site.command("hold", order.order, "--hold", "h1")
    assert ended.status == Exit.REFUSED
    assert "注文は止まっていません" in ended.out


def test_the_release_of_a_hold_that_nobody_placed_says_so_and_has_its_own_exit_status(
    site: Site, order: Instruction
) -> None:
    site.command("hold", order.order, "--hold", "a2")
    ended = site.command("release", order.order, "a1")
    assert ended.status == Exit.NO_SUCH_HOLD
    assert "保留 a1 は登録がありません" in ended.out
    assert "no such hold was known" in ended.out
    assert "still held by a2" in ended.out
    assert site.command("release", order.order, "a1").status == Exit.NO_SUCH_HOLD


def test_a_release_says_which_holds_still_stop_the_order(site: Site, order: Instruction) -> None:
    site.command("hold", order.order, "--hold", "a1")
    site.command("hold", order.order, "--hold", "a2")
    ended = site.command("release", order.order, "a1")
    assert ended.status == Exit.IN_TIME
    assert "ほかに保留が 1 件残っています (a2)" in ended.out
    assert "hold a1 is released; still held by a2" in ended.out
    assert "still held" not in site.command("release", order.order, "a2").out


def test_order_numbers_that_a_topic_cannot_hold_are_held_all_the_same(site: Site) -> None:
    order = "A/1+#%2 $"
    ended = site.command("hold", order, "--json")
    assert ended.status == Exit.IN_TIME
    assert json.loads(ended.out)["order"] == order


@pytest.mark.parametrize(
    "words",
    [
        ("hold",),
        ("hold", ""),
        ("hold", "A" * 65),
        ("hold", "A-1", "--kind", "unreadable"),
        ("release", "A-1"),
        ("hold", "A", "--note", "x" * 201),
        ("hold", "A", "--wait", "-1"),
    ],
)
def test_a_command_line_that_makes_no_sense_says_nothing_to_anyone(
    site: Site, heard: Listener, words: tuple[str, ...]
) -> None:
    before = heard.mark()
    assert site.command(*words).status == Exit.USAGE
    assert heard.since(before) == []


def _outcome(heard: Listener, order: str, what: str) -> Callable[[Message], bool]:
    topic = heard.topics.of(OutcomeOf(order, what))
    return lambda message: message.topic == topic
