"""Dots as a printer takes them: a bit each, packed from the moment that they are drawn.

Rows are long numbers, so that a whole line of text is laid onto a label by a few shifts, and a label is never packed.
"""

from dataclasses import dataclass
from functools import lru_cache
from typing import Self

from PIL import Image

from station.label.layout import Box

_CACHED_PICTURES = 512
"""Glyphs, spread to the width of a label: some 3 kB each."""
_INVERTED = bytes(0xFF ^ byte for byte in range(256))


@dataclass(frozen=True, slots=True)
class Dots:
    """A rectangle of dots: set bits are black, the highest bit leftmost, each row filled up to whole bytes."""

    width: int
    height: int
    packed: bytes

    def __hash__(self) -> int:
        """Of the dots alone, which remember it: glyphs are looked up for every character."""
        return hash(self.packed)

    @property
    def row_bytes(self) -> int:
        """Bytes a row."""
        return (self.width + 7) // 8

    @classmethod
    def of(cls, image: Image.Image) -> Self:
        """Of a picture in mode "1", black on white."""
        if image.mode != "1":
            raise ValueError(f"dots are of mode 1, not {image.mode}")
        ink = image.point([255] + [0] * 255) if image.width % 8 else image
        packed = ink.tobytes()
        return cls(*image.size, packed if image.width % 8 else packed.translate(_INVERTED))

    def image(self) -> Image.Image:
        """As a picture in mode "1", black on white."""
        return Image.frombytes("1", (self.width, self.height), self.packed, "raw", "1;I")

    def rows(self) -> list[bytes]:
        """Row by row."""
        packed, step = self.packed, self.row_bytes
        return [packed[at : at + step] for at in range(0, len(packed), step)]


class Canvas:
    """Dots that are drawn on. What stands out of it is not drawn."""

    def __init__(self, width: int, height: int) -> None:
        """White, and so many dots wide: whole bytes."""
        if width % 8:
            raise ValueError(f"a label is whole bytes wide, not {width} dots")
        self.width = width
        self.height = height
        self._packed = bytearray(width // 8 * height)

    @classmethod
    def on(cls, dots: Dots) -> Self:
        """A copy of what is drawn already."""
        canvas = cls(dots.width, dots.height)
        canvas._packed[:] = dots.packed
        return canvas

    def dots(self) -> Dots:
        """What is drawn."""
        return Dots(self.width, self.height, bytes(self._packed))

    def fill(self, box: Box, *, white: bool = False) -> None:
        """A rectangle, black or white."""
        left, right = max(box.x, 0), min(box.right, self.width)
        top, bottom = max(box.y, 0), min(box.bottom, self.height)
        if left < right and top < bottom:
            row = ((1 << right - left) - 1 << self.width - right).to_bytes(self.width // 8)
            self._lay(int.from_bytes(row * (bottom - top)), top, bottom, white=white)

    def draw(self, pictures: list[tuple[int, int, Dots]], *, white: bool = False) -> None:
        """The black dots of pictures, each with its left and upper edge; as white ones if so asked."""
        pictures = [whole for each in pictures if (whole := self._within(*each)) is not None]
        if not pictures:
            return
        top = min(y for _, y, _ in pictures)
        bottom = max(y + dots.height for _, y, dots in pictures)
        stride, block = self.width, 0
        for x, y, dots in pictures:
            block |= _spread(dots, stride) << (bottom - y - dots.height) * stride + stride - x - dots.width
        self._lay(block, top, bottom, white=white)

    def _within(self, x: int, y: int, dots: Dots) -> tuple[int, int, Dots] | None:
        """What of a picture lies on the canvas."""
        right, bottom = x + dots.width, y + dots.height
        if x >= 0 and y >= 0 and right <= self.width and bottom <= self.height:
            return x, y, dots
        box = (max(-x, 0), max(-y, 0), min(dots.width, self.width - x), min(dots.height, self.height - y))
        if box[0] >= box[2] or box[1] >= box[3]:
            return None
        return max(x, 0), max(y, 0), Dots.of(dots.image().crop(box))

    def _lay(self, block: int, top: int, bottom: int, *, white: bool) -> None:
        """Whole rows of dots onto those that are there."""
        place = slice(top * self.width // 8, bottom * self.width // 8)
        before = int.from_bytes(self._packed[place])
        after = before & ~block if white else before | block
        self._packed[place] = after.to_bytes(place.stop - place.start)


@lru_cache(_CACHED_PICTURES)
def _spread(dots: Dots, stride: int) -> int:
    """The rows of a picture as one number, so many bits apart, the picture on their right."""
    rows = b"".join(row.rjust(stride // 8, b"\0") for row in dots.rows())
    return int.from_bytes(rows) >> 8 * dots.row_bytes - dots.width
