import time

import pytest
import zxingcpp
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.operations import (
    Cut,
    CutLater,
    FeedRows,
    Operation,
    PrintRows,
    ReportCounter,
    ReportIdentity,
    ReportPaper,
    ReportProcess,
    WatchStatus,
)
from tests.emulator.jobs import (
    CUT,
    DOT_UNITS,
    INITIALIZE,
    ROW_BYTES,
    TYPEFACE,
    chunks,
    findings,
    ink,
    label_job,
    noise,
    nw7,
    picture,
    printed,
    process_id,
    qr,
    raster,
)

EVERYTHING = b"".join(
    (
        INITIALIZE,
        DOT_UNITS,
        b"\x1da\xff",
        raster(noise(30)),
        b"\x1bJ\x10\x1ba\x01\x1dh\x40\x1dw\x02\x1dH\x03",
        nw7(b"A123456789012B"),
        b"\x1ba\x00\x1cC\x01\x1c&" + "送り状 ﾔﾏﾄ 1-2".encode("cp932") + b"\n",
        b"\x1c!\x0c" + "東京".encode("cp932") + b"\x1c!\x00\x1cS\x02\x02" + "都".encode("cp932") + b"\x1bd\x02",
        b"\x1c.\x1d!\x11Big\x1d!\x00 small \x1bE\x01bold\x1bE\x00" + 60 * b"x" + b"\n",
        qr("注文 42".encode("cp932")),
        b"\x1d(L\x26\x00\x30\x70\x30\x02\x02\x31\x08\x00\x1c\x00" + bytes(range(40, 68)) + b"\x1d(L\x02\x00\x30\x32",
        b"\x1dr\x01\x1dI\x43\x1dg2\x00\xb2\x00",
        CUT,
        process_id(b"0001"),
        raster(noise(20, seed=2), mode=3),
        b"\x1dV\x68\x08",
    )
)


def test_pieces_of_any_size_give_the_same_paper() -> None:
    labels, requests = printed(EVERYTHING)
    assert len(labels) == 2
    assert not findings(EVERYTHING)
    for seed in range(20):
        interpreter = Interpreter(Model(cutter_distance_mm=0), TYPEFACE)
        operations = [operation for piece in chunks(EVERYTHING, seed) for operation in interpreter.feed(piece)]
        assert _joined(operations) == _joined(Interpreter(Model(cutter_distance_mm=0), TYPEFACE).feed(EVERYTHING))
    assert len(requests) == 5


def test_one_byte_at_a_time_gives_the_same_paper() -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    operations = [operation for byte in EVERYTHING for operation in interpreter.feed(bytes([byte]))]
    assert _joined(operations) == _joined(Interpreter(Model(), TYPEFACE).feed(EVERYTHING))


def _joined(operations: list[Operation]) -> list[bytes | Operation]:
    """Rows one after the other as one stretch: only how they were divided may differ."""
    joined: list[bytes | Operation] = []
    for operation in operations:
        last = joined[-1] if joined else None
        if isinstance(operation, PrintRows) and isinstance(last, bytes):
            joined[-1] = last + operation.rows
        else:
            joined.append(operation.rows if isinstance(operation, PrintRows) else operation)
    return joined


@given(st.binary(max_size=400))
def test_no_bytes_whatever_stop_the_interpreter(data: bytes) -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    whole = _joined(interpreter.feed(data))
    interpreter = Interpreter(Model(), TYPEFACE)
    assert whole == _joined([operation for byte in data for operation in interpreter.feed(bytes([byte]))])


def test_a_raster_comes_out_dot_by_dot() -> None:
    image = noise(50)
    (label,), _ = printed(raster(image))
    assert label.rows == image


def test_a_narrow_raster_is_put_where_it_is_justified() -> None:
    black = b"\x1dv0\x00\x02\x00\x04\x00" + b"\xff" * 8
    lefts = []
    for justification in (b"\x00", b"1", b"\x02"):
        (label,), _ = printed(b"\x1ba" + justification + black)
        box = ink(label)
        assert box is not None
        lefts.append(box[0])
    assert lefts == [0, 280, 560]


