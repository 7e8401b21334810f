"""What a printer can set by itself: its characters, their sizes, and how it takes pictures in page mode."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from station.label.fonts import Extent, Typeface
from station.printers.record import CodeSet, PrinterRecord

CELLS = (24, 16)
"""Fonts A and C; other sizes are not set by this program."""
LARGEST_SCALE = 8
"""GS !: one to eight times as wide and high."""
SAFE_PAGE_ROWS = 738
"""The longest sheet in page mode that the TM-L90 takes (ESC W, 1476 half dots), the shortest that is known."""
LARGEST_PAGE_ROWS = 1023
"""From 1040 rows on the bytes of a height can form a real-time command: 10 04."""


@dataclass(frozen=True, slots=True)
class Rom:
    """A printer's own means, as far as they may be relied on."""

    cells: tuple[int, ...] = (24,)
    """Heights of its full-width characters, in dots: 24, and 16 where it has font C."""
    nec_row_13: bool = False
    """① ㈱ and the like are there."""
    ibm_extensions: bool = False
    """髙 and the like are there, by IBM's codes."""
    nec_selected_ibm: bool = False
    """They are there by NEC's codes."""
    nw7: bool = False
    """It draws NW-7 bars by itself."""
    qr: bool = False
    """It draws QR codes by itself."""
    graphics: bool = False
    """GS ( L is there; else pictures go as ESC *, which every model has."""
    page_rows: int = SAFE_PAGE_ROWS
    """The longest sheet in page mode."""

    def code(self, character: str) -> bytes | None:
        """The character in Shift_JIS, one byte for a half-width one; None where the ROM lacks it.

        The half-width set is that of Japan (ESC R 8): ¥ stands where ASCII has the backslash, ‾ for the tilde.
        """
        if len(character) != 1 or character in "\\~":
            return None
        if special := _HALF_WIDTH.get(character):
            return special
        code = _encoded(character, "cp932") or _encoded(character, "shift_jis")
        if code is None or len(code) == 1:
            return code if code and code[0] >= 0x20 else None
        if code[0] == 0x87:
            return code if self.nec_row_13 else None
        if code[0] < 0xED:
            return code
        if self.ibm_extensions:
            return _ibm_codes().get(character)
        return code if self.nec_selected_ibm and code[0] in {0xED, 0xEE} else None

    def cell(self, size_dots: int) -> tuple[int, int]:
        """The cell and the scale of a size that ``sizes`` gave."""
        cell = next(cell for cell in sorted(self.cells, reverse=True) if size_dots % cell == 0)
        return cell, size_dots // cell

    def sizes(self, largest: int, smallest: int) -> tuple[int, ...]:
        """The heights of characters between two sizes in dots, largest first; where there is none, the next above."""
        every = sorted({cell * scale for cell in self.cells for scale in range(1, LARGEST_SCALE + 1)}, reverse=True)
        between = tuple(size for size in every if smallest <= size <= largest)
        return between or tuple(size for size in every if size >= smallest)[-1:]


def _encoded(character: str, codec: str) -> bytes | None:
    """The two codecs differ in how they write JIS X 0208's ～ － ∥ ￠ ￡ ￢ and ―, and cp932 has more."""
    try:
        return character.encode(codec)
    except UnicodeEncodeError:
        return None


@cache
def _ibm_codes() -> Mapping[str, bytes]:
    """Characters that cp932 has twice, by their second code: FA40 to FC4B."""
    codes = (bytes((first, second)) for first in range(0xFA, 0xFD) for second in range(0x40, 0xFD) if second != 0x7F)
    return {character: code for code in codes if (character := code.decode("cp932", "ignore"))}


def rom_of(record: PrinterRecord) -> Rom | None:
    """What a model's capability record says; None where it has no page mode that is known of.

    Without kanji that are known of, no ``cells``: everything is a picture then.
    """
    if not record.page_mode:
        return None
    sets = record.kanji.code_sets if record.kanji else ()
    sizes = record.kanji.sizes if record.kanji and CodeSet.JIS_X_0208 in sets else ()
    return Rom(
        cells=tuple(cell for cell in CELLS if cell in sizes),
        nec_row_13=CodeSet.NEC_ROW_13 in sets,
        nec_selected_ibm=CodeSet.NEC_SELECTED_IBM in sets,
        ibm_extensions=CodeSet.IBM_EXTENSIONS in sets,
        nw7=bool(record.nw7),
        qr=bool(record.qr),
        graphics=bool(record.graphics),
        page_rows=min(record.page_rows or SAFE_PAGE_ROWS, LARGEST_PAGE_ROWS),
    )


_HALF_WIDTH = {"¥": b"\x5c", "‾": b"\x7e", "\u00a0": b" "}


def ascent(size_dots: int, cell: int) -> int:
    """Rows of a character down to the base line: 21 of 24, 15 of 16 (Epson's reference, ESC M)."""
    return size_dots * (21 if cell == 24 else 15) // cell


class RomMetrics:
    """A printer's characters for placing; what its ROM lacks takes the room of one, to be drawn into it."""

    def __init__(self, rom: Rom, typeface: Typeface) -> None:
        self._rom = rom
        self._typeface = typeface

    def draws(self, character: str, /) -> bool:
        """Whether the ROM has it, or the label's font."""
        return self._rom.code(character) is not None or self._typeface.draws(character)

    def extent(self, character: str, size_dots: int, _bold: bool, /) -> Extent:
        """The character's whole cell."""
        cell, _ = self._rom.cell(size_dots)
        width = size_dots if self.full_width(character, size_dots) else size_dots // 2
        blank = character in " \u00a0\u3000"
        return Extent(width, 0, -ascent(size_dots, cell), 0 if blank else width, size_dots)

    def pitch(self, size_dots: int, /) -> int:
        """Cells have the air between lines in themselves."""
        return size_dots

    def full_width(self, character: str, size_dots: int) -> bool:
        """Whether the character takes a cell as wide as high."""
        code = self._rom.code(character)
        if code is not None:
            return len(code) == 2
        return self._typeface.glyph(character, size_dots).advance > 0.6 * size_dots
