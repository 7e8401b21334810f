"""A drawn label as its pictures one by one, for page mode: the white between them is not sent."""

from collections.abc import Iterator

from PIL import Image

from station.label.layout import Box, Layout
from station.label.pagemode import Picture, Sheet
from station.label.placing import PlacedLabel


def sparse_sheet(image: Image.Image, placed: PlacedLabel, layout: Layout) -> Sheet:
    """Every dot of the drawn label, in as many pictures as there are things on it."""
    pictures = (_picture(image, box) for box in _boxes(placed, layout))
    return Sheet(layout.width, layout.height, tuple(picture for picture in pictures if picture is not None))


def _boxes(placed: PlacedLabel, layout: Layout) -> Iterator[Box]:
    yield from layout.rules
    yield from (caption.box for caption in layout.captions)
    frames = [box for box, _ in placed.frames]
    yield from frames
    yield from (line.ink for line in placed.placed if not any(frame.holds(line.ink) for frame in frames))
    yield Box(placed.bars.x, placed.bars.y, sum(placed.bars.widths), placed.bars.height)
    if placed.logo is not None:
        yield Box(placed.logo.x, placed.logo.y, placed.logo.image.width, placed.logo.image.height)
    side = placed.qr.modules * placed.qr.module_dots
    yield Box(placed.qr.x, placed.qr.y, side, side)


def _picture(image: Image.Image, box: Box) -> Picture | None:
    """What of a box is black."""
    inside = image.crop((box.x, box.y, box.right, box.bottom))
    ink = inside.point([255] + [0] * 255).getbbox()
    if ink is None:
        return None
    return Picture(box.x + ink[0], box.y + ink[1], inside.crop(ink))
