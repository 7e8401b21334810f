"""The station's one thread of decisions: an event, the core's step, the disk, and only then the world."""

import math
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from station.bench.arrivals import Arrival, ArrivalReader
from station.bench.core import effects
from station.bench.core.devices import Indication, Scanned, Sound
from station.bench.core.ending import After, Ending, told
from station.bench.core.events import Event, LinkDown, LinkUp, Passed
from station.bench.core.machine import Step, step
from station.bench.core.screen import Screen, indication, screen
from station.bench.core.state import Asking, Bench, Idle, Moment, Printing, Ready, Rules, Telling, next_deadline
from station.bench.journal import Journal
from station.bench.odd_codes import OddCodes
from station.bench.recording import Part, Recording
from station.clock import Clock
from station.feed.mqtt import Arrived, Broken, Connected, Denied, Lost
from station.feed.mqtt import FeedEvent as FeedMessage
from station.inbox import Inbox
from station.protocol.codec import DEFECTS
from station.protocol.request import AnyRequest
from station.telemetry.databases import Dropped
from station.telemetry.life import Line
from station.telemetry.measures import UNMEASURED, Measures
from station.telemetry.messages import (
    BrokerConnected,
    BrokerLost,
    MessageMetDefect,
    MessageRefused,
    PublishRefused,
    StoppedWhilePrinting,
    ToldToStop,
)
from station.telemetry.telling import fault, tell, tell_life

IDLE_S = 1.0
WRITE_WITHIN_S = 0.1
"""So long entries wait that need not be first: for the next commit but a print's, which takes them along. Each flush
wears a memory card."""
RECORD_WITHIN_S = 5.0
"""So long a decision that leaves no entry waits to be recorded: for a commit of others."""
MAX_UNWRITTEN = 64
"""So many entries, and so many decisions, wait at most."""
TELL_AFTER_S = 0.01
"""So long screen, lamps, log and status wait after a decision: desk and printer come first, and nobody sees it."""
FORGET_INTERVAL_S = 3600.0
LOOK_FOR_ROOM_S = 1.0


class World(Protocol):
    """Everything outside that wishes go to. None of these waits."""

    def say(self, request: AnyRequest) -> None:
        """Publish a request to the desk."""

    def acknowledge(self, message: Arrived) -> None:
        """Tell the broker that a message is safe here."""

    def prepare(self, order: str, revision: int, reprint: int) -> None:
        """Draw labels."""

    def print(self, grant: str, order: str, revision: int, reprint: int) -> None:
        """Send drawn labels to the printer."""

    def clear_printer(self) -> None:
        """Make the printer forget."""

    def forget(self, order: str) -> None:
        """Drop an order's personal data."""

    def play(self, sound: Sound) -> None:
        """Sound the buzzer."""

    def indicate(self, lamps: Indication) -> None:
        """Set the lamps."""

    def show(self, shown: Screen) -> None:
        """Set the screen."""

    def tell_status(self, bench: Bench, rejected: dict[str, int]) -> None:
        """Publish the station's status."""

    def check_alive(self) -> None:
        """Raises where a thread of an edge has died."""

    def progress(self) -> None:
        """Feed the watchdog."""

    def ending(self, words: str) -> None:
        """Say that the end has begun, and what is finished first."""


@dataclass(frozen=True, slots=True)
class Stop:
    """Told by a signal: end, after what is in hand."""

    after: After = After.LABEL


class StartAnew(Exception):
    """The journal counts as lost; the daemon ends, and begins with a new one."""


Posted = Event | FeedMessage | Stop


