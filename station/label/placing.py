"""Texts into boxes: wrapped, shrunk by rule, never cut off, never over each other; or refused by name."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from station.label.characters import MARKS, characters
from station.label.content import DoesNotFit, Field, LabelContent, Paragraphs
from station.label.fonts import Glyph, Metrics, Typeface
from station.label.layout import Align, Box, Frame, Layout, TextBox
from station.label.merchants import NO_MERCHANT, Merchant
from station.label.nw7 import widest_within
from station.label.qr import PlacedQr, place_qr


@dataclass(frozen=True, slots=True)
class PlacedText:
    """One line of a field's text, where it is drawn."""

    field: Field
    text: str
    size: int
    bold: bool
    x: int
    """Of the pen at the line's start."""
    baseline: int
    white: bool
    """White letters on black."""
    ink: Box
    """Exactly the dots that the letters reach to."""


@dataclass(frozen=True, slots=True)
class PlacedBars:
    """The NW-7 symbol: bar, space, bar, ... from x on."""

    x: int
    y: int
    height: int
    widths: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PlacedLogo:
    """The merchant's logo, in mode "1", with its upper left corner at x, y."""

    image: Image.Image
    x: int
    y: int


@dataclass(frozen=True, slots=True)
class PlacedLabel:
    """Everything on one label that differs from label to label."""

    placed: tuple[PlacedText, ...]
    frames: tuple[tuple[Box, Frame], ...]
    bars: PlacedBars
    qr: PlacedQr
    logo: PlacedLogo | None = None


@dataclass(frozen=True, slots=True)
class _Line:
    """A line's text and its extent around a pen at 0, 0 on the baseline."""

    text: str
    left: int
    right: int
    top: int
    bottom: int

    @property
    def width(self) -> int:
        return self.right - self.left


def place(content: LabelContent, layout: Layout, typeface: Typeface, merchant: Merchant = NO_MERCHANT) -> PlacedLabel:
    """Every text, the bars, the QR code and the merchant's logo at their place.

    Raises DoesNotFit for what is too much for its box at its smallest size, and for a character that the font lacks.
    """
    boxes = [box for box in layout.texts if box.field in content.texts]
    return PlacedLabel(
        placed=tuple(line for box in boxes for line in fit(content.texts[box.field], box, typeface)),
        frames=tuple((box.box, box.frame) for box in boxes if box.frame is not Frame.NONE),
        bars=place_bars(content.nw7, layout.bars),
        qr=place_qr(content.scan_back, layout.qr),
        logo=_place_logo(merchant, layout.logo),
    )


