"""What the code on a packed unit says, where the order's line asks for it: lot, serial number, expiry."""

from typing import Annotated, Literal

import msgspec

Captured = Literal["lot", "serial", "expiry"]
"""GS1 application identifiers 10, 21, and 17 (or 15, best before, where there is no 17)."""
CAPTURED: tuple[Captured, ...] = ("lot", "serial", "expiry")

MAX_UNITS = 150
"""Units of one order whose codes are kept, so that all of them fit in one message."""
MAX_LINES = 200
GOODS_DIGITS = 16
Goods = Annotated[str, msgspec.Meta(max_length=GOODS_DIGITS)]
"""What is in an order's parcels, as a digest (``Instruction.goods``); empty where nobody knows."""

GS1Text = Annotated[str, msgspec.Meta(max_length=20)]
IsoDate = Annotated[str, msgspec.Meta(pattern=r"^([0-9]{4}-[0-9]{2}-[0-9]{2})?\Z")]
"""A day, as ``2026-12-05``; empty where there is none."""


class Unit(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One packed unit of a line that asks for what its code says. Empty is what the line does not ask for."""

    line: Annotated[int, msgspec.Meta(ge=0, lt=MAX_LINES)]
    """The line's place in the instruction, from 0."""
    item: Annotated[str, msgspec.Meta(max_length=14)]
    """The GTIN, 14 digits."""
    lot: GS1Text = ""
    serial: GS1Text = ""
    expiry: IsoDate = ""


Units = Annotated[tuple[Unit, ...], msgspec.Meta(max_length=MAX_UNITS)]
