"""A desk without a broker: its real loop on its real store. What a test says goes in as bytes, as from MQTT."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import Any, TypeVar

import msgspec

from station.clock import Clock
from station.desk.core.facts import RecallRules
from station.desk.loop import DeskLoop
from station.desk.sealing import Seal
from station.desk.store import Store
from station.feed.mqtt import Arrived, Connected, Receipt, Taken
from station.protocol.codec import MAX_PAYLOAD_BYTES, Message, encode
from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import (
    Outcome,
    OutcomeKind,
    Shipment,
    ShipmentPage,
    ShipmentQuery,
    decode_outcome,
    decode_shipment,
    decode_shipment_page,
)
from station.protocol.reply import Granted, HelloNeeded, Opened, Push, Refused, Reply, Welcome, decode_inbox
from station.protocol.request import (
    AnyRequest,
    Close,
    Gone,
    GrantReference,
    Heard,
    Hello,
    NoLabel,
    NotPrinted,
    Open,
    Print,
    Printed,
    Reprint,
    Resolve,
    Unknown,
    Voided,
)
from station.protocol.status import StationStatus
from station.protocol.topics import (
    Address,
    AnswerTo,
    HoldOn,
    InboxOf,
    InstructionOf,
    OutcomeOf,
    QueryFrom,
    RequestFrom,
    ShipmentOf,
    StatusOf,
    Topics,
)
from tests.interface.document import Interface
from tests.label.orders import PLAIN

TOPICS = Topics("packing/test")
SUPERVISOR = "floor-lead"
DAY_S = 86_400
PERSONAL_DATA_DAYS = 7
ORDERS_DAYS = 90
ORDER = PLAIN.order
SLIP = PLAIN.slips[0]

_DECODERS = {
    OutcomeOf: decode_outcome,
    ShipmentOf: decode_shipment,
    InboxOf: decode_inbox,
    AnswerTo: decode_shipment_page,
}
_INTERFACE = Interface(TOPICS.prefix)
_M = TypeVar("_M", bound=Message)


def hold(name: str = "h-1", state: str = "active", **more: Any) -> Hold:
    """A hold, or its release."""
    return msgspec.convert({"hold": name, "kind": "cancel", "state": state} | more, Hold)


def instruction(revision: int = 1, **changes: Any) -> Instruction:
    """A revision of the plain order."""
    return msgspec.structs.replace(PLAIN, revision=revision, **changes)


def unprintable(order: Instruction) -> str:
    """The desk's check of labels, for tests: one character is in no font."""
    return "ship_to.name: no font has '\U0001f4a9'" if "\U0001f4a9" in order.ship_to.name else ""


@dataclass
class Said:
    """What the desk said to one message."""

    messages: list[tuple[Address, Message]]

    def on(self, address: Address) -> list[Message]:
        """Everything on one topic."""
        return [message for said, message in self.messages if said == address]

    def the(self, kind: type[_M]) -> _M:
        """The one message of a kind."""
        (found,) = (message for _, message in self.messages if isinstance(message, kind))
        return found

    def outcome(self, what: str = "hold-h-1", order: str = ORDER) -> Outcome:
        """The one outcome of a hold or a revision."""
        (found,) = self.on(OutcomeOf(order, what))
        assert isinstance(found, Outcome)
        return found

    @property
    def outcomes(self) -> dict[str, OutcomeKind]:
        """Every outcome, by what it is of."""
        return {
            address.what: message.outcome
            for address, message in self.messages
            if isinstance(address, OutcomeOf) and isinstance(message, Outcome)
        }


