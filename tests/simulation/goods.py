"""What is packed: instructions by order and revision."""

import random

import msgspec

from station.bench.core.order import LineFacts
from station.devices.barcode import GS
from station.protocol.instruction import Instruction, Line, PackerNote, Piece
from station.protocol.unit import CAPTURED, Captured
from tests.label.orders import order, tracking_number

CODES = ("4901234567894", "4902345678905", "IN-0042")
WRONG_CODE = "4909876543214"
LASTS_UNTIL, EXPIRES_FROM, EXPIRED = "270131", "2026-12-05", "261204"
"""Of good units; of lines that ask for it, whatever the desk's clock says; of units that are too old."""


def first_revision(name: str, number: int, chance: random.Random) -> Instruction:
    """An order: one line or two, one piece or two, sometimes with a note to acknowledge."""
    codes = chance.sample(CODES, chance.randint(1, 2))
    notes = (PackerNote(text="割れ物", acknowledge=True),) if chance.random() < 0.2 else ()
    return order(
        order=name,
        revision=1,
        slips=(slip_of(name),),
        pieces=_pieces(number, 1, 1 if chance.random() < 0.8 else 2),
        lines=tuple(_line(code, chance) for code in codes),
        packer_notes=notes,
    )


def next_revision(instruction: Instruction, number: int, chance: random.Random, operator: int = 0) -> Instruction:
    """Another address and other tracking numbers; sometimes other goods, too. No two operators say the same."""
    revision = instruction.revision + 1
    lines = instruction.lines
    if chance.random() < 0.2:
        lines = tuple(msgspec.structs.replace(line, quantity=3 - line.quantity) for line in lines)
    return msgspec.structs.replace(
        instruction,
        revision=revision,
        pieces=_pieces(number + 50 * operator, revision, len(instruction.pieces)),
        lines=lines,
        swap=chance.random() < 0.3,
    )


def _line(code: str, chance: random.Random) -> Line:
    """Of an article; every second one with a GTIN asks for what its units' codes say, or for some of it."""
    capture: tuple[Captured, ...] = ()
    if code.isdigit() and chance.random() < 0.5:
        capture = tuple(chance.sample(CAPTURED, chance.randint(1, 3)))
    expires_from = EXPIRES_FROM if "expiry" in capture else ""
    quantity = chance.randint(1, 2)
    return Line(codes=(code,), name=code, quantity=quantity, capture=capture, expires_from=expires_from)


def code_of(line: LineFacts, serial: str, expiry: str = LASTS_UNTIL) -> str:
    """What a scanner reads off one unit: the JAN, or all that its DataMatrix says."""
    if not line.capture:
        return line.codes[0]
    return f"]d201{line.codes[0]}17{expiry}10L-{serial}{GS}21{serial}"


def slip_of(name: str) -> str:
    """The code on an order's packing slip."""
    return f"NS-{name}"


def _pieces(number: int, revision: int, count: int) -> tuple[Piece, ...]:
    first = (number * 100 + revision) * 10
    return tuple(Piece(tracking_number=tracking_number(first + piece)) for piece in range(count))
