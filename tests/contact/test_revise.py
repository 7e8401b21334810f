"""``station revise``, against a real desk."""

import json
from pathlib import Path

import msgspec
import pytest

from station.contact.exits import Exit
from station.contact.orders_file import json_line, read_orders
from station.demo.samples import SAMPLES
from station.protocol.hold import decode_hold
from station.protocol.instruction import Instruction
from station.protocol.topics import HoldOn
from tests.contact.bench_client import BenchClient
from tests.contact.orders import new_order, write_lines
from tests.contact.test_orders_file import SAMPLES_CSV
from tests.sites import Listener, Site

pytestmark = pytest.mark.usefixtures("heard")


@pytest.fixture
def order() -> Instruction:
    """A gift on COD, with a sort code for its address."""
    return new_order(
        service={"payment": "cod", "cod_amount_yen": 5480}, gift_note="御祝", sort_code="13-101-00", time_slot="1416"
    )


@pytest.fixture
def path(site: Site, order: Instruction, tmp_path: Path) -> Path:
    """The order feed's file, which the desk has."""
    path = write_lines(tmp_path / "orders.jsonl", order, new_order())
    assert site.command("orders", "load", path).status == Exit.IN_TIME
    return path


def saved_in(path: Path, order: Instruction) -> Instruction:
    """The order's instruction as the file has it."""
    taken = read_orders(path).newest(order.order)
    assert taken is not None
    return taken.instruction