def test_what_is_wider_than_the_paper_loses_its_right_side() -> None:
    (label,), _ = printed(b"\x1dv0\x00\x50\x00\x01\x00" + noise(1) + b"\xff" * 8)
    assert label.rows == noise(1)


@pytest.mark.parametrize(("mode", "size"), [(0, (8, 2)), (1, (16, 2)), (2, (8, 4)), (3, (16, 4)), (51, (16, 4))])
def test_raster_modes_repeat_dots(mode: int, size: tuple[int, int]) -> None:
    (label,), _ = printed(b"\x1dv0" + bytes([mode]) + b"\x01\x00\x02\x00\xff\xff")
    assert ink(label) == (0, 0, *size)


def test_a_raster_outside_its_range_comes_out_as_text() -> None:
    data = b"\x1dv0\x00\x01\x00\x00\x09" + b"AB\n"
    (label,), _ = printed(data)
    assert findings(data) == ["refused: GS v 0: m = 0, 1 bytes x 2304 rows"]
    assert ink(label) is not None


def test_a_raster_in_mid_line_is_read_and_not_printed() -> None:
    data = b"text" + raster(noise(3)) + b"\n"
    (label,), _ = printed(data)
    assert findings(data) == ["refused: GS v 0: in mid-line"]
    assert label.height_dots == 34


def test_a_job_that_is_cut_off_in_a_raster_makes_the_next_jobs_first_bytes_image_data() -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    interpreter.feed(raster(noise(10))[: 8 + 3 * ROW_BYTES + 5])
    assert interpreter.waits_for_image
    operations = interpreter.feed(raster(noise(2, seed=9)))
    assert [type(operation) for operation in operations] == [PrintRows]
    assert interpreter.waits_for_image


def test_a_job_that_is_cut_off_in_columns_makes_the_next_jobs_first_bytes_image_data() -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    interpreter.feed(b"\x1b*\x21\x08\x00" + bytes(20))
    assert interpreter.waits_for_image
    interpreter.feed(b"\x1b@\x1d\x61")
    assert not interpreter.waits_for_image


_COLUMN = b"\x1b*\x21\x01\x00"
_LINE_END = b"\x1bJ\x30"
"""24 rows in half dots, the unit after ESC @."""


def _columns_printed(data: bytes) -> list[int]:
    """The columns of the line that have ink. It is as high as its columns, and fed no further."""
    (label,), _ = printed(data + _LINE_END + CUT)
    assert findings(data + _LINE_END + CUT) == []
    rows = label.rows[: 24 * ROW_BYTES]
    assert not any(label.rows[24 * ROW_BYTES :])
    line = int.from_bytes(rows[:ROW_BYTES])
    assert rows == rows[:ROW_BYTES] * 24
    return [column for column in range(8 * ROW_BYTES) if line >> 8 * ROW_BYTES - 1 - column & 1]


def test_columns_stand_where_esc_dollar_puts_them_also_before_others() -> None:
    data = b"\x1b$\x64\x00" + _COLUMN + b"\xff" * 3 + b"\x1b$\x0a\x00" + _COLUMN + b"\xff" * 3
    assert _columns_printed(data) == [10, 100]


def test_columns_in_one_place_are_printed_over_each_other() -> None:
    halves = (b"\xff\xf0\x00", b"\x00\x0f\xff")
    data = b"".join(b"\x1b$\x64\x00" + _COLUMN + half for half in halves)
    assert _columns_printed(data) == [100]


def test_columns_beyond_the_line_and_places_beyond_it_are_ignored() -> None:
    data = b"\x1b$\x3e\x02" + b"\x1b*\x21\x05\x00" + b"\xff" * 15 + b"\x1b$\x40\x02" + _COLUMN + b"\xff" * 3
    assert _columns_printed(data) == [574, 575]
    assert _columns_printed(b"\x1b$\x0a\x00" + b"\x1b$\x40\x02" + _COLUMN + b"\xff" * 3) == [10]


