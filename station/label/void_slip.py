"""The void slip (無効票): printed where labels became void, to lie with them or in their place. No personal data."""

from collections.abc import Iterator
from dataclasses import dataclass

from PIL import Image

from station.label.content import Field, Paragraphs, grouped
from station.label.dots import Canvas
from station.label.fonts import Typeface
from station.label.layout import Align, Box, Frame, TextBox
from station.label.placing import fit
from station.label.raster import draw_texts

_MARGIN = 8
_DOTS_WIDE = 576
"""The width for which the sizes below are written; on a wider paper they are larger."""


@dataclass(frozen=True, slots=True)
class VoidSlip:
    """What is void, and where and when it became so."""

    order: str
    tracking_numbers: tuple[str, ...]
    station: str
    at: str
    """As people read it."""


def draw_void_slip(slip: VoidSlip, width: int, typeface: Typeface) -> Image.Image:
    """The slip as a picture of mode "1", so many dots wide, and as high as its numbers need.

    Raises DoesNotFit for an order or a station of which no slip could hold the name.
    """
    rows = list(_rows(slip, width))
    last = rows[-1][1].box.bottom
    canvas = Canvas(width, last + _MARGIN)
    for paragraphs, box in rows:
        draw_texts(canvas, box, fit(paragraphs, box, typeface), typeface)
    return canvas.dots().image()


def _rows(slip: VoidSlip, width: int) -> Iterator[tuple[Paragraphs, TextBox]]:
    scale = width / _DOTS_WIDE
    numbers = tuple(grouped(number) for number in slip.tracking_numbers)
    y = _MARGIN
    for paragraphs, field, sizes, height, frame in (
        (("無効",), Field.REPRINT, (150,), 170, Frame.SOLID),
        (("この送り状は使えません", "VOID: these labels must not be used"), Field.REPRINT, (28, 24), 80, Frame.NONE),
        ((f"注文 {slip.order}",), Field.ORDER, (40, 34, 28, 24, 20, 18), 90, Frame.LINE),
        (numbers, Field.TRACKING_NUMBER, (34,), 16 + 42 * len(numbers), Frame.NONE),
        ((slip.station,), Field.STATION, (28, 24, 20, 18), 44, Frame.NONE),
        ((slip.at,), Field.PRINTED_AT, (28, 24, 20, 18), 44, Frame.NONE),
    ):
        place = Box(_MARGIN, y, width - 2 * _MARGIN, round(height * scale))
        dots = tuple(round(size * scale) for size in sizes)
        yield paragraphs, TextBox(field, place, dots, align=Align.CENTER, bold=True, frame=frame, margin=4)
        y = place.bottom + _MARGIN
