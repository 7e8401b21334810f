"""From characters to scans: where one scan ends, and what must not become part of the next.

Pure: the caller passes in the time at which characters came. Two rules stand above all others here: two scans
are never joined, and what is dropped is said (its length and why, never its content: a slip's QR code may
hold a name).
"""

from dataclasses import dataclass
from enum import StrEnum

MAX_SCAN_CHARACTERS = 512
"""Longer is no barcode of a warehouse but noise, or a terminator that the scanner is not set to send."""

LINE_ENDS = "\r\n"
ENDS = {"cr": "\r", "lf": "\n", "crlf": "\n", "any": "\r\n\t"}
"""The characters that end a scan, by the scanner's setting.

CR LF ends at its LF; in ``any``, at its CR, and the LF after it ends an empty scan, which is nothing.
"""


class DropReason(StrEnum):
    """Why characters were dropped instead of becoming a scan."""

    GAP = "gap"
    """No end came within the gap time after the last character."""
    TOO_LONG = "too_long"
    """More characters than any code has."""
    DAMAGED = "damaged"
    """A character came with a parity error, a break, or as a NUL."""
    EVENTS_LOST = "events_lost"
    """The kernel says that its buffer overflowed (SYN_DROPPED)."""
    UNPLUGGED = "unplugged"
    """The device went in mid-scan, or the station closed it."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Characters that came and are no scan."""

    characters: int
    reason: DropReason


class Framer:
    """Assembles one device's characters to scans.

    A part-scan that is spoiled (too long, damaged, events lost) takes everything with it up to the next end
    or gap: its tail must not pass for a whole code either.
    """

    def __init__(self, end: str, gap_s: float) -> None:
        """``end`` is a key of `ENDS`; ``gap_s`` the longest pause inside a scan: a longer one drops the part."""
        self._ends = ENDS[end]
        self._gap_s = gap_s
        self._part: list[str] = []
        self._count = 0
        self._spoiled: DropReason | None = None
        self._last_s = 0.0

    @property
    def deadline_s(self) -> float | None:
        """When the part-scan is dropped unless more comes; None when there is none."""
        return self._last_s + self._gap_s if self._pending else None

    def feed(self, characters: str, at_s: float) -> list[str | Dropped]:
        """The scans that these characters complete, and what had to be dropped, in their order."""
        found: list[str | Dropped] = []
        if dropped := self.expire(at_s):
            found.append(dropped)
        for character in characters:
            if character in self._ends:
                if self._pending:
                    found.append(self._take())
            elif character not in LINE_ENDS:
                self._append(character)
        self._last_s = at_s
        return found

    def expire(self, now_s: float) -> Dropped | None:
        """Drop the part-scan if its gap has passed. A clock that went backwards is a gap too."""
        if self._pending and not 0 <= now_s - self._last_s <= self._gap_s:
            return self.drop(DropReason.GAP)
        return None

    def drop(self, reason: DropReason) -> Dropped | None:
        """Drop the part-scan, if there is one."""
        if not self._pending:
            return None
        dropped = Dropped(self._count, self._spoiled or reason)
        self._clear()
        return dropped

    def spoil(self, reason: DropReason, at_s: float) -> None:
        """What comes from here to the next end or gap is no scan, and neither is the part before it."""
        self._spoiled = self._spoiled or reason
        self._part.clear()
        self._last_s = at_s

    @property
    def _pending(self) -> bool:
        return self._count > 0 or self._spoiled is not None

    def _append(self, character: str) -> None:
        self._count += 1
        if character == "\0":
            self.spoil(DropReason.DAMAGED, self._last_s)
        elif self._count > MAX_SCAN_CHARACTERS:
            self.spoil(DropReason.TOO_LONG, self._last_s)
        else:
            self._part.append(character)

    def _take(self) -> str | Dropped:
        found = Dropped(self._count, self._spoiled) if self._spoiled else "".join(self._part)
        self._clear()
        return found

    def _clear(self) -> None:
        self._part.clear()
        self._count = 0
        self._spoiled = None
