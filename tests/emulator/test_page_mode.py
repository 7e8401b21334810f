"""Page mode by the words of the manuals: TM-T88III specification (3.12.3 and the commands), TM-L90 and TM-T90 manuals,
Epson's ESC/POS reference, and SNBC's BTP-2002NP manual, which repeats them."""

import itertools

import pytest
import zxingcpp
from PIL import Image, ImageChops

from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.operations import FeedRows, Operation, PrintRows
from station.emulator.page import Mark
from station.emulator.text import CELL_C
from tests.emulator.jobs import DOT_UNITS, INITIALIZE, TYPEFACE, findings, ink, nw7, picture, printed, qr

_START = INITIALIZE + DOT_UNITS + b"\x1bL"
_KANJI = b"\x1cC\x01\x1c&"


def _area(x: int, y: int, width: int, height: int) -> bytes:
    return b"\x1bW" + b"".join(number.to_bytes(2, "little") for number in (x, y, width, height))


def _at(x: int, base: int) -> bytes:
    return b"\x1b$" + x.to_bytes(2, "little") + b"\x1d$" + base.to_bytes(2, "little")


def _sheet(job: bytes) -> Image.Image:
    """What a job in page mode prints, as set bits, dot for dot."""
    (label,), _ = printed(_START + job + b"\x0c")
    return Image.frombytes("1", (576, label.height_dots), label.rows)


def _marks(job: bytes, *, model: Model | None = None) -> list[Mark]:
    marks: list[Mark] = []
    Interpreter(model or Model(), TYPEFACE, lambda _, mark: marks.append(mark)).feed(_START + job)
    return marks


def _operations(job: bytes) -> list[Operation]:
    return Interpreter(Model(), TYPEFACE).feed(job)


def _same(image: Image.Image, other: Image.Image) -> bool:
    return image.size == other.size and ImageChops.logical_xor(image, other).getbbox() is None


def test_nothing_is_printed_before_form_feed_and_then_the_whole_area() -> None:
    assert not [op for op in _operations(_START + _area(0, 0, 576, 300) + b"A\nB\n\x1bJ\x20\x1bd\x02") if _moves(op)]
    (rows,) = [op for op in _operations(_START + _area(0, 0, 576, 300) + b"A\n\x0c") if _moves(op)]
    assert isinstance(rows, PrintRows)
    assert rows.count == 300


def _moves(operation: Operation) -> bool:
    return isinstance(operation, PrintRows | FeedRows)


def test_at_the_start_a_character_of_normal_size_touches_the_upper_left_corner() -> None:
    """3.12.3: point A, the base line, is 24 - 3 dots below the start of the print area."""
    assert _same(_sheet(_area(0, 0, 576, 60) + b"A").crop((0, 0, 12, 24)), TYPEFACE.glyph("A"))
    (mark,) = _marks(_area(40, 30, 200, 60) + b"A")
    assert (mark.x, mark.y, mark.width, mark.height) == (40, 30, 12, 24)


def test_a_higher_character_loses_at_the_start_what_reaches_out_of_the_area() -> None:
    """3.12.3: "any part of the character higher than the normal-size character is not printed"."""
    tall = TYPEFACE.glyph("A").resize((24, 48), Image.Resampling.NEAREST)
    sheet = _sheet(_area(0, 0, 576, 60) + b"\x1d!\x11A")
    assert _same(sheet.crop((0, 0, 24, 27)), tall.crop((0, 21, 24, 48)))


