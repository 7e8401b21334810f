"""A placed label as dots."""

from collections.abc import Iterable

from PIL import Image

from station.label.fonts import Glyph, Typeface
from station.label.layout import Box, Caption, Frame, Layout, TextBox
from station.label.placing import PlacedBars, PlacedLabel, PlacedText, run
from station.label.qr import PlacedQr

_BLACK, _WHITE = 0, 255
_LINE_DOTS = 2
_VERTICAL_PITCH = 1.15
_BASELINE = 1.0
"""Of a caption's line, below its top, in ems."""


def draw_form(layout: Layout, typeface: Typeface) -> Image.Image:
    """What every label of a layout has in common, its rules and captions, on white. Mode "1"."""
    image = Image.new("1", (layout.width, layout.height), _WHITE)
    for rule in layout.rules:
        fill(image, rule, _BLACK)
    for caption in layout.captions:
        _draw_caption(image, caption, typeface)
    return image


def draw_label(placed: PlacedLabel, form: Image.Image, typeface: Typeface) -> Image.Image:
    """A label on a copy of its form. Mode "1", black on white.

    Bars and QR modules cover whole dots, at least two each.
    """
    image = form.copy()
    for box, frame in placed.frames:
        _draw_frame(image, box, frame)
    for line in placed.placed:
        _draw_line(image, line, typeface)
    image.paste(bars_image(placed.bars), (placed.bars.x, placed.bars.y))
    image.paste(qr_image(placed.qr), (placed.qr.x, placed.qr.y))
    if placed.logo is not None:
        image.paste(placed.logo.image, (placed.logo.x, placed.logo.y))
    return image


def draw_texts(image: Image.Image, box: TextBox, lines: Iterable[PlacedText], typeface: Typeface) -> None:
    """The lines of one box, on a picture that has nothing there."""
    if box.frame is not Frame.NONE:
        _draw_frame(image, box.box, box.frame)
    for line in lines:
        _draw_line(image, line, typeface)


def draw_text_box(box: TextBox, lines: Iterable[PlacedText], typeface: Typeface) -> Image.Image:
    """One text with its frame, alone on its box."""
    whole = Image.new("1", (box.box.right, box.box.bottom), _WHITE)
    draw_texts(whole, box, lines, typeface)
    return whole.crop((box.box.x, box.box.y, box.box.right, box.box.bottom))


def draw_caption(caption: Caption, typeface: Typeface) -> Image.Image:
    """One caption, alone on its box."""
    box = caption.box
    whole = Image.new("1", (box.right, box.bottom), _WHITE)
    _draw_caption(whole, caption, typeface)
    return whole.crop((box.x, box.y, box.right, box.bottom))


def _draw_frame(image: Image.Image, box: Box, frame: Frame) -> None:
    fill(image, box, _BLACK)
    if frame is Frame.LINE:
        fill(image, box.shrunk(_LINE_DOTS), _WHITE)


def fill(image: Image.Image, box: Box, colour: int) -> None:
    image.paste(colour, (box.x, box.y, box.right, box.bottom))


def _draw_line(image: Image.Image, line: PlacedText, typeface: Typeface) -> None:
    colour = _WHITE if line.white else _BLACK
    draw_run(image, run(line.text, line.size, line.bold, typeface), line.x, line.baseline, colour)


def draw_run(image: Image.Image, glyphs: Iterable[tuple[int, Glyph]], x: int, baseline: int, colour: int) -> None:
    for pen, glyph in glyphs:
        if glyph.mask is not None:
            image.paste(colour, (x + pen + glyph.left, baseline + glyph.top), glyph.mask)


def bars_image(bars: PlacedBars) -> Image.Image:
    """The symbol alone."""
    image = Image.new("1", (sum(bars.widths), bars.height), _WHITE)
    x = 0
    for number, width in enumerate(bars.widths):
        if number % 2 == 0:
            fill(image, Box(x, 0, width, bars.height), _BLACK)
        x += width
    return image


def qr_image(code: PlacedQr) -> Image.Image:
    """The code alone, without its quiet zone."""
    modules = Image.new("1", (code.modules, code.modules), _WHITE)
    modules.putdata([_BLACK if black else _WHITE for row in code.matrix() for black in row])
    side = code.modules * code.module_dots
    return modules.resize((side, side), Image.Resampling.NEAREST)


def caption_size(caption: Caption, typeface: Typeface) -> tuple[int, int]:
    """How wide and how high a caption is drawn, in dots."""
    if caption.vertical:
        return caption.size, round(caption.size * _VERTICAL_PITCH) * len(caption.text)
    glyphs = run(caption.text, caption.size, caption.bold, typeface)
    return sum(glyph.advance for _, glyph in glyphs), caption.size


def _draw_caption(image: Image.Image, caption: Caption, typeface: Typeface) -> None:
    if caption.solid:
        fill(image, caption.box, _BLACK)
    lines = tuple(caption.text) if caption.vertical else (caption.text,)
    pitch = round(caption.size * _VERTICAL_PITCH)
    top = caption.box.y + (caption.box.height - pitch * len(lines)) // 2
    for number, text in enumerate(lines):
        glyphs = list(run(text, caption.size, caption.bold, typeface))
        width = sum(glyph.advance for _, glyph in glyphs)
        x = caption.box.x + ((caption.box.width - width) // 2 if caption.vertical else 0)
        baseline = top + number * pitch + round(caption.size * _BASELINE)
        draw_run(image, glyphs, x, baseline, _WHITE if caption.solid else _BLACK)
