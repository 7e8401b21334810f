"""The contact center and the order feed: a plain MQTT client that asks until it is answered, as the protocol says."""

import ssl
import threading
import time
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import msgspec
import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from station.config.broker import MqttVersion
from station.protocol.codec import Invalid, Message, encode
from station.protocol.hold import Hold, HoldKind, HoldState
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
from station.protocol.status import DeskStatus, StationStatus, decode_desk_status, decode_station_status
from station.protocol.topics import (
    Address,
    AnswerTo,
    HoldOn,
    InstructionOf,
    OutcomeOf,
    QueryFrom,
    ShipmentOf,
    StatusOf,
    StatusOfDesk,
    Topics,
)
from tests.system.processes import wait_for

ASK_AGAIN_S = 1.0
NAME = "contact-center"
HEARS = (OutcomeOf, ShipmentOf, StatusOf, StatusOfDesk, AnswerTo)

_PROTOCOLS: dict[MqttVersion, MQTTProtocolVersion] = {"5": paho.MQTTv5, "3.1.1": paho.MQTTv311}
_SETTLED_HOLD = (OutcomeKind.STOPPED, OutcomeKind.TOO_LATE, OutcomeKind.RECALLED)
_SETTLED_REVISION = (OutcomeKind.ACCEPTED, OutcomeKind.TOO_LATE, OutcomeKind.REFUSED)


@dataclass(frozen=True, slots=True)
class Answer:
    """An outcome, and when it was received: CLOCK_MONOTONIC, as all times here."""

    at_s: float
    outcome: Outcome


@dataclass(slots=True)
class Question:
    """Something that was published and wants an outcome."""

    order: str
    subject: str
    """``hold-<id>`` or ``revision-<n>``: the last level of the outcome's topic."""
    address: Address
    message: Message
    settles: tuple[OutcomeKind, ...]
    """The outcomes after which there is nothing more to ask."""
    asked_s: float = field(default_factory=time.monotonic)
    answers: list[Answer] = field(default_factory=list)
    times_asked: int = 0
    superseded: bool = False
    """Its hold was released since: published again it would only be told so. Or a newer revision counts."""
    _asked_last_s: float = 0.0

    forgotten_by: str = ""
    """The epoch of a desk that may not know what was answered before it."""

    @property
    def newest(self) -> OutcomeKind | None:
        """The newest answer."""
        if not self.answers or self.forgotten_by not in ("", self.answers[-1].outcome.epoch):
            return None
        return self.answers[-1].outcome.outcome

    @property
    def settled(self) -> bool:
        """Nothing more has to be asked."""
        return self.superseded or self.newest in self.settles


