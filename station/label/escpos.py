"""Label pictures as ESC/POS bytes: raster bands, feeds for blank rows, a cut after each.

What is blank on a band's right is not sent, and of rows that are all the same, as those of bars are, one for two.

Commands as in Epson's ESC/POS reference and the TM-L90 manual. No byte of image data forms a real-time command.
"""

import re
import struct
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate

from PIL import Image

from station.label.dots import Dots

_INITIALISE = b"\x1b@"
_STATUS_BACK = b"\x1da\xff"
"""GS a: ESC @ turned the automatic status off."""
_MOTION_UNITS = b"\x1dP"
"""GS P x y, in dots an inch. The default vertical unit is half a dot (TM-L90: 1/406 inch), so without this command
every feed would be half as long as the rows that it stands for."""
_FEED = b"\x1bJ"
_RASTER = b"\x1dv0"
CUT = b"\x1dVB\x00"
"""GS V 66 0: feed to the cutter, then cut."""

MAX_BAND_ROWS = 200
_MAX_FEED_ROWS = 255
_MIN_FEED_ROWS = 4
"""Blank rows that become a feed; fewer stay in their band, for a band of its own costs a stop of the paper."""

_MIN_SAME_ROWS = 32
"""Rows without a difference that become half as many, printed at double height."""
_MIN_SAVED_BYTES = 128
"""What a band that is cut off on its right must save to be a band of its own."""

_SEGMENTS = re.compile(
    rb"B{%(fed)d,}|[IS]S{%(same)d,}|(?:(?!B{%(fed)d}|[IS]S{%(same)d}).)+"
    % {b"fed": _MIN_FEED_ROWS, b"same": _MIN_SAME_ROWS - 1}
)
"""Over one letter a row, B for a blank one, S for one like the row before, I for others: a run that is fed, rows that
are printed twice, or rows that are printed."""

HAZARDS = tuple(bytes((0x10, second)) for second in (0x04, 0x05, 0x14))
"""DLE EOT, DLE ENQ and DLE DC4, on which a printer acts even inside image data."""
_SECONDS = frozenset(hazard[1:] for hazard in HAZARDS)
_HARMLESS = {hazard: bytes((0x18, hazard[1])) for hazard in HAZARDS}
"""What is sent instead: one more black dot. A lone dot in the middle of a byte is never part of a bar or a QR module,
which have two at least."""


def encode_job(labels: Iterable[Image.Image], dots_per_inch: int) -> bytes:
    """The bytes that print pictures (mode "1", black on white), each cut off."""
    return job_start(dots_per_inch) + b"".join(encode_label(Dots.of(label)) + CUT for label in labels)


def job_start(dots_per_inch: int) -> bytes:
    """The printer as it is after power-on, with its status coming by itself, and dots as the unit of lengths."""
    return _INITIALISE + _STATUS_BACK + _MOTION_UNITS + bytes((dots_per_inch, dots_per_inch))


def encode_label(label: Dots) -> bytes:
    """One label, not yet cut off."""
    return b"".join(_encoded(label.rows()))


def _encoded(rows: Sequence[bytes]) -> Iterator[bytes]:
    for segment in _SEGMENTS.finditer(_letters(rows)):
        part = rows[segment.start() : segment.end()]
        if segment.group().startswith(b"B" * _MIN_FEED_ROWS):
            yield feed(len(part))
        elif segment.group().endswith(b"S" * (_MIN_SAME_ROWS - 1)):
            yield from _doubled(part)
        else:
            yield from _bands(part)


def _letters(rows: Sequence[bytes]) -> bytes:
    blank = bytes(len(rows[0]))
    return bytes(
        66 if row == blank else 83 if row == before else 73 for row, before in zip(rows, (b"", *rows), strict=False)
    )


def _doubled(rows: Sequence[bytes]) -> Iterator[bytes]:
    """Rows that are all the same. One dot more would be two of them, so rows with hazards go as they are."""
    width = len(rows[0].rstrip(b"\0"))
    half = rows[0][:width] * (len(rows) // 2)
    if scrub(half) != half:
        yield from _bands(rows)
        return
    for first in range(0, len(rows) // 2, MAX_BAND_ROWS):
        count = min(MAX_BAND_ROWS, len(rows) // 2 - first)
        yield band(half[: count * width], width, doubled=True)
    if len(rows) % 2:
        yield from _bands(rows[-1:])


def _bands(rows: Sequence[bytes]) -> Iterator[bytes]:
    """Rows that are printed as they are: cut off on the right where that saves enough."""
    widths = [len(row.rstrip(b"\0")) for row in rows]
    if 0 in widths:
        widths = list(accumulate(widths, lambda before, width: width or before or 1, initial=1))[1:]
    first = 0
    while first < len(rows):
        last, width = _band(widths, first)
        yield band(b"".join([row[:width] for row in rows[first:last]]), width)
        first = last


def _band(widths: Sequence[int], first: int) -> tuple[int, int]:
    """Where the band that begins there ends, and how many bytes its rows have."""
    end = min(len(widths), first + MAX_BAND_ROWS)
    width, at = widths[first], first + 1
    while at < end:
        if widths[at] > width:
            if (widths[at] - width) * (at - first) >= _MIN_SAVED_BYTES:
                return at, width
            width, at = widths[at], at + 1
            continue
        narrow, widest = at, 0
        while at < end and widths[at] < width:
            widest, at = max(widest, widths[at]), at + 1
            if (width - widest) * (at - narrow) >= _MIN_SAVED_BYTES:
                return narrow, width
        at += at == narrow
    return end, width


def band(dots: bytes, row_bytes: int, *, doubled: bool = False, paired: bool = False) -> bytes:
    """GS v 0: rows of so many bytes; every row is printed twice, or every dot twice side by side, if so asked."""
    header = struct.pack("<BHH", 2 * doubled + paired, row_bytes, len(dots) // row_bytes)
    return _RASTER + header + scrub(dots)


def feed(rows: int) -> bytes:
    """ESC J: so many rows of paper. What the print buffer holds is printed, and its height is part of them."""
    return b"".join(_FEED + bytes([min(_MAX_FEED_ROWS, rows - at)]) for at in range(0, rows, _MAX_FEED_ROWS))


def scrub(dots: bytes) -> bytes:
    """Image data without real-time commands. What stands around it in a job never ends with 10 before it, nor begins
    with 04, 05 or 14 behind it: the header's last byte is 00, and the next command begins with ESC or GS."""
    if not any(after[:1] in _SECONDS for after in dots.split(b"\x10")[1:]):
        return dots  # soon seen: bytes of 10 are few
    for hazard, harmless in _HARMLESS.items():
        dots = dots.replace(hazard, harmless)
    return dots
