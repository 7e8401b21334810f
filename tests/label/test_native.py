"""Labels in the printer's own characters: what goes as what, in how many bytes, and with which commands."""

import itertools
import re
from dataclasses import replace

import pytest
from PIL import Image

from station.demo.samples import sample_orders
from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.page import Mark
from station.label.content import Field, label_content
from station.label.escpos import HAZARDS
from station.label.fonts import Typeface
from station.label.layout import Box, Layout
from station.label.layouts import LAYOUTS
from station.label.native import NativeLabels
from station.label.pagemode import DoesNotDivide, Encoder, Picture, Run, Sheet, Style, divided
from station.label.press import LabelPress
from station.label.rendering import Kind, NoNative, Rendering, choose
from station.label.rom import Rom, rom_of
from station.printers.models import record_of
from station.protocol.instruction import Instruction, Service
from tests.emulator.jobs import TYPEFACE, findings, printed
from tests.label.orders import PLAIN, order, pieces, to

_LAYOUT = LAYOUTS["80x100"]
_L90 = rom_of(record_of("tm-l90")) or Rom()
_STANDARD = sample_orders()[0]
"""The standard sample of every figure on labels."""
_BYTES_A_SECOND = 11_520
"""115,200 baud, 8 data bits, one start and one stop bit."""


def _press(typeface: Typeface, kind: Kind = Kind.NATIVE, rom: Rom = _L90) -> LabelPress:
    return LabelPress(typeface, _LAYOUT, {}, rendering=Rendering(kind, rom))


def _native(instruction: Instruction, typeface: Typeface, rom: Rom = _L90, layout: Layout = _LAYOUT) -> Sheet:
    return NativeLabels(rom, layout, typeface).sheet(label_content(instruction, 1, 0, {}))


def _runs(sheet: Sheet) -> dict[str, Run]:
    return {item.code.decode("cp932"): item for item in sheet.items if isinstance(item, Run)}


def _pictures(sheet: Sheet) -> list[Picture]:
    return [item for item in sheet.items if isinstance(item, Picture)]


# Bytes and time on the line


def test_the_standard_label_takes_a_kilobyte_at_most_and_a_tenth_of_a_second(typeface: Typeface) -> None:
    data = _press(typeface).job(_STANDARD).data
    assert len(data) <= 1000
    assert len(data) / _BYTES_A_SECOND < 0.1


@pytest.mark.parametrize("kind", [Kind.STRIPES, Kind.NATIVE])
def test_several_labels_are_one_job_with_a_cut_after_each(typeface: Typeface, kind: Kind) -> None:
    job = _press(typeface, kind).job(order(pieces=pieces(3))).data
    labels, _ = printed(job)
    assert (len(labels), job.count(b"\x1b@"), job.count(b"\x1dVB\x00")) == (3, 1, 3)
    assert findings(job) == []
    assert {label.height_dots for label in labels} == {_LAYOUT.height}


# Texts


def test_a_text_is_as_large_as_the_printers_sizes_and_its_box_allow(typeface: Typeface) -> None:
    runs = _runs(_native(PLAIN, typeface))
    assert runs["山田太郎 様"].style == Style(24, 2, 2, bold=True)
    assert runs["TEL 03-1234-5678"].style == Style(24, 1, 1)
    smaller = _runs(_native(to(name="山田太郎左衛門尉時貞"), typeface))
    assert smaller["山田太郎左衛門尉時貞 様"].style == Style(16, 2, 2, bold=True)


def test_the_small_font_is_for_what_would_not_fit_in_the_standard_one(typeface: Typeface) -> None:
    assert _runs(_native(order(merchant="店" * 15), typeface))["店" * 15].style == Style(24, 1, 1)
    assert _runs(_native(order(merchant="店" * 16), typeface))["店" * 16].style == Style(16, 1, 1)


def test_without_the_small_font_only_multiples_of_24_are_taken(typeface: Typeface) -> None:
    sheet = _native(PLAIN, typeface, replace(_L90, cells=(24,)))
    assert {run.style.cell for run in _runs(sheet).values()} == {24}
    boxes = [(picture.x, picture.y) for picture in _pictures(sheet)]
    assert any(y < 30 for _, y in boxes), "the caption 仕分, 16 dots high, is a picture"


def test_a_long_text_is_wrapped_by_the_printers_widths(typeface: Typeface) -> None:
    name = "株式会社日本全国ご当地名産品直送マーケット東日本物流センター"
    runs = [run for text, run in _runs(_native(to(name=name), typeface)).items() if len(text) > 8 and text[:8] in name]
    assert len(runs) >= 2
    box = next(box.inside for box in _LAYOUT.texts if box.field is Field.SHIP_TO_NAME)
    assert all(box.holds(Box(run.x, run.y, run.width, run.bottom - run.y)) for run in runs)


