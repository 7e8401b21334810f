"""Labels as pictures, read by a decoder that is not ours and looked at dot by dot."""

import pytest
import zxingcpp
from hypothesis import HealthCheck, given, settings
from PIL import Image, ImageChops, ImageDraw, ImageFont

from station.label.content import DoesNotFit, Field, label_content
from station.label.fonts import KNOWN_FONTS, Typeface
from station.label.layout import Box, Frame
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from station.label.raster import draw_form
from station.protocol.instruction import Instruction, Service
from tests.label.orders import PLAIN, RARE, instructions, order, pieces, to

_LAYOUT = LAYOUTS["80x100"]
_FULL = order(
    revision=12,
    pieces=pieces(3),
    service=Service(payment="cod", cod_amount_yen=9_999_999, temperature="chilled"),
    delivery_date="2026-12-31",
    time_slot="1921",
    sort_code="13-02145",
    gift_note=f"お誕生日おめでとうございます{RARE}",
)


def _codes(image: Image.Image) -> dict[str, str]:
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(image.convert("L"))}


def _expected_codes(instruction: Instruction, piece: int, reprint: int) -> dict[str, str]:
    content = label_content(instruction, piece, reprint, {})
    return {"Codabar": content.nw7, "QR Code": str(content.scan_back)}


def _ink(image: Image.Image) -> Image.Image:
    return ImageChops.invert(image)


def _bounds(box: Box) -> tuple[int, int, int, int]:
    return (box.x, box.y, box.right, box.bottom)


def _assert_true_to_its_places(press: LabelPress, instruction: Instruction, piece: int, reprint: int) -> None:
    """Every line's dots reach exactly as far as said, inside its box, and nothing is drawn anywhere else."""
    image = press.draw(instruction, piece, reprint)
    label = press.place(instruction, piece, reprint)
    boxes = {box.field: box for box in _LAYOUT.texts}
    rest = ImageChops.logical_xor(image, draw_form(_LAYOUT, press._typeface).image())
    for line in label.placed:
        assert boxes[line.field].inside.holds(line.ink), line.field
        inside = image.crop(_bounds(line.ink))
        ink = inside if line.white else _ink(inside)
        assert ink.getbbox() == (0, 0, line.ink.width, line.ink.height), line.field
        rest.paste(0, _bounds(line.ink))
    for box, _ in label.frames:
        rest.paste(0, _bounds(box))
    for box in (_LAYOUT.bars, _LAYOUT.qr):
        rest.paste(0, _bounds(box))
    assert rest.getbbox() is None
    side = label.qr.modules * label.qr.module_dots
    corner = (label.qr.x - _LAYOUT.qr.x, label.qr.y - _LAYOUT.qr.y)
    assert _ink(image.crop(_bounds(_LAYOUT.qr))).getbbox() == (*corner, corner[0] + side, corner[1] + side)
    assert _codes(image) == _expected_codes(instruction, piece, reprint)


@pytest.mark.parametrize("reprint", [0, 1, 999])
@pytest.mark.parametrize("piece", [1, 2, 3])
def test_bars_and_qr_code_of_every_piece_and_reprint_are_read_by_another_decoder(
    press: LabelPress, piece: int, reprint: int
) -> None:
    assert _codes(press.draw(_FULL, piece, reprint)) == {
        "Codabar": f"A{_FULL.tracking_numbers[piece - 1]}A",
        "QR Code": f"A-1001/12/{reprint}/{piece}",
    }


@pytest.mark.parametrize("instruction", [PLAIN, _FULL, to(name=RARE * 4, lines=(RARE * 5,) * 3)])
def test_every_dot_of_a_label_belongs_to_something_placed_there(press: LabelPress, instruction: Instruction) -> None:
    _assert_true_to_its_places(press, instruction, 1, 2)


