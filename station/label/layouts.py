"""The layouts that are shipped, by the name that a configuration gives."""

from collections.abc import Mapping

from station.label.content import Field
from station.label.layout import Align, Box, Caption, Frame, Layout, TextBox

_SMALL = (24, 20, 18)
_MEDIUM = (28, 24, 20, 18)
_LARGE = (34, 28, 24, 20, 18)
_HUGE = (56, 44, 34, 28, 24, 20, 18)

_WIDTH = 576
_DELIVERY = 76
_SHIP_TO = 134
_SHIP_FROM = 368
_SERVICE = 492
_BARS = 674
_STRIP = 36
_THICK, _THIN = 2, 1

_CENTER, _RIGHT = Align.CENTER, Align.RIGHT
_LINE, _SOLID = Frame.LINE, Frame.SOLID

_80X100 = Layout(
    width=_WIDTH,
    height=800,
    dots_per_inch=203,
    texts=(
        TextBox(Field.CARRIER, Box(8, 4, 204, 36), _LARGE, bold=True),
        TextBox(Field.REPRINT, Box(8, 42, 150, 31), (24,), align=_CENTER, bold=True, frame=_SOLID, margin=2),
        TextBox(Field.SORT_CODE, Box(264, 4, 304, 70), (56, 44, 34), align=_RIGHT, bold=True),
        TextBox(Field.DELIVERY_DATE, Box(8, 98, 176, 34), _MEDIUM, bold=True),
        TextBox(Field.TIME_SLOT, Box(196, 98, 140, 34), _MEDIUM, bold=True),
        TextBox(Field.PAYMENT, Box(347, 84, 84, 44), (24,), align=_CENTER, bold=True, frame=_LINE, margin=5),
        TextBox(Field.TEMPERATURE, Box(437, 84, 66, 44), (28,), align=_CENTER, bold=True, frame=_SOLID, margin=4),
        TextBox(Field.PIECE, Box(510, 98, 62, 34), (28, 24, 20), align=_CENTER, bold=True),
        TextBox(Field.SHIP_TO_POSTAL_CODE, Box(44, 138, 300, 46), (44,), bold=True),
        TextBox(Field.SHIP_TO_PHONE, Box(348, 140, 220, 42), _SMALL, align=_RIGHT),
        TextBox(Field.SHIP_TO_LINES, Box(44, 186, 524, 110), _LARGE, whole_from=24),
        TextBox(Field.SHIP_TO_NAME, Box(44, 298, 524, 66), _HUGE, whole_from=34, bold=True),
        TextBox(Field.SHIP_FROM_POSTAL_CODE, Box(44, 373, 160, 24), (20,)),
        TextBox(Field.SHIP_FROM_PHONE, Box(348, 373, 220, 24), (20, 18), align=_RIGHT),
        TextBox(Field.SHIP_FROM_LINES, Box(44, 399, 524, 44), _SMALL, whole_from=20),
        TextBox(Field.SHIP_FROM_NAME, Box(44, 445, 524, 44), _MEDIUM, whole_from=24, bold=True),
        TextBox(Field.COD_AMOUNT, Box(8, 499, 416, 42), (34, 28), align=_CENTER, bold=True, frame=_LINE, margin=4),
        TextBox(Field.ORDER, Box(64, 546, 364, 42), _SMALL, whole_from=20),
        TextBox(Field.MERCHANT, Box(64, 589, 364, 42), _SMALL, whole_from=20),
        TextBox(Field.GIFT_NOTE, Box(64, 632, 364, 42), _SMALL, whole_from=20),
        TextBox(Field.REVISION, Box(432, 637, 136, 32), (18,), align=_RIGHT),
        TextBox(Field.TRACKING_NUMBER, Box(8, 764, 560, 34), (34, 28), align=_CENTER, bold=True),
    ),
    captions=(
        Caption("仕分", Box(224, 6, 40, 20), 16),
        Caption("お届け日", Box(8, 79, 100, 18), 16),
        Caption("時間帯", Box(196, 79, 100, 18), 16),
        Caption("個口", Box(525, 79, 40, 18), 16),
        Caption("お届け先", Box(0, _SHIP_TO, _STRIP, _SHIP_FROM - _SHIP_TO), 24, bold=True, vertical=True, solid=True),
        Caption("ご依頼主", Box(0, _SHIP_FROM + _THICK, _STRIP, _SERVICE - _SHIP_FROM - _THICK), 20, vertical=True),
        Caption("注文", Box(8, 557, 50, 20), 16),
        Caption("店舗", Box(8, 600, 50, 20), 16),
        Caption("ギフト", Box(8, 643, 54, 20), 16),
    ),
    rules=(
        Box(216, 0, _THIN, _DELIVERY),
        Box(0, _DELIVERY, _WIDTH, _THICK),
        Box(188, _DELIVERY, _THIN, _SHIP_TO - _DELIVERY),
        Box(340, _DELIVERY, _THIN, _SHIP_TO - _DELIVERY),
        Box(508, _DELIVERY, _THIN, _SHIP_TO - _DELIVERY),
        Box(0, _SHIP_TO, _WIDTH, _THICK),
        Box(0, _SHIP_FROM, _WIDTH, _THICK),
        Box(_STRIP, _SHIP_FROM, _THIN, _SERVICE - _SHIP_FROM),
        Box(0, _SERVICE, _WIDTH, _THICK),
        Box(0, 545, 430, _THIN),
        Box(0, 588, 430, _THIN),
        Box(0, 631, _WIDTH, _THIN),
        Box(430, _SERVICE, _THIN, 631 - _SERVICE),
        Box(0, _BARS, _WIDTH, _THICK),
    ),
    bars=Box(8, 682, 560, 80),
    qr=Box(436, 496, 134, 134),
)

LAYOUTS: Mapping[str, Layout] = {"80x100": _80X100}
"""80 x 100 mm on an 80 mm roll, whose print head reaches 72 mm: 576 dots at 203 dpi."""
