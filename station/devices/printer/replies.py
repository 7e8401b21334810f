"""Sorts what a printer sends into replies, whichever of them come mixed and however they are cut into reads.

Fixed bits tell the kinds apart (Epson's "identification of transmission status"; the same table stands in
Citizen's manuals):

=========================  ============
XON, XOFF                  11, 13
DLE EOT                    0xx1xx10
ASB, first byte            0xx1xx00
ASB, the three after it    0xx0xxxx
GS r                       0xx0xxxx
block data                 a header, then data up to NUL
=========================  ============

So a byte 0xx0xxxx is ASB's while an ASB is incomplete, and GS r's otherwise. Real-time answers and XOFF may
stand inside another reply. All block data that this project asks for are below; what is none of these is counted.
"""

from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class AutomaticStatus:
    """ASB: four bytes, sent at every change of the printer's state."""

    data: bytes


@dataclass(frozen=True, slots=True)
class RealTimeStatus:
    """The answer to a DLE EOT; to which n, the byte does not say."""

    value: int


@dataclass(frozen=True, slots=True)
class PaperStatus:
    """The answer to GS r 1."""

    value: int


@dataclass(frozen=True, slots=True)
class ProcessIdReturned:
    """All that stood before this process ID is printed."""

    process_id: bytes


@dataclass(frozen=True, slots=True)
class ClearResponse:
    """DLE DC4 function 8 is done: the buffers are empty."""


@dataclass(frozen=True, slots=True)
class Information:
    """The answer to GS I 65 to 69 or to GS g 2; to which, it does not say. May be empty."""

    text: str


@dataclass(frozen=True, slots=True)
class PowerOnNotice:
    """The printer has just been switched on (sent where its memory switch asks for it)."""


Reply = AutomaticStatus | RealTimeStatus | PaperStatus | ProcessIdReturned | ClearResponse | Information | PowerOnNotice


def _bytes_with(mask: int, value: int) -> frozenset[int]:
    return frozenset(byte for byte in range(256) if byte & mask == value)


_FLOW_CONTROL = frozenset((0x11, 0x13))
_REAL_TIME = _bytes_with(0x93, 0x12)
_ASB_FIRST = _bytes_with(0x93, 0x10)
_SENSORS = _bytes_with(0x90, 0x00)
_ID = frozenset(range(0x20, 0x7F))
_LONGEST_INFORMATION = 80
"""Bytes of printer information (Epson's reference, GS I)."""
_HEADERS = frozenset(b"\x37\x3b\x5f")


def _literal(data: bytes) -> tuple[frozenset[int], ...]:
    return tuple(frozenset((byte,)) for byte in data)


_Shape = tuple[frozenset[int], ...]
"""For each place of a reply, the bytes that may stand there."""

_SHAPES: tuple[tuple[_Shape, Callable[[bytes], Reply]], ...] = (
    ((_ASB_FIRST, _SENSORS, _SENSORS, _SENSORS), AutomaticStatus),
    ((_REAL_TIME,), lambda data: RealTimeStatus(data[0])),
    (_literal(b"\x37\x22") + (_ID,) * 4 + _literal(b"\0"), lambda data: ProcessIdReturned(data[2:6])),
    (_literal(b"\x37\x25\0"), lambda _: ClearResponse()),
    (_literal(b"\x3b\x31\0"), lambda _: PowerOnNotice()),
    *(
        (_literal(b"\x5f") + (_ID,) * length + _literal(b"\0"), lambda data: Information(data[1:-1].decode("ascii")))
        for length in range(_LONGEST_INFORMATION + 1)
    ),
    ((_SENSORS,), lambda data: PaperStatus(data[0])),
)
"""No shape is the beginning of another: a reply is known when its last byte is there."""


class ReplyParser:
    """Takes bytes as they come and gives replies as they become whole."""

    def __init__(self) -> None:
        self.unknown_bytes = 0
        """Bytes that belong to no reply, since the start."""
        self._begun = b""

    def feed(self, data: bytes) -> list[Reply]:
        """The replies that these bytes complete, in the order of their last bytes."""
        return [reply for byte in data if (reply := self._next(byte)) is not None]

    def _next(self, byte: int) -> Reply | None:
        if byte in _FLOW_CONTROL:
            return None
        found = _fit(self._begun + bytes((byte,)))
        if found is None and self._begun:
            if byte in _REAL_TIME:
                return RealTimeStatus(byte)
            # Dropped whole: the rest of an ASB or the end of a block must not pass for answers to GS r.
            ends_block = byte == 0 and self._begun[0] in _HEADERS
            self.unknown_bytes += len(self._begun)
            self._begun = b""
            found = None if ends_block else _fit(bytes((byte,)))
        if found is None:
            self.unknown_bytes += 1
            return None
        self._begun += bytes((byte,))
        shape, build = found
        if len(self._begun) < len(shape):
            return None
        whole, self._begun = self._begun, b""
        return build(whole)


def _fit(data: bytes) -> tuple[_Shape, Callable[[bytes], Reply]] | None:
    """A reply that these bytes are, or may be the beginning of."""
    for shape, build in _SHAPES:
        if len(data) <= len(shape) and all(byte in allowed for byte, allowed in zip(data, shape, strict=False)):
            return shape, build
    return None
