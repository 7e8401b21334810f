"""The ESC/POS commands that the emulator can read to their end, and how long each is.

A printer has to know a command's length before its meaning: one byte too few, and the rest comes out as text.
Names and formats: Epson's ESC/POS reference, and the TM-L90 and TM-T88III programming manuals.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

Shape = Callable[[bytes], int]
"""From the parameter bytes seen so far to how many there are at least; the command ends when both are equal."""

LONGEST_HEAD = 300
"""No shape looks further: at a length field, or at data that a NUL ends, at most 255 bytes."""


def _exactly(count: int) -> Shape:
    return lambda _seen: count


def _block(seen: bytes) -> int:
    """``pL pH`` and so many bytes: the form of every command of the GS ( family."""
    return 2 if len(seen) < 2 else 2 + seen[0] + 256 * seen[1]


def _bit_image(seen: bytes) -> int:
    """ESC *: ``m nL nH`` and so many columns of one byte, or of three where m is 32 or 33."""
    return 3 if len(seen) < 3 else 3 + (seen[1] + 256 * seen[2]) * (3 if seen[0] & 32 else 1)


def _until_nul(seen: bytes) -> int:
    end = seen.find(0)
    return end + 1 if end >= 0 else min(len(seen) + 1, 255)


def _barcode(seen: bytes) -> int:
    """GS k: function A ends with NUL (m = 0 to 6), function B counts its data (m = 65 to 79)."""
    if not seen:
        return 1
    if seen[0] <= 6:
        return 1 + _until_nul(seen[1:])
    return 2 if len(seen) < 2 else 2 + seen[1]


def _cut(seen: bytes) -> int:
    """GS V: functions B, C and D have a second parameter."""
    return 2 if seen and seen[0] in {65, 66, 97, 98, 103, 104} else 1


def _dle_dc4(seen: bytes) -> int:
    """DLE DC4: generate pulse, power-off sequence, buzzer, transmit status, clear buffers."""
    return {1: 3, 2: 3, 3: 6, 7: 2, 8: 8}.get(seen[0], 1) if seen else 1


@dataclass(frozen=True, slots=True)
class Command:
    """One command: its name in the reference, and its shape."""

    name: str
    shape: Shape


_CODES = {
    "LF": 0x0A,
    "FF": 0x0C,
    "CR": 0x0D,
    "CAN": 0x18,
    "DLE": 0x10,
    "ESC": 0x1B,
    "FS": 0x1C,
    "GS": 0x1D,
    "SP": 0x20,
    "EOT": 4,
    "ENQ": 5,
    "DC4": 0x14,
}

_SHAPES: tuple[tuple[Shape, str], ...] = (
    (_exactly(0), "LF, FF, CR, CAN, ESC FF, ESC @, ESC 2, ESC L, ESC S, ESC i, ESC m, FS &, FS ."),
    (_exactly(1), "DLE EOT, DLE ENQ, ESC SP, ESC !, ESC -, ESC 3, ESC =, ESC E, ESC G, ESC J, ESC M, ESC R, ESC V"),
    (_exactly(1), "ESC T, ESC a, ESC d, ESC t, ESC {, ESC c 3, ESC c 4, ESC c 5, FS !, FS -, FS C, FS W, GS !, GS B"),
    (_exactly(1), "GS H, GS I, GS a, GS b, GS f, GS h, GS r, GS w"),
    (_exactly(2), "ESC $, ESC \\, FS S, GS $, GS \\, GS L, GS P, GS W"),
    (_exactly(3), "ESC p, GS g 0, GS g 2"),
    (_exactly(5), "GS v 0"),
    (_exactly(8), "ESC W"),
    (_bit_image, "ESC *"),
    (_until_nul, "ESC D"),
    (_block, "GS ( A, GS ( D, GS ( E, GS ( H, GS ( K, GS ( L, GS ( M, GS ( N, GS ( k, FS ( A"),
    (_barcode, "GS k"),
    (_cut, "GS V"),
    (_dle_dc4, "DLE DC4"),
)


def _code(name: str) -> bytes:
    return bytes(_CODES.get(word) or ord(word) for word in name.split())


COMMANDS: Mapping[bytes, Command] = MappingProxyType(
    {_code(name): Command(name, shape) for shape, names in _SHAPES for name in names.split(", ")}
)
"""By first bytes. GS v 0 counts its header only: the rows that follow are printed as they come."""

_OPENINGS = frozenset(code[:size] for code in COMMANDS for size in range(len(code)))
_GS_PARENTHESIS = b"\x1d("


def find(head: bytes) -> tuple[Command, int] | None:
    """The command that begins ``head`` and the length of its code, or None for one that is not in the table."""
    for size in (1, 2, 3):
        if command := COMMANDS.get(head[:size]):
            return command, size
    if head[:2] == _GS_PARENTHESIS and len(head) > 2:
        return Command(f"GS ( {chr(head[2])!a}", _block), 3
    return None


def needed_length(head: bytes) -> int:
    """How long the command that begins with ``head`` is at least; ``len(head)`` says that it is complete."""
    if head in _OPENINGS:
        return len(head) + 1
    if found := find(head):
        command, size = found
        return size + command.shape(head[size:LONGEST_HEAD])
    return len(head)
