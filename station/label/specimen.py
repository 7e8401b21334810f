"""The test label: every box of a layout with a sample in it, and a sheet that shows what the print head can do.

The one is laid on the paper to see that the layout fits; the other beside a rule, to see that a dot is as large as the
layout takes it for, and held against the light, to see a dot that the head has lost.
"""

from collections.abc import Iterator

import msgspec
from PIL import Image

from station.label.carriers import CarrierStyle
from station.label.content import Field, Mark, label_content
from station.label.dots import Canvas
from station.label.fonts import Typeface
from station.label.layout import Align, Box, Layout, TextBox
from station.label.merchants import Merchant
from station.label.placing import fit, place
from station.label.raster import draw_form, draw_label, draw_texts
from station.protocol.instruction import Address, Instruction, Line, Piece, Service

_BLACK, _WHITE = 0, 255
_SOMEBODY = Address(
    postal_code="000-0000",
    lines=("見本県見本市見本町一丁目2番3号", "テストビルディング15階 髙﨑①㈱"),
    name="見本 太郎",
    phone="000-0000-0000",
)
_SAMPLE = Instruction(
    order="TEST",
    revision=1,
    merchant="見本の店",
    slips=("TEST",),
    ship_to=_SOMEBODY,
    ship_from=_SOMEBODY,
    carrier="test",
    delivery_date="2000-01-01",
    gift_note="贈り物のことば",
    pieces=(Piece(tracking_number="000000000000"),),
    lines=(Line(codes=("TEST",), name="見本", quantity=1),),
)
_MERCHANT = Merchant(note="店のひとこと", logo=Image.linear_gradient("L"))
"""The upper half of its logo is black."""


def draw_specimen(layout: Layout, style: CarrierStyle, typeface: Typeface) -> Image.Image:
    """A label with something in every box, and a thin line around each. Mode "1".

    Raises DoesNotFit where a carrier's words are too long for their box.
    """
    carriers = {_SAMPLE.carrier: style}
    content = label_content(_sample_of(style), 1, 1, carriers, _MERCHANT, Mark.SPECIMEN)
    label = draw_label(place(content, layout, typeface, _MERCHANT), draw_form(layout, typeface), typeface).image()
    for box in (*(text.box for text in layout.texts), layout.bars, layout.qr, layout.logo):
        if box is not None:
            _outline(label, box)
    return label


def _sample_of(style: CarrierStyle) -> Instruction:
    """With the most that a carrier offers: COD and frozen, where it has them."""
    payment = "cod" if "cod" in style.payments else next(iter(style.payments))
    return msgspec.structs.replace(
        _SAMPLE,
        service=Service(
            payment=payment,
            cod_amount_yen=9_999_999 if payment == "cod" else None,
            temperature=list(style.temperatures)[-1],
        ),
        time_slot=next(iter(style.slots or ("0812",))),
        sort_code="0" * (style.sort_code_digits or 7),
    )


def _outline(image: Image.Image, box: Box) -> None:
    """Just inside of the box; dots that are black already become white, so that it shows there, too."""
    for edge in (
        Box(box.x, box.y, box.width, 1),
        Box(box.x, box.bottom - 1, box.width, 1),
        Box(box.x, box.y, 1, box.height),
        Box(box.right - 1, box.y, 1, box.height),
    ):
        for x in range(edge.x, edge.right):
            for y in range(edge.y, edge.bottom):
                if (x + y) % 4 == 0:
                    image.putpixel((x, y), _WHITE if image.getpixel((x, y)) == _BLACK else _BLACK)


def draw_head_sheet(layout: Layout, printer: str, typeface: Typeface) -> Image.Image:
    """As large as a label: who prints, a millimetre scale along two edges, and a stroke from each dot of the head.

    Raises DoesNotFit for a printer's name that is too long.
    """
    sheet = Canvas(layout.width, layout.height)
    for tick in _scale(layout):
        sheet.fill(tick)
    for number, box in _numbers(layout):
        draw_texts(sheet, box, fit((str(number),), box, typeface), typeface)
    top = 10 * round(layout.dots_per_inch / 25.4)
    words = (
        "試し印字 TEST",
        printer,
        f"{layout.width} x {layout.height} dots, {layout.dots_per_inch} dpi",
        typeface.path.name,
    )
    for row, text in enumerate(words):
        place_of_words = Box(96, top + 44 * row, layout.width - 104, 40)
        box = TextBox(Field.STATION, place_of_words, (28, 24, 20, 18))
        draw_texts(sheet, box, fit((text,), box, typeface), typeface)
    _draw_strokes(sheet, top + 44 * len(words) + 16)
    return sheet.dots().image()


def _millimetres(dots: int, layout: Layout) -> Iterator[tuple[int, int]]:
    """Each whole millimetre within so many dots, and the dot that it begins with."""
    for number in range(int(dots * 25.4 / layout.dots_per_inch) + 1):
        at = round(number * layout.dots_per_inch / 25.4)
        if at < dots:
            yield number, at


def _scale(layout: Layout) -> Iterator[Box]:
    for number, at in _millimetres(layout.width, layout):
        yield Box(at, 0, 1, _tick(number))
    for number, at in _millimetres(layout.height, layout):
        yield Box(0, at, _tick(number), 1)


def _tick(millimetre: int) -> int:
    return 32 if millimetre % 10 == 0 else 24 if millimetre % 5 == 0 else 14


def _numbers(layout: Layout) -> Iterator[tuple[int, TextBox]]:
    """Beside every tenth tick."""
    for number, at in _millimetres(layout.width - 40, layout):
        if number % 10 == 0 and number:
            yield number, TextBox(Field.STATION, Box(at - 20, 34, 40, 24), (18,), align=Align.CENTER)
    for number, at in _millimetres(layout.height - 12, layout):
        if number % 10 == 0 and number > 10:
            yield number, TextBox(Field.STATION, Box(36, at - 12, 48, 24), (18,))


def _draw_strokes(sheet: Canvas, top: int) -> None:
    """Eight rows of strokes, so that each dot of the head prints one of its own with seven blank ones between."""
    sheet.fill(Box(0, top - 8, sheet.width, 8 * 12 + 14), white=True)
    for x in range(sheet.width):
        sheet.fill(Box(x, top + x % 8 * 12, 1, 10))
    left = 96
    for number, dots in enumerate((1, 2, 3, 4)):
        for at in range(left, sheet.width - 8, 2 * dots):
            sheet.fill(Box(at, top + 112 + 44 * number, min(dots, sheet.width - at), 36))