def test_what_was_cut_off_is_forgotten_when_the_buffers_are_cleared() -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    interpreter.feed(b"half a line" + b"\x1d(L\xff\xff")
    interpreter.abandon()
    assert interpreter.feed(raster(noise(2))) == [PrintRows(noise(2), 2)]


def test_stored_graphics_are_printed_once() -> None:
    stored = b"\x1d(L\x0e\x00\x30\x70\x30\x01\x01\x31\x0c\x00\x02\x00\xff\xf0\xff\xf0"
    (label,), _ = printed(stored + b"\x1d(L\x02\x00\x30\x32" + b"\x1d(L\x02\x00\x30\x32")
    assert ink(label) == (0, 0, 12, 2)
    assert label.height_dots == 2


def test_graphics_that_are_stored_twice_or_have_the_wrong_size_are_refused() -> None:
    stored = b"\x1d(L\x0c\x00\x30\x70\x30\x01\x01\x31\x08\x00\x02\x00\xff\xff"
    assert findings(stored) == []
    assert findings(stored * 2) == ["refused: GS ( L function 112: graphics are stored already"]
    assert findings(stored.replace(b"\x08\x00\x02", b"\x08\x00\x03")) == [
        "refused: GS ( L function 112: 8 x 3 dots in 12 bytes"
    ]


@pytest.mark.parametrize(
    ("feed", "rows"),
    [
        (b"\n", 34),
        (b"\x1bd\x03", 102),
        (b"\x1bJ\x64", 50),
        (DOT_UNITS + b"\x1bJ\x64", 100),
        (b"\x1b3\x3c\n", 30),
        (b"\x1b3\x3c\x1b2\n", 34),
        (b"A\x1bd\x02", 68),
        (b"A\x1bJ\x04", 24),
        (b"A\x1bd\x00", 24),
    ],
)
def test_feeds_are_as_long_as_the_reference_says(feed: bytes, rows: int) -> None:
    (label,), _ = printed(feed)
    assert label.height_dots == rows


def test_text_is_drawn_with_the_font_in_its_cells() -> None:
    (label,), _ = printed(b"\x1cC\x01\x1c&" + "東A".encode("cp932") + b"\n")
    line = Image.frombytes("1", (576, label.height_dots), label.rows)
    assert line.crop((0, 0, 24, 24)).tobytes() == TYPEFACE.glyph("東", full_width=True).tobytes()
    assert line.crop((24, 0, 36, 24)).tobytes() == TYPEFACE.glyph("A").tobytes()
    assert line.crop((36, 0, 576, 24)).getbbox() is None


def test_without_shift_jis_kanji_mode_takes_jis_and_without_kanji_mode_bytes_are_letters() -> None:
    jis = "東".encode("iso2022_jp")[3:5]
    expected, _ = printed(b"\x1cC\x01\x1c&" + "東".encode("cp932") + b"\n")
    assert printed(b"\x1c&" + jis + b"\n")[0] == expected
    assert printed(b"\x1cC\x01\x1c&\x1c." + "東".encode("cp932") + b"\n")[0] != expected
    assert printed(b"\x1cC\x01" + "東".encode("cp932") + b"\n")[0] != expected


def test_sizes_are_multiples_of_the_cell() -> None:
    (label,), _ = printed(b"\x1cC\x01\x1c&\x1d!\x12" + "国".encode("cp932") + b"\n")
    box = ink(label)
    assert box is not None
    assert label.height_dots == 72
    assert 40 <= box[2] <= 48
    assert 60 <= box[3] - box[1] <= 72


def test_characters_of_different_height_stand_on_one_line() -> None:
    (label,), _ = printed(b"\x1d!\x11A\x1d!\x00A\n")
    line = Image.frombytes("1", (576, label.height_dots), label.rows)
    assert label.height_dots == 48
    assert line.crop((24, 0, 36, 21)).getbbox() is None
    assert line.crop((24, 21, 36, 45)).tobytes() == TYPEFACE.glyph("A").tobytes()


def test_a_line_that_is_full_goes_on_in_the_next() -> None:
    (label,), _ = printed(b"x" * 49 + b"\n")
    assert label.height_dots == 68


