"""A label in the printer's own characters and codes: the same texts in the same boxes as in the picture, in few bytes.

Sizes are those that the printer has: the largest that a text's box has dots for, by the same rule of shrinking and
wrapping as in the picture. A character that the ROM lacks is drawn into its place. A text that does not fit at the
printer's sizes stands in its box as it does in the picture, and so do codes that the printer does not draw. So
whatever has a picture has a native label, too.
Rules and frames are the ROM's line characters, to the nearest cell inside of the rule's length; a solid box is white
on black where its letters are.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image

from station.label.characters import characters
from station.label.content import DoesNotFit, LabelContent, Paragraphs
from station.label.fonts import Typeface
from station.label.layout import Box, Caption, Frame, Layout, TextBox
from station.label.nw7 import QUIET_MODULES, widths
from station.label.pagemode import Bars, Item, Picture, Qr, Run, Sheet, Style
from station.label.placing import PlacedLogo, PlacedText, fit, place_bars
from station.label.qr import PlacedQr, place_qr
from station.label.raster import bars_dots, draw_caption, draw_text_box, qr_dots
from station.label.rom import LARGEST_SCALE, Rom, RomMetrics, ascent

_LINE_CELL = 24
_LINE_ROW, _LINE_COLUMN = 11, 12
"""Of the line characters' strokes, in the middle of their cell, give or take one dot."""
_ACROSS, _DOWN = b"\x84\x9f", b"\x84\xa0"
"""─ and │ in Shift_JIS."""
_STANDARD, _SMALL, _SMALL_IN_PICTURE = 24, 16, 18
"""The printer's standard character will do, also where a layout's smallest size is more; and where that is 18 dots, the
printer's small one, whose strokes are made for its 16."""
_SPARED_CELLS = 1
"""How many cells a rule may be shorter for fewer bytes."""
_MODULES = ((3, 8), (2, 5))
"""GS w: the wide elements that a printer draws beside narrow ones of so many dots, best first (TM-T88 manual)."""
_WHITE, _BLACK = 255, 0
_VERTICAL_PITCH = 1.15


