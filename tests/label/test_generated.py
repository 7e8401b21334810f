"""Two thousand generated instructions, rendered both ways, printed on the emulated printer and looked at dot by dot.

Each number is one instruction; what a failure names can be looked at alone: ``problems_of(number)``.
"""

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from functools import cache

import pytest
import zxingcpp
from PIL import Image, ImageChops

from station.emulator.interpreter import Interpreter
from station.emulator.model import Model
from station.emulator.operations import Cut, FeedRows, Finding, PrintRows
from station.emulator.page import Mark
from station.label.characters import characters
from station.label.content import DoesNotFit, Field, LabelContent
from station.label.escpos import HAZARDS
from station.label.fonts import Typeface, open_typeface
from station.label.layout import Box, Layout, TextBox
from station.label.layouts import ANY_CARRIER, SHIPPED_CARRIERS, shipped_layout
from station.label.placing import PlacedText, run
from station.label.press import LabelPress
from station.label.raster import paste_run
from station.label.rendering import Drawing, Kind, Rendering, render
from station.label.rom import Rom, rom_of
from station.printers.models import record_of
from tests.emulator.jobs import TYPEFACE
from tests.label.generated import instruction

INSTRUCTIONS = 2000
_CHUNK = 50
_PAPERS_IN_TURN = (*("80x100",) * 5, "100x150", *("80x100",) * 4, "4x6")
_L90 = rom_of(record_of("tm-l90")) or Rom()
_ROMS = (
    _L90,
    Rom(page_rows=900),
    Rom((24, 16), nec_row_13=True, ibm_extensions=True, nw7=True, qr=True, graphics=True, page_rows=831),
)
"""Of the instructions in turn: a Japanese TM-L90; the least that native labels need; a ROM with cp932's characters."""
_RULES = "─│"
_DRAWN = "\0"
"""Stands for a character that the ROM lacks."""
_SCRUBBED_DOTS = 64
"""More dots than this are never added to a label's image data against real-time commands."""


@cache
def _typeface() -> Typeface:
    return open_typeface()


@cache
def _press(paper: str) -> LabelPress:
    layouts = {carrier: shipped_layout(carrier, paper) for carrier in SHIPPED_CARRIERS}
    return LabelPress(_typeface(), layouts[ANY_CARRIER], {}, layouts)


@dataclass(frozen=True)
class _Label:
    """On paper: its dots, black on white, and what was put on its sheets."""

    image: Image.Image
    marks: tuple[Mark, ...]


