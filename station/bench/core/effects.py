"""What a decision comes to: entries that go to disk, and wishes that go to the world after them."""

from dataclasses import dataclass

from station.bench.core.devices import Sound
from station.protocol.hold import Hold
from station.protocol.request import AnyRecord, AnyRequest, GrantReference


@dataclass(frozen=True, slots=True)
class BeginPrint:
    """The point of no return of a grant. Committed before the first byte goes to the printer."""

    grant: GrantReference


@dataclass(frozen=True, slots=True)
class DropGrant:
    """Nobody need look for this grant's label: it did not begin, and the desk has kept that; or a person at the desk
    has settled it."""

    grant: str


@dataclass(frozen=True, slots=True)
class AddRecord:
    """A record for the desk. Committed before it is said."""

    record: AnyRecord


@dataclass(frozen=True, slots=True)
class MarkKept:
    """The desk has all records up to this one."""

    sequence: int


@dataclass(frozen=True, slots=True)
class NoteHold:
    """A hold as it stands now. Committed before its message is acknowledged."""

    order: str
    hold: Hold


@dataclass(frozen=True, slots=True)
class KnowDesk:
    """The desk's epoch, and its newest decision that was seen here."""

    epoch: str
    decision: int


@dataclass(frozen=True, slots=True)
class AwaitScanBack:
    """The labels of this grant are on paper and nobody has scanned them on their boxes yet."""

    grant: GrantReference


@dataclass(frozen=True, slots=True)
class EndScanBack:
    """They were scanned, or need not be."""

    grant: str


@dataclass(frozen=True, slots=True)
class Audit:
    """A line of an order's life: what was scanned, pressed or decided. No personal data."""

    what: str
    order: str = ""
    code: str = ""
    packer: str = ""
    detail: str = ""


Entry = BeginPrint | DropGrant | AddRecord | MarkKept | NoteHold | KnowDesk | AwaitScanBack | EndScanBack | Audit

DISK_FIRST = (BeginPrint, AddRecord, NoteHold, AwaitScanBack)
"""Entries that must be on disk before anything else is done. The others follow within a tenth of a second: what
a power cut takes of them is asked or said again."""


@dataclass(frozen=True, slots=True)
class Say:
    """Publish a request to the desk."""

    request: AnyRequest


@dataclass(frozen=True, slots=True)
class Prepare:
    """Draw the labels of the open order, so that nothing is drawn after the match."""

    order: str
    revision: int
    reprint: int


@dataclass(frozen=True, slots=True)
class SendToPrinter:
    """Print the labels of this grant, now."""

    grant: GrantReference


@dataclass(frozen=True, slots=True)
class ClearPrinter:
    """Make the printer forget everything it holds, and confirm it."""


@dataclass(frozen=True, slots=True)
class Forget:
    """Drop the personal data of this order."""

    order: str


@dataclass(frozen=True, slots=True)
class Play:
    """One of the buzzer's words."""

    sound: Sound


@dataclass(frozen=True, slots=True)
class BeginNewJournal:
    """This journal is an old copy and counts as lost: start again with a new one."""


Wish = Say | Prepare | SendToPrinter | ClearPrinter | Forget | Play | BeginNewJournal
