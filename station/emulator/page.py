"""Page mode: a sheet that is put together in memory, anywhere and in any order, and printed as a whole.

Positions as in the TM-T88III specification, 3.12.3: the vertical position is the base line. Characters stand on it
with three rows of a 24-row cell below; images and codes stand on it with their lowest row. At the start it is where
a character of normal size just touches the area's upper edge. What reaches out of the print area is not printed.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from PIL import Image, ImageChops

from station.emulator.bitmap import Bitmap
from station.emulator.text import CELL_A

Kind = Literal["text", "image", "nw7", "qr"]


@dataclass(frozen=True, slots=True)
class Mark:
    """One thing on a sheet, in dots from the sheet's upper left corner: a character's cell, a code, a picture's ink."""

    kind: Kind
    text: str
    """The character, or what the code says."""
    x: int
    y: int
    width: int
    height: int
    reverse: bool = False


Watcher = Callable[[int, Mark], None]
"""Takes the number of the sheet since power-on, and a mark on it."""


@dataclass(frozen=True, slots=True)
class Area:
    """The print area (ESC W), in dots on the sheet."""

    x: int
    y: int
    width: int
    height: int


class Page:
    """The sheet, the area on it that is written into, and the place of the next character."""

    def __init__(self, width_dots: int, longest_rows: int, watch: Watcher) -> None:
        self._whole = Area(0, 0, width_dots, longest_rows)
        self._watch = watch
        self._sheet = 0
        self.area = self._whole
        self.clear()

    def clear(self) -> None:
        """A new sheet, all of it the print area."""
        self._dots = Image.new("1", (self._whole.width, self._whole.height))
        self._bottom = 0
        self._chosen = False
        self.area = self._whole
        self._begin()
        self._sheet += 1

    def _begin(self) -> None:
        self._x, self._base = 0, CELL_A.ascent - 1

    def choose(self, x: int, y: int, width: int, height: int) -> bool:
        """ESC W. False, and nothing done, where the reference has the command cancelled."""
        whole = self._whole
        if not (x < whole.width and y < whole.height and width and height):
            return False
        self.area = Area(x, y, min(width, whole.width - x), min(height, whole.height - y))
        self._bottom = max(self._bottom, y + self.area.height)
        self._chosen = True
        self._begin()
        return True

    def move_to(self, x: int) -> bool:
        """ESC $: outside of the area it is ignored."""
        if x >= self.area.width:
            return False
        self._x = x
        return True

    def move_down_to(self, base: int) -> bool:
        """GS $: outside of the area it is ignored."""
        if not 0 <= base < self.area.height:
            return False
        self._base = base
        return True

    def move_down(self, rows: int) -> bool:
        """GS \\."""
        return self.move_down_to(self._base + rows)

    def feed(self, rows: int) -> None:
        """LF, ESC J, ESC d: nothing is printed; the place moves to the beginning of a line below."""
        self._x = 0
        self._base += rows

    def put(
        self, kind: Kind, what: str, cell: Image.Image, ascent: int, *, left: int = 0, reverse: bool = False
    ) -> bool:
        """Puts something at the place, ``ascent`` rows of it down to the base line, and moves on to its right.

        False, and nothing done, where the line has no room for it.
        """
        x = self._x + left
        if x + cell.width > self.area.width and self._x > 0:
            return False
        self._draw(kind, what, cell, x, self._base + 1 - ascent, reverse=reverse)
        self._x = x + cell.width
        return True

    def stamp(self, picture: Image.Image) -> None:
        """Puts graphics on the base line; the place stays (GS ( L function 112)."""
        self._draw("image", "", picture, self._x, self._base + 1 - picture.height, reverse=False)

    def space(self, dots: int) -> None:
        """Moves on to the right."""
        self._x += dots

    def _draw(self, kind: Kind, what: str, cell: Image.Image, x: int, y: int, *, reverse: bool) -> None:
        area = self.area
        left, top = max(x, 0), max(y, 0)
        right, bottom = min(x + cell.width, area.width), min(y + cell.height, area.height)
        if left < right and top < bottom:
            inside = cell.crop((left - x, top - y, right - x, bottom - y))
            box = (area.x + left, area.y + top, area.x + right, area.y + bottom)
            self._dots.paste(ImageChops.logical_or(self._dots.crop(box), inside), box)
        ink = cell.getbbox() if kind == "image" else (0, 0, cell.width, cell.height)
        if ink is not None:
            place = (area.x + x + ink[0], area.y + y + ink[1], ink[2] - ink[0], ink[3] - ink[1])
            self._watch(self._sheet, Mark(kind, what, *place, reverse))

    def picture(self) -> Bitmap:
        """The sheet as it is printed: from its upper edge to the lower end of the lowest area."""
        rows = self._bottom if self._chosen else self._whole.height
        return Bitmap.of(self._dots.crop((0, 0, self._whole.width, rows)))

    def cancel(self) -> None:
        """CAN: deletes what stands in the print area."""
        area = self.area
        self._dots.paste(0, (area.x, area.y, area.x + area.width, area.y + area.height))
        self._begin()
