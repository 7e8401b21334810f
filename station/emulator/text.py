"""Characters as dots: the printer's font, its character codes, and the line that is being put together."""

from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw, ImageFont

from station.emulator.bitmap import Bitmap


@dataclass(frozen=True, slots=True)
class Cell:
    """The room of a half-width character in one of the printer's fonts, in dots; a full-width one is twice as wide."""

    half_width: int
    height: int
    ascent: int
    """Rows down to the base line (Epson's reference, ESC M): 21 of 24, 15 of 16."""

    @property
    def full_width(self) -> int:
        """As wide as high."""
        return 2 * self.half_width


CELL_A = Cell(12, 24, 21)
CELL_C = Cell(8, 16, 15)
"""Font C of the Japanese models: ESC M 2 for letters, FS ( A function 48 for kanji."""
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
    """A font in the cells of an ESC/POS printer: 12 x 24 or 8 x 16 dots, twice as wide for full-width characters."""

    def __init__(self, font: ImageFont.FreeTypeFont | ImageFont.ImageFont) -> None:
        self._fonts = {CELL_A: font, CELL_C: font}
        if isinstance(font, ImageFont.FreeTypeFont):
            self._fonts[CELL_C] = font.font_variant(size=CELL_C.height)
        self._glyphs: dict[tuple[str, Cell, bool], Image.Image] = {}

    @classmethod
    def load(cls, path: Path | None = None) -> "Typeface":
        """The font at ``path``, else the first of FONTS that is there, else the letters that Pillow brings.

        Raises OSError when ``path`` is given and is no font.
        """
        if path is None:
            path = next((Path(name) for name in FONTS if Path(name).exists()), None)
        if path is None:
            return cls(ImageFont.load_default(CELL_A.height))
        return cls(ImageFont.truetype(str(path), CELL_A.height))

    def glyph(self, character: str, *, full_width: bool = False, cell: Cell = CELL_A) -> Image.Image:
        """The character in its cell."""
        key = (character, cell, full_width)
        if key not in self._glyphs:
            if len(self._glyphs) >= _CACHED_GLYPHS:
                self._glyphs.clear()
            width, font = cell.full_width if full_width else cell.half_width, self._fonts[cell]
            image = Image.new("1", (width, cell.height))
            left = (width - font.getlength(character)) / 2
            ImageDraw.Draw(image).text((left, cell.ascent), character, fill=1, font=font, anchor="ls")
            self._glyphs[key] = image
        return self._glyphs[key]

    def words(self, text: str) -> Bitmap:
        """Half-width characters side by side."""
        line = Image.new("1", (CELL_A.half_width * len(text), CELL_A.height))
        for at, character in enumerate(text):
            line.paste(self.glyph(character), (at * CELL_A.half_width, 0))
        return Bitmap.of(line)


def is_lead_byte(byte: int, *, shift_jis: bool) -> bool:
    """Whether a byte opens a two-byte character in kanji mode (FS C: Shift_JIS, or else JIS)."""
    return 0x81 <= byte <= 0x9F or 0xE0 <= byte <= 0xFC if shift_jis else 0x21 <= byte <= 0x7E


def kanji(code: bytes, *, shift_jis: bool, extensions: bool = True) -> str | None:
    """The character of a two-byte code, or None where there is none. JIS is EUC without its high bits.

    Without ``extensions`` the ROM has JIS X 0208 alone: not NEC's row 13, nor IBM's characters.
    """
    if shift_jis and not extensions and (code[0] == 0x87 or code[0] >= 0xED):
        return None
    try:
        return code.decode("cp932") if shift_jis else bytes(byte | 0x80 for byte in code).decode("euc_jp")
    except UnicodeDecodeError:
        return None


JAPAN = 8
_NATIONAL = {JAPAN: {0x5C: "¥", 0x7E: "‾"}}
"""ESC R: what stands instead of the ASCII characters of these codes."""


def letter(byte: int, *, katakana: bool, nation: int = 0) -> str:
    """The half-width character of one byte: code page 437 (ESC t 0), or katakana in its upper half."""
    if katakana and 0xA1 <= byte <= 0xDF:
        return bytes([byte]).decode("cp932")
    return _NATIONAL.get(nation, {}).get(byte) or bytes([byte]).decode("cp437")


@dataclass(frozen=True, slots=True)
class Style:
    """How a character is drawn. Spaces are in dots and grow with the width."""

    width: int = 1
    height: int = 1
    bold: bool = False
    left_space: int = 0
    right_space: int = 0
    reverse: bool = False
    """White on black (GS B); the spaces are black too."""
    cell: Cell = CELL_A

    @property
    def ascent(self) -> int:
        """Rows down to the base line."""
        return self.cell.ascent * self.height

    def drawn(self, glyph: Image.Image) -> Image.Image:
        """The character as it is printed, with the spaces at its sides."""
        inner = glyph.resize((glyph.width * self.width, glyph.height * self.height), Image.Resampling.NEAREST)
        if self.bold:
            inner.paste(1, (1, 0), inner.copy())
        left, right = self.left_space * self.width, self.right_space * self.width
        cell = Image.new("1", (left + inner.width + right, inner.height))
        cell.paste(inner, (left, 0))
        return ImageChops.logical_xor(cell, Image.new("1", cell.size, 1)) if self.reverse else cell


class Line:
    """The print buffer: characters and images of one line, until LF or a full line prints them."""

    def __init__(self, width_dots: int) -> None:
        self._width_dots = width_dots
        self.clear()

    def clear(self) -> None:
        """Forgets the line."""
        self._cells: list[tuple[int, Image.Image, int]] = []
        self._right_dots = 0

    @property
    def empty(self) -> bool:
        """Nothing to print: "the beginning of the line"."""
        return not self._cells

    def move_to(self, left_dots: int) -> None:
        """Puts the next character at this column (ESC $); one outside of the line is ignored."""
        if left_dots < self._width_dots:
            self._right_dots = left_dots

    def add(self, cell: Image.Image, ascent: int) -> bool:
        """Appends a character. False, and nothing done, where the line has no room for it."""
        right = self._right_dots + cell.width
        if right > self._width_dots:
            return False
        self._cells.append((self._right_dots, cell, ascent))
        self._right_dots = right
        return True

    def add_image(self, image: Image.Image) -> None:
        """Appends what the line has room for: the rest is ignored (ESC *)."""
        room = self._width_dots - self._right_dots
        if room:
            self.add(image.crop((0, 0, min(image.width, room), image.height)), image.height)

    def take(self) -> Bitmap:
        """The line as dots, characters of different height on one base line; the line is empty after it.

        What stands on one place twice is printed over each other.
        """
        above = max(ascent for _, _, ascent in self._cells)
        below = max(cell.height - ascent for _, cell, ascent in self._cells)
        right = max(left + cell.width for left, cell, _ in self._cells)
        image = Image.new("1", (right, above + below))
        for left, cell, ascent in self._cells:
            box = (left, above - ascent, left + cell.width, above - ascent + cell.height)
            image.paste(ImageChops.logical_or(image.crop(box), cell), box)
        self.clear()
        return Bitmap.of(image)