@dataclass
class Desk:
    """A desk on a database file. Everything it says is decoded, and judged by docs/asyncapi.json."""

    path: Path
    roster: frozenset[str] = frozenset({"station-1", "station-2"})
    restored: bool = False
    seal: Seal = Seal()  # noqa: RUF009  (frozen)
    recall_rules: RecallRules = RecallRules()  # noqa: RUF009  (frozen)
    now_s: int = 0
    clock_wrong_by_s: int = 0
    sizes: list[int] = field(default_factory=list)
    last_number: int = 0
    """Of its answers, which are kept without it: the same answer again has another one."""
    deaf: bool = False
    """What it says reaches no broker."""

    def __post_init__(self) -> None:
        """Start it."""
        self.start()

    def start(self) -> None:
        """Open the database, as a new process does."""
        self._said: list[tuple[Address, Message]] = []
        self.acknowledged: list[Arrived] = []
        self.statuses_told: list[int] = []
        clock = Clock(lambda: float(self.now_s), lambda: f"at {self.now_s}", lambda: self.wall_s)
        self.store = Store(
            self.path,
            roster=self.roster,
            supervisors=frozenset({SUPERVISOR}),
            recall_rules=self.recall_rules,
            restored=self.restored,
            clock=clock,
            seal=self.seal,
        )
        self.loop = DeskLoop(
            store=self.store,
            topics=TOPICS,
            printable=unprintable,
            publish=self._publish,
            acknowledge=self.acknowledged.append,
            tell_status=lambda _: self.statuses_told.append(self.now_s),
            progress=lambda: None,
            personal_data_s=PERSONAL_DATA_DAYS * DAY_S,
            orders_s=ORDERS_DAYS * DAY_S,
            clock=clock,
        )

    @property
    def wall_s(self) -> int:
        """What the clock on the wall shows."""
        return self.now_s + self.clock_wrong_by_s

    def stop(self) -> None:
        """End it."""
        self.store.close()

    def restart(self) -> None:
        """End it and start it anew, on the same file."""
        self.stop()
        self.start()

    def tell(self, address: Address, content: Message | bytes) -> Said:
        """One message, and what the desk says to it."""
        payload = content if isinstance(content, bytes) else encode(content)
        self._said = []
        self.loop.take([Arrived(TOPICS.of(address), payload, False, Receipt(0, 0, 1))])
        return Said(self._said)

    def connect(self) -> Said:
        """A connection to the broker stands, and what the desk says first."""
        self._said = []
        self.loop.take([Connected()])
        return Said(self._said)

    def rest(self) -> Said:
        """Nothing arrives for a moment, and what the desk says by itself."""
        self._said = []
        self.loop.take([])
        return Said(self._said)

    def hold(self, content: Hold | bytes, order: str = ORDER, name: str = "h-1") -> Said:
        """A message under ``holds/``."""
        return self.tell(HoldOn(order, name if isinstance(content, bytes) else content.hold), content)

    def instruct(self, content: Instruction | bytes, order: str = "") -> Said:
        """A message on an order's ``instruction``."""
        return self.tell(InstructionOf(content.order if isinstance(content, Instruction) else order), content)

    def ask(self, client: str, request: AnyRequest) -> Said:
        """A request."""
        return self.tell(RequestFrom(client), request)

    def reply(self, client: str, request: AnyRequest) -> Message | None:
        """The answer to a request; None where there is none."""
        answers = [each for each in self.ask(client, request).on(InboxOf(client)) if hasattr(each, "request")]
        assert len(answers) <= 1
        return answers[0] if answers else None

    def shipments(self, **query: Any) -> tuple[Shipment, ...]:
        """A page of shipment records, as a client gets it."""
        (page,) = self.tell(QueryFrom("mall"), ShipmentQuery(query="q", **query)).on(AnswerTo("mall"))
        assert isinstance(page, ShipmentPage)
        return page.shipments

    def status(self, station: str, *, up: bool) -> None:
        """A station's status."""
        self.tell(StatusOf(station), StationStatus(station=station, up=up))

    def resolve(self, grant: GrantReference, *, printed: bool, client: str = SUPERVISOR) -> Said:
        """A person's word on a grant."""
        return self.ask(
            client, Resolve(request="resolve-1", order=grant.order, grant=grant.grant, printed=printed, by="Sato")
        )

    def whats(self, order: str = ORDER) -> list[str]:
        """What happened to an order."""
        return [line.what for line in self.store.history(order)]

    def _publish(self, topic: str, payload: bytes, *, personal: bool) -> Taken | None:
        assert len(payload) <= MAX_PAYLOAD_BYTES
        assert (PLAIN.ship_to.name.encode() in payload) <= personal
        _INTERFACE.check(topic, payload)
        address = TOPICS.parse(topic)
        self.sizes.append(len(payload))
        message = _DECODERS[type(address)](payload)
        if isinstance(message, Outcome):
            assert message.number > self.last_number, "an answer is known from one that it overtook"
            self.last_number, message = message.number, msgspec.structs.replace(message, number=0)
        if isinstance(message, Reply | Push):
            assert message.incarnation == self.store.incarnation, "an answer names the desk that gives it"
            if not isinstance(message, Welcome):
                message = msgspec.structs.replace(message, incarnation="")
        self._said.append((address, message))
        return None if self.deaf else lambda: True


