"""How labels go to the printer: as bands of dots, as pictures on a sheet, or in the printer's own characters.

Bands every printer takes. The others are for slow lines, and for printers that are known to have what they need.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Literal

from PIL import Image

from station.label.content import LabelContent
from station.label.escpos import CUT, encode_label, job_start
from station.label.fonts import Typeface
from station.label.layout import Layout
from station.label.native import NativeLabels
from station.label.pagemode import DoesNotDivide, Encoder, Sheet, divided
from station.label.placing import PlacedLabel
from station.label.rom import Rom
from station.label.sparse import sparse_sheet

Setting = Literal["auto", "raster", "native"]


class Kind(StrEnum):
    """A way of rendering."""

    BANDS = "bands"
    """Raster, row by row across the paper: GS v 0."""
    SPARSE = "sparse"
    """Raster, each thing on the label for itself: GS ( L in page mode. A third of the bytes."""
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
    if rom is not None and rom.graphics and slow_line:
        return Rendering(Kind.SPARSE, rom)
    return Rendering()


@dataclass(frozen=True, slots=True)
class Drawing:
    """One label in words, in places and, if need be, in dots."""

    content: LabelContent
    placed: PlacedLabel
    draw: Callable[[], Image.Image]
    """What it looks like: mode "1", black on white."""


def render(drawings: Iterable[Drawing], layout: Layout, typeface: Typeface, rendering: Rendering) -> bytes:
    """One job: each label, cut off. A label that does not go as sheets goes as bands.

    Raises DoesNotFit where placing would.
    """
    encoder = Encoder(rendering.rom)
    return job_start(layout.dots_per_inch) + b"".join(
        part for drawing in drawings for part in _label(drawing, layout, typeface, rendering, encoder)
    )


def _label(
    drawing: Drawing, layout: Layout, typeface: Typeface, rendering: Rendering, encoder: Encoder
) -> Iterator[bytes]:
    try:
        sheets = divided(_sheet(drawing, layout, typeface, rendering), rendering.rom.page_rows)
    except DoesNotDivide:
        sheets = ()
    yield from (encoder.encode(sheet) for sheet in sheets)
    if not sheets:
        yield encode_label(drawing.draw())
    yield CUT


def _sheet(drawing: Drawing, layout: Layout, typeface: Typeface, rendering: Rendering) -> Sheet:
    match rendering.kind:
        case Kind.NATIVE:
            return NativeLabels(rendering.rom, layout, typeface).sheet(drawing.content, drawing.placed.logo)
        case Kind.SPARSE:
            return sparse_sheet(drawing.draw(), drawing.placed, layout)
        case Kind.BANDS:
            raise DoesNotDivide("bands are no sheet")