def test_a_cod_gift_becomes_a_prepaid_one_to_another_address_in_one_command(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    address = ("--postal-code", "530-0001", "--address", "大阪市北区梅田9-9-9", "--address", "9号室")
    person = ("--name", "山﨑 𠮷乃", "--phone", "06-0000-0009")
    ended = site.command("revise", order.order, "--from", path, "--payment", "prepaid", *address, *person)
    assert ended.status == Exit.IN_TIME, ended
    assert "第2版を受け付けました / revision 2 accepted" in ended.out
    changed, _, _ = ended.err.partition(" / ")
    assert (
        changed == "変更: お届け先郵便番号、お届け先住所1、お届け先名、お届け先電話番号、支払区分、代引金額、仕分コード"
    )
    assert "山﨑" not in ended.out + ended.err
    packed = bench.open(order.order).instruction
    assert packed is not None
    assert (packed.revision, packed.service.payment, packed.service.cod_amount_yen) == (2, "prepaid", None)
    assert packed.ship_to.lines == ("大阪市北区梅田9-9-9", "9号室")
    assert (packed.ship_to.name, packed.ship_to.phone) == ("山﨑 𠮷乃", "06-0000-0009")
    assert (packed.gift_note, packed.time_slot, packed.lines) == (order.gift_note, order.time_slot, order.lines)


def test_another_address_drops_the_sort_code_of_the_old_one_and_says_so(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    ended = site.command("revise", order.order, "--from", path, "--postal-code", "5300001")
    assert "the sort code is dropped" in ended.err
    packed = bench.open(order.order).instruction
    assert packed is not None
    assert packed.sort_code is None
    ended = site.command(
        "revise", order.order, "--from", path, "--address", "梅田", "--sort-code", "2712700", "--revision", "3"
    )
    assert "sort code" not in ended.err
    assert ended.status == Exit.IN_TIME


def test_the_file_is_saved_with_the_accepted_revision_and_the_next_one_follows(
    site: Site, path: Path, order: Instruction
) -> None:
    others = read_orders(path).reading.taken[1]
    for revision, slot in ((2, "0812"), (3, "none")):
        ended = site.command("revise", order.order, "--from", path, "--time-slot", slot, "--save")
        assert ended.status == Exit.IN_TIME
        assert str(path) in ended.err
        assert saved_in(path, order).revision == revision
    assert saved_in(path, order) == msgspec.structs.replace(order, revision=3, time_slot=None)
    assert read_orders(path).reading.taken[1] == others


def test_the_instruction_is_saved_alone_into_another_file_that_only_its_owner_reads(
    site: Site, path: Path, order: Instruction, tmp_path: Path
) -> None:
    other = tmp_path / "changed.jsonl"
    site.command("revise", order.order, "--from", path, "--delivery-date", "2026/12/24", "--save", other)
    assert saved_in(other, order).delivery_date == "2026-12-24"
    assert other.stat().st_mode & 0o077 == 0
    assert saved_in(path, order) == order


def test_a_revision_comes_from_shift_jis_csv_and_goes_back_there(site: Site, tmp_path: Path) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(SAMPLES_CSV.read_bytes())
    site.command("orders", "load", path)
    ended = site.command("revise", "NS-10000006", "--from", path, "--time-slot", "午前中", "--save")
    assert ended.status == Exit.IN_TIME, ended
    saved = read_orders(path)
    assert saved.text.encoding == "cp932"
    assert saved.newest("NS-10000006").instruction.time_slot == "0812"  # type: ignore[union-attr]
    site.command("revise", "NS-10000006", "--from", SAMPLES, "--time-slot", "none", "--revision", "3")


def test_what_the_file_cannot_hold_is_said_before_anything_is_published(
    site: Site, heard: Listener, tmp_path: Path
) -> None:
    path = tmp_path / "orders.csv"
    path.write_bytes(SAMPLES_CSV.read_bytes())
    before = heard.mark()
    ended = site.command("revise", "NS-10000001", "--from", path, "--name", "𠮷田", "--save")
    assert ended.status == Exit.NO_INPUT
    assert "Shift_JIS" in ended.err
    assert heard.since(before) == []
    assert path.read_bytes() == SAMPLES_CSV.read_bytes()


def test_a_revision_after_the_print_is_too_late_and_is_not_saved(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    bench.printed(bench.ask_to_print(bench.open(order.order)).grant)
    ended = site.command("revise", order.order, "--from", path, "--payment", "collect", "--save")
    assert ended.status == Exit.TOO_LATE
    assert bench.station in ended.out
    assert saved_in(path, order) == order


def test_a_swap_is_ordered_once_the_parcel_has_left_its_bench_and_is_saved(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    grant = bench.ask_to_print(bench.open(order.order)).grant
    bench.printed(grant)
    words = ("revise", order.order, "--from", path, "--name", "田中", "--tracking-number", "400012345681")
    ended = site.command(*words, "--swap", "--wait", "0.5")
    assert ended.status == Exit.RECALLING
    bench.gone(grant)
    ended = site.command(*words, "--swap", "--save")
    assert ended.status == Exit.SWAP_ORDERED
    assert f"swap ordered: revision 2 is printed when the label of {bench.station}" in ended.out
    assert saved_in(path, order).swap


def test_a_swap_goes_without_a_hold(site: Site, path: Path, order: Instruction) -> None:
    ended = site.command("revise", order.order, "--from", path, "--name", "田中", "--swap", "--hold")
    assert ended.status == Exit.USAGE


def test_a_hold_around_the_revision_is_placed_first_and_released_after(
    site: Site, heard: Listener, path: Path, order: Instruction
) -> None:
    since = heard.mark()
    ended = site.command("revise", order.order, "--from", path, "--name", "田中", "--hold", "h1", "--json")
    assert ended.status == Exit.IN_TIME
    assert [json.loads(line)["outcome"] for line in ended.out.splitlines()] == ["stopped", "accepted", "freed"]
    topic = heard.topics.of(HoldOn(order.order, "h1"))
    holds = [decode_hold(message.payload) for message in heard.seen[since:] if message.topic == topic]
    assert (holds[0].kind, holds[0].state) == ("address_change", "active")
    assert holds[-1].state == "released"


def test_the_hold_stands_where_the_revision_was_refused(site: Site, path: Path, order: Instruction) -> None:
    words = ("revise", order.order, "--from", path, "--delivery-date", "2027-01-01")
    site.command(*words)
    ended = site.command("revise", order.order, "--from", path, "--delivery-date", "2027-01-02", "--hold", "h1")
    assert ended.status == Exit.REFUSED
    assert "with another content" in ended.out
    assert f"station release {order.order} h1" in ended.err
    assert site.command("release", order.order, "h1").status == Exit.IN_TIME


def test_a_hold_that_comes_too_late_publishes_no_revision(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    bench.printed(bench.ask_to_print(bench.open(order.order)).grant)
    ended = site.command("revise", order.order, "--from", path, "--name", "田中", "--hold", "--json", "--wait", "0.5")
    assert ended.status == Exit.RECALLING
    assert [json.loads(line)["of"] for line in ended.out.splitlines()] == ["hold"]


def test_a_whole_new_instruction_is_published_as_it_is(site: Site, order: Instruction, tmp_path: Path) -> None:
    file = tmp_path / "new.json"
    file.write_text(json_line(msgspec.structs.replace(order, revision=7, merchant="新しい店")), "utf-8")
    ended = site.command("revise", order.order, "--instruction", file)
    assert ended.status == Exit.IN_TIME, ended
    assert "revision 7 accepted" in ended.out


def test_a_whole_new_instruction_may_come_through_a_pipe(site: Site, order: Instruction) -> None:
    with site.running("revise", order.order, "--instruction", "-") as command:
        out, _ = command.communicate(json_line(order), timeout=20)
    assert command.returncode == Exit.IN_TIME
    assert "revision 1 accepted" in out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--from", "FILE"), "nothing changes"),
        (("--from", "FILE", "--time-slot", "1416"), "nothing changes"),
        (("--from", "FILE", "--payment", "cod", "--cod-amount", "0"), "cod_amount_yen"),
        (("--from", "FILE", "--payment", "prepaid", "--cod-amount", "100"), "cod_amount_yen"),
        (("--from", "FILE", "--postal-code", "12"), "ship_to_postal_code"),
        (("--from", "FILE", "--delivery-date", "明日"), "delivery_date"),
        (("--from", "FILE", "--revision", "0", "--name", "x"), "revision"),
        (("--instruction", "FILE", "--name", "x"), "changes go with --from"),
        (("--instruction", "FILE", "--save"), "--save needs"),
        ((), "required"),
        (("--from", "FILE", "--instruction", "FILE"), "not allowed"),
    ],
)
def test_a_command_line_that_makes_no_sense_publishes_nothing(
    site: Site, heard: Listener, tmp_path: Path, order: Instruction, words: tuple[str, ...], said: str
) -> None:
    path = write_lines(tmp_path / "orders.jsonl", order)
    before = heard.mark()
    ended = site.command("revise", order.order, *(path if word == "FILE" else word for word in words))
    assert ended.status == Exit.USAGE, ended
    assert said in ended.err
    assert heard.since(before) == []


def test_an_order_that_the_file_lacks_is_told(site: Site, path: Path) -> None:
    ended = site.command("revise", "T-nothing", "--from", path, "--name", "x")
    assert ended.status == Exit.NO_INPUT
    assert "T-nothing" in ended.err


def test_a_postal_code_of_another_prefecture_is_accepted_with_a_warning(
    site: Site, bench: BenchClient, path: Path, order: Instruction
) -> None:
    ended = site.command("revise", order.order, "--from", path, "--postal-code", "530-0001")
    assert ended.status == Exit.IN_TIME
    assert "ship_to.postal_code belongs to another prefecture than the address" in ended.out
    packed = bench.open(order.order).instruction
    assert packed is not None
    assert packed.ship_to.postal_code == "530-0001"
