"""``station shipments``, against a real desk."""

import csv
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from station.contact.exits import Exit
from station.protocol.codec import encode
from station.protocol.instruction import Instruction
from station.protocol.status import DeskStatus
from station.protocol.topics import StatusOfDesk
from station.protocol.unit import Unit
from tests.contact.bench_client import BenchClient, bench_client
from tests.contact.orders import new_order, write_lines
from tests.sites import Site, listening, running_broker, running_desk

pytestmark = pytest.mark.usefixtures("heard")


@pytest.fixture
def orders(site: Site, tmp_path: Path) -> Sequence[Instruction]:
    """Orders that the desk has."""
    orders = [new_order() for _ in range(3)]
    site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", *orders))
    return orders


def ship(bench: BenchClient, *orders: Instruction) -> None:
    """Print their labels."""
    for order in orders:
        bench.printed(bench.ask_to_print(bench.open(order.order)).grant)


def numbers(site: Site, *words: str) -> dict[str, int]:
    """The record's number of each order."""
    ended = site.command("shipments", "--json", *words)
    assert ended.status == Exit.IN_TIME, ended
    records = [json.loads(line) for line in ended.out.splitlines()]
    assert [record["number"] for record in records] == sorted(record["number"] for record in records)
    return {record["order"]: record["number"] for record in records}


def test_records_are_listed_oldest_first_and_by_order_and_number(
    site: Site, bench: BenchClient, orders: Sequence[Instruction]
) -> None:
    ship(bench, *orders[:2])
    first, second = (order.order for order in orders[:2])
    listed = numbers(site)
    assert listed[second] == listed[first] + 1
    assert orders[2].order not in listed
    assert numbers(site, "--order", first) == {first: listed[first]}
    assert set(numbers(site, "--after", str(listed[first]))) == {second}


def test_units_whose_codes_were_asked_for_stand_below_their_record(
    site: Site, bench: BenchClient, orders: Sequence[Instruction]
) -> None:
    grant = bench.ask_to_print(bench.open(orders[0].order)).grant
    unit = Unit(line=0, item="04901234567894", lot="L-7", serial="S-42", expiry="2027-01-31")
    bench.printed(grant.with_units((unit, Unit(line=1, item="04512345678906", lot="L-8"))))
    ended = site.command("shipments", "--order", orders[0].order)
    assert ended.out.splitlines()[1:] == [
        "    04901234567894  ロット / lot: L-7  シリアル / serial: S-42  期限 / expiry: 2027-01-31",
        "    04512345678906  ロット / lot: L-8",
    ]
    listed = site.command("shipments", "--json", "--order", orders[0].order)
    assert json.loads(listed.out)["units"][0] == {
        "line": 0, "item": "04901234567894", "lot": "L-7", "serial": "S-42", "expiry": "2027-01-31"
    }  # fmt: skip


def test_a_void_has_a_number_of_its_own_and_says_why(
    site: Site, bench: BenchClient, orders: Sequence[Instruction]
) -> None:
    grant = bench.ask_to_print(bench.open(orders[0].order)).grant
    bench.printed(grant)
    bench.voided(grant)
    words = site.command("shipments", "--order", orders[0].order).out.splitlines()
    assert "printed at" in words[0]
    assert "void at" in words[1]
    assert "recall" in words[1]
    ended = site.command("shipments", "--order", orders[0].order, "--csv")
    rows = list(csv.DictReader(ended.out.splitlines()))
    assert [(row["kind"], row["grant"], row["irregular"]) for row in rows] == [
        ("printed", grant.grant, ""),
        ("void", grant.grant, "recall"),
    ]
    assert rows[0]["tracking_numbers"].split() == list(orders[0].tracking_numbers)


def test_a_record_is_told_in_words(site: Site, bench: BenchClient, orders: Sequence[Instruction]) -> None:
    ship(bench, orders[0])
    ended = site.command("shipments", "--order", orders[0].order)
    for fact in (bench.station, "2026-11-21 14:02:33", "第1版", "revision 1", orders[0].tracking_numbers[0]):
        assert fact in ended.out


def test_an_order_that_was_not_shipped_has_no_records(site: Site, orders: Sequence[Instruction]) -> None:
    assert numbers(site, "--order", orders[0].order) == {}


def test_more_records_than_a_page_holds_come_page_by_page(site: Site, bench: BenchClient, tmp_path: Path) -> None:
    many = [new_order() for _ in range(60)]
    site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", *many))
    last = max(numbers(site).values(), default=0)
    ship(bench, *many)
    assert list(numbers(site, "--after", str(last))) == [order.order for order in many]


def test_a_follower_of_a_desk_that_was_restored_reads_everything_again(tmp_path: Path) -> None:
    """It numbers again; which of its records are new, only their grants tell."""
    order = new_order()
    with running_broker(tmp_path) as site, running_desk(site), bench_client(site) as bench, listening(site) as listener:
        site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", order))
        ship(bench, order)
        with site.running("shipments", "--follow", "--json") as following:
            assert following.stdout is not None
            first = following.stdout.readline()
            restored = encode(DeskStatus(up=True, epoch="another"))
            listener.publish(site.topics.of(StatusOfDesk()), restored, retain=True)
            assert following.stdout.readline() == first


def test_following_tells_each_new_record_once_and_in_turn(
    site: Site, bench: BenchClient, orders: Sequence[Instruction]
) -> None:
    ship(bench, orders[0])
    last = numbers(site)[orders[0].order]
    with site.running("shipments", "--follow", "--json", "--after", str(last - 1)) as following:
        assert following.stdout is not None
        seen = [json.loads(following.stdout.readline())["number"]]
        ship(bench, *orders[1:])
        seen += [json.loads(following.stdout.readline())["number"] for _ in range(2)]
    assert seen == [last, last + 1, last + 2]