def test_what_does_not_fit_at_the_printers_sizes_stands_as_it_does_in_the_picture(typeface: Typeface) -> None:
    instruction = order(merchant="店" * 40)
    large = replace(_L90, cells=(24,))
    box = next(box.box for box in _LAYOUT.texts if box.field is Field.MERCHANT)
    pictures = _pictures(_native(instruction, typeface, large))
    (picture,) = [each for each in pictures if box.holds(Box(each.x, each.y, each.image.width, each.image.height))]
    image = LabelPress(typeface, _LAYOUT, {}).draw(instruction)
    corner = (picture.x, picture.y, picture.x + picture.image.width, picture.y + picture.image.height)
    assert picture.image.tobytes() == image.crop(corner).tobytes()


def test_white_letters_are_reversed(typeface: Typeface) -> None:
    runs = _runs(_native(order(service=Service(temperature="chilled")), typeface))
    assert runs["クール"].style.reverse
    assert not runs["発払い"].style.reverse


@pytest.mark.parametrize(
    ("character", "code"),
    [
        ("東", b"\x93\x8c"),
        ("A", b"A"),
        ("ｶ", b"\xb6"),
        ("¥", b"\x5c"),
        ("\u00a0", b" "),
        ("～", b"\x81\x60"),
        ("〜", b"\x81\x60"),
        ("−", b"\x81\x7c"),
        ("\\", None),
        ("~", None),
        ("①", None),
        ("㈱", None),
        ("髙", None),
        ("﨑", None),
        ("𠮷", None),
        ("é", None),
        ("か゚", None),
        ("\x10", None),
    ],
)
def test_only_what_every_japanese_rom_has_is_sent_as_a_character(character: str, code: bytes | None) -> None:
    assert Rom().code(character) == code


def test_more_is_sent_where_the_record_names_more() -> None:
    """髙 has two codes, of which a ROM may have either."""
    ibm, nec = Rom(nec_row_13=True, ibm_extensions=True), Rom(nec_selected_ibm=True)
    assert (ibm.code("①"), ibm.code("髙"), ibm.code("𠮷")) == (b"\x87\x40", b"\xfb\xfc", None)
    assert (nec.code("①"), nec.code("髙"), nec.code("𠮷")) == (None, b"\xee\xe0", None)
    assert (ibm.code("\ue000"), nec.code("\ue000")) == (None, None), "a shop's own characters are not in any ROM"


def test_a_character_that_the_rom_lacks_is_drawn_into_its_own_cell(typeface: Typeface) -> None:
    sheet = _native(to(name="髙é"), typeface)
    run = _runs(sheet)["　  様"]
    drawn = sorted(_pictures(sheet), key=lambda picture: picture.x)
    cells = [Box(run.x, run.y, 48, 48), Box(run.x + 48, run.y, 24, 48)]
    for cell, picture in zip(cells, drawn, strict=True):
        assert cell.holds(Box(picture.x, picture.y, picture.image.width, picture.image.height))
        assert picture.image.height > 24


# The form


def test_rules_and_captions_stand_where_the_layout_has_them(typeface: Typeface) -> None:
    sheet = _native(PLAIN, typeface)
    strokes = [item for item in sheet.items if isinstance(item, Run) and set(item.code.decode("cp932")) <= set("─│")]
    for rule in (rule for rule in _LAYOUT.rules if rule.width > 24):
        near = [run for run in strokes if abs(run.y + 11 - rule.y) <= 1 and rule.x <= run.x <= rule.right - run.width]
        assert near, rule
        assert max(run.width for run in near) >= rule.width - 3 * 24
    runs = _runs(sheet)
    for caption in _LAYOUT.captions:
        for text in caption.text if caption.vertical else [caption.text]:
            assert caption.box.holds(
                Box(runs[text].x, runs[text].y, runs[text].width, runs[text].bottom - runs[text].y)
            )


# Sheets


def _sheet(*items: Run | Picture, height: int = 800) -> Sheet:
    return Sheet(576, height, items)


def _run(y: int) -> Run:
    return Run(0, y, 24, Style(24, 1, 1), b"\x93\x8c")


def test_a_label_that_is_longer_than_the_printers_sheets_is_divided_between_its_lines() -> None:
    above, below = divided(_sheet(_run(0), _run(290), _run(310), _run(700)), 300)[:2]
    assert (above.height, [item.y for item in above.items]) == (290, [0])
    assert [item.y for item in below.items] == [0, 20]
    parts = divided(_sheet(*(_run(y) for y in range(0, 800, 25))), 300)
    assert sum(part.height for part in parts) == 800
    assert sum(len(part.items) for part in parts) == 32
    assert max(part.height for part in parts) <= 300


def test_a_label_without_a_row_to_divide_it_at_goes_as_stripes(typeface: Typeface) -> None:
    tall = Picture(0, 0, Image.new("1", (8, 700)))
    with pytest.raises(DoesNotDivide):
        divided(_sheet(tall), 500)
    short = replace(_L90, page_rows=40)
    assert _press(typeface, rom=short).job(PLAIN) == _press(typeface, Kind.STRIPES).job(PLAIN)


