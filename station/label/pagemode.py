"""Sheets in page mode as ESC/POS bytes: the printer's own characters and codes, and pictures, each at its place.

Commands as in Epson's ESC/POS reference; positions as in the TM-T88III specification, 3.12.3: the vertical position
is the base line, on which characters stand, and pictures and codes with their lowest row. What stands on one place
twice is printed over each other. No bytes of a sheet form a real-time command.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, replace

from PIL import Image

from station.label.escpos import HAZARDS, scrub
from station.label.rom import Rom, ascent

_ESC, _FS, _GS = b"\x1b", b"\x1c", b"\x1d"
_KANJI_MODE = _FS + b"C\x01" + _FS + b"&" + _ESC + b"R\x08" + _ESC + b"t\x01"
"""Shift_JIS, kanji mode on, Japan's half-width characters, katakana in the upper half."""
_NO_SPACES = _FS + b"S\x00\x00"
"""Beside kanji; page mode has a setting of its own."""
_STRIPE_ROWS = 24
"""ESC * 33: dots as the print head has them, 24 rows at a time."""
_QR_ERROR_CORRECTION = {1: 48, 0: 49, 3: 50, 2: 51}
"""By the qrcode package's numbers: L, M, Q, H."""


@dataclass(frozen=True, slots=True)
class Style:
    """How the printer sets characters."""

    cell: int
    scale: int
    tall: int
    """The scale from top to bottom, where it is another one."""
    bold: bool = False
    reverse: bool = False


@dataclass(frozen=True, slots=True)
class Run:
    """Characters of the printer's own, from x on; ``y`` is the upper edge of their cells."""

    x: int
    y: int
    width: int
    style: Style
    code: bytes

    @property
    def bottom(self) -> int:
        """Just below its cells."""
        return self.y + self.style.cell * self.style.tall

    @property
    def base(self) -> int:
        """The row that the characters stand on."""
        return self.y + ascent(self.style.cell * self.style.tall, self.style.cell) - 1


@dataclass(frozen=True, slots=True)
class Picture:
    """Dots, black on white, mode "1"."""

    x: int
    y: int
    image: Image.Image

    @property
    def bottom(self) -> int:
        """Just below it."""
        return self.y + self.image.height


@dataclass(frozen=True, slots=True)
class Bars:
    """An NW-7 symbol that the printer draws."""

    x: int
    y: int
    width: int
    height: int
    narrow_dots: int
    text: str

    @property
    def bottom(self) -> int:
        """Just below it."""
        return self.y + self.height


@dataclass(frozen=True, slots=True)
class Qr:
    """A QR code that the printer draws."""

    x: int
    y: int
    side: int
    module_dots: int
    error_correction: int
    text: str

    @property
    def bottom(self) -> int:
        """Just below it."""
        return self.y + self.side


Item = Run | Picture | Bars | Qr


@dataclass(frozen=True, slots=True)
class Sheet:
    """A label, or an upper or lower part of one. Items are from its own upper edge down."""

    width: int
    height: int
    items: tuple[Item, ...]


class DoesNotDivide(ValueError):
    """A label is longer than the printer's sheets, and there is no row between its items to divide it at."""


def divided(sheet: Sheet, longest_rows: int) -> tuple[Sheet, ...]:
    """The sheet in parts that the printer takes. Raises DoesNotDivide."""
    if sheet.height <= longest_rows:
        return (sheet,)
    cut = next((row for row in range(longest_rows, 0, -1) if not any(_meets(item, row) for item in sheet.items)), 0)
    if not cut:
        raise DoesNotDivide(f"no row of the upper {longest_rows} is free to divide the label at")
    above = Sheet(sheet.width, cut, tuple(item for item in sheet.items if item.bottom <= cut))
    below = tuple(replace(item, y=item.y - cut) for item in sheet.items if item.y >= cut)
    return (above, *divided(Sheet(sheet.width, sheet.height - cut, below), longest_rows))


def _meets(item: Item, row: int) -> bool:
    return item.y < row < item.bottom