@dataclass(frozen=True, slots=True)
class NativeLabels:
    """Lays labels out for one printer model's ROM."""

    rom: Rom
    layout: Layout
    typeface: Typeface

    def sheet(self, content: LabelContent, logo: PlacedLogo | None = None) -> Sheet:
        """One label. Raises DoesNotFit where its picture would."""
        layout = self.layout
        boxes = [box for box in layout.texts if box.field in content.texts]
        items = [*self._form()]
        for box in boxes:
            items += self._text(content.texts[box.field], box)
        if logo is not None:
            items.append(Picture(logo.x, logo.y, logo.image))
        items += [self._bars(content.nw7), self._qr(place_qr(content.scan_back, layout.qr))]
        return Sheet(layout.width, layout.height, tuple(items))

    def _bars(self, nw7: str) -> Bars | Picture:
        """The printer's own bars where they fit, else those of the picture."""
        box = self.layout.bars
        for narrow, wide in _MODULES if self.rom.nw7 else ():
            width = sum(widths(nw7, narrow, wide))
            if width + 2 * QUIET_MODULES * narrow <= box.width:
                return Bars(box.x + (box.width - width) // 2, box.y, width, box.height, narrow, nw7)
        placed = place_bars(nw7, box)
        return Picture(placed.x, placed.y, bars_dots(placed).image())

    def _qr(self, code: PlacedQr) -> Qr | Picture:
        if not self.rom.qr:
            return Picture(code.x, code.y, qr_dots(code).image())
        side = code.modules * code.module_dots
        return Qr(code.x, code.y, side, code.module_dots, code.error_correction, code.text)

    def _form(self) -> Iterator[Item]:
        """What stands on every label."""
        for rule in self.layout.rules:
            yield from _rule(rule)
        for caption in self.layout.captions:
            yield from self._caption(caption)

    # Texts

    def _text(self, paragraphs: Paragraphs, box: TextBox) -> list[Item]:
        metrics = RomMetrics(self.rom, self.typeface)
        sizes = self.rom.sizes(box.sizes[0], _readable(box))
        try:
            lines = fit(paragraphs, replace(box, sizes=sizes), metrics)
        except DoesNotFit:
            return [self._picture(paragraphs, box)]
        items = [item for line in lines for item in self._line(line, metrics)]
        if box.frame is Frame.SOLID and any(isinstance(item, Picture) for item in items):
            return [self._picture(paragraphs, box)]
        if box.frame is Frame.LINE:
            items += _frame(box.box)
        return items

    def _picture(self, paragraphs: Paragraphs, box: TextBox) -> Picture:
        """A text as the picture of the label has it."""
        lines = fit(paragraphs, box, self.typeface)
        image = draw_text_box(box, lines, self.typeface)
        if box.frame is not Frame.NONE:
            return Picture(box.box.x, box.box.y, image)
        return _cropped(Picture(box.box.x, box.box.y, image))

    def _line(self, line: PlacedText, metrics: RomMetrics) -> Iterator[Item]:
        """A line's characters; blanks stand for those that are drawn."""
        cell, scale = self.rom.cell(line.size)
        codes, x, top = [], line.x, line.baseline - ascent(line.size, cell)
        for character in characters(line.text):
            code, extent = self.rom.code(character), metrics.extent(character, line.size, line.bold)
            if code is None:
                yield self._drawn(character, Box(x, top, extent.advance, line.size), line)
                code = "\u3000".encode("cp932") if extent.advance == line.size else b" "
            codes.append(code)
            x += extent.advance
        style = Style(cell, scale, scale, line.bold, line.white)
        yield Run(line.x, top, x - line.x, style, b"".join(codes))

    def _drawn(self, character: str, cell: Box, line: PlacedText) -> Picture:
        """A character in the label's font, as large as its cell takes it."""
        size = cell.height
        glyph = self.typeface.glyph(character, size, line.bold)
        while (glyph.width > cell.width or glyph.height > cell.height) and size > 1:
            size -= 1
            glyph = self.typeface.glyph(character, size, line.bold)
        left = min(max(glyph.left, 0), cell.width - glyph.width)
        top = min(max(line.baseline + glyph.top, cell.y), cell.bottom - glyph.height)
        image = Image.new("1", (1, 1), _WHITE) if glyph.dots is None else glyph.dots.image()
        return Picture(cell.x + left, top, image)

    # The form

    def _caption(self, caption: Caption) -> Iterator[Item]:
        """In the largest cell that is not larger than its letters, or else as it is in the picture."""
        box, letters = caption.box, characters(caption.text)
        size = self.rom.sizes(caption.size, min(self.rom.cells))[0]
        lines = letters if caption.vertical else [caption.text]
        pitch = size if caption.solid or not caption.vertical else round(size * _VERTICAL_PITCH)
        metrics = RomMetrics(self.rom, self.typeface)
        lengths = [
            sum(metrics.extent(letter, size, caption.bold).advance for letter in characters(line)) for line in lines
        ]
        height = pitch * (len(lines) - 1) + size
        known = all(self.rom.code(letter) for letter in letters)
        if not known or max(lengths) > box.width or height > box.height:
            yield _cropped(Picture(box.x, box.y, draw_caption(caption, self.typeface)))
            return
        cell, scale = self.rom.cell(size)
        style = Style(cell, scale, scale, caption.bold, caption.solid)
        top = box.y + (box.height - height) // 2
        for number, (line, length) in enumerate(zip(lines, lengths, strict=True)):
            x = box.x + (box.width - length) // 2 if caption.vertical else box.x
            code = b"".join(self.rom.code(letter) or b"" for letter in characters(line))
            yield Run(x, top + number * pitch, length, style, code)


def _readable(box: TextBox) -> int:
    """The smallest size for a text."""
    return _SMALL if box.sizes[-1] <= _SMALL_IN_PICTURE else min(box.sizes[-1], _STANDARD)


def _cropped(picture: Picture) -> Picture:
    """Without the white around it."""
    box = picture.image.point([255] + [0] * 255).getbbox() or (0, 0, 1, 1)
    return Picture(picture.x + box[0], picture.y + box[1], picture.image.crop(box))


def _rule(rule: Box) -> Iterator[Run]:
    """A rule as one run of line characters, as long as whole cells inside of it."""
    across = rule.width >= rule.height
    cells = (rule.width if across else rule.height) // _LINE_CELL
    if cells < 1:
        return
    scale, count = min(_divisions(cells), key=lambda division: (division[1], -division[0]))
    length = scale * count * _LINE_CELL
    if across:
        x, y = rule.x + (rule.width - length) // 2, rule.y + rule.height // 2 - _LINE_ROW
        yield Run(x, y, length, Style(_LINE_CELL, scale, 1), _ACROSS * count)
        return
    x, y = rule.x + rule.width // 2 - _LINE_COLUMN, rule.y + (rule.height - length) // 2
    for number in range(count):
        yield Run(x, y + number * scale * _LINE_CELL, _LINE_CELL, Style(_LINE_CELL, 1, scale), _DOWN)


def _divisions(cells: int) -> Iterator[tuple[int, int]]:
    """Scales, and how many characters of each make up the length."""
    for length in range(cells, max(cells - _SPARED_CELLS, 1) - 1, -1):
        yield from ((scale, length // scale) for scale in range(1, LARGEST_SCALE + 1) if length % scale == 0)


def _frame(box: Box) -> Iterator[Run]:
    """A rule above and one below."""
    yield from _rule(Box(box.x, box.y, box.width, 1))
    yield from _rule(Box(box.x, box.bottom - 1, box.width, 1))
