"""What the desk's decisions are made from, and what they come to."""

from dataclasses import dataclass, field
from typing import Literal, Protocol

from station.desk.core.order import Edition, Order
from station.protocol.codec import Message
from station.protocol.hold import Hold
from station.protocol.instruction import Line
from station.protocol.outcome import Shipment, ShipmentQuery
from station.protocol.reply import AnyReply
from station.protocol.request import AnyRequest
from station.protocol.topics import Address

Fate = Literal["printed", "not_printed"]


@dataclass(frozen=True, slots=True)
class RecallRules:
    """For how long what is done about a parcel that may still be at its bench."""

    at_bench_s: float = 900.0
    """After the desk heard of the print, and until another order is opened there, its label can be called back."""
    answer_s: float = 120.0
    """So long the bench has to find it."""


@dataclass(frozen=True, slots=True)
class Station:
    """A station as the desk knows it."""

    station: str
    journal: str = ""
    boot: str = ""
    boot_number: int = 0
    last_sequence: int = 0
    """Of the journal's records, the last that is kept here."""
    promised_sequence: int = 0
    """That the station's last hello said it has: until they are here, nothing is granted to it."""
    open_order: str = ""
    """That its last hello named: a record from before that hello may say otherwise."""
    last_number: int = 0
    """Of the steps of this boot."""
    last_reply: AnyReply | None = None
    """The answer to that step, without personal data; the same step gets it again."""
    last_hello: int = 0
    """The number of the newest hello of this boot."""
    greeted: str = ""
    """The incarnation of the desk that this station last said hello to."""
    heard: str = ""
    """The incarnation of the desk that it last told all its holds."""
    former: tuple[str, ...] = ()
    """Journals that this station had before, newest first: what comes of one is late, or an old disk put back."""
    bench_order: str = ""
    """The order whose parcel may still be at the bench: printed there, and nothing opened since."""


@dataclass(frozen=True, slots=True)
class Holder:
    """The order that a unit went out with."""

    order: str
    station: str
    at: str
    """When its label was printed; empty while it is granted."""


@dataclass(frozen=True, slots=True)
class Desk:
    """The desk's knowledge of itself."""

    epoch: str
    """New whenever the desk may have forgotten something: a restored copy."""
    incarnation: str
    """New at every start."""
    decision: int = 0
    """Counts what was decided in this epoch."""
    waits_for: frozenset[str] = frozenset()
    """Stations that must say what they know before a restored desk grants anything to anyone."""


class ToPack(Protocol):
    """All that the decisions see of an instruction: nothing personal."""

    @property
    def lines(self) -> tuple[Line, ...]:
        """What has to be in the parcel."""

    @property
    def goods(self) -> str:
        """The same, as grants name it."""


class Facts(Protocol):
    """What is known, as of the transaction in which the decision is made."""

    @property
    def at(self) -> str:
        """The time to show beside what is decided now."""

    @property
    def number(self) -> int:
        """A higher number at each look, in one epoch."""

    @property
    def fresh(self) -> str:
        """A new identifier, should the decision need one."""

    @property
    def desk(self) -> Desk:
        """The desk itself."""

    @property
    def roster(self) -> frozenset[str]:
        """The stations of the site."""

    @property
    def supervisors(self) -> frozenset[str]:
        """The clients whose word settles what a station cannot."""

    @property
    def age_s(self) -> float:
        """How long the desk has known what it knows: seconds that passed, whatever the clock on the wall did."""

    @property
    def recall_rules(self) -> RecallRules:
        """For how long labels are called back."""

    def order(self, order: str) -> Order | None:
        """An order, if anything is known of it."""

    def held(self) -> tuple[Order, ...]:
        """The orders on which a hold is active."""

    def recalled(self) -> tuple[Order, ...]:
        """The orders whose label is called back."""

    def order_of_slip(self, slip: str) -> str | None:
        """Which order a slip stands for."""

    def order_of_label(self, tracking_number: str) -> str | None:
        """Which order has a label with this tracking number that came out."""

    def claimed_by(self, station: str) -> tuple[Order, ...]:
        """The orders with a claim of this station."""

    def instruction(self, order: str) -> ToPack | None:
        """The newest accepted instruction, while it is kept."""

    def has_instruction(self, order: str, revision: int) -> bool:
        """Whether the instruction, with its personal data, is still here."""

    def station(self, station: str) -> Station:
        """A station; a new one, if nothing is known of it."""

    def is_up(self, station: str) -> bool:
        """Whether the station's status says that it is up."""

    def fate(self, grant: str) -> Fate | None:
        """How a grant ended, if it did."""

    def holder(self, item: str, serial: str, *, other_than: str) -> "Holder | None":
        """Which order a unit went out with, or is granted with; not that one."""

    def last_shipment(self) -> int:
        """The number of the newest shipment record."""

    def shipments(self, query: ShipmentQuery, most: int) -> tuple[Shipment, ...]:
        """Shipment records, oldest first."""


