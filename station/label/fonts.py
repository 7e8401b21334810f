"""The label's font: found, and read glyph by glyph as 1-bit pictures with exact places."""

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from pathlib import Path
from typing import Protocol

from PIL import Image, ImageDraw, ImageFont, features

from station.label.characters import without_selectors
from station.label.dots import Dots

KNOWN_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
)
"""Where Debian's packages fonts-noto-cjk and fonts-ipaexfont-gothic put their files, the better one first.
The first face of Noto's collection is the Japanese one."""
KNOWN_FALLBACKS = (
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
    Path("/usr/share/fonts/truetype/dejavu/DejaVuSans.ttf"),
)
"""Asked in this order for what the first font lacks: of JIS X 0213 Noto has every kanji, and not ≒ ⅓ Ł ş ɔ and such,
which IPAex Gothic has (Debian's fonts-ipaexfont-gothic), but for ˥˩ as one, which DejaVu has (fonts-dejavu-core). Both
are installed with the program: what the desk accepts, every station has to print."""

_INK_THRESHOLD = 116
"""Coverage, of 255, from which a dot is ink: kanji of 18 dots stay open, thin strokes stay whole."""
_BOLD_STROKE = 0.022
"""Added around the outline of an emphasised glyph, in ems."""
_CACHED_GLYPHS = 2048
_OPEN_FACES = 2
_PROBE_SIZE = 24
_UNASSIGNED = "\U0010ffff"
"""A noncharacter: every font draws its .notdef glyph for it."""


_MARKS_DOTS = 2
"""How far a mark may reach out of its letter, at the probe's size."""
_ALIKE = {"⦅": "｟", "⦆": "｠"}
"""JIS X 0213's white parentheses, which fonts have under their full-width codes."""


class FontMissing(Exception):
    """Japanese cannot be drawn. The text says what was looked for, and what to install."""


@dataclass(frozen=True, slots=True)
class Extent:
    """Where one character reaches at one size. Offsets are from the pen on the baseline, in dots, y downwards."""

    advance: int
    left: int
    top: int
    width: int
    """0 for a blank."""
    height: int

    @property
    def right(self) -> int:
        """Just behind the ink."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Just below the ink."""
        return self.top + self.height


@dataclass(frozen=True, slots=True)
class Glyph(Extent):
    """A character's dots, too."""

    dots: Dots | None
    """None for a blank."""


class Metrics(Protocol):
    """What placing asks of a font: the label's own, or a printer's."""

    def draws(self, character: str, /) -> bool:
        """Whether the character can be shown as itself."""

    def extent(self, character: str, size_dots: int, bold: bool, /) -> Extent:
        """Where the character reaches."""

    def pitch(self, size_dots: int, /) -> int:
        """From baseline to baseline, at least."""


_PITCH = 1.15
"""In ems: a kanji's height and a little air."""


