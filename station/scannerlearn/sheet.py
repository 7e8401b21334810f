"""The sheet with the three patterns: one A4 page, in Japanese and English."""

from collections.abc import Sequence
from pathlib import Path

from barcode.codabar import CODABAR
from barcode.codex import Code128, Gs1_128
from PIL import Image, ImageDraw

from station.label.fonts import Typeface
from station.label.placing import run
from station.label.raster import paste_run
from station.scannerlearn.patterns import GS1_ELEMENTS, NW7_ENDS, Pattern

DOTS_PER_INCH = 300
_BLACK, _WHITE = 0, 255
_FNC1 = "\xf1"
"""As python-barcode names it."""
_QUIET_MODULES = 12


def _dots(millimetres: float) -> int:
    return round(millimetres * DOTS_PER_INCH / 25.4)


_WIDTH, _HEIGHT = _dots(210), _dots(297)
_LEFT, _TOP, _STEP, _BARS = _dots(25), _dots(30), _dots(80), _dots(25)
_MODULE_DOTS = {Pattern.LAYOUT: 6, Pattern.GS1: 5, Pattern.NW7: 3}
"""0.25 to 0.5 mm: every scanner reads it at a hand's distance. NW-7's narrow bars are two modules."""

_WORDS: dict[Pattern, tuple[str, str]] = {
    Pattern.LAYOUT: ("1. キーボード配列 (Code 128)", "1. Keyboard layout (Code 128)"),
    Pattern.GS1: ("2. FNC1 (GS1-128)", "2. FNC1 (GS1-128)"),
    Pattern.NW7: ("3. NW-7 (スタート A、ストップ B)", "3. NW-7 (start A, stop B)"),
}
_TITLE = ("station scanner learn: 上から順にスキャンしてください", "Scan these from top to bottom. Print at 100 %.")


def modules(pattern: Pattern) -> str:
    """The bars (1) and spaces (0) of a pattern."""
    match pattern:
        case Pattern.LAYOUT:
            return str(Code128(pattern.value).build()[0])
        case Pattern.GS1:
            return str(Gs1_128(_FNC1.join(GS1_ELEMENTS)).build()[0])
        case Pattern.NW7:
            return str(CODABAR(pattern.value.join(NW7_ENDS)).build()[0])


def draw_sheet(typeface: Typeface) -> Image.Image:
    """The page, of mode "1" at 300 dpi."""
    page = Image.new("1", (_WIDTH, _HEIGHT), _WHITE)
    _write(page, _TITLE, _dots(15), typeface)
    for number, pattern in enumerate(Pattern):
        top = _TOP + number * _STEP
        _write(page, _WORDS[pattern], top, typeface)
        _bars(page, modules(pattern), _MODULE_DOTS[pattern], top + _dots(20))
    return page


def write_sheet(path: Path, typeface: Typeface) -> None:
    """The sheet as a file, PDF or PNG by its name. Raises OSError, and ValueError for another kind."""
    page = draw_sheet(typeface)
    match path.suffix.lower():
        case ".pdf":
            page.save(path, "PDF", resolution=DOTS_PER_INCH)
        case ".png":
            page.save(path, "PNG", dpi=(DOTS_PER_INCH, DOTS_PER_INCH))
        case other:
            raise ValueError(f"{path}: a file of kind {other or 'none'!r}; name it FILE.pdf or FILE.png")


def _write(page: Image.Image, words: Sequence[str], top: int, typeface: Typeface) -> None:
    for line, text in enumerate(words):
        size = 44 - 8 * line
        paste_run(page, run(text, size, not line, typeface), _LEFT, top + _dots(5) + line * _dots(6))


def _bars(page: Image.Image, bars: str, dots: int, top: int) -> None:
    draw, left = ImageDraw.Draw(page), _LEFT + _QUIET_MODULES * dots
    for place, bar in enumerate(bars):
        if bar == "1":
            x = left + place * dots
            draw.rectangle((x, top, x + dots - 1, top + _BARS), fill=_BLACK)
