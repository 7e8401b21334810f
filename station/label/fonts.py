"""The label's font: found, and read glyph by glyph as 1-bit pictures with exact places."""

import unicodedata
from dataclasses import dataclass
from functools import lru_cache
from math import ceil, floor
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

KNOWN_FONTS = (
    Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc"),
    Path("/usr/share/fonts/opentype/ipaexfont-gothic/ipaexg.ttf"),
)
"""Where Debian's packages fonts-noto-cjk and fonts-ipaexfont-gothic put their files, the better one first.
The first face of Noto's collection is the Japanese one."""

_INK_THRESHOLD = 116
"""Coverage, of 255, from which a dot is ink: kanji of 18 dots stay open, thin strokes stay whole."""
_BOLD_STROKE = 0.022
"""Added around the outline of an emphasised glyph, in ems."""
_CACHED_GLYPHS = 2048
_OPEN_FACES = 2
_PROBE_SIZE = 24
_UNASSIGNED = "\U0010ffff"
"""A noncharacter: every font draws its .notdef glyph for it."""


class FontMissing(Exception):
    """No font can draw Japanese. The text says where it was looked for, and what to install."""


@dataclass(frozen=True, slots=True)
class Glyph:
    """One character at one size. Offsets are from the pen on the baseline, in dots, y downwards."""

    advance: int
    left: int
    top: int
    width: int
    height: int
    mask: Image.Image | None
    """Mode "1", set where there is ink; None for a blank."""

    @property
    def right(self) -> int:
        """Just behind the ink."""
        return self.left + self.width

    @property
    def bottom(self) -> int:
        """Just below the ink."""
        return self.top + self.height


class Typeface:
    """A font file at any number of sizes.

    An open face of Noto holds 2.6 MiB, and more with every kanji that is read; so few stay open, and glyphs are kept
    instead. Opening one again takes 0.4 ms.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._face = lru_cache(_OPEN_FACES)(self._open)
        self.glyph = lru_cache(_CACHED_GLYPHS)(self._draw)
        self.draws = lru_cache(_CACHED_GLYPHS)(self._is_drawn)
        self._missing = self._draw(_UNASSIGNED, _PROBE_SIZE)

    def _open(self, size_dots: int) -> ImageFont.FreeTypeFont:
        try:
            return ImageFont.truetype(self.path, size_dots, layout_engine=ImageFont.Layout.BASIC)
        except OSError as error:
            raise FontMissing(
                f"{self.path} cannot be read as a font ({error}); install the Debian package fonts-noto-cjk, or set "
                "label.font to a Japanese TrueType or OpenType font"
            ) from error

    def _draw(self, character: str, size_dots: int, bold: bool = False) -> Glyph:
        face = self._face(size_dots)
        stroke = _BOLD_STROKE * size_dots if bold else 0
        advance = round(face.getlength(character))
        outline = face.getbbox(character, anchor="ls", stroke_width=stroke)
        x, y = 1 - floor(outline[0]), 1 - floor(outline[1])
        area = Image.new("L", (x + ceil(outline[2]) + 1, y + ceil(outline[3]) + 1))
        ImageDraw.Draw(area).text((x, y), character, 255, face, anchor="ls", stroke_width=stroke)
        dots = area.point([255 * (level >= _INK_THRESHOLD) for level in range(256)], "1")
        ink = dots.getbbox()
        if ink is None:
            return Glyph(advance, 0, 0, 0, 0, None)
        mask = dots.crop(ink)
        return Glyph(advance, ink[0] - x, ink[1] - y, mask.width, mask.height, mask)

    def _is_drawn(self, character: str) -> bool:
        """Whether the font shows this character as itself: no .notdef box, nothing invisible, no lone accent."""
        category = unicodedata.category(character)
        if category == "Zs":
            return True
        glyph = self._draw(character, _PROBE_SIZE)
        return category[0] not in "CM" and glyph.mask is not None and not self._is_missing(glyph)

    def _is_missing(self, glyph: Glyph) -> bool:
        missing = self._missing
        if glyph.mask is None or missing.mask is None:
            return glyph.mask is missing.mask
        return (glyph.left, glyph.top, glyph.mask.size, glyph.mask.tobytes()) == (
            missing.left,
            missing.top,
            missing.mask.size,
            missing.mask.tobytes(),
        )


def open_typeface(path: Path | None = None) -> Typeface:
    """The configured font, or the first known one that is installed.

    Raises FontMissing where there is none, or one that cannot draw Japanese.
    """
    found = path or next((known for known in KNOWN_FONTS if known.exists()), None)
    if found is None:
        places = ", ".join(str(known) for known in KNOWN_FONTS)
        raise FontMissing(f"no Japanese font at {places}; install the Debian package fonts-noto-cjk, or set label.font")
    typeface = Typeface(found)
    lacking = [character for character in "様あア〒" if not typeface.draws(character)]
    if lacking:
        raise FontMissing(
            f"{found} has no {lacking[0]}: it is not a Japanese font; install the Debian package fonts-noto-cjk, or "
            "set label.font to another one"
        )
    return typeface
