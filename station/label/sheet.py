"""The command cards on paper: A4 pages to cut up, each card in Japanese and English, as QR code and as Code 128.

Cards have the size of a bank card (ISO/IEC 7810, ID-1), for the holders that are sold for those.
``python -m station.label.sheet FILE.pdf`` writes the cards of a packing station.
"""

import argparse
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from barcode.codex import Code128
from PIL import Image
from qrcode.main import QRCode

from station.bench.core.cards import CARDS
from station.label.fonts import Typeface, open_typeface
from station.label.layout import Box
from station.label.placing import run
from station.label.raster import draw_run, fill

DOTS_PER_INCH = 300
_BLACK, _WHITE = 0, 255


def _dots(millimetres: float) -> int:
    return round(millimetres * DOTS_PER_INCH / 25.4)


_PAGE_WIDTH, _PAGE_HEIGHT = _dots(210), _dots(297)
_CARD_WIDTH, _CARD_HEIGHT = _dots(85.6), _dots(53.98)
_COLUMNS, _ROWS = 2, 5
_LEFT, _TOP = (_PAGE_WIDTH - _COLUMNS * _CARD_WIDTH) // 2, (_PAGE_HEIGHT - _ROWS * _CARD_HEIGHT) // 2

_QR = Box(_dots(4), _dots(4), _dots(24), _dots(24))
_JAPANESE = Box(_dots(30), _dots(5), _dots(52), _dots(11))
_ENGLISH = Box(_dots(30), _dots(17), _dots(52), _dots(8))
_BARS = Box(_dots(3), _dots(31), _dots(79.6), _dots(14))
_CODE = Box(_dots(3), _dots(46), _dots(79.6), _dots(6))
_QUIET_MODULES = 10
"""Blank narrow widths on each side of a Code 128 symbol (ISO/IEC 15417)."""


def draw_pages(cards: Mapping[str, tuple[str, str]], typeface: Typeface) -> list[Image.Image]:
    """Pages of mode "1" at 300 dpi, ten cards each; ``cards`` maps a code to its Japanese and its English words.

    Raises ValueError for a card whose words or code are too long.
    """
    drawn = [_draw_card(code, words, typeface) for code, words in cards.items()]
    return [_draw_page(drawn[at : at + _COLUMNS * _ROWS]) for at in range(0, len(drawn), _COLUMNS * _ROWS)]


def _draw_page(cards: Sequence[Image.Image]) -> Image.Image:
    page = Image.new("1", (_PAGE_WIDTH, _PAGE_HEIGHT), _WHITE)
    for number, card in enumerate(cards):
        row, column = divmod(number, _COLUMNS)
        page.paste(card, (_LEFT + column * _CARD_WIDTH, _TOP + row * _CARD_HEIGHT))
    return page


def _draw_card(code: str, words: tuple[str, str], typeface: Typeface) -> Image.Image:
    card = Image.new("1", (_CARD_WIDTH, _CARD_HEIGHT), _BLACK)
    fill(card, Box(0, 0, _CARD_WIDTH, _CARD_HEIGHT).shrunk(1), _WHITE)
    japanese, english = words
    _write(card, japanese, _JAPANESE, (64, 56, 48, 42, 36, 32), typeface, bold=True)
    _write(card, english, _ENGLISH, (42, 36, 32, 28), typeface)
    _write(card, code, _CODE, (40,), typeface, centred=True)
    _draw_qr(card, code)
    _draw_code_128(card, code)
    return card


def _write(
    card: Image.Image,
    text: str,
    box: Box,
    sizes: tuple[int, ...],
    typeface: Typeface,
    *,
    bold: bool = False,
    centred: bool = False,
) -> None:
    """One line at the first size at which it fits."""
    for size in sizes:
        glyphs = list(run(text, size, bold, typeface))
        width = sum(glyph.advance for _, glyph in glyphs)
        if width <= box.width:
            x = box.x + (box.width - width) // 2 if centred else box.x
            draw_run(card, glyphs, x, box.y + (box.height + round(0.76 * size)) // 2, _BLACK)
            return
    raise ValueError(f"{text!r} is too long for a card: at most {box.width // sizes[-1]} full-width characters")


def _draw_qr(card: Image.Image, code: str) -> None:
    symbol = QRCode(border=4)
    symbol.add_data(code.encode("ascii"))
    symbol.make(fit=True)
    for x, y, dots in _black_modules(symbol.get_matrix()):
        fill(card, Box(_QR.x + x * dots, _QR.y + y * dots, dots, dots), _BLACK)


def _black_modules(rows: Sequence[Sequence[bool]]) -> Iterator[tuple[int, int, int]]:
    dots = _QR.width // len(rows)
    for y, row in enumerate(rows):
        for x, black in enumerate(row):
            if black:
                yield x, y, dots


def _draw_code_128(card: Image.Image, code: str) -> None:
    modules: str = Code128(code).build()[0]
    dots = _BARS.width // (len(modules) + 2 * _QUIET_MODULES)
    if dots < 2:
        raise ValueError(f"{code!r} is too long for the bars of a card")
    left = _BARS.x + (_BARS.width - dots * len(modules)) // 2
    for number, module in enumerate(modules):
        if module == "1":
            fill(card, Box(left + number * dots, _BARS.y, dots, _BARS.height), _BLACK)


def write_pdf(path: Path, pages: Sequence[Image.Image]) -> None:
    """The pages as one PDF, to be printed at 100 %."""
    first, *others = pages
    first.save(path, "PDF", resolution=DOTS_PER_INCH, save_all=True, append_images=others)


def main() -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="scripts/print-cards", description="Writes the sheet of command cards, to be printed at 100 %."
    )
    parser.add_argument("file", type=Path, help="the PDF to write")
    parser.add_argument("--font", type=Path, help="a Japanese font (default: that of fonts-noto-cjk)")
    arguments = parser.parse_args()
    pages = draw_pages({card.value: words for card, words in CARDS.items()}, open_typeface(arguments.font))
    write_pdf(arguments.file, pages)
    print(f"{arguments.file}: {len(CARDS)} cards on {len(pages)} A4 page{'s' * (len(pages) > 1)}; print at 100 %")


if __name__ == "__main__":
    main()
