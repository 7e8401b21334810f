"""The desk's one thread: take what arrived, decide, commit, and only then say it.

What lies in the inbox at one moment is committed together: a disk's flush costs the same for one decision and for
sixty. The order of commitment is the same: nothing is said before it is durable.
"""

import logging
from collections import Counter, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Protocol

import msgspec

from station.clock import Clock, as_text
from station.desk.arrivals import Arrival, Printable, read_arrival
from station.desk.core.facts import Decision, Desk, Event, KeepInstruction, Passed, Requested
from station.desk.core.machine import decide
from station.desk.corrections import Corrections
from station.desk.postal_codes import Contradictions, none_looked_for
from station.desk.store import Store
from station.feed.mqtt import Arrived, Broken, Connected, Denied, FeedEvent, Lost, Taken
from station.inbox import Inbox
from station.protocol.codec import DEFECTS, Message, digest, encode
from station.protocol.outcome import Contradiction, Outcome, OutcomeKind
from station.protocol.reply import Opened, Refusal, Refused, Revised
from station.protocol.request import CONTENT_DIGITS
from station.protocol.topics import Address, Topics

log = logging.getLogger(__name__)

BATCH = 64
"""Messages in one commit at most: bounds how long the first waits for the last."""
INSTRUCTIONS = 16
"""Of them instructions: each is checked against the label, which takes some milliseconds."""
MAX_WAITING = 2_000
"""Instructions that wait here for their turn; more wait in the broker's socket."""
LISTEN_S = 1.0
STATUS_INTERVAL_S = 1.0
STATUS_AGAIN_S = 30.0
FORGET_INTERVAL_S = 5.0
RECALL_AGAIN_S = 2.0
"""A station that missed a recall hears it again; and so often it is seen that nobody answers."""
EMPTY_LOG_INTERVAL_S = 600.0


@dataclass(frozen=True, slots=True)
class Stop:
    """Told by a signal: end after what is in hand."""


class FeedBroken(Exception):
    """The feed's thread failed or died: the daemon must not go on deaf."""


class Publish(Protocol):
    """Sends a message, if there is a connection."""

    def __call__(self, topic: str, payload: bytes, *, personal: bool) -> Taken | None:
        """``personal``: it holds personal data, and no broker shall keep it. None without a connection."""