@pytest.mark.parametrize("text", ["東京都千代田区丸の内", RARE, "Saint-Exupéry gjy (1-2-3)"])
def test_a_line_is_drawn_as_the_font_library_draws_it_whole(press: LabelPress, text: str) -> None:
    instruction = to(lines=(text,))
    (line,) = [line for line in press.place(instruction).placed if line.field is Field.SHIP_TO_LINES]
    face = ImageFont.truetype(KNOWN_FONTS[0], line.size, layout_engine=ImageFont.Layout.BASIC)
    page = Image.new("L", (_LAYOUT.width, _LAYOUT.height))
    ImageDraw.Draw(page).text((line.x, line.baseline), line.text, 255, face, anchor="ls")
    assert page.getbbox() is not None
    expected = page.point([255 * (level >= 116) for level in range(256)], "1").crop(_bounds(line.ink))
    differing = ImageChops.logical_xor(_ink(press.draw(instruction).crop(_bounds(line.ink))), expected)
    assert differing.histogram()[255] <= 2, "letters that touch may share a grey dot"


def test_bars_are_whole_dots_from_top_to_bottom(press: LabelPress) -> None:
    image, bars = press.draw(PLAIN), press.place(PLAIN).bars
    row = image.crop((0, bars.y, _LAYOUT.width, bars.y + 1)).tobytes()
    block = image.crop((0, bars.y, _LAYOUT.width, bars.y + bars.height))
    assert block.tobytes() == row * bars.height
    assert bars.height >= 80, "10 mm"
    assert min(bars.widths) >= 2


def test_marks_that_a_parcel_needs_are_black_boxes(press: LabelPress) -> None:
    frames = dict(press.place(_FULL, 1, 1).frames)
    boxes = {box.field: box.box for box in _LAYOUT.texts}
    assert frames[boxes[Field.REPRINT]] is Frame.SOLID
    assert frames[boxes[Field.TEMPERATURE]] is Frame.SOLID
    assert frames[boxes[Field.COD_AMOUNT]] is Frame.LINE
    assert set(dict(press.place(PLAIN).frames)) == {boxes[Field.PAYMENT]}


def test_a_label_differs_from_its_reprint_where_it_says_so(press: LabelPress) -> None:
    first, second = press.draw(PLAIN, reprint=0), press.draw(PLAIN, reprint=1)
    mark = next(box.box for box in _LAYOUT.texts if box.field is Field.REPRINT)
    differing = ImageChops.logical_xor(first, second)
    assert differing.crop(_bounds(mark)).histogram()[255] > mark.width * mark.height / 2
    differing.paste(0, _bounds(mark))
    differing.paste(0, _bounds(_LAYOUT.qr))
    assert differing.getbbox() is None


def test_the_same_label_is_the_same_picture_whatever_was_drawn_before(press: LabelPress, typeface: Typeface) -> None:
    before = press.draw(_FULL).tobytes()
    for number in range(40):
        press.draw(to(name=chr(0x4E00 + 11 * number) * 12))
    assert press.draw(_FULL).tobytes() == before
    assert LabelPress(Typeface(typeface.path), _LAYOUT, {}).draw(_FULL).tobytes() == before


_GENERATED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@_GENERATED
@given(instruction=instructions(line_size=25, max_lines=3, name_size=36))
def test_an_instruction_of_lengths_that_carriers_take_always_prints(
    press: LabelPress, instruction: Instruction
) -> None:
    press.check(instruction)
    _assert_true_to_its_places(press, instruction, len(instruction.pieces), 0)


def _refused(press: LabelPress, instruction: Instruction) -> bool:
    try:
        press.check(instruction)
    except DoesNotFit as refused:
        return refused.field in set(Field)
    return False


@_GENERATED
@given(instruction=instructions(line_size=80, max_lines=4, name_size=60))
def test_an_instruction_of_any_length_prints_whole_or_is_refused_by_field(
    press: LabelPress, instruction: Instruction
) -> None:
    if _refused(press, instruction):
        return
    content = label_content(instruction, 1, 0, {})
    said = {field: "".join("".join(text).split()) for field, text in content.texts.items()}
    placed: dict[Field, str] = {}
    for line in press.place(instruction).placed:
        placed[line.field] = placed.get(line.field, "") + "".join(line.text.split())
    assert placed == said
    _assert_true_to_its_places(press, instruction, 1, 0)
