"""Everything that can happen to a bench. Each event carries the facts that its decision needs."""

from dataclasses import dataclass

from station.bench.core.devices import DeviceEvent
from station.bench.core.order import OrderFacts
from station.protocol.hold import Hold
from station.protocol.reply import (
    CalledBack,
    Closed,
    Granted,
    HelloNeeded,
    JournalBehind,
    Kept,
    NotUnderstood,
    Recalls,
    Refused,
    Settled,
    TakenOver,
    Welcome,
)
from station.protocol.request import AnyRecord, HeardHold


@dataclass(frozen=True, slots=True)
class LinkUp:
    """The broker is connected and everything is subscribed."""


@dataclass(frozen=True, slots=True)
class LinkDown:
    """The broker is lost."""

    reason: str


@dataclass(frozen=True, slots=True)
class Welcomed:
    """The desk's welcome, with what the journal has beside it."""

    welcome: Welcome
    lacking: tuple[AnyRecord, ...] = ()
    """The journal's records after the last that the desk has."""
    heard: tuple[HeardHold, ...] = ()
    """The active holds that were heard here, where the desk wants them."""
    first_sequence: int = 1
    """Of the records that the journal still has."""


@dataclass(frozen=True, slots=True)
class OrderOpened:
    """The answer to an open; the instruction itself stays where labels are drawn."""

    request: str
    incarnation: str
    """Of the desk that opened it."""
    order: OrderFacts
    holds: tuple[Hold, ...]
    reprint: int


@dataclass(frozen=True, slots=True)
class OrderRevised:
    """A new revision of the order that is open here."""

    order: OrderFacts


@dataclass(frozen=True, slots=True)
class HoldHeard:
    """A hold as it stands after the message that came, and whether that message changed it."""

    order: str
    hold: Hold
    changed: bool


@dataclass(frozen=True, slots=True)
class Answered:
    """An answer of the desk that carries all its facts itself."""

    reply: JournalBehind | Granted | CalledBack | Kept | Closed | Refused | HelloNeeded | NotUnderstood


@dataclass(frozen=True, slots=True)
class Pushed:
    """Something that the desk says unasked."""

    push: TakenOver | Settled | Recalls


@dataclass(frozen=True, slots=True)
class LabelsDrawn:
    """The labels of the open order are at hand, as bytes for the printer."""

    order: str
    revision: int
    reprint: int


@dataclass(frozen=True, slots=True)
class LabelsImpossible:
    """The labels of the open order cannot be drawn. The reason names the field, not its content."""

    order: str
    revision: int
    reason: str


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing but time: a deadline came."""


FeedEvent = LinkUp | LinkDown | Welcomed | OrderOpened | OrderRevised | HoldHeard | Answered | Pushed
Event = DeviceEvent | FeedEvent | LabelsDrawn | LabelsImpossible | Passed