class Encoder:
    """Writes one job's sheets; knows how the printer is set, and sends what changes."""

    def __init__(self, rom: Rom) -> None:
        self._rom = rom
        self._style = Style(24, 1, 1)
        self._codes: dict[bytes, bytes] = {}
        self._kanji_mode = False
        self._x = self._base = 0

    def encode(self, sheet: Sheet) -> bytes:
        """One sheet, printed, and the printer back in standard mode."""
        return b"".join(self._parts(sheet))

    def _parts(self, sheet: Sheet) -> Iterator[bytes]:
        runs = [item for item in sheet.items if isinstance(item, Run)]
        yield _ESC + b"L" + _ESC + b"W" + struct.pack("<HHHH", 0, 0, sheet.width, sheet.height)
        self._x, self._base = 0, -1
        if runs and not self._kanji_mode:
            self._kanji_mode = True
            yield _KANJI_MODE
        if runs:
            yield _NO_SPACES
        for item in sorted(runs, key=_order):
            yield from self._run(item)
        for other in sheet.items:
            match other:
                case Picture():
                    yield from self._picture(other)
                case Bars():
                    yield from self._bars(other)
                case Qr():
                    yield from self._qr(other)
                case Run():
                    pass
        yield b"\x0c"

    def _run(self, run: Run) -> Iterator[bytes]:
        yield from self._restyle(run.style)
        yield from self._move(run.x, run.base)
        yield run.code
        self._x += run.width

    def _restyle(self, style: Style) -> Iterator[bytes]:
        before, self._style = self._style, style
        if style.cell != before.cell:
            font = b"\x02" if style.cell == 16 else b"\x00"
            yield _FS + b"(A\x02\x000" + font + _ESC + b"M" + font
        if (style.scale, style.tall) != (before.scale, before.tall):
            yield _GS + b"!" + bytes([(style.scale - 1) << 4 | style.tall - 1])
        if style.bold != before.bold:
            yield _ESC + b"E" + bytes([style.bold])
        if style.reverse != before.reverse:
            yield _GS + b"B" + bytes([style.reverse])

    def _move(self, x: int, base: int) -> Iterator[bytes]:
        """ESC $ and GS $; the row before a number that would make a real-time command, and GS \\ for the rest."""
        if x != self._x:
            yield _ESC + b"$" + struct.pack("<H", x)
        if base != self._base:
            hazardous = struct.pack("<H", base) in HAZARDS
            yield _GS + b"$" + struct.pack("<H", base - hazardous)
            if hazardous:
                yield _GS + b"\\\x01\x00"
        self._x, self._base = x, base

    def _picture(self, picture: Picture) -> Iterator[bytes]:
        if self._rom.graphics:
            yield from self._move(picture.x, picture.bottom - 1)
            yield _graphics(picture.image)
            return
        top = picture.image.height
        while top > 0:
            top -= _STRIPE_ROWS
            stripe = picture.image.crop((0, top, picture.image.width, top + _STRIPE_ROWS))
            if top < 0:
                stripe.paste(255, (0, 0, stripe.width, -top))
            if _ink(stripe).getbbox() is None:
                continue
            yield from self._move(picture.x, picture.y + top + _STRIPE_ROWS - 1)
            yield _ESC + b"*\x21" + struct.pack("<H", stripe.width) + scrub(_columns(stripe))
            self._x += stripe.width

    def _bars(self, bars: Bars) -> Iterator[bytes]:
        data = bars.text.encode("ascii")
        yield from self._move(bars.x, bars.bottom - 1)
        yield _GS + b"h" + bytes([bars.height]) + _GS + b"w" + bytes([bars.narrow_dots])
        yield _GS + b"k\x47" + bytes([len(data)]) + data
        self._x += bars.width

    def _qr(self, code: Qr) -> Iterator[bytes]:
        """GS ( k: functions 167 (module), 169 (error correction), 180 (store) and 181 (print)."""
        data = code.text.encode("ascii")
        yield from self._move(code.x, code.bottom - 1)
        yield _two_dimensional(b"1C" + bytes([code.module_dots]))
        yield _two_dimensional(b"1E" + bytes([_QR_ERROR_CORRECTION[code.error_correction]]))
        yield _two_dimensional(b"1P0" + data) + _two_dimensional(b"1Q0")
        self._x += code.side


def _order(run: Run) -> tuple[int, bool, bool, int, int, int, int]:
    """Styles one after the other, for a change costs bytes; within a style from top to bottom."""
    style = run.style
    return (-style.cell, style.reverse, style.bold, style.tall, style.scale, run.base, run.x)


def _two_dimensional(block: bytes) -> bytes:
    return _GS + b"(k" + struct.pack("<H", len(block)) + block


def _ink(image: Image.Image) -> Image.Image:
    """Black as set bits."""
    return image.point([255] + [0] * 255)


def _columns(stripe: Image.Image) -> bytes:
    """Columns of 24 dots, from left to right, three bytes each."""
    return _ink(stripe).transpose(Image.Transpose.TRANSPOSE).tobytes()


def _graphics(image: Image.Image) -> bytes:
    """GS ( L function 112, half as wide or high where every dot stands twice."""
    ink = _ink(image)
    across = _halved(ink, 2, 1)
    down = _halved(across or ink, 1, 2)
    dots = down or across or ink
    if scrub(dots.tobytes()) != dots.tobytes():
        across, down, dots = None, None, ink  # a dot more would be two of them
    block = _block(dots, 2 if across else 1, 2 if down else 1)
    if block[:2] in HAZARDS:
        higher = Image.new("1", (dots.width, dots.height + 1))
        higher.paste(dots, (0, 1))
        block = _block(higher, 2 if across else 1, 2 if down else 1)
    return _GS + b"(L" + block


def _block(dots: Image.Image, across: int, down: int) -> bytes:
    data = scrub(dots.tobytes())
    head = b"0p0" + bytes([across, down]) + b"1" + struct.pack("<HH", dots.width, dots.height)
    return struct.pack("<H", len(head) + len(data)) + head + data


def _halved(ink: Image.Image, across: int, down: int) -> Image.Image | None:
    """The image of which this one is every dot twice, if it is."""
    if ink.width % across or ink.height % down:
        return None
    size = (ink.width // across, ink.height // down)
    half = ink.resize(size, Image.Resampling.NEAREST)
    return half if half.resize(ink.size, Image.Resampling.NEAREST).tobytes() == ink.tobytes() else None
