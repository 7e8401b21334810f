"""``station resolve``, against a real desk."""

import json
from pathlib import Path

import pytest

from station.contact.exits import Exit
from station.protocol.reply import Granted
from tests.contact.bench_client import BenchClient
from tests.contact.orders import new_order, write_lines
from tests.sites import Ended, Site

pytestmark = pytest.mark.usefixtures("heard")


@pytest.fixture
def in_doubt(site: Site, bench: BenchClient, tmp_path: Path) -> Granted:
    """A grant whose label the station lost sight of."""
    order = new_order()
    site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", order))
    granted = bench.ask_to_print(bench.open(order.order))
    bench.lost_sight(granted.grant)
    return granted


def resolve(site: Site, granted: Granted, *words: str, name: str = "floor-lead") -> Ended:
    """A supervisor's word."""
    return site.command("resolve", granted.grant.order, "--grant", granted.grant.grant, *words, name=name)


def test_a_label_that_came_out_becomes_a_shipment_on_a_persons_word(site: Site, in_doubt: Granted) -> None:
    ended = resolve(site, in_doubt, "--printed")
    assert ended.status == Exit.IN_TIME
    assert "「送り状が出た」" in ended.out
    records = site.command("shipments", "--order", in_doubt.grant.order, "--json").out
    record = json.loads(records)
    assert (record["proof"], record["packer"]) == ("person", "floor-lead")
    assert site.command("hold", in_doubt.grant.order).status == Exit.TOO_LATE


def test_a_label_that_did_not_come_out_leaves_the_order_to_be_stopped(site: Site, in_doubt: Granted) -> None:
    assert resolve(site, in_doubt, "--not-printed", "--by", "山田").status == Exit.IN_TIME
    assert site.command("hold", in_doubt.grant.order).status == Exit.IN_TIME


def test_a_second_word_changes_nothing_and_is_told_so(site: Site, in_doubt: Granted) -> None:
    resolve(site, in_doubt, "--printed")
    ended = resolve(site, in_doubt, "--not-printed")
    assert ended.status == Exit.IN_TIME
    assert "settled already" in ended.out
    assert site.command("hold", in_doubt.grant.order).status == Exit.TOO_LATE


def test_only_a_supervisor_is_heard(site: Site, in_doubt: Granted) -> None:
    ended = resolve(site, in_doubt, "--printed", name="contact-center")
    assert ended.status == Exit.REFUSED
    assert "not among the desk's supervisors" in ended.out
    assert site.command("hold", in_doubt.grant.order).status == Exit.UNKNOWN


def test_a_grant_that_does_not_stand_is_refused(site: Site, in_doubt: Granted) -> None:
    ended = site.command("resolve", in_doubt.grant.order, "--grant", "g-none", "--printed", "--json", name="floor-lead")
    assert ended.status == Exit.REFUSED
    assert json.loads(ended.out)["type"] == "not_understood"


def test_a_restored_desk_does_without_a_station_on_a_persons_word(site: Site) -> None:
    ended = site.command("resolve", "--without", "station-9", name="floor-lead")
    assert ended.status == Exit.IN_TIME
    assert "does without station-9" in ended.out


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("A-1",),
        ("A-1", "--grant", "g"),
        ("A-1", "--printed"),
        ("A-1", "--grant", "g", "--printed", "--without", "s"),
        ("A-1", "--grant", "g", "--printed", "--not-printed"),
        ("A-1", "--without", "s"),
    ],
)
def test_a_command_line_that_makes_no_sense_says_nothing(site: Site, words: tuple[str, ...]) -> None:
    ended = site.command("resolve", *words, name="floor-lead")
    assert ended.status == Exit.USAGE
    assert "resolve" in ended.err
