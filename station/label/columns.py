"""Columns of 24 dots for the print buffer (ESC *), with the white between them passed over (ESC $).

The densities of ESC * serve to send less: modes 0 and 32 print every column twice, modes 0 and 1 every dot three times
from top to bottom, and then 8 dots make a column. So bars take a third of the bytes, or a sixth.
"""

import struct
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby

from PIL import Image

from station.label.escpos import scrub

STRIPE_ROWS = 24
WIDEST = 1039
"""From 1040 columns on the bytes of a number can form a real-time command: 10 04."""
_COLUMNS, _TO = b"\x1b*", b"\x1b$"
_HEADER_BYTES, _MOVE_BYTES = 5, 4
_TALL_BYTES = STRIPE_ROWS // 8
_TRIPLED = 3
_WHITE = bytes(_TALL_BYTES)
_FIRST_OF_THREE = sum(1 << bit for bit in range(0, STRIPE_ROWS, _TRIPLED))


@dataclass(frozen=True, slots=True, eq=False)
class _Mode:
    """How ESC * sends columns."""

    code: int
    tripled: bool
    paired: bool

    def cost(self, columns: int) -> int:
        """Of so many columns, as printed, in bytes."""
        return columns // (1 + self.paired) * (1 if self.tripled else _TALL_BYTES)


_PLAIN = _Mode(33, tripled=False, paired=False)
_PAIRED = _Mode(32, tripled=False, paired=True)
_TRIPLE = _Mode(1, tripled=True, paired=False)
_BOTH = _Mode(0, tripled=True, paired=True)


@dataclass(frozen=True, slots=True)
class _Run:
    """Neighbouring columns that are alike; or such that only the plain mode sends."""

    left: int
    right: int
    modes: tuple[_Mode, ...]
    white: bool = False


@dataclass(frozen=True, slots=True)
class _Way:
    """The cheapest way to send the runs so far, that ends in one mode, or in passing over (None)."""

    cost: int
    mode: _Mode | None = None
    left: int = 0
    """Where the last piece begins."""
    right: int = 0
    before: "_Way | None" = None
    """What ends where the last piece begins."""


def in_columns(rows: Sequence[bytes]) -> bytes:
    """What puts 24 rows into the print buffer, which is empty. They are narrower than ``WIDEST``."""
    tall, low = _standing(rows), _standing(rows[::_TRIPLED])
    parts, at = [], 0
    for piece in _pieces(tall):
        if piece.left != at:
            parts.append(_TO + struct.pack("<H", piece.left))
        parts.append(_sent(piece, tall, low))
        at = piece.right
    return b"".join(parts)


def _pieces(tall: bytes) -> list[_Way]:
    """The division into pieces that takes the fewest bytes, from left to right."""
    ways: dict[_Mode | None, _Way] = {None: _Way(0)}
    for run in _runs(tall):
        ways = _on(ways, run)
    way: _Way | None = min(ways.values(), key=lambda each: each.cost)
    pieces = []
    while way is not None:
        pieces.append(way)
        way = way.before
    return [piece for piece in reversed(pieces) if piece.mode is not None]


def _on(ways: dict[_Mode | None, _Way], run: _Run) -> dict[_Mode | None, _Way]:
    """The ways, one run further."""
    best = min(ways.values(), key=lambda each: each.cost + _MOVE_BYTES * (each.mode is None and run.left > 0))
    begun = best.cost + _HEADER_BYTES + _MOVE_BYTES * (best.mode is None and run.left > 0)
    further: dict[_Mode | None, _Way] = {}
    for mode in run.modes:
        cost, before = mode.cost(run.right - run.left), ways.get(mode)
        if before is not None and before.cost <= begun:
            further[mode] = _Way(before.cost + cost, mode, before.left, run.right, before.before)
        else:
            further[mode] = _Way(begun + cost, mode, run.left, run.right, best)
    if run.white:
        before = min(ways.values(), key=lambda each: each.cost)
        further[None] = _Way(before.cost, None, run.left, run.right, before)
    return further


def _runs(tall: bytes) -> Iterator[_Run]:
    """From left to right. Of an odd number of like columns one is apart, so that the others can be sent by twos."""
    columns = [tall[at : at + _TALL_BYTES] for at in range(0, len(tall), _TALL_BYTES)]
    left = plain = 0
    by_twos = False
    for column, same in groupby(columns):
        count, tripled = sum(1 for _ in same), _is_tripled(column)
        if count == 1 and not tripled:
            left, by_twos = left + 1, False
            continue
        if plain < left:
            yield _Run(plain, left, (_PLAIN,))
        alone = count % 2 if count > 1 else 0
        for size in (count - alone, alone) if by_twos else (alone, count - alone):
            if size:
                yield _Run(left, left + size, _modes(tripled, size % 2 == 0), column == _WHITE)
                left += size
        plain, by_twos = left, count > 1 and not (alone and by_twos)
    if plain < left:
        yield _Run(plain, left, (_PLAIN,))


def _modes(tripled: bool, even: bool) -> tuple[_Mode, ...]:
    return (_PLAIN, *(_PAIRED,) * even, *(_TRIPLE,) * tripled, *(_BOTH,) * (tripled and even))


def _is_tripled(column: bytes) -> bool:
    """Whether each dot stands three times, from the top on."""
    dots = int.from_bytes(column)
    return not (dots ^ dots << 1) & ~_FIRST_OF_THREE & (1 << STRIPE_ROWS) - 1


def _sent(piece: _Way, tall: bytes, low: bytes) -> bytes:
    """A dot more in another mode than the plain one would be several, so columns with hazards go as they are."""
    mode = piece.mode or _PLAIN
    data = _data(piece, mode, tall, low)
    if mode is not _PLAIN and scrub(data) != data:
        mode = _PLAIN
        data = _data(piece, mode, tall, low)
    count = len(data) // (1 if mode.tripled else _TALL_BYTES)
    return _COLUMNS + struct.pack("<BH", mode.code, count) + scrub(data)


def _data(piece: _Way, mode: _Mode, tall: bytes, low: bytes) -> bytes:
    columns = range(piece.left, piece.right, 1 + mode.paired)
    if mode.tripled:
        return bytes(low[column] for column in columns)
    return b"".join(tall[_TALL_BYTES * column : _TALL_BYTES * (column + 1)] for column in columns)


def _standing(rows: Sequence[bytes]) -> bytes:
    """Columns from left to right, each from top to bottom in whole bytes."""
    lying = Image.frombytes("1", (8 * len(rows[0]), len(rows)), b"".join(rows))
    return lying.transpose(Image.Transpose.TRANSPOSE).tobytes()
