"""What developing a byte stream yields: motions for the mechanism, and requests that the printer answers."""

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class PrintRows:
    """Whole rows of dots across the print head; a set bit is black, the highest bit is leftmost."""

    rows: bytes
    count: int


@dataclass(frozen=True, slots=True)
class FeedRows:
    """Blank paper."""

    count: int


@dataclass(frozen=True, slots=True)
class Cut:
    """Cut where the cutter stands, then draw the paper back by so many rows (GS V function D)."""

    retract_rows: int = 0


@dataclass(frozen=True, slots=True)
class CutLater:
    """Cut once the paper has moved so many rows further, without feeding for it (GS V function C)."""

    after_rows: int


@dataclass(frozen=True, slots=True)
class ReportProcess:
    """Return this process ID once everything before it is on paper (GS ( H function 48)."""

    identifier: bytes


@dataclass(frozen=True, slots=True)
class ReportPaper:
    """GS r 1."""


@dataclass(frozen=True, slots=True)
class ReportCounter:
    """GS g 2: a maintenance counter."""

    number: int


@dataclass(frozen=True, slots=True)
class ReportIdentity:
    """GS I."""

    which: int


@dataclass(frozen=True, slots=True)
class WatchStatus:
    """GS a: which changes of the status are sent unasked. ESC @ yields it with an empty mask."""

    mask: int


class Flaw(StrEnum):
    """Why bytes had no effect."""

    UNKNOWN = "unknown"
    """No such command here: its first bytes are skipped, what follows may come out as text."""
    UNSUPPORTED = "unsupported"
    """A command of the reference that this printer reads to its end and passes over."""
    REFUSED = "refused"
    """A command that this printer has, with parameters or at a moment that it does not accept."""


class RejectedError(Exception):
    """A command that the printer reads and does not carry out: what it was, and why."""

    def __init__(self, what: str, flaw: Flaw = Flaw.REFUSED) -> None:
        super().__init__(what)
        self.what = what
        self.flaw = flaw


@dataclass(frozen=True, slots=True)
class Finding:
    """Bytes of the host that had no effect. Counted and logged: nothing is swallowed silently."""

    flaw: Flaw
    what: str


Motion = PrintRows | FeedRows | Cut | CutLater | ReportProcess
Request = ReportPaper | ReportCounter | ReportIdentity | WatchStatus | Finding
Operation = Motion | Request
