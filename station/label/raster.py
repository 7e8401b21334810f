"""A placed label as dots."""

from collections.abc import Iterable

from PIL import Image, ImageChops

from station.label.dots import Canvas, Dots
from station.label.fonts import Glyph, Typeface
from station.label.layout import Box, Caption, Frame, Layout, TextBox
from station.label.placing import PlacedBars, PlacedLabel, PlacedText, run
from station.label.qr import PlacedQr

_LINE_DOTS = 2
_VERTICAL_PITCH = 1.15
_BASELINE = 1.0
"""Of a caption's line, below its top, in ems."""


def draw_form(layout: Layout, typeface: Typeface) -> Dots:
    """What every label of a layout has in common, its rules and captions, on white."""
    canvas = Canvas(layout.width, layout.height)
    for rule in layout.rules:
        canvas.fill(rule)
    for caption in layout.captions:
        _draw_caption(canvas, caption, typeface)
    return canvas.dots()


def draw_label(placed: PlacedLabel, form: Dots, typeface: Typeface) -> Dots:
    """A label on a copy of its form.

    Bars and QR modules cover whole dots, at least two each.
    """
    canvas = Canvas.on(form)
    for box, frame in placed.frames:
        _draw_frame(canvas, box, frame)
    for line in placed.placed:
        _draw_line(canvas, line, typeface)
    canvas.draw([(placed.bars.x, placed.bars.y, bars_dots(placed.bars))])
    canvas.draw([(placed.qr.x, placed.qr.y, qr_dots(placed.qr))])
    if placed.logo is not None:
        canvas.draw([(placed.logo.x, placed.logo.y, Dots.of(placed.logo.image))])
    return canvas.dots()


def draw_texts(canvas: Canvas, box: TextBox, lines: Iterable[PlacedText], typeface: Typeface) -> None:
    """The lines of one box, where nothing stands yet."""
    if box.frame is not Frame.NONE:
        _draw_frame(canvas, box.box, box.frame)
    for line in lines:
        _draw_line(canvas, line, typeface)


def draw_text_box(box: TextBox, lines: Iterable[PlacedText], typeface: Typeface) -> Image.Image:
    """One text with its frame, alone on its box."""
    canvas = _reaching(box.box)
    draw_texts(canvas, box, lines, typeface)
    return _inside(canvas, box.box)


def draw_caption(caption: Caption, typeface: Typeface) -> Image.Image:
    """One caption, alone on its box."""
    canvas = _reaching(caption.box)
    _draw_caption(canvas, caption, typeface)
    return _inside(canvas, caption.box)


def _reaching(box: Box) -> Canvas:
    return Canvas(-(-box.right // 8) * 8, box.bottom)


def _inside(canvas: Canvas, box: Box) -> Image.Image:
    return canvas.dots().image().crop((box.x, box.y, box.right, box.bottom))


def _draw_frame(canvas: Canvas, box: Box, frame: Frame) -> None:
    canvas.fill(box)
    if frame is Frame.LINE:
        canvas.fill(box.shrunk(_LINE_DOTS), white=True)


def _draw_line(canvas: Canvas, line: PlacedText, typeface: Typeface) -> None:
    draw_run(canvas, run(line.text, line.size, line.bold, typeface), line.x, line.baseline, white=line.white)


def draw_run(
    canvas: Canvas, glyphs: Iterable[tuple[int, Glyph]], x: int, baseline: int, *, white: bool = False
) -> None:
    """Characters side by side, as ``run`` has them."""
    canvas.draw(
        [(x + pen + glyph.left, baseline + glyph.top, glyph.dots) for pen, glyph in glyphs if glyph.dots is not None],
        white=white,
    )


def paste_run(page: Image.Image, glyphs: Iterable[tuple[int, Glyph]], x: int, baseline: int) -> None:
    """The same in black on a picture of mode "1" that is no label."""
    for pen, glyph in glyphs:
        if glyph.dots is not None:
            mask = ImageChops.invert(glyph.dots.image())
            page.paste(0, (x + pen + glyph.left, baseline + glyph.top), mask)


def bars_dots(bars: PlacedBars) -> Dots:
    """The symbol alone."""
    width = sum(bars.widths)
    row = "".join(("1", "0")[number % 2] * dots for number, dots in enumerate(bars.widths))
    return Dots(width, bars.height, _packed_row(row) * bars.height)


def qr_dots(code: PlacedQr) -> Dots:
    """The code alone, without its quiet zone."""
    dots = code.module_dots
    rows = ("".join(("0", "1")[black] * dots for black in row) for row in code.matrix())
    side = code.modules * dots
    return Dots(side, side, b"".join(_packed_row(row) * dots for row in rows))


def _packed_row(row: str) -> bytes:
    row_bytes = (len(row) + 7) // 8
    return (int(row, 2) << 8 * row_bytes - len(row)).to_bytes(row_bytes)


def caption_size(caption: Caption, typeface: Typeface) -> tuple[int, int]:
    """How wide and how high a caption is drawn, in dots."""
    if caption.vertical:
        return caption.size, round(caption.size * _VERTICAL_PITCH) * len(caption.text)
    glyphs = run(caption.text, caption.size, caption.bold, typeface)
    return sum(glyph.advance for _, glyph in glyphs), caption.size


def _draw_caption(canvas: Canvas, caption: Caption, typeface: Typeface) -> None:
    if caption.solid:
        canvas.fill(caption.box)
    lines = tuple(caption.text) if caption.vertical else (caption.text,)
    pitch = round(caption.size * _VERTICAL_PITCH)
    top = caption.box.y + (caption.box.height - pitch * len(lines)) // 2
    for number, text in enumerate(lines):
        glyphs = list(run(text, caption.size, caption.bold, typeface))
        width = sum(glyph.advance for _, glyph in glyphs)
        x = caption.box.x + ((caption.box.width - width) // 2 if caption.vertical else 0)
        baseline = top + number * pitch + round(caption.size * _BASELINE)
        draw_run(canvas, glyphs, x, baseline, white=caption.solid)
