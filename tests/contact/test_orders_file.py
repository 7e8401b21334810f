"""Files of orders as people and systems write them: every mistake is told with its row, and spoils its order alone."""

import codecs
import json
from pathlib import Path
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.config.label import LabelConfig
from station.contact.orders_csv import csv_header, csv_rows
from station.contact.orders_file import OrdersFile, json_line, orders_in, read_orders
from station.contact.phrases import Say, pair
from station.contact.reading import Reading
from station.contact.text_file import Unusable, decoded
from station.demo.samples import SAMPLES
from station.devices.barcode import item_key
from station.label.configured import configured_press
from station.label.nw7 import has_check_digit
from station.protocol.instruction import Instruction
from tests.label.orders import instructions, order

SAMPLES_CSV = SAMPLES.with_name("orders-shift_jis.csv")
ENGLISH = (
    "order,merchant,ship_to_postal_code,ship_to_address1,ship_to_name,ship_to_phone,ship_from_postal_code,"
    "ship_from_address1,ship_from_name,ship_from_phone,carrier,tracking_numbers,item_codes,item_name,quantity"
)
ROW = "A-1,店,1000005,丸の内9-9,佐藤,03-0000-0001,5300001,梅田9-9,店,06-0000-0001,yamato,400012345670,4901,茶,1"


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where a test writes its file."""
    return tmp_path / "orders.csv"


def read(path: Path, text: str, encoding: str = "utf-8") -> Reading:
    """What is read of a text."""
    path.write_bytes(text.encode(encoding))
    return read_orders(path).reading


def rows(path: Path, *lines: str, header: str = ENGLISH) -> Reading:
    """What is read of these rows."""
    return read(path, "\n".join((header, *lines)) + "\n")


def changed(**cells: str) -> str:
    """The plain row with other cells."""
    names = ENGLISH.split(",")
    values = dict(zip(names, ROW.split(","), strict=True)) | cells
    return ",".join(values[name] for name in names)


def only(reading: Reading) -> Instruction:
    """The one instruction of a file without a mistake."""
    assert not reading.mistakes, reading.mistakes
    assert len(reading.taken) == 1
    return reading.taken[0].instruction


def mistakes(reading: Reading) -> list[tuple[int, str, str]]:
    """Row, order and column of each mistake."""
    return [(each.row, each.order, each.column.name if each.column else "") for each in reading.mistakes]


# The samples


def test_the_samples_can_be_printed_and_scanned() -> None:
    press = configured_press(LabelConfig())
    reading = read_orders(SAMPLES).reading
    assert not reading.mistakes
    for taken in reading.taken:
        press.check(taken.instruction)
        assert all(slip.startswith("NS-1000000") for slip in taken.instruction.slips)
        assert all(len(number) == 12 and has_check_digit(number) for number in taken.instruction.tracking_numbers)
        codes = [code for line in taken.instruction.lines for code in line.codes]
        for code in codes:
            assert code[:2] in ("45", "49", "22"), code
            assert sum(int(digit) * (1, 3)[at % 2] for at, digit in enumerate(code)) % 10 == 0, code
        assert len({item_key(code) for code in codes}) == len(codes)


def test_the_samples_show_what_orders_can_be() -> None:
    orders = [taken.instruction for taken in read_orders(SAMPLES).reading.taken]
    assert {each.service.payment for each in orders} == {"prepaid", "cod", "collect"}
    assert {each.service.temperature for each in orders} == {"ambient", "chilled", "frozen"}
    assert {each.carrier for each in orders} == {"yamato", "sagawa", "yupack"}
    assert any(each.service.payment == "cod" and each.gift_note for each in orders)
    assert any(len(each.pieces) > 1 for each in orders)
    assert any(len(each.lines) > 8 for each in orders)
    assert any(len(each.slips) > 1 for each in orders)
    assert "𠮷" in SAMPLES.read_text("utf-8")


def test_the_shift_jis_sample_says_the_same_but_for_what_shift_jis_cannot() -> None:
    file = read_orders(SAMPLES_CSV)
    assert not file.reading.mistakes
    assert (file.text.encoding, file.is_json) == ("cp932", False)
    whole = {taken.instruction.order: taken.instruction for taken in read_orders(SAMPLES).reading.taken}
    assert {taken.instruction.order for taken in file.reading.taken} == set(whole) - {"NS-10000005"}
    assert all(whole[taken.instruction.order] == taken.instruction for taken in file.reading.taken)


# Encodings


@pytest.mark.parametrize(
    ("encoding", "mark"),
    [("utf-8", b""), ("utf-8", codecs.BOM_UTF8), ("cp932", b"")],
    ids=["utf-8", "bom", "shift_jis"],
)
@pytest.mark.parametrize("line_end", ["\n", "\r\n", "\r"])
def test_utf_8_with_and_without_mark_and_shift_jis_are_told_apart(
    path: Path, encoding: str, mark: bytes, line_end: str
) -> None:
    path.write_bytes(mark + line_end.join((ENGLISH, changed(ship_to_name="髙﨑①㈱"), "")).encode(encoding))
    assert only(read_orders(path).reading).ship_to.name == "髙﨑①㈱"


def test_an_encoding_that_is_given_is_not_guessed(path: Path) -> None:
    path.write_bytes(f"{ENGLISH}\n{ROW}\n".encode("cp932"))
    with pytest.raises(Unusable, match="line 2 is not utf-8"):
        read_orders(path, "utf-8")


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (b"\r\n \n", "empty"),
        (b"[{}]", "JSON array"),
        (ENGLISH.encode("utf-16"), "UTF-16"),
        (b"order\n\x82\xff", "line 2"),
        (b"a,b,c\n1,2,3\n", "the header lacks order"),
        (ENGLISH.replace("item_name", "order").encode(), "twice"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_says_why(path: Path, data: bytes, reason: str) -> None:
    path.write_bytes(data)
    with pytest.raises(Unusable, match=reason):
        read_orders(path)


def test_a_file_that_is_not_there_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(Unusable, match="No such file"):
        read_orders(tmp_path / "nothing.csv")


# Rows


def test_rows_of_one_order_are_its_lines(path: Path) -> None:
    second = changed(item_codes="4902;4903", item_name="菓子", quantity="3")
    instruction = only(rows(path, ROW, second))
    assert [(line.codes, line.name, line.quantity) for line in instruction.lines] == [
        (("4901",), "茶", 1),
        (("4902", "4903"), "菓子", 3),
    ]
    assert instruction.slips == ("A-1",)
    assert instruction.revision == 1


def test_later_rows_may_leave_the_orders_own_columns_blank(path: Path) -> None:
    later = "A-1" + "," * 11 + ",4902,菓子,3"
    assert len(only(rows(path, ROW, later)).lines) == 2


def test_rows_of_one_order_need_not_stand_together(path: Path) -> None:
    reading = rows(path, ROW, changed(order="A-2"), changed(item_codes="4902"))
    assert [(taken.instruction.order, taken.rows) for taken in reading.taken] == [("A-1", (2, 4)), ("A-2", (3,))]


def test_a_row_that_says_another_address_spoils_its_order_alone(path: Path) -> None:
    reading = rows(path, ROW, changed(order="A-2"), changed(ship_to_name="田中"))
    assert mistakes(reading) == [(4, "A-1", "ship_to_name")]
    assert reading.mistakes[0].reason == pair(Say.DIFFERS, row=2)
    assert [taken.instruction.order for taken in reading.taken] == ["A-2"]


def test_a_row_without_a_number_that_reads_on_spoils_the_order_above(path: Path) -> None:
    """Taking the order without that line would ship it incomplete."""
    reading = rows(path, ROW, "," * 12 + "4902,菓子,3", changed(order="A-2"))
    assert mistakes(reading) == [(3, "A-1", "")]
    assert [taken.instruction.order for taken in reading.taken] == ["A-2"]


def test_a_whole_row_without_a_number_spoils_nothing_else(path: Path) -> None:
    reading = rows(path, ROW, changed(order=""), changed(order="A-2"))
    assert mistakes(reading) == [(3, "", "")]
    assert [taken.instruction.order for taken in reading.taken] == ["A-1", "A-2"]


def test_a_quotation_mark_that_is_never_closed_spoils_its_own_row(path: Path) -> None:
    reading = rows(path, ROW, changed(order="A-2", item_name='"茶'), changed(order="A-3"))
    assert mistakes(reading) == [(3, "A-2", "")]
    assert [taken.instruction.order for taken in reading.taken] == ["A-1", "A-3"]


def test_blank_rows_are_passed_over(path: Path) -> None:
    assert only(rows(path, "", "," * 14, ROW, "  ", "")).order == "A-1"


def test_more_cells_than_headings_is_a_mistake(path: Path) -> None:
    assert mistakes(rows(path, ROW + ",,x", ROW)) == [(2, "A-1", "")]


def test_columns_that_mean_nothing_are_told(path: Path) -> None:
    reading = rows(path, ROW + ",x,y", header=ENGLISH + ",受注日,memo")
    assert only(reading).order == "A-1"
    assert reading.ignored_columns == ("受注日", "memo")


@pytest.mark.parametrize(
    ("cells", "column"),
    [
        ({"ship_to_postal_code": "10005"}, "ship_to_postal_code"),
        ({"ship_to_phone": "なし"}, "ship_to_phone"),
        ({"ship_to_name": ""}, "ship_to_name"),
        ({"ship_from_address1": ""}, "ship_from_address1"),
        ({"tracking_numbers": "12A"}, "tracking_numbers"),
        ({"quantity": "0"}, "quantity"),
        ({"quantity": "一"}, "quantity"),
        ({"quantity": "1.5"}, "quantity"),
        ({"item_codes": ""}, "item_codes"),
        ({"item_name": "茶" * 121}, "item_name"),
        ({"order": "A" * 65}, "order"),
    ],
)
def test_a_value_that_cannot_be_is_told_with_row_order_and_column(
    path: Path, cells: dict[str, str], column: str
) -> None:
    reading = rows(path, changed(order="A-0"), changed(**cells), changed(order="A-2"))
    assert mistakes(reading) == [(3, cells.get("order", "A-1"), column)]
    assert len(reading.taken) == 2
    mistake = reading.mistakes[0]
    assert mistake.column is not None
    assert mistake.reason in (pair(Say.HAS_TO_BE, form=mistake.column.form), pair(Say.IS_MISSING))


@pytest.mark.parametrize(
    ("heading", "cell", "field", "value"),
    [
        ("ship_to_postal_code", "１００−０００５", "ship_to.postal_code", "100-0005"),
        ("ship_to_phone", "０３ー００００ー０００１", "ship_to.phone", "03-0000-0001"),
        ("carrier", "ヤマト運輸", "carrier", "yamato"),
        ("carrier", "福山通運", "carrier", "福山通運"),
        ("支払区分", "着払い", "service.payment", "collect"),
        ("温度帯", "クール冷蔵", "service.temperature", "chilled"),
        ("お届け希望日", "2026/12/5", "delivery_date", "2026-12-05"),
        ("お届け希望日", "2026年12月05日", "delivery_date", "2026-12-05"),
        ("時間帯", "午前中", "time_slot", "0812"),
        ("時間帯", "14時～16時", "time_slot", "1416"),
        ("時間帯", "１８〜２０時", "time_slot", "1820"),
        ("時間帯", "812", "time_slot", "0812"),
        ("時間帯", "指定なし", "time_slot", None),
        ("quantity", "１０", "lines.0.quantity", 10),
        ("tracking_numbers", "4000-1234-5676;400012345680", "pieces.1.tracking_number", "400012345680"),
        ("納品書番号", "S-1; S-2", "slips.1", "S-2"),
        ("作業指示", "!割れ物;軽い", "packer_notes.0.acknowledge", True),
        ("作業指示", "!割れ物;軽い", "packer_notes.1.text", "軽い"),
        ("出荷期限", "2026-12-04T17:00+09:00", "ship_by", "2026-12-04T17:00+09:00"),
    ],
)
def test_what_people_write_is_understood(path: Path, heading: str, cell: str, field: str, value: object) -> None:
    header, row = ENGLISH, ROW
    if heading in ENGLISH.split(","):
        row = changed(**{heading: cell})
    else:
        header, row = f"{ENGLISH},{heading}", f"{ROW},{cell}"
    found: Any = msgspec.to_builtins(only(rows(path, row, header=header)))
    for step in field.split("."):
        found = found[int(step)] if step.isdigit() else found[step]
    assert found == value


@pytest.mark.parametrize(
    ("heading", "cell"),
    [
        ("お届け希望日", "2026-02-30"),
        ("お届け希望日", "12/5"),
        ("時間帯", "夕方"),
        ("支払区分", "ただ"),
        ("温度帯", "熱い"),
        ("代引金額", "100"),
        ("版", "0"),
        ("版", "A"),
    ],
)
def test_what_has_no_one_meaning_is_not_guessed(path: Path, heading: str, cell: str) -> None:
    reading = rows(path, f"{ROW},{cell}", header=f"{ENGLISH},{heading}")
    assert not reading.taken
    assert [each.column.japanese for each in reading.mistakes if each.column] == [heading]


def test_cod_without_its_amount_is_told_as_the_amount(path: Path) -> None:
    reading = rows(path, f"{ROW},代引", header=f"{ENGLISH},支払区分")
    assert mistakes(reading) == [(2, "A-1", "cod_amount_yen")]


# JSON lines


def test_a_bad_line_of_json_is_told_with_its_row_and_the_others_are_taken(path: Path) -> None:
    good, bad = json.loads(json_line(order(order="A-1"))), json.loads(json_line(order(order="A-2")))
    del bad["ship_to"]["phone"]
    lines = [json.dumps(good), json.dumps(bad), "{not json", "", json.dumps(good | {"order": "A-3"})]
    reading = read(path, "\n".join(lines))
    assert mistakes(reading) == [(2, "A-2", "ship_to_phone"), (3, "", "")]
    assert [taken.instruction.order for taken in reading.taken] == ["A-1", "A-3"]


def test_json_lines_may_be_shift_jis(path: Path) -> None:
    named = msgspec.structs.replace(order().ship_to, name="髙﨑")
    assert only(read(path, json_line(order(ship_to=named)), "cp932")).ship_to.name == "髙﨑"


# Revisions


def test_of_several_revisions_the_newest_is_taken_and_the_others_are_told(path: Path) -> None:
    reading = read(path, json_line(order(revision=3)) + json_line(order(revision=2)))
    assert only(reading).revision == 3
    assert [(each.rows, each.instruction.revision) for each in reading.passed_over] == [((2,), 2)]


def test_the_same_line_twice_is_one_order(path: Path) -> None:
    assert only(read(path, json_line(order()) * 2)) == order()


def test_two_contents_under_one_revision_are_both_refused(path: Path) -> None:
    reading = read(path, json_line(order()) + json_line(order(merchant="別の店")))
    assert mistakes(reading) == [(1, order().order, ""), (2, order().order, "")]
    assert not reading.taken


def test_rows_without_a_revision_go_on_with_the_one_above(path: Path) -> None:
    header = f"{ENGLISH},revision"
    reading = rows(path, f"{ROW},2", f"{changed(item_codes='4902')},", header=header)
    instruction = only(reading)
    assert (instruction.revision, len(instruction.lines)) == (2, 2)


# Writing back


def file_of(path: Path) -> OrdersFile:
    """The file as it is now."""
    return read_orders(path)


def test_a_revision_takes_its_orders_place_and_nothing_else_changes(path: Path) -> None:
    lines = ["{broken", json_line(order(order="A-1")).strip(), json_line(order(order="A-2")).strip(), ""]
    path.write_bytes(codecs.BOM_UTF8 + "\r\n".join(lines).encode())
    newer = order(order="A-1", revision=2, time_slot="0812")
    path.write_bytes(file_of(path).with_revision(newer))
    after = path.read_bytes().decode("utf-8-sig").split("\r\n")
    assert path.read_bytes().startswith(codecs.BOM_UTF8)
    assert (after[0], after[2], after[3]) == (lines[0], lines[2], "")
    assert json.loads(after[1])["time_slot"] == "0812"


def test_a_revision_is_written_back_into_shift_jis_csv(path: Path) -> None:
    path.write_bytes(SAMPLES_CSV.read_bytes())
    before = {taken.instruction.order: taken.instruction for taken in file_of(path).reading.taken}
    newer = msgspec.structs.replace(before["NS-10000002"], revision=2, lines=before["NS-10000002"].lines[:2])
    path.write_bytes(file_of(path).with_revision(newer))
    after = {taken.instruction.order: taken.instruction for taken in file_of(path).reading.taken}
    assert after == before | {"NS-10000002": newer}
    assert len(path.read_bytes().splitlines()) == len(SAMPLES_CSV.read_bytes().splitlines()) - 1


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"gift_note": "𠮷"}, "Shift_JIS"),
        ({"packer_notes": ({"text": "a;b"},)}, "JSON lines"),
        ({"gift_note": "一\n二"}, "line break"),
    ],
)
def test_what_the_file_cannot_hold_is_not_written(path: Path, change: dict[str, object], reason: str) -> None:
    path.write_bytes(SAMPLES_CSV.read_bytes())
    taken = file_of(path).reading.taken[0].instruction
    newer = msgspec.convert(msgspec.to_builtins(taken) | {"revision": 2} | change, Instruction)
    with pytest.raises(Unusable, match=reason):
        file_of(path).with_revision(newer)


def test_a_column_that_the_file_lacks_is_not_lost_in_silence(path: Path) -> None:
    rows(path, ROW)
    taken = file_of(path).reading.taken[0].instruction
    with pytest.raises(Unusable, match="lacks revision, time_slot"):
        file_of(path).with_revision(msgspec.structs.replace(taken, revision=2, time_slot="0812"))


def test_an_order_may_leave_the_sender_to_the_merchant(path: Path) -> None:
    header = ",".join(name for name in ENGLISH.split(",") if not name.startswith("ship_from"))
    row = ROW.replace("5300001,梅田9-9,店,06-0000-0001,yamato", "ヤマト運輸")
    taken = only(rows(path, row, header=header))
    assert taken.ship_from is None
    assert csv_rows(taken, header, "\n") == (row + "\n",)


# Anything


@given(instructions(line_size=40, max_lines=4, name_size=30))
def test_an_instruction_comes_back_from_csv_as_it_went_or_is_not_written(instruction: Instruction) -> None:
    try:
        written = csv_rows(instruction, csv_header(), "\n")
    except Unusable:
        return
    text = csv_header() + "\n" + "".join(written)
    reading = _read_bytes(text.encode())
    stripped = [taken.instruction for taken in reading.taken]
    if stripped and stripped[0] != instruction:
        # Blanks around a value, and hyphens of a code, mean nothing in a cell.
        assert _plain(stripped[0]) == _plain(instruction)


@given(st.binary(max_size=400))
def test_random_bytes_are_read_or_refused(data: bytes) -> None:
    _read_bytes(data)


@given(st.lists(st.text(max_size=60), max_size=8))
def test_random_rows_under_a_good_header_are_read_or_told(lines: list[str]) -> None:
    _read_bytes("\n".join((ENGLISH, ROW, *lines)).encode("utf-8", "surrogatepass"))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    )
)
def test_random_json_in_a_field_is_read_or_told(value: object) -> None:
    for field in ("order", "ship_to", "lines", "pieces", "service", "revision"):
        tree = msgspec.to_builtins(order()) | {field: value}
        _read_bytes(json.dumps(tree).encode())


def _read_bytes(data: bytes) -> Reading:
    try:
        return orders_in(decoded(data)).reading
    except Unusable:
        return Reading()


def _plain(instruction: Instruction) -> str:
    return "".join(json_line(instruction).split())


# What is captured of an article

CAPTURE = ENGLISH + ",capture,expires_from"
GTIN_ROW = changed(item_codes="4901234567894")


def test_what_to_capture_is_read_in_either_language_and_written_back(path: Path) -> None:
    taken = only(rows(path, GTIN_ROW + ",ロット;シリアル番号;期限,2026/12/5", header=CAPTURE))
    [line] = taken.lines
    assert (line.capture, line.expires_from) == (("lot", "serial", "expiry"), "2026-12-05")
    assert only(rows(path, GTIN_ROW + ",lot;serial;expiry,2026-12-05", header=CAPTURE)) == taken
    newer = msgspec.structs.replace(taken, revision=2)
    path.write_text("\n".join((CAPTURE + ",revision", GTIN_ROW + ",lot;serial;expiry,2026-12-05,1")) + "\n")
    path.write_bytes(file_of(path).with_revision(newer))
    assert only(read_orders(path).reading) == newer


@pytest.mark.parametrize(
    ("row", "column"),
    [
        (GTIN_ROW + ",色,", "capture"),
        (GTIN_ROW + ",lot,2026-12-05", "capture"),
        (GTIN_ROW + ",expiry,12/5", "expires_from"),
        (ROW + ",lot,", "capture"),
    ],
)
def test_what_cannot_be_captured_is_a_mistake_in_its_column(path: Path, row: str, column: str) -> None:
    assert mistakes(rows(path, row, header=CAPTURE)) == [(2, "A-1", column)]