def _printed(job: bytes, rom: Rom, layout: Layout) -> tuple[list[_Label], list[Finding]]:
    model = Model(
        width_dots=layout.width, cutter_distance_mm=0, page_mode_rows=rom.page_rows, kanji_extensions=rom.nec_row_13
    )
    seen: list[Mark] = []
    interpreter = Interpreter(model, TYPEFACE, lambda _, mark: seen.append(mark))
    labels, marks, strip, findings = [], [], b"", []
    while job:
        used, operations = interpreter.take(job)
        job = job[used:]
        for operation in operations:
            match operation:
                case PrintRows():
                    marks += [replace(mark, y=mark.y + len(strip) // model.row_bytes) for mark in seen]
                    seen.clear()
                    strip += operation.rows
                case FeedRows():
                    strip += bytes(operation.count * model.row_bytes)
                case Cut():
                    size = (model.width_dots, len(strip) // model.row_bytes)
                    labels.append(_Label(Image.frombytes("1", size, strip, "raw", "1;I"), tuple(marks)))
                    marks, strip = [], b""
                case Finding():
                    findings.append(operation)
    return labels, findings


def _box(mark: Mark | PlacedText) -> Box:
    return mark.ink if isinstance(mark, PlacedText) else Box(mark.x, mark.y, mark.width, mark.height)


def _crop(image: Image.Image, box: Box) -> Image.Image:
    return image.crop((box.x, box.y, box.right, box.bottom))


def _differing(image: Image.Image, other: Image.Image) -> int:
    if image.size != other.size:
        return image.width * image.height
    return ImageChops.logical_xor(image, other).histogram()[255]


def _codes(image: Image.Image) -> dict[str, str]:
    formats = zxingcpp.BarcodeFormat.Codabar | zxingcpp.BarcodeFormat.QRCode
    return {str(code.format): code.text for code in zxingcpp.read_barcodes(image.convert("L"), formats=formats)}


def _said(content: LabelContent) -> dict[str, str]:
    return {"Codabar": content.nw7, "QR Code": str(content.scan_back)}


# The picture


def _raster_problems(label: _Label, drawing: Drawing) -> Iterator[str]:
    """Codes that are read, and the picture as it was drawn."""
    if _differing(label.image, drawing.draw().image()) > _SCRUBBED_DOTS:
        yield "another picture on paper"
    if (codes := _codes(label.image)) != _said(drawing.content):
        yield f"codes: {codes}"


def _picture_problems(label: _Label, drawing: Drawing, layout: Layout) -> Iterator[str]:
    """Codes that are read, lines inside of their boxes and apart from each other, and the glyphs' own dots there."""
    boxes, image = {box.field: box for box in layout.texts}, drawing.draw().image()
    yield from _raster_problems(label, drawing)
    lines = drawing.placed.placed
    for number, line in enumerate(lines):
        if not boxes[line.field].inside.holds(line.ink):
            yield f"{line.field}: out of its box"
        if any(line.ink.meets(other.ink) for other in lines[number + 1 :]):
            yield f"{line.field}: over another line"
        if _differing(_crop(image, line.ink), _as_glyphs(line)):
            yield f"{line.field}: not its glyphs' dots"
    for field, text in drawing.content.texts.items():
        placed = "".join("".join(line.text.split()) for line in lines if line.field is field)
        if placed != "".join("".join(text).split()):
            yield f"{field}: another text"


def _as_glyphs(line: PlacedText) -> Image.Image:
    paper = Image.new("1", (line.ink.width, line.ink.height), 255)
    glyphs = run(line.text, line.size, line.bold, _typeface())
    paste_run(paper, glyphs, line.x - line.ink.x, line.baseline - line.ink.y)
    return ImageChops.invert(paper) if line.white else paper


# The native label


def _native_problems(label: _Label, drawing: Drawing, layout: Layout, rom: Rom, count: Counter[str]) -> Iterator[str]:
    """Codes that are read, and each text in its box: in the printer's characters, or as the picture has it."""
    if (codes := _codes(label.image)) != _said(drawing.content):
        yield f"codes: {codes}"
    texts = [mark for mark in label.marks if mark.kind == "text" and mark.text not in _RULES]
    pictures = [mark for mark in label.marks if mark.kind == "image"]
    for box in layout.texts:
        own, texts = _inside(box.inside, texts)
        drawn, _ = _inside(box.box, pictures)
        said = drawing.content.texts.get(box.field)
        if said is None:
            if own or drawn:
                yield f"{box.field}: says something"
        elif own:
            count["in characters"] += 1
            yield from _text_problems(box.field, own, drawn, said, rom)
        else:
            count["as a picture"] += 1
            yield from _same_as_picture(box, drawn, label, drawing)
    for caption in layout.captions:
        own, texts = _inside(caption.box, texts)
        if own and "".join(mark.text for mark in _in_order(own)) != caption.text:
            yield f"{caption.text}: {own}"
    if texts:
        yield f"out of every box: {texts}"


def _inside(box: Box, marks: Sequence[Mark]) -> tuple[list[Mark], list[Mark]]:
    """Those that lie in a box, and the others."""
    sides = box.x, box.y, box.right, box.bottom
    inside: list[Mark] = []
    outside: list[Mark] = []
    for mark in marks:
        lies = sides[0] <= mark.x <= sides[2] - mark.width and sides[1] <= mark.y <= sides[3] - mark.height
        (inside if lies else outside).append(mark)
    return inside, outside


def _text_problems(
    field: Field, own: Sequence[Mark], drawn: Sequence[Mark], said: Sequence[str], rom: Rom
) -> Iterator[str]:
    shown, astray = "", set(drawn)
    for mark in _in_order(own):
        inside = [picture for picture in drawn if _box(mark).holds(_box(picture))]
        astray -= set(inside)
        if mark.text.strip() or inside:
            shown += _DRAWN if inside else mark.text
    expected = "".join(
        code.decode("cp932") if (code := rom.code(character)) is not None else _DRAWN
        for text in said
        for character in characters(text)
        if character.strip()
    )
    expected = expected.translate({0x5C: "¥", 0x7E: "‾"})
    if shown != expected:
        yield f"{field}: {shown!a} for {expected!a}"
    if astray:
        yield f"{field}: drawn out of their places: {astray}"
    for mark, after in zip(_in_order(own), _in_order(own)[1:], strict=False):
        if after.x < mark.x + mark.width and after.y < mark.y + mark.height:
            yield f"{field}: characters over each other"


def _in_order(marks: Sequence[Mark]) -> list[Mark]:
    return sorted(marks, key=lambda mark: (mark.y, mark.x))


def _same_as_picture(box: TextBox, drawn: Sequence[Mark], label: _Label, drawing: Drawing) -> Iterator[str]:
    if not drawn:
        yield f"{box.field}: is missing"
        return
    lines = [line for line in drawing.placed.placed if line.field is box.field]
    for line in lines:
        if _differing(_crop(label.image, line.ink), _as_glyphs(line)) > _SCRUBBED_DOTS:
            yield f"{box.field}: another picture"


# All of them


def problems_of(number: int, count: Counter[str] | None = None) -> list[str]:
    """What is wrong with one instruction's labels, all pieces and a reprint of the last included."""
    counter: Counter[str] = Counter() if count is None else count
    one, rom, reprint = instruction(number), _ROMS[number % len(_ROMS)], number % 7
    press = _press(_PAPERS_IN_TURN[number % len(_PAPERS_IN_TURN)])
    try:
        drawings = [_drawn_once(press.drawing(one, piece, reprint)) for piece in range(1, len(one.pieces) + 1)]
    except DoesNotFit as refused:
        counter[f"refused: {refused.field}"] += 1
        return []
    counter["printed"] += 1
    return [f"{number}: {problem}" for problem in _problems(drawings, press.layout_of(one), rom, counter)]


def _problems(drawings: Sequence[Drawing], layout: Layout, rom: Rom, count: Counter[str]) -> Iterator[str]:
    kinds = tuple(Kind) if rom is not _L90 else (Kind.BANDS, Kind.NATIVE)
    for kind in kinds:
        job = render(drawings, layout, _typeface(), Rendering(kind, rom))
        labels, findings = _printed(job, rom, layout)
        yield from (f"{kind}: {finding}" for finding in findings)
        if any(hazard in job for hazard in HAZARDS):
            yield f"{kind}: a real-time command"
        if len(labels) != len(drawings):
            yield f"{kind}: {len(labels)} labels"
            continue
        for label, drawing in zip(labels, drawings, strict=True):
            match kind:
                case Kind.BANDS:
                    found = _picture_problems(label, drawing, layout)
                case Kind.STRIPES:
                    found = _raster_problems(label, drawing)
                case Kind.NATIVE:
                    found = _native_problems(label, drawing, layout, rom, count)
            yield from (f"{kind}: {problem}" for problem in found)


def _drawn_once(drawing: Drawing) -> Drawing:
    dots = drawing.draw()
    return replace(drawing, draw=lambda: dots)


def _chunk(first: int) -> tuple[list[str], Counter[str]]:
    count: Counter[str] = Counter()
    return [problem for number in range(first, first + _CHUNK) for problem in problems_of(number, count)], count


@pytest.mark.timeout(600)
def test_every_generated_instruction_is_printed_right_both_ways_or_refused_by_field() -> None:
    total: Counter[str] = Counter()
    problems: list[str] = []
    with ProcessPoolExecutor(min(4, os.cpu_count() or 1), multiprocessing.get_context("spawn")) as pool:
        for found, count in pool.map(_chunk, range(0, INSTRUCTIONS, _CHUNK)):
            problems += found
            total += count
    assert problems[:20] == []
    assert total["printed"] > 0.9 * INSTRUCTIONS, total
    assert total["in characters"] > 10 * total["as a picture"], total