class Typeface:
    """A font file at any number of sizes, and others for the characters that it lacks.

    An open face of Noto holds 2.6 MiB, and more with every kanji that is read; so few stay open, and glyphs are kept
    instead. Opening one again takes 0.4 ms.

    A variation selector (IVS, as in 葛󠄀) is honoured where one of the fonts knows that form, and passed over where none
    does: the kanji is the same, and Unicode has a selector without a form change nothing. A mark that no font can put
    on its letter makes a character that is not drawn.
    """

    def __init__(self, path: Path, fallbacks: Sequence[Path] = ()) -> None:
        self.path = path
        self._files = (path, *fallbacks)
        self._face = lru_cache(_OPEN_FACES)(self._open)
        self._source = lru_cache(_CACHED_GLYPHS)(self._find)
        self.glyph = lru_cache(_CACHED_GLYPHS)(self._draw)
        self._missing = lru_cache(self._undefined)
        self._missing(path)

    def draws(self, character: str, /) -> bool:
        """Whether a font shows this character as itself: no .notdef box, nothing invisible, no lone accent."""
        return unicodedata.category(character[0]) == "Zs" or self._source(character) is not None

    def need(self, path: Path) -> None:
        """Raises FontMissing where a file cannot be read as a font."""
        self._open(path, _PROBE_SIZE, shaped=False)

    def extent(self, character: str, size_dots: int, bold: bool = False, /) -> Extent:
        """Where the glyph's ink reaches."""
        return self.glyph(character, size_dots, bold)

    def pitch(self, size_dots: int, /) -> int:
        """A line's height with a little air."""
        return round(size_dots * _PITCH)

    def _open(self, path: Path, size_dots: int, shaped: bool) -> ImageFont.FreeTypeFont:
        """Shaping is for sequences alone: it takes longer."""
        engine = ImageFont.Layout.RAQM if shaped else ImageFont.Layout.BASIC
        try:
            return ImageFont.truetype(path, size_dots, layout_engine=engine)
        except OSError as error:
            raise FontMissing(
                f"{path} cannot be read as a font ({error}); install the Debian package fonts-noto-cjk, or set "
                "label.font or label.fallback_fonts to TrueType or OpenType fonts"
            ) from error

    def _draw(self, character: str, size_dots: int, bold: bool = False) -> Glyph:
        source = self._source(character)
        path, text = source or (self.path, character)
        return self._draw_from(path, text, size_dots, bold)

    def _draw_from(self, path: Path, text: str, size_dots: int, bold: bool = False) -> Glyph:
        face = self._face(path, size_dots, len(text) > 1)
        stroke = _BOLD_STROKE * size_dots if bold else 0
        advance = round(face.getlength(text))
        outline = face.getbbox(text, anchor="ls", stroke_width=stroke)
        x, y = 1 - floor(outline[0]), 1 - floor(outline[1])
        area = Image.new("L", (x + ceil(outline[2]) + 1, y + ceil(outline[3]) + 1))
        ImageDraw.Draw(area).text((x, y), text, 255, face, anchor="ls", stroke_width=stroke)
        mask = area.point([255 * (level >= _INK_THRESHOLD) for level in range(256)], "1")
        ink = mask.getbbox()
        if ink is None:
            return Glyph(advance, 0, 0, 0, 0, None)
        dots = Dots(ink[2] - ink[0], ink[3] - ink[1], mask.crop(ink).tobytes())
        return Glyph(advance, ink[0] - x, ink[1] - y, dots.width, dots.height, dots)

    def _find(self, character: str) -> tuple[Path, str] | None:
        """The font file and the text in it that show a character."""
        plain = without_selectors(character)
        if not plain:
            return None
        if plain != character:
            for path in self._files:
                if self._has_form(path, character, plain):
                    return path, character
        text = _ALIKE.get(plain, plain)
        return next(((path, text) for path in self._files if self._shows(path, text)), None)

    def _has_form(self, path: Path, character: str, plain: str) -> bool:
        """Whether the font has a form of its own for a sequence with a selector."""
        if not self._shows(path, plain):
            return False
        form, usual = (self._draw_from(path, text, _PROBE_SIZE) for text in (character, plain))
        return form.advance == usual.advance and not _same(form, usual)

    def _shows(self, path: Path, text: str) -> bool:
        glyph = self._draw_from(path, text, _PROBE_SIZE)
        if unicodedata.category(text[0])[0] in "CM" or glyph.dots is None or _same(glyph, self._missing(path)):
            return False
        if len(text) == 1:
            return True
        letter, *marks = (self._draw_from(path, point, _PROBE_SIZE) for point in text)
        composed = glyph.advance <= letter.advance + 1 and glyph.right <= glyph.advance + _MARKS_DOTS
        return composed and not any(_same(part, self._missing(path)) for part in (letter, *marks))

    def _undefined(self, path: Path) -> Glyph:
        return self._draw_from(path, _UNASSIGNED, _PROBE_SIZE)


def _same(glyph: Glyph, other: Glyph) -> bool:
    if glyph.dots is None or other.dots is None:
        return glyph.dots is other.dots
    return (glyph.left, glyph.top, glyph.width, glyph.height, glyph.dots.packed) == (
        other.left,
        other.top,
        other.width,
        other.height,
        other.dots.packed,
    )


def open_typeface(path: Path | None = None, fallbacks: Sequence[Path] | None = None) -> Typeface:
    """The configured font, or the first known one that is installed; and the same for what it lacks.

    Raises FontMissing where there is none, or one that cannot draw Japanese, or nothing to shape sequences with.
    """
    if not features.check("raqm"):
        # Pillow brings Raqm, and loads FriBiDi for it from the system. Without, it passes selectors over in silence.
        raise FontMissing(
            "letters with marks (ɔ̀) and the forms of names (葛󠄀) cannot be drawn without FriBiDi; "
            "install the Debian package libfribidi0"
        )
    found = path or next((known for known in KNOWN_FONTS if known.exists()), None)
    if found is None:
        places = ", ".join(str(known) for known in KNOWN_FONTS)
        raise FontMissing(f"no Japanese font at {places}; install the Debian package fonts-noto-cjk, or set label.font")
    if fallbacks is None:
        fallbacks = [known for known in KNOWN_FALLBACKS if known.exists() and known != found]
    typeface = Typeface(found, fallbacks)
    for fallback in fallbacks:
        typeface.need(fallback)
    bare = Typeface(found)
    lacking = [character for character in "様あア〒" if not bare.draws(character)]
    if lacking:
        raise FontMissing(
            f"{found} has no {lacking[0]}: it is not a Japanese font; install the Debian package fonts-noto-cjk, or "
            "set label.font to another one"
        )
    return typeface