@dataclass
class Bench:
    """What a station says, in the order in which it would: numbers, boots and journals as the protocol has them."""

    desk: Desk
    station: str = "station-1"
    journal: str = "j-1"
    boot_number: int = 1
    sequence: int = 0
    number: int = 0
    greetings: Iterator[int] = field(default_factory=lambda: count(1))
    epoch: str = ""
    seen_decision: int = 0

    @property
    def boot(self) -> str:
        """The name of this boot."""
        return f"{self.boot_number}-{self.journal}"

    def say(self, request: AnyRequest) -> Message | None:
        """A request, and its answer."""
        return self.desk.reply(self.station, request)

    def step(self, kind: type[Any], **content: Any) -> Any:
        """The next step, as a message."""
        self.number += 1
        return kind(request=f"{self.boot}.{self.number}", boot=self.boot, number=self.number, **content)

    def hello(self, **changes: Any) -> Hello:
        """A hello, as a message."""
        content: dict[str, Any] = {
            "request": f"{self.boot}.hello{next(self.greetings)}",
            "journal": self.journal,
            "boot_number": self.boot_number,
            "boot": self.boot,
            "last_sequence": self.sequence,
            "unresolved": (),
            "epoch": self.epoch,
            "seen_decision": self.seen_decision,
        }
        return Hello(**(content | changes))

    def greet(self, *unresolved: GrantReference) -> Welcome:
        """Hello, the welcome to it, and every hold that was heard, where the desk asks: none."""
        welcome = self.say(self.hello(unresolved=unresolved))
        assert isinstance(welcome, Welcome), welcome
        self.epoch = welcome.epoch
        if welcome.want_holds:
            self.heard(welcome)
        return welcome

    def heard(self, welcome: Welcome, *holds: Any, more: bool = False) -> None:
        """The holds that this station heard."""
        request = f"{self.boot}.hello{next(self.greetings)}"
        self.say(Heard(request=request, holds=holds, incarnation=welcome.incarnation, more=more))

    def reboot(self, *unresolved: GrantReference) -> Welcome:
        """A new process on the same journal."""
        self.boot_number, self.number = self.boot_number + 1, 0
        return self.greet(*unresolved)

    def open(self, slip: str = SLIP, **more: Any) -> Message | None:
        """A slip was scanned."""
        return self.say(self.step(Open, slip=slip, **more))

    def opened(self, slip: str = SLIP, **more: Any) -> Opened:
        """A slip was scanned, and the order is open."""
        answer = self.open(slip, **more)
        assert isinstance(answer, Opened), answer
        return answer

    def print(self, revision: int = 1, order: str = ORDER) -> Message | None:
        """Everything matches."""
        return self.say(self.step(Print, order=order, revision=revision))

    def granted(self, revision: int = 1, slip: str = SLIP, order: str = ORDER) -> GrantReference:
        """Open an order and get its grant."""
        self.opened(slip)
        answer = self.print(revision, order)
        assert isinstance(answer, Granted), answer
        self.seen_decision = answer.decision
        return answer.grant

    def reprint(self, slip: str = SLIP) -> Message | None:
        """A supervisor asks for one more label."""
        return self.say(self.step(Reprint, slip=slip))

    def close(self, order: str = ORDER) -> Message | None:
        """The packer puts the order back."""
        return self.say(self.step(Close, order=order))

    def not_printed(self, grant: GrantReference) -> Said:
        """The print did not begin."""
        return self.desk.ask(self.station, self.step(NotPrinted, order=grant.order, grant=grant.grant))

    def record(self, kind: type[Any], grant: GrantReference, **more: Any) -> Any:
        """The next record, as a message."""
        self.sequence += 1
        name = f"{self.journal}:{self.sequence}"
        return kind(request=name, journal=self.journal, sequence=self.sequence, grant=grant, **more)

    def printed(self, grant: GrantReference, **more: Any) -> Said:
        """The label came out."""
        return self.desk.ask(
            self.station, self.record(Printed, grant, **({"proof": "process_id", "at": "14:02"} | more))
        )

    def voided(self, grant: GrantReference, cause: str = "recall", **more: Any) -> Said:
        """Its labels were scanned to void them."""
        return self.desk.ask(self.station, self.record(Voided, grant, **({"cause": cause, "at": "14:05"} | more)))

    def gone(self, grant: GrantReference) -> Said:
        """The parcel is not at the bench."""
        return self.desk.ask(self.station, self.record(Gone, grant))

    def unknown(self, grant: GrantReference) -> Said:
        """The station lost sight of its label."""
        return self.desk.ask(self.station, self.record(Unknown, grant))

    def no_label(self, grant: GrantReference, *, still_open: bool = False) -> Said:
        """A person looked, and there is none."""
        return self.desk.ask(self.station, self.record(NoLabel, grant, open_in=self.boot if still_open else ""))


def refused(answer: Message | None) -> Refused:
    """The refusal that this answer has to be."""
    assert isinstance(answer, Refused), answer
    return answer


def needs_hello(answer: Message | None) -> bool:
    """Whether the desk does not know the speaker."""
    return isinstance(answer, HelloNeeded)


@contextmanager
def running(path: Path, **more: Any) -> Iterator[Desk]:
    """A desk, ended afterwards."""
    desk = Desk(path, **more)
    try:
        yield desk
    finally:
        desk.stop()
