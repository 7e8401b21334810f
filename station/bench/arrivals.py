"""From MQTT messages to a bench's events, with the facts that the journal has beside them.

The personal data of an instruction part ways with its decisions here.
"""

from collections.abc import Callable
from dataclasses import dataclass

from station.bench.core.events import (
    Answered,
    HoldHeard,
    OrderOpened,
    OrderRevised,
    Pushed,
    Welcomed,
)
from station.bench.core.events import FeedEvent as Event
from station.bench.core.order import LineFacts, OrderFacts
from station.bench.journal import Journal
from station.protocol.codec import Invalid
from station.protocol.hold import Hold, decode_hold, merge, unreadable
from station.protocol.instruction import Instruction
from station.protocol.reply import (
    AnyPush,
    AnyReply,
    Held,
    Opened,
    Recalls,
    Revised,
    Settled,
    TakenOver,
    Welcome,
    decode_inbox,
)
from station.protocol.status import decode_desk_status
from station.protocol.topics import HoldOn, InboxOf, StatusOfDesk, Topics


@dataclass(frozen=True, slots=True)
class Arrival:
    """What one message comes to."""

    event: Event | None = None
    rejected: str = ""
    reason: str = ""
    incarnation: str = ""
    """Of a desk that says that it is up."""


@dataclass(frozen=True, slots=True)
class ArrivalReader:
    """Reads messages; nothing here raises, whatever they hold."""

    topics: Topics
    station: str
    journal: Journal
    keep: Callable[[Instruction], None]
    """Takes the instruction of an order that was opened here, with its personal data."""
    item_key: Callable[[str], str]
    """The form in which item codes are compared."""

    def read(self, topic: str, payload: bytes) -> Arrival:
        """The event of a message."""
        try:
            address = self.topics.parse(topic)
            match address:
                case HoldOn(order, hold):
                    return self._hold(order, hold, payload)
                case InboxOf(client) if client == self.station:
                    return Arrival(self._inbox(decode_inbox(payload)))
                case StatusOfDesk():
                    status = decode_desk_status(payload)
                    return Arrival(incarnation=status.incarnation if status.up else "")
                case _:
                    return Arrival(rejected="topic", reason=f"nothing is taken on {topic[:120]!r}")
        except Invalid as error:
            return Arrival(rejected="message", reason=f"{topic[:120]!r}: {error}")

    def _hold(self, order: str, hold: str, payload: bytes) -> Arrival:
        if not payload:
            return Arrival(rejected="hold", reason=f"order {order}, hold {hold}: an empty message changes nothing")
        reason = ""
        try:
            arrived = decode_hold(payload)
            if arrived.hold != hold:
                raise Invalid("$.hold is not the hold that the topic names")
        except Invalid as error:
            arrived, reason = unreadable(hold), f"order {order}, hold {hold}: {error}; it holds all the same"
        return Arrival(self._heard(order, arrived), rejected="hold" if reason else "", reason=reason)

    def _heard(self, order: str, arrived: Hold) -> HoldHeard:
        standing = self.journal.hold(order, arrived.hold)
        hold = merge(standing, arrived)
        return HoldHeard(order, hold, changed=hold != standing)

    def _inbox(self, message: AnyReply | AnyPush) -> Event:
        match message:
            case Welcome():
                lacking = self.journal.records_after(message.last_sequence)
                heard = self.journal.holds_heard(releases=message.want_releases) if message.want_holds else ()
                return Welcomed(message, lacking, heard, self.journal.first_sequence())
            case Opened():
                order = self._taken(message)
                holds = (*message.holds, *self.journal.holds_on(message.order))
                return OrderOpened(message.request, message.incarnation, order, holds, message.reprint)
            case Revised():
                return OrderRevised(self._taken(message))
            case Held():
                return self._heard(message.order, message.hold)
            case TakenOver() | Settled() | Recalls():
                return Pushed(message)
            case _:
                return Answered(message)

    def _taken(self, message: Opened | Revised) -> OrderFacts:
        instruction, today = message.instruction, message.today
        if instruction is None:
            raise Invalid("$.instruction is null; the desk sends it with the order")
        if not today and any("expiry" in line.capture and not line.expires_from for line in instruction.lines):
            raise Invalid("$.today is missing; the desk sends it with an order whose goods expire")
        self.keep(instruction)
        return OrderFacts(
            order=instruction.order,
            revision=instruction.revision,
            slips=instruction.slips,
            lines=tuple(
                LineFacts(
                    codes=tuple(self.item_key(code) for code in line.codes),
                    name=line.name,
                    quantity=line.quantity,
                    capture=line.capture,
                    expires_from=(line.expires_from or today) if "expiry" in line.capture else "",
                )
                for line in instruction.lines
            ),
            tracking_numbers=instruction.tracking_numbers,
            notes=tuple(note.text for note in instruction.packer_notes if not note.acknowledge),
            to_acknowledge=tuple(note.text for note in instruction.packer_notes if note.acknowledge),
            goods=instruction.goods,
            content=message.content,
        )