def test_the_vertical_position_is_the_base_line_of_whatever_size() -> None:
    """GS $ counts from the start that ESC T set, the print area's upper edge."""
    marks = _marks(_area(0, 0, 576, 400) + _at(10, 200) + b"A\x1d!\x11A\x1d!\x33A")
    assert [(mark.x, mark.y, mark.height) for mark in marks] == [(10, 180, 24), (22, 159, 48), (46, 117, 96)]
    assert {mark.y + mark.height * 21 // 24 - 1 for mark in marks} == {200}


def test_images_and_codes_stand_with_their_lowest_row_on_the_base_line() -> None:
    """3.12.3: "the bottom point of the left side of the image data (point B) is aligned with the baseline"."""
    column = b"\x1b*\x21\x05\x00" + b"\xff" * 15
    marks = _marks(_area(0, 0, 576, 700) + _at(10, 300) + column + nw7(b"A1B") + qr(b"A") + b"A")
    assert {mark.y + mark.height - 1 for mark in marks[:3]} == {300}
    assert [mark.kind for mark in marks] == ["image", "nw7", "qr", "text"]
    for left, right in itertools.pairwise(marks):
        assert left.x + left.width == right.x, "the position moves on to the right"


def test_graphics_are_put_on_the_sheet_at_once_and_the_position_stays() -> None:
    """TM-L90: function 50 "cannot be used when the page mode is enabled"; "print position does not change"."""
    block = b"0p0\x01\x021\x08\x00\x03\x00\xff\x81\xff"
    stored = b"\x1d(L" + len(block).to_bytes(2, "little") + block
    marks = _marks(_area(0, 0, 576, 100) + _at(16, 50) + stored + b"A")
    assert [(mark.kind, mark.x, mark.y, mark.width, mark.height) for mark in marks] == [
        ("image", 16, 45, 8, 6),
        ("text", 16, 30, 12, 24),
    ]
    assert findings(_START + stored + b"\x1d(L\x02\x0002") == ["refused: GS ( L: 30 32 in page mode"]


def test_what_stands_on_one_place_twice_is_printed_over_each_other() -> None:
    one, other = _sheet(_area(0, 0, 576, 60) + b"A"), _sheet(_area(0, 0, 576, 60) + b"V")
    both = _sheet(_area(0, 0, 576, 60) + b"A" + _at(0, 20) + b"V")
    assert _same(both, ImageChops.logical_or(one, other))


def test_a_line_that_is_full_goes_on_below() -> None:
    marks = _marks(_area(100, 0, 50, 200) + b"\x1b3\x1eABCDE")
    assert [(mark.x, mark.y) for mark in marks] == [(100, 0), (112, 0), (124, 0), (136, 0), (100, 30)]


def test_feeds_move_the_position_only() -> None:
    marks = _marks(_area(0, 0, 576, 400) + b"\x1b3\x1eA\nB\x1bJ\x0aC\x1bd\x03D")
    assert [(mark.text, mark.x, mark.y) for mark in marks] == [("A", 0, 0), ("B", 0, 30), ("C", 0, 40), ("D", 0, 130)]


def test_the_area_is_shortened_to_the_sheet_and_cancelled_outside_of_it() -> None:
    """ESC W: "automatically set to the printable area minus the starting position"."""
    (rows,) = [op for op in _operations(_START + _area(500, 700, 400, 400) + b"\x0c") if isinstance(op, PrintRows)]
    assert rows.count == 738
    assert findings(_START + _area(576, 0, 10, 10)) == ["refused: ESC W: 10 x 10 dots at 576, 0"]
    assert findings(_START + _area(0, 0, 0, 10)) == ["refused: ESC W: 0 x 10 dots at 0, 0"]
    wrapped = _marks(_area(500, 0, 400, 100) + b"ABCDEFG")
    assert [mark.y for mark in wrapped] == [0] * 6 + [34]


def test_a_position_outside_of_the_area_is_ignored() -> None:
    job = _area(0, 0, 200, 100) + _at(20, 60)
    assert findings(_START + job + b"\x1b$\xc8\x00") == ["refused: ESC $: column 200 is outside of the print area"]
    assert findings(_START + job + b"\x1d$\x64\x00") == ["refused: GS $: row 100 is outside of the print area"]
    (mark,) = _marks(job + b"\x1b$\xc8\x00\x1d$\x64\x00A")
    assert (mark.x, mark.y) == (20, 40)


def test_relative_positions_go_down_and_with_the_complement_up() -> None:
    """GS \\: "use the complement of 65536" for movement upward."""
    marks = _marks(
        _area(0, 0, 576, 200) + _at(0, 100) + b"\x1d\\\x05\x00A\x1d\\" + (65536 - 30).to_bytes(2, "little") + b"B"
    )
    assert [mark.y for mark in marks] == [85, 55]


def test_units_are_those_of_gs_p() -> None:
    """Japanese models count half dots from top to bottom unless told otherwise (TM-T90, GS P)."""
    (mark,) = _marks(b"\x1dP\x00\x00" + _area(0, 0, 576, 400) + _at(10, 100) + b"A")
    assert (mark.x, mark.y) == (10, 30)


def test_form_feed_returns_to_standard_mode_and_the_area_is_the_whole_sheet_again() -> None:
    job = _START + _area(0, 0, 576, 40) + b"A\x0c" + b"B\n" + b"\x1bL" + b"C\x0c"
    rows = [op.count for op in _operations(job) if isinstance(op, PrintRows)]
    assert rows == [40, 24, 738]


def test_escape_form_feed_keeps_the_sheet_and_cancel_clears_the_area() -> None:
    job = _START + _area(0, 0, 576, 40) + b"A\x1b\x0c\x1b\x0c\x18\x1b\x0c"
    first, second, third = (op for op in _operations(job) if isinstance(op, PrintRows))
    assert first == second
    assert any(first.rows)
    assert not any(third.rows)


def test_standard_mode_throws_the_sheet_away() -> None:
    """ESC S: "Data buffered in page mode are cleared". ESC @ returns to standard mode, too."""
    assert printed(_START + b"A\x1bS" + b"B\n") == printed(INITIALIZE + DOT_UNITS + b"B\n")
    assert printed(_START + b"A" + INITIALIZE + b"B\n")[0] == printed(INITIALIZE + b"B\n")[0]


@pytest.mark.parametrize("command", [b"\x0c", b"\x1b\x0c", b"\x18", b"\x1bS", b"\x1d$\x10\x00", b"\x1d\\\x10\x00"])
def test_commands_of_page_mode_do_nothing_outside_of_it(command: bytes) -> None:
    (finding,) = findings(INITIALIZE + command)
    assert finding.endswith("in standard mode")


def test_page_mode_begins_at_the_beginning_of_a_line_only() -> None:
    assert findings(b"A\x1bL") == ["refused: ESC L: in mid-line"]


def test_a_raster_is_not_for_page_mode() -> None:
    """TM-T88III, ESC L: GS v 0 "is not available in page mode"."""
    assert findings(_START + b"\x1dv0\x00\x01\x00\x01\x00\xffA") == ["refused: GS v 0: in page mode"]


def test_buffers_that_are_cleared_clear_the_sheet() -> None:
    interpreter = Interpreter(Model(), TYPEFACE)
    interpreter.feed(_START + _area(0, 0, 576, 40) + b"A")
    interpreter.abandon()
    (rows,) = [op for op in interpreter.feed(_area(0, 0, 576, 40) + b"\x0c") if isinstance(op, PrintRows)]
    assert not any(rows.rows)


def test_font_c_is_smaller_and_stands_on_the_same_base_line() -> None:
    """ESC M: font C is 8 x 16 with its base line 15 dots from the top; FS ( A selects it for kanji."""
    job = _area(0, 0, 576, 100) + _at(0, 50) + _KANJI + b"\x1bM\x02\x1c(A\x02\x000\x02" + "A東".encode("cp932")
    small = _marks(job)
    assert [(mark.x, mark.y, mark.width, mark.height) for mark in small] == [(0, 36, 8, 16), (8, 36, 16, 16)]
    assert _same(_sheet(job).crop((8, 36, 24, 52)), TYPEFACE.glyph("東", full_width=True, cell=CELL_C))
    both = _marks(job + b"\x1bM\x00\x1c(A\x02\x0000" + "A東".encode("cp932"))
    assert [(mark.y, mark.height) for mark in both[2:]] == [(30, 24), (30, 24)]


def test_reversed_characters_are_white_on_black() -> None:
    """GS B: for characters and the spaces of ESC SP, not for what ESC $ skips."""
    job = _area(0, 0, 576, 60) + b"\x1dB\x01\x1b \x05A\x1dB\x00"
    sheet, glyph = _sheet(job), TYPEFACE.glyph("A")
    white = ImageChops.logical_xor(glyph, Image.new("1", glyph.size, 1))
    assert _same(sheet.crop((0, 0, 12, 24)), white)
    assert sheet.crop((12, 0, 17, 24)).getextrema() == (255, 255)
    assert sheet.crop((17, 0, 576, 60)).getbbox() is None


def test_japans_character_set_has_a_yen_sign_for_the_backslash() -> None:
    """ESC R 8."""
    assert [mark.text for mark in _marks(b"\x1bR\x08\\~A\x1bR\x00\\~")] == ["¥", "‾", "A", "\\", "~"]
    assert findings(b"\x1bR\x05") == ["unsupported: ESC R 5"]


def test_a_rom_without_extensions_has_jis_x_0208_alone() -> None:
    plain = Model(kanji_extensions=False)
    job = _KANJI + "東①髙".encode("cp932")
    assert [mark.text for mark in _marks(job)] == ["東", "①", "髙"]
    assert [mark.text for mark in _marks(job, model=plain)] == ["東", "〓", "〓"]


@pytest.mark.parametrize(
    ("mode", "data", "size"),
    [(0, b"\xff" * 4, (8, 24)), (1, b"\xff" * 4, (4, 24)), (32, b"\xff" * 12, (8, 24)), (33, b"\xff" * 12, (4, 24))],
)
def test_bit_images_have_the_density_of_their_mode(mode: int, data: bytes, size: tuple[int, int]) -> None:
    """ESC *: 8 or 24 dots from top to bottom; single density has half as many from left to right."""
    job = b"\x1b*" + bytes([mode, 4, 0]) + data
    (label,), _ = printed(job + b"\n")
    assert ink(label) == (0, 0, *size)


def test_a_bit_image_is_given_column_by_column_from_the_top() -> None:
    (label,), _ = printed(b"\x1b*\x21\x02\x00\x80\x00\x00\x00\x00\x01\n")
    line = Image.frombytes("1", (576, label.height_dots), label.rows)
    assert [(x, y) for y in range(24) for x in range(2) if line.getpixel((x, y))] == [(0, 0), (1, 23)]


def test_codes_on_a_sheet_are_read_by_another_decoder() -> None:
    job = (
        _area(0, 0, 576, 400)
        + b"\x1dh\x50\x1dw\x03"
        + _at(40, 150)
        + nw7(b"A490000010010A")
        + _at(40, 350)
        + qr(b"A-1/2")
    )
    (label,), _ = printed(_START + job + b"\x0c")
    read = {str(code.format): code.text for code in zxingcpp.read_barcodes(picture(label))}
    assert read == {"Codabar": "A490000010010A", "QR Code": "A-1/2"}
    assert [(mark.kind, mark.text) for mark in _marks(job)] == [("nw7", "A490000010010A"), ("qr", "A-1/2")]
