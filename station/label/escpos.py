"""Label pictures as ESC/POS bytes: raster bands, feeds for blank rows, a cut after each.

Commands as in Epson's ESC/POS reference and the TM-L90 manual. No byte of image data forms a real-time command.
"""

import re
import struct
from collections.abc import Iterable, Iterator

from PIL import Image

_INITIALISE = b"\x1b@"
_STATUS_BACK = b"\x1da\xff"
"""GS a: ESC @ turned the automatic status off."""
_MOTION_UNITS = b"\x1dP"
"""GS P x y, in dots an inch. The default vertical unit is half a dot (TM-L90: 1/406 inch), so without this command
every feed would be half as long as the rows that it stands for."""
_FEED = b"\x1bJ"
_RASTER = b"\x1dv0\x00"
_CUT = b"\x1dVB\x00"
"""GS V 66 0: feed to the cutter, then cut."""

MAX_BAND_ROWS = 200
_MAX_FEED_ROWS = 255
_MIN_FEED_ROWS = 8
"""Blank rows that become a feed; fewer stay in their band, for a band of its own costs a stop of the paper."""

_SEGMENTS = re.compile(rb"B{%d,}|(?:(?!B{%d}).)+" % (_MIN_FEED_ROWS, _MIN_FEED_ROWS))
"""Over one letter a row, B for a blank one: a run that is fed, or rows that are printed."""

_INVERTED = bytes(0xFF ^ byte for byte in range(256))
_HAZARDS = tuple((bytes((0x10, second)), bytes((0x18, second))) for second in (0x04, 0x05, 0x14))
"""DLE EOT, DLE ENQ and DLE DC4, on which a printer acts even inside image data; and what is sent instead: one more
black dot. A lone dot in the middle of a byte is never part of a bar or a QR module, which have two at least."""


def encode_job(labels: Iterable[Image.Image], dots_per_inch: int) -> bytes:
    """The bytes that print pictures (mode "1", black on white, whole bytes wide), each cut off."""
    start = _INITIALISE + _STATUS_BACK + _MOTION_UNITS + bytes((dots_per_inch, dots_per_inch))
    return start + b"".join(part for label in labels for part in (*_encode_label(label), _CUT))


def _encode_label(label: Image.Image) -> Iterator[bytes]:
    if label.mode != "1" or label.width % 8:
        raise ValueError(f"a label is of mode 1 and whole bytes wide, not {label.mode} and {label.width} dots")
    row_bytes = label.width // 8
    dots = label.tobytes().translate(_INVERTED)
    blank_row = bytes(row_bytes)
    letters = b"".join(
        b"B" if dots[at : at + row_bytes] == blank_row else b"I" for at in range(0, len(dots), row_bytes)
    )
    for segment in _SEGMENTS.finditer(letters):
        fed = segment.group().startswith(b"B" * _MIN_FEED_ROWS)
        step = _MAX_FEED_ROWS if fed else MAX_BAND_ROWS
        for first in range(segment.start(), segment.end(), step):
            rows = min(step, segment.end() - first)
            if fed:
                yield _FEED + bytes((rows,))
            else:
                yield _RASTER + struct.pack("<HH", row_bytes, rows)
                yield scrub(dots[first * row_bytes : (first + rows) * row_bytes])


def scrub(dots: bytes) -> bytes:
    """Image data without real-time commands. What stands around it in a job never ends with 10 before it, nor begins
    with 04, 05 or 14 behind it: the header's last byte is 00, and the next command begins with ESC or GS."""
    for hazard, harmless in _HAZARDS:
        dots = dots.replace(hazard, harmless)
    return dots
