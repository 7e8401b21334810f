"""``station orders load``, against a real desk."""

import json
import random
from pathlib import Path

import msgspec
import pytest

from station.contact.exits import Exit
from station.contact.orders_file import json_line
from station.demo.samples import SAMPLES
from station.protocol.instruction import decode_instruction
from station.protocol.topics import InstructionOf
from tests.contact.bench_client import BenchClient
from tests.contact.orders import new_order, write_lines
from tests.contact.test_orders_file import ENGLISH, ROW, SAMPLES_CSV
from tests.sites import Listener, Site

pytestmark = pytest.mark.usefixtures("heard")


def test_the_samples_are_accepted_one_line_each_and_counted(site: Site) -> None:
    ended = site.command("orders", "load", SAMPLES)
    assert ended.status == Exit.IN_TIME, ended
    lines = ended.out.splitlines()
    assert [line.split()[0] for line in lines[:-1]] == [f"NS-1000000{number}" for number in range(1, 8)]
    assert "第1版を受け付けました / revision 1 accepted" in lines[0]
    assert lines[-1].startswith("7 件: 受付 7、")
    assert "7 orders: 7 accepted, 0 too late" in lines[-1]
    assert ended.err == ""


def test_loading_the_same_orders_again_as_shift_jis_changes_nothing(site: Site) -> None:
    site.command("orders", "load", SAMPLES)
    ended = site.command("orders", "load", SAMPLES_CSV)
    assert ended.status == Exit.IN_TIME
    assert "6 orders: 6 accepted" in ended.out


def test_a_rare_kanji_arrives_as_it_was_written(site: Site, heard: Listener) -> None:
    topic = site.topics.of(InstructionOf("NS-10000005"))
    since = heard.mark()
    site.command("orders", "load", SAMPLES)
    published = heard.wait_for(lambda message: message.topic == topic, since)
    assert decode_instruction(published.payload).ship_to.name == "髙橋 𠮷乃"


def test_bad_rows_are_told_with_row_field_and_reason_and_good_ones_are_taken(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    rows = [ROW.replace("A-1", f"L-{number}") for number in range(3)]
    rows[1] = rows[1].replace("1000005", "10005")
    path.write_text("\n".join((ENGLISH, *rows)), "utf-8")
    ended = site.command("orders", "load", path)
    assert ended.status == Exit.REFUSED
    mistake, *accepted, summary = ended.out.splitlines()
    assert "3 行目: L-1 お届け先郵便番号 (ship_to_postal_code): 7桁の数字" in mistake
    assert "row 3: L-1 ship_to_postal_code: has to be 7 digits" in mistake
    assert [line.split()[0] for line in accepted] == ["L-0", "L-2"]
    assert "2 orders: 2 accepted" in summary
    assert "1 mistakes in the file" in summary
    assert "佐藤" not in ended.out + ended.err


def test_what_the_desk_refuses_is_told_with_row_field_and_reason(site: Site, tmp_path: Path) -> None:
    good, bad = new_order(), new_order(delivery_date="2026-02-30")
    ended = site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", good, bad))
    assert ended.status == Exit.REFUSED
    line = next(line for line in ended.out.splitlines() if line.startswith(bad.order))
    assert "受け付けられません" in line
    assert "delivery_date: is no day of the calendar" in line
    assert "row 2" in line
    assert "1 accepted" in ended.out


def test_another_content_under_a_number_that_was_taken_is_refused_to_the_one_who_says_it(
    site: Site, tmp_path: Path
) -> None:
    order = new_order()
    site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", order))
    other = msgspec.structs.replace(order, merchant="別の店")
    ended = site.command("orders", "load", write_lines(tmp_path / "other.jsonl", other))
    assert ended.status == Exit.REFUSED
    assert "another content" in ended.out


def test_two_who_load_different_contents_at_once_are_told_the_truth_each(site: Site, tmp_path: Path) -> None:
    """Both hear both answers, on one topic."""
    orders = [new_order() for _ in range(20)]
    others = [msgspec.structs.replace(order, merchant="別の店") for order in orders]
    random.Random(1).shuffle(others)
    first, second = write_lines(tmp_path / "a", *orders), write_lines(tmp_path / "b", *others)
    with site.running("orders", "load", first, "--json") as a, site.running("orders", "load", second, "--json") as b:
        accepted = [
            {
                json.loads(line)["order"]
                for line in command.communicate(timeout=20)[0].splitlines()
                if '"accepted"' in line
            }
            for command in (a, b)
        ]
    assert accepted[0] | accepted[1] == {order.order for order in orders}
    assert not accepted[0] & accepted[1]


def test_an_order_that_was_printed_is_too_late_and_the_worst_outcome_is_the_exit_status(
    site: Site, bench: BenchClient, tmp_path: Path
) -> None:
    printed, other = new_order(), new_order()
    path = write_lines(tmp_path / "orders.jsonl", printed)
    site.command("orders", "load", path)
    bench.printed(bench.ask_to_print(bench.open(printed.order)).grant)
    newer = msgspec.structs.replace(printed, revision=2, time_slot="0812")
    ended = site.command("orders", "load", write_lines(path, other, newer))
    assert ended.status == Exit.TOO_LATE
    assert "1 accepted, 1 too late" in ended.out


def test_json_gives_outcomes_and_mistakes_as_objects(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "orders.jsonl"
    order = new_order()
    path.write_text(json_line(order) + "{}\n", "utf-8")
    ended = site.command("orders", "load", path, "--json")
    mistake, outcome = (json.loads(line) for line in ended.out.splitlines())
    assert mistake["row"] == 2
    assert (outcome["order"], outcome["outcome"]) == (order.order, "accepted")
    assert "1 orders" in ended.err


def test_many_orders_go_through_the_window(site: Site, tmp_path: Path) -> None:
    orders = [new_order() for _ in range(300)]
    ended = site.command("orders", "load", write_lines(tmp_path / "orders.jsonl", *orders))
    assert ended.status == Exit.IN_TIME
    assert "300 orders: 300 accepted" in ended.out


@pytest.mark.parametrize("text", [None, "", "a,b\n1,2\n", "[]"])
def test_a_file_that_cannot_be_read_has_its_own_exit_status(site: Site, tmp_path: Path, text: str | None) -> None:
    path = tmp_path / "orders.csv"
    if text is not None:
        path.write_text(text)
    ended = site.command("orders", "load", path)
    assert ended.status == Exit.NO_INPUT
    assert str(path) in ended.err
