"""Characters as dots: the printer's font, its character codes, and the line that is being put together."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from station.emulator.bitmap import Bitmap

CELL_HEIGHT = 24
HALF_WIDTH = 12
FULL_WIDTH = 24
_BASELINE = 21
"""Row of the cell that letters stand on: Japanese fonts put it at 0.88 of the em."""
_CACHED_GLYPHS = 4096

FONTS = (
    "/usr/share/fonts/opentype/ipafont-gothic/ipag.ttf",
    "/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf",
    "/usr/share/fonts/truetype/fonts-japanese-gothic.ttf",
    "/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc",
    "/usr/share/fonts/truetype/dejavu/DejaVuSansMono.ttf",
)
"""Where Debian and its relatives keep fonts with Japanese characters; the last has none."""


class Typeface:
    """A font in the cells of an ESC/POS printer: 12 x 24 dots, and 24 x 24 for full-width characters."""

    def __init__(self, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
        self._font = font
        self._glyphs: dict[tuple[str, int], Image.Image] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> "Typeface":
        """The font at ``path``, else the first of FONTS that is there, else the letters that Pillow brings.

        Raises OSError when ``path`` is given and is no font.
        """
        if path is None:
            path = next((Path(name) for name in FONTS if Path(name).exists()), None)
        if path is None:
            return cls(ImageFont.load_default(FULL_WIDTH))
        return cls(ImageFont.truetype(str(path), FULL_WIDTH))

    def glyph(self, character: str, cell_width: int) -> Image.Image:
        """The character in a cell ``cell_width`` dots wide and CELL_HEIGHT high."""
        key = (character, cell_width)
        if key not in self._glyphs:
            if len(self._glyphs) >= _CACHED_GLYPHS:
                self._glyphs.clear()
            cell = Image.new("1", (cell_width, CELL_HEIGHT))
            left = (cell_width - self._font.getlength(character)) / 2
            ImageDraw.Draw(cell).text((left, _BASELINE), character, fill=1, font=self._font, anchor="ls")
            self._glyphs[key] = cell
        return self._glyphs[key]

    def words(self, text: str) -> Bitmap:
        """Half-width characters side by side."""
        line = Image.new("1", (HALF_WIDTH * len(text), CELL_HEIGHT))
        for at, character in enumerate(text):
            line.paste(self.glyph(character, HALF_WIDTH), (at * HALF_WIDTH, 0))
        return Bitmap.of(line)


def is_lead_byte(byte: int, *, shift_jis: bool) -> bool:
    """Whether a byte opens a two-byte character in kanji mode (FS C: Shift_JIS, or else JIS)."""
    return 0x81 <= byte <= 0x9F or 0xE0 <= byte <= 0xFC if shift_jis else 0x21 <= byte <= 0x7E


def kanji(code: bytes, *, shift_jis: bool) -> str | None:
    """The character of a two-byte code, or None where there is none. JIS is EUC without its high bits."""
    try:
        return code.decode("cp932") if shift_jis else bytes(byte | 0x80 for byte in code).decode("euc_jp")
    except UnicodeDecodeError:
        return None


def letter(byte: int, *, katakana: bool) -> str:
    """The half-width character of one byte: code page 437 (ESC t 0), or katakana in its upper half."""
    if katakana and 0xA1 <= byte <= 0xDF:
        return bytes([byte]).decode("cp932")
    return bytes([byte]).decode("cp437")


@dataclass(frozen=True, slots=True)
class Style:
    """How a character is drawn. Spaces are in dots and grow with the width."""

    width: int = 1
    height: int = 1
    bold: bool = False
    left_space: int = 0
    right_space: int = 0


class Line:
    """The print buffer: characters of one line, until LF or a full line prints them."""

    def __init__(self, width_dots: int) -> None:
        self._width_dots = width_dots
        self.clear()

    def clear(self) -> None:
        """Forgets the line."""
        self._cells: list[tuple[int, Image.Image]] = []
        self._right_dots = 0
        self._height_dots = 0

    @property
    def empty(self) -> bool:
        """Nothing to print: "the beginning of the line"."""
        return not self._cells

    def move_to(self, left_dots: int) -> None:
        """Puts the next character at this column (ESC $)."""
        self._right_dots = min(left_dots, self._width_dots)

    def add(self, glyph: Image.Image, style: Style) -> bool:
        """Appends a character. False, and nothing done, where the line has no room for it."""
        left = self._right_dots + style.left_space * style.width
        right = left + (glyph.width + style.right_space) * style.width
        if right > self._width_dots:
            return False
        cell = glyph.resize((glyph.width * style.width, glyph.height * style.height), Image.Resampling.NEAREST)
        if style.bold:
            cell.paste(1, (1, 0), cell.copy())
        self._cells.append((left, cell))
        self._right_dots = right
        self._height_dots = max(self._height_dots, cell.height)
        return True

    def take(self) -> Bitmap:
        """The line as dots, characters of different height on one baseline; the line is empty after it."""
        image = Image.new("1", (self._right_dots, self._height_dots))
        for left, cell in self._cells:
            image.paste(cell, (left, self._height_dots - cell.height))
        self.clear()
        return Bitmap.of(image)
