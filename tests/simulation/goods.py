"""What is packed: instructions by order and revision."""

import random

import msgspec

from station.protocol.instruction import Instruction, Line, PackerNote, Piece
from tests.label.orders import order, tracking_number

CODES = ("4901234567894", "4902345678905", "IN-0042")
WRONG_CODE = "4909876543214"


def first_revision(name: str, number: int, chance: random.Random) -> Instruction:
    """An order: one line or two, one piece or two, sometimes with a note to acknowledge."""
    codes = chance.sample(CODES, chance.randint(1, 2))
    notes = (PackerNote(text="割れ物", acknowledge=True),) if chance.random() < 0.2 else ()
    return order(
        order=name,
        revision=1,
        slips=(slip_of(name),),
        pieces=_pieces(number, 1, 1 if chance.random() < 0.8 else 2),
        lines=tuple(Line(codes=(code,), name=code, quantity=chance.randint(1, 2)) for code in codes),
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


def slip_of(name: str) -> str:
    """The code on an order's packing slip."""
    return f"NS-{name}"


def _pieces(number: int, revision: int, count: int) -> tuple[Piece, ...]:
    first = (number * 100 + revision) * 10
    return tuple(Piece(tracking_number=tracking_number(first + piece)) for piece in range(count))