def test_a_code_without_character_prints_a_geta_mark_and_is_counted() -> None:
    data = b"\x1cC\x01\x1c&\xfc\xfc\n"
    assert findings(data) == ["refused: kanji: no character FC FC"]
    assert printed(data)[0] == printed(b"\x1cC\x01\x1c&" + "〓".encode("cp932") + b"\n")[0]


def test_a_character_that_is_cut_in_half_is_counted() -> None:
    assert findings(b"\x1cC\x01\x1c&\x93\n") == ["refused: kanji: half a character, 93"]


@pytest.mark.parametrize("width", [2, 3])
@pytest.mark.parametrize("data", ["A123456789012B", "D000000000000D", "B-$:/.+9876C"])
def test_nw7_is_read_by_another_decoder(data: str, width: int) -> None:
    settings = b"\x1ba\x01\x1dh\x60\x1dw" + bytes([width])
    (label,), _ = printed(b"\n" + settings + nw7(data.encode()) + b"\n")
    (code,) = zxingcpp.read_barcodes(picture(label))
    assert (code.format, code.text) == (zxingcpp.BarcodeFormat.Codabar, data)
    assert label.height_dots == 34 + 96 + 34


@pytest.mark.parametrize(("narrow", "dots"), [(2, 70), (3, 109), (4, 140), (5, 179), (6, 218)])
def test_nw7_is_as_wide_as_its_elements(narrow: int, dots: int) -> None:
    """8 wide and 15 narrow elements; a wide one is 5, 8, 10, 13 or 16 dots (TM-T88's table of module widths)."""
    (label,), _ = printed(b"\x1dw" + bytes([narrow]) + nw7(b"A0B"))
    box = ink(label)
    assert box is not None
    assert box[2] == dots


def test_nw7_function_a_prints_the_same_bars() -> None:
    assert printed(b"\x1dk\x06A123B\x00") == printed(nw7(b"A123B"))


def test_the_text_of_a_barcode_stands_above_and_below_as_gs_h_says() -> None:
    heights = [printed(b"\x1dh\x60\x1dH" + bytes([n]) + nw7(b"A123B"))[0][0].height_dots for n in range(4)]
    assert heights == [96, 120, 120, 144]
    (label,), _ = printed(b"\x1ba\x00\x1dh\x60\x1dH\x02" + nw7(b"A1B"))
    below = Image.frombytes("1", (576, 120), label.rows).crop((0, 96, 36, 120))
    assert below.tobytes() == TYPEFACE.words("A1B").image().tobytes()


@pytest.mark.parametrize(
    ("job", "finding"),
    [
        (b"\x1dw\x06" + nw7(b"A123456789012B"), "refused: GS k NW-7: 966 dots are too wide"),
        (nw7(b"1234"), "refused: GS k NW-7: no start and stop character A to D around the data"),
        (nw7(b"A12X4B"), "refused: GS k NW-7: characters that NW-7 does not have: ['X']"),
        (b"text" + nw7(b"A1B"), "refused: GS k NW-7: in mid-line"),
        (b"\x1dkI\x04{B12", "unsupported: GS k: system 73"),
        (b"\x1dw\x07", "refused: barcode narrow: n = 7"),
    ],
)
def test_a_barcode_that_cannot_be_printed_prints_nothing_and_is_counted(job: bytes, finding: str) -> None:
    labels, _ = printed(b"\x1dH\x03" + job)
    assert findings(job) == [finding]
    assert labels == []


def test_qr_is_read_by_another_decoder() -> None:
    (label,), _ = printed(b"\n\x1ba\x01" + qr("注文-42 東京".encode("cp932")) + b"\n\n")
    (code,) = zxingcpp.read_barcodes(picture(label))
    assert code.format == zxingcpp.BarcodeFormat.QRCode
    assert code.bytes.decode("cp932") == "注文-42 東京"


def test_a_qr_code_that_holds_too_much_is_refused() -> None:
    (finding,) = findings(qr(b"x" * 3000))
    assert finding == "refused: GS ( k: 3000 bytes are more than a QR code holds"