def _place_logo(merchant: Merchant, box: Box | None) -> PlacedLogo | None:
    logo = None if box is None else merchant.logo_within(box.width, box.height)
    if box is None or logo is None:
        return None
    return PlacedLogo(logo, box.x + (box.width - logo.width) // 2, box.y + (box.height - logo.height) // 2)


def place_bars(nw7: str, box: Box) -> PlacedBars:
    """The largest symbol that its box takes. Raises DoesNotFit."""
    symbol = widest_within(nw7, box.width)
    if symbol is None:
        raise DoesNotFit(
            Field.TRACKING_NUMBER, f"{len(nw7) - 2} digits are too many for an NW-7 symbol of {box.width} dots"
        )
    _, widths = symbol
    return PlacedBars(box.x + (box.width - sum(widths)) // 2, box.y, box.height, widths)


def fit(paragraphs: Paragraphs, box: TextBox, metrics: Metrics) -> tuple[PlacedText, ...]:
    """The text at the largest size at which it fits; paragraphs run on where they have no line each.

    Raises DoesNotFit.
    """
    for character in {character for text in paragraphs for character in characters(text)}:
        if not metrics.draws(character):
            codes = " ".join(f"U+{ord(point):04X}" for point in character)
            raise DoesNotFit(
                box.field,
                f"the label's font has no {character!a} ({codes}); replace it by a character that it has",
            )
    for lines, size in _attempts(paragraphs, box, metrics):
        placed = _at_size(lines, box, size, metrics)
        if placed is not None:
            return placed
    raise DoesNotFit(box.field, _too_long(box, metrics))


def _attempts(paragraphs: Paragraphs, box: TextBox, metrics: Metrics) -> Iterator[tuple[list[str], int]]:
    """The rule of shrinking and wrapping: the lines and sizes to try, the most readable first."""
    for size in box.sizes:
        if size >= box.whole_from > 0:
            yield list(paragraphs), size
    run_on = " ".join(paragraphs)
    for texts in dict.fromkeys((paragraphs, (run_on,))):
        for size in box.sizes:
            yield [line for text in texts for line in _wrap(text, _UNIT, size, box, metrics)], size
    yield list(_wrap(run_on, _CHARACTER, box.sizes[-1], box, metrics)), box.sizes[-1]


def _too_long(box: TextBox, metrics: Metrics) -> str:
    size = box.sizes[-1]
    across, down = box.inside.width // size, 1 + (box.inside.height - size) // metrics.pitch(size)
    return (
        f"is too long: the label has {down} line{'s' * (down > 1)} of {across} full-width characters for it at "
        f"the smallest readable size ({size} dots)"
    )


def _at_size(texts: list[str], box: TextBox, size: int, metrics: Metrics) -> tuple[PlacedText, ...] | None:
    inside = box.inside
    lines = [_measure(text, size, box.bold, metrics) for text in texts]
    pitch = max(metrics.pitch(size), max(line.bottom for line in lines) - min(line.top for line in lines))
    height = (len(lines) - 1) * pitch - lines[0].top + lines[-1].bottom
    if height > inside.height or any(line.width > inside.width for line in lines):
        return None
    first_baseline = inside.y + (inside.height - height) // 2 - lines[0].top
    return tuple(_placed(line, box, size, first_baseline + number * pitch) for number, line in enumerate(lines))


def _placed(line: _Line, box: TextBox, size: int, baseline: int) -> PlacedText:
    free = box.inside.width - line.width
    indent = {Align.LEFT: 0, Align.CENTER: free // 2, Align.RIGHT: free}[box.align]
    left = box.inside.x + indent
    return PlacedText(
        field=box.field,
        text=line.text,
        size=size,
        bold=box.bold,
        x=left - line.left,
        baseline=baseline,
        white=box.frame is Frame.SOLID,
        ink=Box(left, baseline + line.top, line.width, line.bottom - line.top),
    )


def run(text: str, size: int, bold: bool, typeface: Typeface) -> Iterator[tuple[int, Glyph]]:
    """The pen's place and the glyph of each character of a line that starts at 0."""
    pen = 0
    for character in characters(text):
        glyph = typeface.glyph(character, size, bold)
        yield pen, glyph
        pen += glyph.advance


def _measure(text: str, size: int, bold: bool, metrics: Metrics) -> _Line:
    inked, pen = [], 0
    for character in characters(text):
        extent = metrics.extent(character, size, bold)
        if extent.width:
            inked.append((pen, extent))
        pen += extent.advance
    return _Line(
        text,
        left=min(pen + extent.left for pen, extent in inked),
        right=max(pen + extent.right for pen, extent in inked),
        top=min(extent.top for _, extent in inked),
        bottom=max(extent.bottom for _, extent in inked),
    )


_STAYS_BEHIND = "、。，．・：；？！）」』】〕々ーｰﾞﾟぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮヵヶ\u00a0様"
"""What must not begin a line (JIS X 4051), and a name's 様 with the no-break space before it."""
_UNIT = re.compile(rf"[ \u3000]+|(?:(?:[!-~\u00c0-\u024f]{MARKS}*)+|[^ \u3000]{MARKS}*)(?:[{_STAYS_BEHIND}]{MARKS}*)*")
"""What stays on one line: a word of Latin letters or digits, or one character, and what stays behind it."""
_CHARACTER = re.compile(rf".{MARKS}*")
"""What stays on one line where the text would fit in no other way: a torn word can be read, a refused order not."""


def _wrap(text: str, units: re.Pattern[str], size: int, box: TextBox, metrics: Metrics) -> Iterator[str]:
    """The lines of a paragraph within its box. Blanks at a line's ends are left out, nothing else."""

    def dots(part: str) -> int:
        return sum(metrics.extent(character, size, box.bold).advance for character in characters(part))

    width = box.inside.width

    line, line_dots = "", 0
    for unit in units.findall(text):
        for part in (unit,) if dots(unit) <= width else characters(unit):
            part_dots = dots(part)
            if line_dots + part_dots > width and line.strip():
                yield line.strip()
                line, line_dots = "", 0
            if line or part.strip():
                line, line_dots = line + part, line_dots + part_dots
    if line.strip():
        yield line.strip()
