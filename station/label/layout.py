"""Where things stand on a label, as data: boxes in dots, counted from the upper left corner.

A layout is read from a file (``layout_file``). Nothing here draws or measures: ``placing`` puts texts into boxes,
``raster`` draws them.
"""

from dataclasses import dataclass
from enum import StrEnum

from station.label.content import Field


@dataclass(frozen=True, slots=True)
class Box:
    """A rectangle in dots."""

    x: int
    y: int
    width: int
    height: int

    @property
    def right(self) -> int:
        """Just behind its last column."""
        return self.x + self.width

    @property
    def bottom(self) -> int:
        """Just below its last row."""
        return self.y + self.height

    def shrunk(self, margin: int) -> "Box":
        """Without so many dots on each side."""
        return Box(self.x + margin, self.y + margin, self.width - 2 * margin, self.height - 2 * margin)

    def holds(self, other: "Box") -> bool:
        """Whether the other one lies inside."""
        return self.x <= other.x and self.y <= other.y and other.right <= self.right and other.bottom <= self.bottom

    def meets(self, other: "Box") -> bool:
        """Whether the two have a dot in common."""
        return self.x < other.right and other.x < self.right and self.y < other.bottom and other.y < self.bottom


class Align(StrEnum):
    """Where the lines of a text stand in their box, from left to right. From top to bottom they are centred."""

    LEFT = "left"
    CENTER = "center"
    RIGHT = "right"


class Frame(StrEnum):
    """What is drawn around a text where it has something to say."""

    NONE = "none"
    LINE = "line"
    SOLID = "solid"
    """A black box with white letters."""


@dataclass(frozen=True, slots=True)
class TextBox:
    """Where one field stands, and how large: the first of the sizes at which all of it fits is taken."""

    field: Field
    box: Box
    sizes: tuple[int, ...]
    """In dots, the largest first. The last is the smallest that is readable; what does not fit then is refused."""
    whole_from: int = 0
    """Down to this size a paragraph is rather shrunk than wrapped; 0: wrapped at the largest size at which it fits."""
    align: Align = Align.LEFT
    bold: bool = False
    frame: Frame = Frame.NONE
    margin: int = 0
    """Kept free inside the box, on each side, in dots."""

    @property
    def inside(self) -> Box:
        """What the text may cover."""
        return self.box.shrunk(self.margin)


@dataclass(frozen=True, slots=True)
class Caption:
    """A word that stands on every label."""

    text: str
    box: Box
    size: int
    bold: bool = False
    vertical: bool = False
    solid: bool = False
    """White letters on a black box."""


@dataclass(frozen=True, slots=True)
class Layout:
    """A whole label."""

    width: int
    """In dots; whole bytes of 8."""
    height: int
    dots_per_inch: int
    texts: tuple[TextBox, ...]
    captions: tuple[Caption, ...]
    rules: tuple[Box, ...]
    """Filled black."""
    bars: Box
    """For the NW-7 symbol with its quiet zones."""
    qr: Box
    """For the QR code with its quiet zone."""
    logo: Box | None = None
    """For the merchant's; blank where it has none."""