def test_no_position_makes_a_real_time_command() -> None:
    """Row 1040 is 10 04 for GS $."""
    marks: list[Mark] = []
    model = Model(page_mode_rows=2000)
    for row in (1040, 1044, 1056, 1296, 1300):
        data = Encoder(Rom(page_rows=2000)).encode(_sheet(replace(_run(0), y=row - 20), height=1500))
        assert not any(hazard in data for hazard in HAZARDS)
        Interpreter(model, TYPEFACE, lambda _, mark: marks.append(mark)).feed(b"\x1b@\x1dP\xcb\xcb" + data)
    assert [mark.y for mark in marks] == [1020, 1024, 1036, 1276, 1280]


def _dots(image: Image.Image) -> bytes:
    """A byte a dot."""
    return image.convert("L").tobytes()


@pytest.mark.parametrize("graphics", [True, False])
@pytest.mark.parametrize("size", [(8, 8), (40, 30), (45, 25), (16, 515), (96, 86), (576, 60)])
def test_a_picture_of_any_size_comes_out_as_it_is(graphics: bool, size: tuple[int, int]) -> None:
    image = Image.effect_noise(size, 90).point([255 * (level > 128) for level in range(256)], "1")
    twice = image.resize((size[0] * 2, size[1] * 2), Image.Resampling.NEAREST) if size[0] < 288 else image
    for each in (image, twice):
        sheet = _sheet(Picture(0, 24, each), height=each.height + 48)
        data = Encoder(Rom(graphics=graphics, page_rows=3000)).encode(sheet)
        assert not any(hazard in data for hazard in HAZARDS)
        (label,), _ = printed(b"\x1b@\x1dP\xcb\xcb" + data, model=Model(cutter_distance_mm=0, page_mode_rows=3000))
        got = Image.frombytes("1", (576, label.height_dots), label.rows, "raw", "1;I")
        inside = got.crop((0, 24, each.width, 24 + each.height))
        differing = [
            (before, after) for before, after in zip(_dots(each), _dots(inside), strict=True) if before != after
        ]
        assert set(differing) <= {(255, 0)}, "only dots against real-time commands are added"
        assert len(differing) <= len(data) // 200 + 2


def test_dots_that_all_stand_twice_are_sent_once() -> None:
    image = Image.effect_noise((48, 40), 90).point([255 * (level > 128) for level in range(256)], "1")
    twice = image.resize((96, 80), Image.Resampling.NEAREST)
    encoder = Encoder(Rom(graphics=True))
    assert len(encoder.encode(_sheet(Picture(0, 0, twice)))) == len(encoder.encode(_sheet(Picture(0, 0, image))))


def test_doubled_dots_whose_half_would_be_a_command_are_sent_as_they_are() -> None:
    """A dot more in what is printed twice as large would be four, such as a module of a QR code."""
    half = Image.frombytes("1", (16, 2), b"\x10\x04\x00\x81").point([255] + [0] * 255)
    twice = half.resize((32, 4), Image.Resampling.NEAREST)
    data = Encoder(Rom(graphics=True)).encode(_sheet(Picture(0, 30, twice), height=60))
    (label,), _ = printed(b"\x1b@\x1dP\xcb\xcb" + data)
    got = Image.frombytes("1", (576, label.height_dots), label.rows, "raw", "1;I")
    assert got.crop((0, 30, 32, 34)).tobytes() == twice.tobytes()


def test_styles_are_set_when_they_change_and_kanji_mode_once(typeface: Typeface) -> None:
    data = _press(typeface).job(order(pieces=pieces(2))).data
    assert data.count(b"\x1cC\x01\x1c&") == 1
    sizes = re.findall(rb"\x1d!(.)", data, re.DOTALL)
    assert all(before != after for before, after in itertools.pairwise(sizes))


# Which of them


@pytest.mark.parametrize(
    ("setting", "model", "slow", "kind"),
    [
        ("auto", "tm-l90", True, Kind.NATIVE),
        ("auto", "tm-l90", False, Kind.BANDS),
        ("native", "tm-l90", False, Kind.NATIVE),
        ("raster", "tm-l90", True, Kind.STRIPES),
        ("raster", "tm-l90", False, Kind.BANDS),
        ("auto", "tm-t90", True, Kind.NATIVE),
        ("auto", "tm-t88iv", True, Kind.STRIPES),
        ("auto", "generic", True, Kind.STRIPES),
        ("auto", "generic", False, Kind.BANDS),
    ],
)
def test_the_rendering_follows_from_setting_line_and_record(setting: str, model: str, slow: bool, kind: Kind) -> None:
    assert choose(setting, rom_of(record_of(model)), slow_line=slow).kind is kind  # type: ignore[arg-type]


@pytest.mark.parametrize("model", ["generic", "tm-t88iv"])
def test_native_labels_of_a_printer_that_is_not_known_to_have_them_are_refused(model: str) -> None:
    with pytest.raises(NoNative, match="no Japanese characters"):
        choose("native", rom_of(record_of(model)), slow_line=True)