@dataclass(slots=True)
class BenchLoop:
    """Owns the state and the journal; every edge posts to ``inbox``."""

    bench: Bench
    rules: Rules
    journal: Journal
    reader: ArrivalReader
    world: World
    journal_keep_s: int
    recording: Recording
    inbox: Inbox[Posted] = field(default_factory=Inbox)
    rejected: Counter[str] = field(default_factory=Counter)
    clock: Clock = field(default_factory=Clock)
    odd_codes: OddCodes = field(default_factory=OddCodes)
    measures: Measures = UNMEASURED
    _unwritten: list[effects.Entry] = field(default_factory=list)
    _write_at_s: float = 0.0
    _unlogged: list[effects.Entry] = field(default_factory=list)
    _tell_at_s: float = math.inf
    _lamps: Indication | None = None
    _shown: Screen | None = None
    _status_due: bool = False
    _status_told_s: float = -IDLE_S
    _forgotten_s: float = -FORGET_INTERVAL_S
    _looked_for_room_s: float = 0.0
    _ending: Ending | None = None

    def start(self, first: Step) -> None:
        """Commit and dispatch what the restart decided, and that there was one."""
        self._carry_out(first)
        self._write()

    def run(self, listen: Callable[[float, int], None]) -> None:
        """Until told to stop. Raises what must end the daemon.

        ``listen`` has the feed post what comes on this thread, for so many seconds or until the inbox is posted to.
        """
        try:
            while not self.is_over:
                self.take(self._next(listen))
            self._write(stopped=True)
            if isinstance(self.bench.session, Printing):
                tell(StoppedWhilePrinting(self.bench.session.grant.grant))
        finally:
            self._log()

    def take(self, posted: Posted | None) -> None:
        """One pass: what was posted, or what is due where nothing was; then the disk and the housekeeping."""
        if posted is not None:
            self._distribute(posted)
        elif self._deadline_s <= self.clock.elapsed_s():
            self._decide(Passed())
        elif self.due_s == math.inf:
            self.journal.rest()
        if self._is_time_to_write():
            self._write()
        if self._tell_at_s <= self.clock.elapsed_s():
            self._tell()
        self._keep_house()

    @property
    def is_over(self) -> bool:
        """Whether it was told to end, and has finished what comes before."""
        return self._ending is not None and self._ending.is_due(self.bench.session, self.clock.elapsed_s())

    @property
    def due_s(self) -> float:
        """When a pass is due though nothing is posted, by the loop's clock; infinite where none is."""
        return min(self._deadline_s, self._write_at_s, self._tell_at_s)

    @property
    def _deadline_s(self) -> float:
        deadline_s = next_deadline(self.bench)
        return math.inf if deadline_s is None else deadline_s

    def _is_time_to_write(self) -> bool:
        now_s = self.clock.elapsed_s()
        if self.recording.waiting and self._write_at_s == math.inf:
            self._write_at_s = now_s + RECORD_WITHIN_S
        waiting = max(len(self._unwritten), self.recording.waiting)
        return waiting >= MAX_UNWRITTEN or self._write_at_s <= now_s

    def _next(self, listen: Callable[[float, int], None]) -> Posted | None:
        if self.inbox.empty():
            listen(max(0.0, min(IDLE_S, self.due_s - self.clock.elapsed_s())), self.inbox.fileno())
        return self.inbox.take()

    def _distribute(self, posted: Posted) -> None:
        match posted:
            case Stop(after):
                self._end(after)
            case Broken(error):
                raise RuntimeError("the feed failed; systemd starts the station again") from error
            case Connected():
                tell(BrokerConnected())
                self._status_due = True
                self._decide(LinkUp())
            case Lost(reason):
                tell(BrokerLost(reason))
                self._decide(LinkDown(reason))
            case Denied(reason):
                tell(PublishRefused(reason))
            case Arrived():
                self._arrived(posted)
            case Scanned():
                self._decide(self.odd_codes.marked(posted, self.bench, self.rules))
            case _:
                self._decide(posted)

    def _end(self, after: After) -> None:
        self._ending = told(self._ending, after, self.clock.elapsed_s())
        if self.is_over:
            return
        tell(ToldToStop(self._ending.after.value))
        if self._ending.after is After.LABEL:
            self.world.ending("stopping: the label in hand is finished first")

    def _arrived(self, message: Arrived) -> None:
        arrival = self._read(message)
        if arrival.rejected:
            self.rejected[arrival.rejected] += 1
            self._status_due = True
            tell(MessageRefused(arrival.rejected, arrival.reason))
        if arrival.event is not None:
            self._decide(arrival.event)
        elif arrival.incarnation and self._belongs_to_another(arrival.incarnation):
            self._decide(LinkUp())
        self.world.acknowledge(message)

    def _belongs_to_another(self, incarnation: str) -> bool:
        """Whether the desk that welcomed this station is not the one that says that it is up."""
        return isinstance(self.bench.link, Ready | Telling) and self.bench.incarnation != incarnation

    def _read(self, message: Arrived) -> Arrival:
        try:
            return self.reader.read(message.topic, message.payload)
        except DEFECTS as error:
            tell(MessageMetDefect(repr(message.topic[:120]), **fault(error)))
            return Arrival(rejected="defect", reason=f"a message on {message.topic[:120]!r} could not be read")

    def _decide(self, event: Event) -> None:
        now_s = self.clock.elapsed_s()
        try:
            decided = step(self.bench, event, self.rules, Moment(now_s, self.clock.shown))
        except Exception as error:  # a broken invariant: what led to it can be decided again
            self.recording.add(event, now_s, type(error).__name__)
            self._write()
            raise
        self.recording.add(event, now_s, decided)
        asked = decided.bench.session
        if isinstance(asked, Asking) and not isinstance(self.bench.session, Asking):
            self.measures.matched(asked.step.request)
        self._carry_out(decided)

    def _carry_out(self, decided: Step) -> None:
        """The order of commitment: disk first, then the world."""
        before, self.bench = self.bench, decided.bench
        if decided.entries:
            self._write_at_s = min(self._write_at_s, self.clock.elapsed_s() + WRITE_WITHIN_S)
        begins = [entry for entry in decided.entries if isinstance(entry, effects.BeginPrint)]
        if begins:  # the printer waits for this entry alone; every row beside it takes time
            self._commit(begins)
        self._unwritten.extend(entry for entry in decided.entries if entry not in begins)
        if any(isinstance(entry, effects.DISK_FIRST) for entry in self._unwritten):
            self._write()
        for wish in decided.wishes:
            self._fulfil(wish)
        if self.bench is not before:
            self._tell_soon()

    def _write(self, *, stopped: bool = False) -> None:
        self._write_at_s = math.inf
        part = self.recording.part(self.clock.elapsed_s(), stopped=stopped)
        if self._unwritten or part is not None:
            self._commit(self._unwritten, part)
            self._unlogged.extend(self._unwritten)
            self._unwritten.clear()
            self._tell_soon()

    def _commit(self, entries: Sequence[effects.Entry], part: Part | None = None) -> None:
        began_s = time.perf_counter()
        self.journal.commit(entries, part)
        self.measures.committed(time.perf_counter() - began_s)

    def _tell_soon(self) -> None:
        self._tell_at_s = min(self._tell_at_s, self.clock.elapsed_s() + TELL_AFTER_S)

    def _tell(self) -> None:
        self._tell_at_s = math.inf
        self._log()
        self._show()

    def _log(self) -> None:
        """The journal of systemd tells an order's life too."""
        for entry in self._unlogged:
            if isinstance(entry, effects.Audit):
                tell_life(Line("station", entry.what, entry.order, entry.code, entry.detail))
        self._unlogged.clear()

    def _fulfil(self, wish: effects.Wish) -> None:
        match wish:
            case effects.Say(request):
                self.world.say(self.odd_codes.said(request))
            case effects.SendToPrinter(grant):
                self.world.print(grant.grant, grant.order, grant.revision, grant.reprint)
            case effects.Prepare(order, revision, reprint):
                self.world.prepare(order, revision, reprint)
            case effects.ClearPrinter():
                self.world.clear_printer()
            case effects.Forget(order):
                self.world.forget(order)
            case effects.Play(sound):
                self.world.play(sound)
            case effects.BeginNewJournal():
                self._write(stopped=True)
                self.journal.begin_anew()
                raise StartAnew("the journal is an old copy and counts as lost; a new one is begun")

    def _show(self) -> None:
        lamps, shown = indication(self.bench), self.odd_codes.shown(screen(self.bench, self.rules.station))
        if lamps != self._lamps:
            self._lamps = lamps
            self.world.indicate(lamps)
        if shown != self._shown:
            self._status_due = True
            self._shown = shown
            self.world.show(shown)

    def _keep_house(self) -> None:
        now = self.clock.elapsed_s()
        if self._status_due and self._tell_at_s == math.inf and now - self._status_told_s >= IDLE_S:
            self._status_told_s, self._status_due = now, False
            self.world.tell_status(self.bench, dict(self.rejected))
        if now - self._forgotten_s >= FORGET_INTERVAL_S:
            self._forgotten_s = now
            gone = self.journal.forget(self.journal_keep_s)
            if gone:
                tell(Dropped(gone))
        if isinstance(self.bench.session, Idle) and now - self._looked_for_room_s >= LOOK_FOR_ROOM_S:
            self._looked_for_room_s = now
            self.journal.check_room()  # the packer is told before an order is begun, not when its items are packed
        self.world.check_alive()
        self.world.progress()