@pytest.mark.parametrize(
    ("cut", "operations"),
    [
        (b"\x1dV\x00", [Cut()]),
        (b"\x1dV1", [Cut()]),
        (b"\x1dVA\x04", [FeedRows(100 + 2), Cut()]),
        (b"\x1dVB\x00", [FeedRows(100), Cut()]),
        (b"\x1dVa\x08", [CutLater(4)]),
        (b"\x1dVh\x00", [FeedRows(100), Cut(retract_rows=100)]),
    ],
)
def test_each_form_of_cut_feeds_as_it_should(cut: bytes, operations: list[Operation]) -> None:
    model = Model(cutter_distance_mm=12.52)
    assert model.cutter_distance_rows == 100
    assert Interpreter(model, TYPEFACE).feed(cut) == operations


def test_a_cut_in_mid_line_is_refused() -> None:
    assert findings(b"text\x1dVB\x00") == ["refused: GS V: in mid-line"]


def test_requests_to_the_printer_are_left_to_it() -> None:
    _, requests = printed(b"\x1dr1\x1dI\x01\x1dg2\x00\xb2\x00\x1da\x08\x1b@")
    assert requests == [ReportPaper(), ReportIdentity(1), ReportCounter(178), WatchStatus(8), WatchStatus(0)]
    assert Interpreter(Model(), TYPEFACE).feed(process_id(b"ab12")) == [ReportProcess(b"ab12")]


def test_process_id_and_status_back_can_be_missing() -> None:
    old = Model(process_id=False, status_back=False)
    flaws = [str(request) for request in printed(process_id(b"0001") + b"\x1da\xff", model=old)[1]]
    assert [("GS ( H" in flaw, "GS a" in flaw) for flaw in flaws] == [(True, False), (False, True)]


def test_esc_at_takes_all_settings_back() -> None:
    settings = b"\x1ba\x02\x1d!\x33\x1bE\x01\x1b3\xff\x1dP\x50\x50\x1cC\x01\x1c&\x1dh\x10\x1dw\x06\x1dH\x03rest"
    plain = printed(b"A" + b"\n\x1bJ\x20" + nw7(b"A1B"))[0]
    assert printed(settings + INITIALIZE + b"A" + b"\n\x1bJ\x20" + nw7(b"A1B"))[0] == plain


@pytest.mark.parametrize(
    ("data", "finding"),
    [
        (b"\x1bz", "unknown: 1B 7A"),
        (b"\x1dv1", "unknown: 1D 76 31"),
        (b"\x07", "unknown: 07"),
        (b"\x1d(Z\x02\x00ab", "unsupported: GS ( 'Z'"),
        (b"\x1bt\x05", "refused: katakana: n = 5"),
        (b"\x1dL\x10\x00", "unsupported: GS L"),
        (b"\x1bD\x08\x10\x00", "unsupported: ESC D"),
        (b"\x1b!\x81", "unsupported: ESC ! with underline"),
    ],
)
def test_nothing_is_swallowed_silently(data: bytes, finding: str) -> None:
    assert findings(data + b"\n") == [finding]
    assert printed(data + b"\n")[0][0].height_dots == 34


def test_real_time_commands_in_the_buffer_do_nothing_more() -> None:
    real_time = b"\x10\x04\x01\x10\x05\x02\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08\x10\x14\x01\x00\x01"
    assert printed(real_time) == ([], [])


def test_a_real_time_command_inside_another_command_is_taken_for_its_parameter() -> None:
    """The reference's own example: "the code 10 for DLE EOT 3 is processed as the code for ESC 3 10"."""
    (label,), _ = printed(DOT_UNITS + b"\x1b3\x10\x04\x03\n")
    assert label.height_dots == 0x10


def test_a_label_of_576_by_800_dots_costs_a_few_milliseconds_at_most() -> None:
    job = label_job(rows=800)
    started = time.process_time()
    for _ in range(20):
        printed(job)
    assert (time.process_time() - started) / 20 < 0.005