@dataclass(frozen=True, slots=True)
class InstructionArrived:
    """An instruction that can be printed; its personal data stay outside."""

    order: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class InstructionRefused:
    """An instruction that can never be printed, told by its revision where that could be read."""

    order: str
    revision: int
    digest: str
    """Empty where the instruction could not be read."""
    reason: str


@dataclass(frozen=True, slots=True)
class HoldArrived:
    """A message under ``holds/``; one that nobody can read arrives as an unreadable hold."""

    order: str
    hold: Hold
    told_again: bool = False
    """By a station that heard it, to a desk that forgot it: whether a release came for nothing is not known then."""


@dataclass(frozen=True, slots=True)
class HoldToldAgain:
    """A hold that a station heard, told by the station."""

    order: str
    hold: Hold
    incarnation: str
    """Of the desk that asked for it: a late double must not speak to another."""


@dataclass(frozen=True, slots=True)
class Requested:
    """A request, from the client that its topic names."""

    client: str
    request: AnyRequest


@dataclass(frozen=True, slots=True)
class Queried:
    """A question for shipment records."""

    client: str
    query: ShipmentQuery


@dataclass(frozen=True, slots=True)
class Passed:
    """Nothing but time, while a label is called back."""


Event = InstructionArrived | InstructionRefused | HoldArrived | HoldToldAgain | Requested | Queried | Passed


@dataclass(frozen=True, slots=True)
class SaveOrder:
    """The order as it is now, but for its editions' personal data."""

    order: Order


@dataclass(frozen=True, slots=True)
class KeepInstruction:
    """Keep the instruction that just arrived, with its personal data."""

    order: str
    edition: Edition


@dataclass(frozen=True, slots=True)
class DropEdition:
    """A revision was none."""

    order: str
    revision: int


@dataclass(frozen=True, slots=True)
class SaveStation:
    """The station as it is now."""

    station: Station


@dataclass(frozen=True, slots=True)
class SaveDesk:
    """The desk as it is now."""

    desk: Desk


@dataclass(frozen=True, slots=True)
class AddShipment:
    """One more shipment record."""

    shipment: Shipment


@dataclass(frozen=True, slots=True)
class SettleGrant:
    """How a grant ended. Never changed again."""

    grant: str
    order: str
    fate: Fate


@dataclass(frozen=True, slots=True)
class FreeSerials:
    """What was in the order's parcel is in the warehouse again, to be packed by any order."""

    order: str


@dataclass(frozen=True, slots=True)
class Note:
    """A line in an order's history."""

    order: str
    what: str
    station: str = ""
    detail: str = ""


Change = (
    SaveOrder | KeepInstruction | DropEdition | SaveStation | SaveDesk | AddShipment | SettleGrant | FreeSerials | Note
)


@dataclass(frozen=True, slots=True)
class Decision:
    """What is to be committed, in one transaction, and what is said after it."""

    changes: tuple[Change, ...] = ()
    messages: tuple[tuple[Address, Message], ...] = field(default=())
    """An ``Opened`` or ``Revised`` gets its instruction, with the personal data, only where it is sent."""
