"""Command cards and badges on paper: A4 pages to cut up, or labels of the station's own printer.

Each card in Japanese and English, as QR code and as Code 128; a badge, which is too long for bars, as QR code only. On
A4 they have the size of a bank card (ISO/IEC 7810, ID-1), for the holders that are sold for those.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from barcode.codex import Code128
from PIL import Image
from qrcode.main import QRCode

from station.bench.core.cards import CARDS, NUMBERS
from station.label.escpos import encode_job
from station.label.fonts import Typeface
from station.label.layout import Box
from station.label.placing import run
from station.label.raster import paste_run

_BLACK, _WHITE = 0, 255
_QUIET_MODULES = 10
"""Blank narrow widths on each side of a Code 128 symbol (ISO/IEC 15417)."""
_COLUMNS, _ROWS = 2, 5


@dataclass(frozen=True, slots=True)
class PrintedCard:
    """A code and what stands beside it."""

    code: str
    japanese: str
    english: str
    holder: str = ""
    """Of a badge; empty on a command card."""


@dataclass(frozen=True, slots=True)
class Form:
    """How large a card is drawn, and how finely."""

    dots_per_inch: int
    width_mm: float
    height_mm: float = 53.98

    def dots(self, millimetres: float) -> int:
        """A length on this paper."""
        return round(millimetres * self.dots_per_inch / 25.4)

    def box(self, x: float, y: float, width: float, height: float) -> Box:
        """A place on the card, in millimetres."""
        return Box(self.dots(x), self.dots(y), self.dots(width), self.dots(height))

    def sizes(self, largest_mm: float) -> tuple[int, ...]:
        """Heights of letters to try, in dots, down to what can still be read."""
        return tuple(self.dots(height / 10) for height in range(round(largest_mm * 10), 19, -2))


A4_CARD = Form(300, 85.6)
LABEL_CARD = Form(203, 72.0)
"""On a roll of 80 mm: its printers have 576 dots."""


def command_cards() -> tuple[PrintedCard, ...]:
    """Every card that the station knows, and the number cards."""
    return tuple(PrintedCard(code, *words) for code, words in (*CARDS.items(), *NUMBERS.items()))


def draw_pages(cards: Sequence[PrintedCard], typeface: Typeface) -> list[Image.Image]:
    """A4 pages of mode "1", ten cards each. Raises ValueError for a card whose words or code are too long."""
    drawn = [draw_card(card, A4_CARD, typeface) for card in cards]
    return [_draw_page(drawn[at : at + _COLUMNS * _ROWS]) for at in range(0, len(drawn), _COLUMNS * _ROWS)]


def draw_card(card: PrintedCard, form: Form, typeface: Typeface) -> Image.Image:
    """One card of mode "1". Raises ValueError where its words or its code are too long for it."""
    image = Image.new("1", (form.dots(form.width_mm), form.dots(form.height_mm)), _BLACK)
    _fill(image, Box(0, 0, image.width, image.height).shrunk(1), _WHITE)
    _write(image, card.code if not card.holder else "", form.box(3, 46, form.width_mm - 6, 6), form, 3.4, typeface)
    if card.holder:
        _draw_badge(image, card, form, typeface)
    else:
        beside = form.width_mm - 33.6
        _draw_qr(image, card.code, form.box(4, 4, 24, 24))
        _write(image, card.japanese, form.box(30, 5, beside, 11), form, 5.4, typeface, bold=True)
        _write(image, card.english, form.box(30, 17, beside, 8), form, 3.6, typeface)
        _draw_code_128(image, card.code, form.box(3, 31, form.width_mm - 6, 14))
    return image


def write_pdf(path: Path, pages: Sequence[Image.Image]) -> None:
    """The pages as one PDF, to be printed at 100 %."""
    first, *others = pages
    first.save(path, "PDF", resolution=A4_CARD.dots_per_inch, save_all=True, append_images=others)


def write_labels(path: Path, cards: Sequence[PrintedCard], typeface: Typeface) -> None:
    """The cards as labels: a picture of all of them for ``.png``, else bytes for an ESC/POS printer, cut after each.

    Raises ValueError as ``draw_card``.
    """
    drawn = [_whole_bytes(draw_card(card, LABEL_CARD, typeface)) for card in cards]
    if path.suffix.lower() == ".png":
        roll = Image.new("1", (drawn[0].width, sum(each.height for each in drawn)), _WHITE)
        for number, each in enumerate(drawn):
            roll.paste(each, (0, number * each.height))
        roll.save(path)
    else:
        path.write_bytes(encode_job(drawn, LABEL_CARD.dots_per_inch))


def _whole_bytes(card: Image.Image) -> Image.Image:
    whole = Image.new("1", (-(-card.width // 8) * 8, card.height), _WHITE)
    whole.paste(card, (0, 0))
    return whole


def _draw_page(cards: Sequence[Image.Image]) -> Image.Image:
    page = Image.new("1", (A4_CARD.dots(210), A4_CARD.dots(297)), _WHITE)
    width, height = cards[0].size
    left, top = (page.width - _COLUMNS * width) // 2, (page.height - _ROWS * height) // 2
    for number, card in enumerate(cards):
        row, column = divmod(number, _COLUMNS)
        page.paste(card, (left + column * width, top + row * height))
    return page


def _draw_badge(image: Image.Image, badge: PrintedCard, form: Form, typeface: Typeface) -> None:
    beside = form.width_mm - 45
    _draw_qr(image, badge.code, form.box(2, 2, 40, 40))
    _write(image, badge.japanese, form.box(43, 6, beside, 9), form, 5.4, typeface, bold=True)
    _write(image, badge.english, form.box(43, 16, beside, 8), form, 3.6, typeface)
    _write(image, badge.holder, form.box(3, 43, form.width_mm - 6, 9), form, 5.4, typeface, bold=True)


def _write(
    card: Image.Image, text: str, box: Box, form: Form, largest_mm: float, typeface: Typeface, *, bold: bool = False
) -> None:
    """One line at the first size at which it fits."""
    sizes = form.sizes(largest_mm)
    for size in sizes:
        glyphs = list(run(text, size, bold, typeface))
        width = sum(glyph.advance for _, glyph in glyphs)
        if width <= box.width:
            paste_run(card, glyphs, box.x, box.y + (box.height + round(0.76 * size)) // 2)
            return
    raise ValueError(f"{text!r} is too long for a card: at most {box.width // sizes[-1]} full-width characters")


def _draw_qr(card: Image.Image, code: str, box: Box) -> None:
    symbol = QRCode(border=4)
    symbol.add_data(code.encode("ascii"))
    symbol.make(fit=True)
    rows = symbol.get_matrix()
    dots = box.width // len(rows)
    for x, y in _black_modules(rows):
        _fill(card, Box(box.x + x * dots, box.y + y * dots, dots, dots), _BLACK)


def _black_modules(rows: Sequence[Sequence[bool]]) -> Iterator[tuple[int, int]]:
    for y, row in enumerate(rows):
        for x, black in enumerate(row):
            if black:
                yield x, y


def _draw_code_128(card: Image.Image, code: str, box: Box) -> None:
    modules: str = Code128(code).build()[0]
    dots = box.width // (len(modules) + 2 * _QUIET_MODULES)
    if dots < 2:
        raise ValueError(f"{code!r} is too long for the bars of a card")
    left = box.x + (box.width - dots * len(modules)) // 2
    for number, module in enumerate(modules):
        if module == "1":
            _fill(card, Box(left + number * dots, box.y, dots, box.height), _BLACK)


def _fill(card: Image.Image, box: Box, colour: int) -> None:
    card.paste(colour, (box.x, box.y, box.right, box.bottom))