class ContactCenter:
    """One client for everything that publishers say and hear."""

    def __init__(
        self,
        port: int,
        prefix: str,
        *,
        tls: ssl.SSLContext | None = None,
        host: str = "127.0.0.1",
        mqtt_version: MqttVersion = "5",
    ) -> None:
        """Connects, and goes on trying."""
        self.questions: list[Question] = []
        self.shipments: list[Shipment] = []
        """As they were published; one may be doubled or lost on the way."""
        self.stations: dict[str, StationStatus] = {}
        self.desk: DeskStatus | None = None
        self.rejected = 0
        """Messages that could not be read."""
        self._topics = Topics(prefix)
        self._lock = threading.RLock()
        self._asked: dict[tuple[str, str], list[Question]] = {}
        self._pages: dict[str, ShipmentPage] = {}
        self._shipped: set[str] = set()
        self._revisions: dict[str, int] = {}
        """The newest of each order that was published."""
        self._epoch = ""
        self._closing = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, client_id=NAME, protocol=_PROTOCOLS[mqtt_version])
        self._client.reconnect_delay_set(1, 1)
        self._client.max_inflight_messages_set(100)
        if tls is not None:
            self._client.tls_set_context(tls)
        self._client.on_connect = self._on_connect
        self._client.on_message = self._on_message
        self._client.connect_async(host, port, keepalive=5)
        self._client.loop_start()
        self._asker = threading.Thread(target=self._ask_again, name="asker", daemon=True)
        self._asker.start()

    def __enter__(self) -> Self:
        wait_for("the contact center is connected", self._client.is_connected)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._asker.join()
        self._client.disconnect()
        self._client.loop_stop()

    # What is said

    def ship(self, instruction: Instruction) -> Question:
        """Publish an instruction, or a new revision of one."""
        subject = f"revision-{instruction.revision}"
        self._revisions[instruction.order] = instruction.revision
        return self._ask(
            Question(instruction.order, subject, InstructionOf(instruction.order), instruction, _SETTLED_REVISION)
        )

    def swap(self, instruction: Instruction) -> Question:
        """Publish a revision that is to take the place of a label that is out."""
        swap = msgspec.structs.replace(instruction, swap=True)
        address, settled = InstructionOf(swap.order), (*_SETTLED_REVISION, OutcomeKind.SWAP_ORDERED)
        return self._ask(Question(swap.order, f"revision-{swap.revision}", address, swap, settled))

    def hold(self, order: str, hold: str, kind: HoldKind = "other") -> Question:
        """Hold an order."""
        return self._say_hold(order, hold, kind, "active", _SETTLED_HOLD)

    def release(self, order: str, hold: str, kind: HoldKind = "other") -> Question:
        """Release one hold on it."""
        return self._say_hold(order, hold, kind, "released", (OutcomeKind.FREED,))

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Anything, anywhere; returns when the broker has it."""
        self._client.publish(topic, payload, qos=qos, retain=retain).wait_for_publish(10)

    def all_shipments(self) -> list[Shipment]:
        """The records that the desk keeps, asked for page by page."""
        found: list[Shipment] = []
        while True:
            query = f"q{time.monotonic_ns()}"
            message = encode(ShipmentQuery(query=query, after=found[-1].number if found else 0))

            def asked(query: str = query, message: bytes = message) -> ShipmentPage | None:
                if query not in self._pages:
                    self.publish(self._topics.of(QueryFrom(NAME)), message)
                    time.sleep(0.05)
                return self._pages.get(query)

            wait_for("a page of shipments", asked)
            found.extend(self._pages[query].shipments)
            if not self._pages[query].more:
                return found

    # What is heard

    def wait_until_settled(self, questions: list[Question], timeout_s: float = 30.0) -> None:
        """Until each has its last answer."""

        def open_ones() -> list[str]:
            return [f"{each.order} {each.subject}: {each.newest}" for each in questions if not each.settled]

        wait_for("every question is answered", lambda: not open_ones(), timeout_s, lambda: str(open_ones()[:20]))

    def _say_hold(
        self, order: str, hold: str, kind: HoldKind, state: HoldState, settles: tuple[OutcomeKind, ...]
    ) -> Question:
        said = Hold(hold=hold, kind=kind, state=state, note="顧客と確認中", by=NAME)
        with self._lock:
            for earlier in self._asked.get((order, f"hold-{hold}"), ()):
                earlier.superseded = True
        return self._ask(Question(order, f"hold-{hold}", HoldOn(order, hold), said, settles))

    def _ask(self, question: Question) -> Question:
        with self._lock:
            self.questions.append(question)
            self._asked.setdefault((question.order, question.subject), []).append(question)
        self._say(question)
        return question

    def _say(self, question: Question) -> None:
        question.times_asked += 1
        question._asked_last_s = time.monotonic()
        self._client.publish(self._topics.of(question.address), encode(question.message), qos=1)

    def _ask_again(self) -> None:
        while not self._closing.wait(0.1):
            if not self._client.is_connected():
                continue
            due = time.monotonic() - ASK_AGAIN_S
            with self._lock:
                late = [each for each in self.questions if not each.settled and each._asked_last_s < due]
            for question in late:
                self._say(question)

    def _on_connect(self, client: paho.Client, *_: object) -> None:
        client.subscribe([(self._topics.pattern(kind), 1) for kind in HEARS])

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        at_s = time.monotonic()
        with self._lock:
            try:
                self._heard(self._topics.parse(message.topic), bytes(message.payload), at_s)
            except Invalid:
                self.rejected += 1

    def _heard(self, address: Address, payload: bytes, at_s: float) -> None:
        match address:
            case OutcomeOf(order, subject):
                outcome, asked = decode_outcome(payload), self._asked.get((order, subject), ())
                # A broker may bring an answer twice, the second time after newer ones. What the desk says again
                # bears another time.
                if not any(answer.outcome == outcome for question in asked for answer in question.answers):
                    for question in asked[-1:]:
                        question.answers.append(Answer(at_s, outcome))
            case ShipmentOf(order):
                self.shipments.append(decode_shipment(payload))
                self._shipped.add(order)
            case StatusOf(station):
                self.stations[station] = decode_station_status(payload)
            case StatusOfDesk():
                self._desk_changed(decode_desk_status(payload))
            case AnswerTo():
                page = decode_shipment_page(payload)
                self._pages[page.query] = page
            case _:
                raise AssertionError(f"not subscribed to: {address}")

    def _desk_changed(self, status: DeskStatus) -> None:
        """A new epoch: what is not shipped is published again, the newest of each, releases too."""
        self.desk = status
        before, self._epoch = self._epoch, status.epoch or self._epoch
        if before in ("", self._epoch):
            return
        for (order, subject), questions in self._asked.items():
            newest = questions[-1]
            if order in self._shipped:
                newest.forgotten_by = ""
            elif isinstance(newest.message, Instruction) and subject != f"revision-{self._revisions[order]}":
                newest.superseded = True
            else:
                newest.forgotten_by, newest._asked_last_s = self._epoch, 0.0
