"""Labels for slow lines: stripes of columns beside bands of rows, whichever takes fewer bytes where.

A stripe is 24 rows in the print buffer, which ESC J prints, feeding over the white below as well. Every ESC/POS printer
has ESC *, ESC $ and ESC J in standard mode. What a stripe is bad at, such as a rule across the paper, goes as a band
(GS v 0), at double width or height where all its dots stand twice.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from PIL import Image

from station.label.columns import STRIPE_ROWS, WIDEST, in_columns
from station.label.dots import Dots
from station.label.escpos import MAX_BAND_ROWS, band, encode_label, feed, scrub

_FEED_BYTES, _BAND_BYTES = 3, 8
_NEVER = 1 << 30


def encode_in_stripes(label: Dots) -> bytes:
    """One label, not yet cut off. One that is too wide for columns goes as bands alone."""
    if label.width > WIDEST:
        return encode_label(label)
    return b"".join(_encoded(label.rows(), label.width))


@dataclass(frozen=True, slots=True)
class _Stripe:
    """24 rows that go as columns."""

    first: int
    end: int


@dataclass(frozen=True, slots=True)
class _Band:
    """Rows that go as one GS v 0."""

    first: int
    end: int
    width: int
    """In dots."""
    doubled: bool
    """Every row stands twice."""
    paired: bool
    """Every dot stands twice, side by side."""


class _Division:
    """A label's rows in the parts that take the fewest bytes: from the lowest row up, the best from each row on."""

    def __init__(self, rows: Sequence[int], width: int) -> None:
        """Rows as numbers, the highest bit leftmost."""
        end, even = len(rows), sum(1 << width - 1 - column for column in range(0, width, 2))
        self._rows = rows
        self._stripe_bytes = list(_estimates(rows))
        self._right = [width + 1 - (row & -row).bit_length() if row else 0 for row in rows]
        self._paired = [not (row ^ row << 1) & even for row in rows]
        self._at: list[_Stripe | _Band | None] = [None] * (end + 1)
        """The best part that begins at a row."""
        self._next = [(0, end)] * (end + 1)
        """Bytes from a row on, and where the next part begins."""
        self._fed = list(self._next)
        """The same where a feed has begun, which goes on over white rows for nothing."""
        for row in reversed(range(end)):
            self._decide(row)

    def parts(self) -> Iterator[_Stripe | _Band]:
        """From the uppermost down. What lies between them is white."""
        _, row = self._next[0]
        while part := self._at[row]:
            yield part
            _, row = (self._fed if isinstance(part, _Stripe) else self._next)[part.end]

    def _decide(self, row: int) -> None:
        end, stripe_bytes, white = row + STRIPE_ROWS, self._stripe_bytes[row], not self._rows[row]
        cost: int = _NEVER
        part: _Stripe | _Band | None = None
        if end > len(self._rows):
            stripe_bytes = _NEVER
        elif stripe_bytes:
            cost, part = stripe_bytes + self._fed[end][0], _Stripe(row, end)
        if not white:
            cost, part = self._band(row, stripe_bytes, cost, part)
        self._at[row] = part
        self._next[row] = self._fed[row] = cost, row
        if white:
            fed = self._fed[row + 1]
            self._next[row] = min((cost, row), (fed[0] + _FEED_BYTES, fed[1]))
            self._fed[row] = min((cost, row), fed)

    def _band(
        self, first: int, stripe_bytes: int, cost: int, part: _Stripe | _Band | None
    ) -> tuple[int, _Stripe | _Band | None]:
        """The best band from a row on, if it is better: of those that take no more bytes than stripes in their place.

        In one long loop without a call: of all that a slow line's label needs this takes the longest.
        """
        rows, right, doubled, paired = self._rows, 0, True, True
        for end in range(first + 1, min(first + MAX_BAND_ROWS, len(rows)) + 1):
            row, count = end - 1, end - first
            right, paired = max(right, self._right[row]), paired and self._paired[row]
            sent = count
            if count % 2 == 0:
                doubled = doubled and rows[row] == rows[row - 1]
                sent = count // 2 if doubled else count
            sent *= -(-right // (16 if paired else 8))
            if sent > stripe_bytes * (1 + count // STRIPE_ROWS):
                break
            here = _BAND_BYTES + sent + self._next[end][0]
            if here < cost:
                cost, part = here, _Band(first, end, right, doubled and count % 2 == 0, paired)
        return cost, part


def _estimates(rows: Sequence[int]) -> Iterator[int]:
    """What a stripe takes from each row on, in bytes, its ESC J included; 0 where it would be white."""
    steps = [row ^ below for row, below in zip(rows, [*rows[1:], 0], strict=True)]
    inked = _together(rows, STRIPE_ROWS)
    not_tripled = _together(_together(steps, 2), STRIPE_ROWS // 3, 3)
    for ink, tall in zip(inked, not_tripled, strict=True):
        plain = _reaching(ink & tall, 3)
        low = ink & ~tall & ~plain
        reach = _reaching(low, 9)
        begun = (low & ~(low >> 1)).bit_count()
        alone = min(3 * low.bit_count(), low.bit_count() + 5 * begun, reach.bit_count())
        yield _FEED_BYTES + 3 * plain.bit_count() + alone if ink else 0


def _reaching(columns: int, further: int) -> int:
    """Columns, and so many more on the right of each: what it takes to pass over a gap, in columns."""
    reach, reached = columns, 0
    while reached < further:
        step = min(reached + 1, further - reached)
        reach |= reach << step
        reached += step
    return reach


def _together(rows: Sequence[int], count: int, step: int = 1) -> list[int]:
    """For each row the dots of ``count`` rows, itself and those ``step``, twice ``step`` and so on below it."""
    held, result, reach, done = list(rows), [0] * len(rows), 1, 0
    while done < count:
        if count & reach:
            result = [one | other for one, other in zip(result, _from_row(held, done * step), strict=True)]
            done += reach
        held = [one | other for one, other in zip(held, _from_row(held, reach * step), strict=True)]
        reach *= 2
    return result


def _from_row(rows: Sequence[int], first: int) -> list[int]:
    return [*rows[first:], *[0] * min(first, len(rows))]


def _encoded(rows: Sequence[bytes], width: int) -> Iterator[bytes]:
    printed = 0
    for part in _Division([int.from_bytes(row) for row in rows], width).parts():
        yield feed(part.first - printed)
        if isinstance(part, _Stripe):
            yield in_columns(rows[part.first : part.end])
            printed = part.first
        else:
            yield _encoded_band(rows[part.first : part.end], part)
            printed = part.end
    yield feed(len(rows) - printed)


def _encoded_band(rows: Sequence[bytes], part: _Band) -> bytes:
    """One dot more would be two of them or four, so rows with hazards go as they are."""
    sent = rows[::2] if part.doubled else rows
    if part.paired:
        sent = [_every_other(row) for row in sent]
    row_bytes = -(-part.width // (16 if part.paired else 8))
    dots = b"".join([row[:row_bytes] for row in sent])
    if (part.doubled or part.paired) and scrub(dots) != dots:
        return _encoded_band(rows, _Band(part.first, part.end, part.width, doubled=False, paired=False))
    return band(dots, row_bytes, doubled=part.doubled, paired=part.paired)


def _every_other(row: bytes) -> bytes:
    dots = Image.frombytes("1", (8 * len(row), 1), row)
    return dots.resize((4 * len(row), 1), Image.Resampling.NEAREST).tobytes()
