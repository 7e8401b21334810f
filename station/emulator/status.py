"""What a printer says of itself: real-time status, automatic status back and the paper sensor's status.

Bits as in the TM-L90 and TM-T88III manuals (DLE EOT, GS a, GS r). Drawer bits stay 0: a label printer has none.
"""

from dataclasses import dataclass

_FIXED = 0x12
"""Bits 1 and 4 tell a DLE EOT byte from all others (b & 0x93 == 0x12)."""


@dataclass(frozen=True, slots=True)
class Condition:
    """What can be wrong with a printer, as its sensors see it."""

    cover_open: bool = False
    paper_out: bool = False
    paper_near_end: bool = False
    cutter_error: bool = False
    overheated: bool = False
    """The head is too hot: it prints again when it has cooled down."""
    unrecoverable_error: bool = False
    switched_offline: bool = False
    """By a person, for none of the other reasons."""

    @property
    def error(self) -> bool:
        """The error lamp is on."""
        return self.cutter_error or self.unrecoverable_error or self.overheated

    @property
    def offline(self) -> bool:
        """The printer does not print and develops no command."""
        return self.cover_open or self.paper_out or self.error or self.switched_offline


def _bits(*choices: tuple[bool, int]) -> int:
    return sum(bits for chosen, bits in choices if chosen)


def real_time_status(condition: Condition, which: int) -> bytes:
    """The answer to DLE EOT 1 to 4, one byte."""
    bits = {
        1: _bits((condition.offline, 0x08)),
        2: _bits((condition.cover_open, 0x04), (condition.paper_out, 0x20), (condition.error, 0x40)),
        3: _bits((condition.cutter_error, 0x08), (condition.unrecoverable_error, 0x20), (condition.overheated, 0x40)),
        4: _bits((condition.paper_near_end or condition.paper_out, 0x0C), (condition.paper_out, 0x60)),
    }
    return bytes([_FIXED | bits[which]])


def paper_status(condition: Condition) -> bytes:
    """The answer to GS r 1, one byte. Paper end cannot be said: the printer is offline then."""
    return bytes([_bits((condition.paper_near_end, 0x03))])


def automatic_status(condition: Condition) -> bytes:
    """Automatic status back, four bytes."""
    near_end = condition.paper_near_end or condition.paper_out
    return bytes(
        [
            0x10 | _bits((condition.offline, 0x08), (condition.cover_open, 0x20)),
            _bits((condition.cutter_error, 0x08), (condition.unrecoverable_error, 0x20), (condition.overheated, 0x40)),
            _bits((near_end, 0x03), (condition.paper_out, 0x0C)),
            0x00,
        ]
    )


def watched(status: bytes, mask: int) -> bytes:
    """The part of an automatic status whose changes GS a ``mask`` asks for: online, errors, paper sensors."""
    return bytes(part if mask & bit else 0 for part, bit in zip(status, (0x02, 0x04, 0x08, 0), strict=True))