@dataclass(slots=True)
class DeskLoop:
    """Owns the store; everything else posts to ``inbox``."""

    store: Store
    topics: Topics
    printable: Printable
    publish: Publish
    acknowledge: Callable[[Arrived], None]
    tell_status: Callable[["DeskLoop"], None]
    progress: Callable[[], None]
    personal_data_s: int
    orders_s: int
    doing: Callable[[str], None] = lambda _words: None
    """Told in one line what the desk does, whenever that changes."""
    contradictions: Contradictions = none_looked_for
    inbox: Inbox[FeedEvent | Stop] = field(default_factory=Inbox)
    rejected: Counter[str] = field(default_factory=Counter)
    clock: Clock = field(default_factory=Clock)
    corrections: Corrections = field(init=False)
    _instructions: "deque[FeedEvent | Stop]" = field(default_factory=deque)
    _stopping: bool = False
    _connected: bool = False
    _status_told_s: float = 0.0
    _status_changed: bool = False
    _recalled_s: float = -RECALL_AGAIN_S
    _forgotten_s: float = -FORGET_INTERVAL_S
    _log_emptied_s: float = -EMPTY_LOG_INTERVAL_S
    _copies_looked_at_s: float = -EMPTY_LOG_INTERVAL_S
    _gone: int = 0

    def __post_init__(self) -> None:
        """With what is owed from before."""
        self.corrections = Corrections(self.store)

    def run(self, listen: Callable[[float, int], None]) -> None:
        """Until told to stop. Raises what must end the daemon.

        ``listen`` has the feed post what comes on this thread, for so many seconds or until the inbox is posted to.
        """
        while not self._stopping:
            self.take(self.gather(listen))

    def take(self, events: list[FeedEvent | Stop]) -> None:
        """One pass: what has gathered, in one commit; then the housekeeping."""
        before = self.store.desk
        self._handle([event for event in events if isinstance(event, Arrived)])
        for event in events:
            self._feed_changed(event)
        if not events:
            self._rest()
        after = self.store.desk
        if (before.epoch, before.waits_for) != (after.epoch, after.waits_for):
            self._told_of_restore(after)
        self._look_after_recalls()
        self._tell_status_sometimes()
        self._forget_sometimes()
        self.progress()

    def gather(self, listen: Callable[[float, int], None]) -> list[FeedEvent | Stop]:
        """What is decided next, in one commit: a feed's thousand instructions do not keep a hold waiting."""
        listen(0 if self._instructions or not self.inbox.empty() else LISTEN_S, self.inbox.fileno())
        urgent: list[FeedEvent | Stop] = []
        while len(urgent) < BATCH and len(self._instructions) < MAX_WAITING and (event := self.inbox.take()):
            (self._instructions if self._is_instruction(event) else urgent).append(event)
        feed = [self._instructions.popleft() for _ in range(min(INSTRUCTIONS, len(self._instructions)))]
        return [*urgent, *feed]

    def _is_instruction(self, event: FeedEvent | Stop) -> bool:
        return isinstance(event, Arrived) and event.topic.endswith("/instruction")

    def _handle(self, messages: list[Arrived]) -> None:
        if not messages:
            return
        arrivals = [self._read(each) for each in messages]
        outgoing: list[tuple[Address, Message]] = []
        with self.store.transaction():
            for arrival in arrivals:
                outgoing.extend(self._decide(arrival))
        self._say(outgoing)
        for each in messages:
            self.acknowledge(each)

    def _say(self, messages: Iterable[tuple[Address, Message]]) -> None:
        for address, message in messages:
            personal = isinstance(message, Opened | Revised)
            taken = self.publish(self.topics.of(address), encode(message), personal=personal)
            self.corrections.said(address, taken)

    def _read(self, message: Arrived) -> Arrival:
        try:
            return read_arrival(self.topics, message.topic, message.payload, self.printable, self.contradictions)
        except DEFECTS:
            log.exception("a fault of this program met a message on %r", message.topic[:120])
            return Arrival(rejected="defect", reason=f"a message on {message.topic[:120]!r} could not be read")

    def _decide(self, arrival: Arrival) -> list[tuple[Address, Message]]:
        if arrival.rejected:
            self.rejected[arrival.rejected] += 1
            self._status_changed = True
            log.warning("refused: %s: %s", arrival.rejected, arrival.reason)
        if arrival.heard_of is not None:
            self.store.up = {**self.store.up, arrival.heard_of[0]: arrival.heard_of[1]}
        return [
            (address, _warned(message, arrival.warnings))
            for event in arrival.events
            for address, message in self._apply(event, arrival.instruction)
        ]

    def _apply(self, event: Event, instruction: bytes | None = None) -> list[tuple[Address, Message]]:
        decision: Decision = decide(self.store, event)
        for change in decision.changes:
            self.store.apply(change, instruction if isinstance(change, KeepInstruction) else None)
        if isinstance(event, Requested | Passed):  # outcomes that nobody asked for now
            self.corrections.owe(decision.messages)
        return [(address, self._with_instruction(message)) for address, message in decision.messages]

    def _look_after_recalls(self) -> None:
        now = self.clock.elapsed_s()
        if now - self._recalled_s < RECALL_AGAIN_S:
            return
        self._recalled_s = now
        if self.store.recalled():
            with self.store.transaction():
                outgoing = self._apply(Passed())
            self._say(outgoing)

    def _with_instruction(self, message: Message) -> Message:
        """The personal data join the message only here, on its way to the station that has the order open."""
        if not isinstance(message, Opened | Revised):
            return message
        instruction = self.store.instruction(message.order)
        if instruction is not None:
            today = as_text(self.clock.wall_s())[: len("2026-12-05")]
            content = digest(encode(instruction))[:CONTENT_DIGITS]
            return msgspec.structs.replace(message, instruction=instruction, today=today, content=content)
        if isinstance(message, Revised):
            raise AssertionError(f"order {message.order} is open without an instruction")
        return Refused(request=message.request, reason=Refusal.NO_INSTRUCTION, order=message.order)

    def _feed_changed(self, event: FeedEvent | Stop) -> None:
        match event:
            case Connected():
                log.info("connected to the broker")
                self._connected = True
                self._tell_what_it_does()
                self.tell_status(self)
                with self.store.transaction():
                    owed = self.corrections.again()
                self._say(owed)
            case Lost(reason):
                log.warning("%s; trying again", reason)
                self._connected = False
                self._tell_what_it_does()
            case Denied(reason):
                log.error("the broker refuses what the desk publishes: %s; check the desk's rights", reason)
            case Broken(error):
                raise FeedBroken("the feed failed; systemd starts the desk again") from error
            case Stop():
                self._stopping = True
            case Arrived():
                pass

    def _rest(self) -> None:
        """Nothing is to be done now."""
        if settled := self.corrections.settled:
            with self.store.transaction():
                self.corrections.strike_off(settled)
        self.store.rest()

    def _tell_what_it_does(self) -> None:
        waits_for = sorted(self.store.desk.waits_for)
        if not self._connected:
            self.doing("no broker; connecting again and again")
        elif waits_for:
            self.doing(f"a restored copy: granting nothing before the word of {', '.join(waits_for)}")
        else:
            self.doing("deciding")

    def _told_of_restore(self, desk: Desk) -> None:
        self._tell_what_it_does()
        if desk.waits_for:
            log.error(
                "epoch %s: this database is a restored copy; nothing is granted before these stations have said what "
                "they know: %s (station resolve --without STATION does without one)",
                desk.epoch,
                ", ".join(sorted(desk.waits_for)),
            )
        else:
            log.info("epoch %s: every station has said what it knows", desk.epoch)
        self.tell_status(self)

    def _tell_status_sometimes(self) -> None:
        """Not more often than it must, for a flood of rubbish must not become a flood of statuses; but again and again,
        for who missed that the desk is another one would wait for ever: an idle station, a publisher."""
        interval_s = STATUS_INTERVAL_S if self._status_changed else STATUS_AGAIN_S
        if self.clock.elapsed_s() - self._status_told_s >= interval_s:
            self._status_told_s, self._status_changed = self.clock.elapsed_s(), False
            self.tell_status(self)

    def _forget_sometimes(self) -> None:
        now = self.clock.elapsed_s()
        if now - self._forgotten_s < FORGET_INTERVAL_S:
            return
        self._forgotten_s = now
        with self.store.transaction():
            self._gone += self.store.forget(personal_data_s=self.personal_data_s, orders_s=self.orders_s)
        if now - self._copies_looked_at_s >= EMPTY_LOG_INTERVAL_S:
            self._copies_looked_at_s = now
            self.store.drop_copies(personal_data_s=self.personal_data_s)
        if self._gone and now - self._log_emptied_s >= EMPTY_LOG_INTERVAL_S:
            self.store.empty_log()
            log.info("dropped what is past its time: %d rows", self._gone)
            self._gone, self._log_emptied_s = 0, now


def _warned(message: Message, warnings: tuple[Contradiction, ...]) -> Message:
    """The answer to a revision that was not refused, with what contradicts itself in it."""
    if not warnings or not isinstance(message, Outcome) or message.outcome is OutcomeKind.REFUSED:
        return message
    return msgspec.structs.replace(message, warnings=warnings)
