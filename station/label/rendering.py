"""How labels go to the printer: as bands of dots, as stripes too, or in the printer's own characters.

Bands and stripes every printer takes, the latter on slow lines; its own characters one that is known to have them.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from station.label.content import LabelContent
from station.label.dots import Dots
from station.label.escpos import CUT, encode_label, job_start
from station.label.fonts import Typeface
from station.label.layout import Layout
from station.label.native import NativeLabels
from station.label.pagemode import DoesNotDivide, Encoder, divided
from station.label.placing import PlacedLabel
from station.label.rom import Rom
from station.label.stripes import encode_in_stripes

Setting = Literal["auto", "raster", "native"]


class Kind(StrEnum):
    """A way of rendering."""

    BANDS = "bands"
    """Raster, row by row across the paper: GS v 0."""
    STRIPES = "stripes"
    """Raster, where it takes fewer bytes in columns, without the white between them: ESC *. Half of the bytes."""
    NATIVE = "native"
    """The printer's own characters and codes in page mode. A fiftieth of the bytes."""


class NoNative(ValueError):
    """Native labels are asked for, of a printer that is not known to have the characters."""


@dataclass(frozen=True, slots=True)
class Rendering:
    """A way of rendering, and the means of the printer that it rests on."""

    kind: Kind = Kind.BANDS
    rom: Rom = field(default_factory=Rom)


def choose(setting: Setting, rom: Rom | None, *, slow_line: bool) -> Rendering:
    """The setting's meaning for one printer: ``rom`` is None where it has no page mode that is known of.

    ``auto`` is bands on a fast line; on a slow one what takes the fewest bytes. Raises NoNative.
    """
    native = rom is not None and bool(rom.cells)
    if setting == "native" and not native:
        raise NoNative("the printer's record names no Japanese characters in page mode")
    if rom is not None and native and (setting == "native" or (setting == "auto" and slow_line)):
        return Rendering(Kind.NATIVE, rom)
    return Rendering(Kind.STRIPES if slow_line else Kind.BANDS)


@dataclass(frozen=True, slots=True)
class Drawing:
    """One label in words, in places and, if need be, in dots."""

    content: LabelContent
    placed: PlacedLabel
    draw: Callable[[], Dots]
    """What it looks like."""


def render(drawings: Iterable[Drawing], layout: Layout, typeface: Typeface, rendering: Rendering) -> bytes:
    """One job: each label, cut off. A native label that the printer's sheets do not hold goes as stripes.

    Raises DoesNotFit where placing would.
    """
    encoder = Encoder(rendering.rom)
    return job_start(layout.dots_per_inch) + b"".join(
        part for drawing in drawings for part in _label(drawing, layout, typeface, rendering, encoder)
    )


def _label(
    drawing: Drawing, layout: Layout, typeface: Typeface, rendering: Rendering, encoder: Encoder
) -> Iterator[bytes]:
    match rendering.kind:
        case Kind.BANDS:
            yield encode_label(drawing.draw())
        case Kind.STRIPES:
            yield encode_in_stripes(drawing.draw())
        case Kind.NATIVE:
            sheet = NativeLabels(rendering.rom, layout, typeface).sheet(drawing.content, drawing.placed.logo)
            try:
                yield from [encoder.encode(part) for part in divided(sheet, rendering.rom.page_rows)]
            except DoesNotDivide:
                yield encode_in_stripes(drawing.draw())
    yield CUT
