"""Desk and station as processes: the real loops on real SQLite files, whose power can be cut at every boundary."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from station.bench.arrivals import ArrivalReader
from station.bench.core.devices import Indication, Proof, ScannerChanged, Sound
from station.bench.core.events import LabelsDrawn
from station.bench.core.machine import restarted
from station.bench.core.screen import Screen
from station.bench.core.state import Bench, Moment, Rules, ScanBackRule
from station.bench.core.turn import open_order
from station.bench.loop import BenchLoop, Posted, StartAnew
from station.bench.recording import Recording
from station.clock import Clock
from station.desk.core.facts import RecallRules
from station.desk.loop import DeskLoop
from station.desk.store import Store
from station.devices.barcode import item_key
from station.feed.mqtt import Arrived, Connected, Lost, Receipt, Taken
from station.protocol.codec import encode
from station.protocol.instruction import Instruction, Line
from station.protocol.request import AnyRequest, Gone, Print, Printed, Voided
from station.protocol.status import DeskStatus, StationStatus
from station.protocol.topics import (
    HoldOn,
    InboxOf,
    InstructionOf,
    QueryFrom,
    RequestFrom,
    StatusOf,
    StatusOfDesk,
    Topics,
)
from station.sqlite import StoreUnusable
from tests.promises.labels import LabelSet
from tests.simulation.disks import Disk, FragileJournal, FragileStore, copy_database, drop_database
from tests.simulation.faults import Crash, Faults
from tests.simulation.network import Network, Port
from tests.simulation.printing import Printer

TOPICS = Topics("packing/sim")
LONG_S = 10**9
DAY_S = 86_400
CONNECT_AGAIN_S = 0.5
TICK_S = 1e-6
"""A process whose time counts from its start wakes no earlier than it meant to, however the sums are rounded."""
KEEP_S = 30 * DAY_S
"""What is older is dropped: in a world that lasts minutes nothing is, however its clocks leap."""
RECALLS = RecallRules(at_bench_s=40.0, answer_s=15.0)
CLOCK_STARTS_S = 1_790_000_000.0
_NO_RECEIPT = Receipt(0, 0, 0)


class Unrecorded(Recording):
    """Writes nothing down: to record takes a quarter of a world's time."""

    waiting = 0

    def add(self, *_: object) -> None:
        """Nothing."""

    def part(self, *_: object, **__: object) -> None:
        """Nothing."""


@dataclass
class Process:
    """What desk and station have in common: power, disk, clock, and a generation of which nothing survives a cut."""

    faults: Faults
    network: Network
    path: Path
    up: bool = False
    generation: int = 0
    clock: Clock = field(init=False)
    clock_wrong_by_s: float = field(default=0.0, init=False)
    disk: Disk = field(init=False)
    port: Port = field(init=False)
    _powered_s: float = field(default=0.0, init=False)
    _stopped_until_s: float = field(default=0.0, init=False)
    _waiting: list[Callable[[], None]] = field(default_factory=list, init=False)
    """What came while it was stopped, in its order."""

    def __post_init__(self) -> None:
        """Time is the world's; each power-up counts its own from zero."""
        schedule = self.faults.schedule
        self.clock = Clock(
            lambda: schedule.now - self._powered_s,
            lambda: f"{schedule.now:.3f}",
            lambda: CLOCK_STARTS_S + schedule.now + self.clock_wrong_by_s,
        )
        self.disk = Disk(self.faults)

    def stop_for(self, seconds: float) -> None:
        """The process does nothing for a while, and does not know (SIGSTOP); what comes meanwhile waits."""
        schedule = self.faults.schedule
        self._stopped_until_s = max(self._stopped_until_s, schedule.now + seconds)
        schedule.at(self._stopped_until_s, self._go_on)

    def _go_on(self) -> None:
        if self.faults.schedule.now >= self._stopped_until_s:
            waiting, self._waiting = self._waiting, []
            for happening in waiting:
                happening()

    def later(self, delay_s: float, happening: Callable[[], None]) -> None:
        """Plan something that this power-up will do, if it lives."""
        generation, schedule = self.generation, self.faults.schedule

        def if_alive() -> None:
            if not self.up or self.generation != generation:
                return
            if schedule.now < self._stopped_until_s or self._waiting:
                self._waiting.append(if_alive)
            else:
                happening()

        schedule.after(delay_s, if_alive)

    def _power_on(self) -> None:
        self.up, self.generation = True, self.generation + 1
        self._powered_s, self._stopped_until_s, self._waiting = self.faults.schedule.now, 0.0, []


@dataclass
class Desk(Process):
    """The desk. Its database outlives it; a copy of it can be put back."""

    roster: tuple[str, ...] = ()
    supervisors: tuple[str, ...] = ()
    watch: Callable[[str, bytes], None] = lambda _topic, _payload: None
    """Sees whatever the desk says, as it says it."""
    restored: Callable[[Store], None] = lambda _store: None
    """Told what a copy knows that was put back."""
    restart_after_s: float = 1.5

    def __post_init__(self) -> None:
        """With its place at the broker."""
        super().__post_init__()
        kinds = (InstructionOf, HoldOn, RequestFrom, QueryFrom, StatusOf)
        patterns = tuple(TOPICS.pattern(kind) for kind in kinds)
        self.port = self.network.attach(Port("desk", patterns, self._take, session=False))

    def start(self, *, restored: bool = False) -> None:
        """Power on."""
        self._power_on()
        self.store = FragileStore(
            self.path,
            roster=frozenset(self.roster),
            supervisors=frozenset(self.supervisors),
            recall_rules=RECALLS,
            restored=restored,
            clock=self.clock,
        )
        if restored:
            self.restored(self.store)
        self.store.crash_point, self.store.disk = self._crash_point, self.disk
        self.loop = DeskLoop(
            store=self.store,
            topics=TOPICS,
            printable=lambda _instruction: "",
            publish=self._publish,
            acknowledge=lambda _message: None,
            tell_status=self._tell_status,
            progress=lambda: None,
            personal_data_s=KEEP_S,
            orders_s=KEEP_S,
            clock=self.clock,
        )
        self._gathered: list[Arrived] = []
        self.faults.tell("desk", f"starts{' from an old copy' if restored else ''}")
        self._connect()
        self.later(1.0, self._idle)

    def crash(self, where: str, restart_after_s: float | None = None) -> None:
        """Power off, and on again."""
        if not self.up:
            return
        self.faults.tell("desk", f"crashes {where}")
        self.up = False
        self.port.connected = False
        self.store.cut_power(self.path)
        again = self.restart_after_s if restart_after_s is None else restart_after_s
        self.faults.schedule.after(again, lambda: None if self.up else self.start())

    def lose_line(self, seconds: float) -> None:
        """The broker is not there, for a while."""
        if self.up and self.port.connected:
            self.port.connected = False
            self.later(seconds, self._connect)

    def put_back(self, copy: Path) -> None:
        """The disk failed; an old copy takes its place."""
        self.crash("for good", restart_after_s=LONG_S)
        drop_database(self.path)
        copy_database(copy, self.path)
        self.start(restored=True)

    def _connect(self) -> None:
        if self.network.up:
            self.network.connect(self.port)
            self._pass([Connected()])
        else:
            self.later(CONNECT_AGAIN_S, self._connect)

    def _take(self, topic: str, payload: bytes, retained: bool) -> None:
        if not self._gathered:
            self.later(0.0005, self._work)
        self._gathered.append(Arrived(topic, payload, retained, _NO_RECEIPT))

    def _idle(self) -> None:
        self.later(1.0, self._idle)
        self._pass([])

    def _work(self) -> None:
        gathered, self._gathered = self._gathered, []
        self._pass(gathered)

    def _pass(self, events: Iterable[Arrived | Connected]) -> None:
        try:
            self.loop.take(list(events))
        except (Crash, StoreUnusable) as crash:
            self.crash(str(crash))

    def _publish(self, topic: str, payload: bytes, *, personal: bool) -> Taken:
        self._crash_point("before it says something")
        if not self.port.connected:
            return lambda: False
        self.watch(topic, payload)
        self.network.publish(topic, payload, personal=personal)
        return lambda: True

    def _tell_status(self, _loop: DeskLoop) -> None:
        desk = self.store.desk
        waits_for = tuple(sorted(desk.waits_for))
        status = DeskStatus(up=True, epoch=desk.epoch, incarnation=desk.incarnation, waits_for=waits_for)
        self.network.publish(TOPICS.of(StatusOfDesk()), encode(status), retain=True)

    def _crash_point(self, where: str) -> None:
        if self.faults.strikes("desk crash"):
            raise Crash(where)


@dataclass
class Station(Process):
    """A station: the loop's whole world is here. Its journal outlives it, and its printer stands on its own."""

    name: str = ""
    rules: Rules = field(default_factory=lambda: Rules(station=""))
    printer: Printer = field(init=False)
    came_out: Callable[[LabelSet], None] = lambda _label_set: None
    begins: Callable[[LabelSet], None] = lambda _label_set: None
    packs: Callable[[LabelSet, tuple[Line, ...]], None] = lambda _label_set, _lines: None
    lets_pass: Callable[[str], None] = lambda _grant: None
    restart_after_s: float = 2.0
    recorded: bool = False
    keeps_journal: bool = True
    """Nothing happens to its disk that it could not know of."""
    confirmed: set[str] = field(default_factory=set)
    """Grants of labels that came out by the printer's word."""
    scanned_back: set[str] = field(default_factory=set)
    """Those whose labels its packer has held before the scanner."""

    def __post_init__(self) -> None:
        """With its printer and its place at the broker."""
        super().__post_init__()
        self.printer = Printer(self.faults, self.name, self.came_out)
        hears = (TOPICS.pattern(HoldOn), TOPICS.of(InboxOf(self.name)), TOPICS.of(StatusOfDesk()))
        self.port = self.network.attach(Port(self.name, hears, self._arrived, session=True))

    def start(self) -> None:
        """Power on."""
        self._power_on()
        self.journal = FragileJournal(self.path, self.clock)
        self.journal.disk = self.disk
        try:
            remembered = self.journal.begin_boot()
        except StoreUnusable as error:
            self.crash(f"at its start: {error}")
            return
        self.journal.crash_point = self._crash_point
        self.instructions: dict[str, Instruction] = {}
        self.drawn: set[tuple[str, int, int]] = set()
        self._wake_at = float("inf")
        first = restarted(remembered, self.rules, Moment(self.clock.elapsed_s(), self.clock.shown))
        kind = Recording if self.recorded else Unrecorded
        recording = kind.begun(self.rules, remembered, first, self.clock.elapsed_s())
        reader = ArrivalReader(TOPICS, self.name, self.journal, self._keep, item_key)
        self.loop = BenchLoop(first.bench, self.rules, self.journal, reader, self, KEEP_S, recording, clock=self.clock)
        self.faults.tell(self.name, f"starts, boot {remembered.identity.boot_number}")
        self.later(0.1, self.connect)
        generation = self.generation
        self.printer.connect(lambda event: self.post(event) if self.generation == generation else None)
        self._guarded(lambda: self.loop.start(first), None)
        self.post(ScannerChanged("hand", up=True))

    def crash(self, where: str, restart_after_s: float | None = None) -> None:
        """Power off, and on again. What the broker keeps for it waits."""
        if not self.up:
            return
        self.faults.tell(self.name, f"crashes {where}")
        self.up = False
        self.port.connected = False
        self.journal.cut_power(self.path)
        self._last_will()
        again = self.restart_after_s if restart_after_s is None else restart_after_s
        self.faults.schedule.after(again, lambda: None if self.up else self.start())

    def connect(self) -> None:
        """Connect to the broker, once it is there."""
        if not self.network.up:
            self.later(CONNECT_AGAIN_S, self.connect)
        elif self.up and not self.port.connected:
            self.network.connect(self.port)
            self.post(Connected())

    def disconnect(self, seconds: float) -> None:
        """It alone is cut off, for a while."""
        if self.up and self.port.connected:
            self._last_will()
            self.lose_line(seconds)

    def lose_line(self, seconds: float) -> None:
        """The broker is not there, for a while."""
        if self.up and self.port.connected:
            self.port.connected = False
            self.faults.tell(self.name, "is cut off")
            self.post(Lost("cut off"))
            self.later(seconds, self.connect)

    def post(self, event: Posted) -> None:
        """As an edge does."""
        if self.up:
            self.later(0.0, partial(self._pass, event))

    @property
    def bench(self) -> Bench:
        """The state that its packer sees."""
        return self.loop.bench

    # What the loop asks of its world

    def say(self, request: AnyRequest) -> None:
        """Publish a request to the desk."""
        self._crash_point("before it says something")
        if isinstance(request, Print) and request.supervisor:
            self.lets_pass(request.request)
        if isinstance(request, Printed) and request.proof == Proof.PROCESS_ID.value:
            self.confirmed.add(request.grant.grant)
        if isinstance(request, Voided | Gone):
            self.scanned_back.add(request.grant.grant)
        if self.port.connected:
            self.network.publish(TOPICS.of(RequestFrom(self.name)), encode(request))

    def acknowledge(self, _message: Arrived) -> None:
        """Tell the broker that a message is safe here: one that is not acknowledged comes again."""
        self._crash_point("before it acknowledges")

    def prepare(self, order: str, revision: int, reprint: int) -> None:
        """Draw labels."""
        self.later(0.01, partial(self._draw, order, revision, reprint))

    def print(self, grant: str, order: str, revision: int, reprint: int) -> None:
        """Send drawn labels to the printer."""
        self._crash_point("before the first byte")
        if (order, revision, reprint) not in self.drawn:
            raise AssertionError(f"{self.name} prints a label that is not drawn: {order} {revision} {reprint}")
        # Who scans a label to void it, and the hold is released in that moment, has scanned it back.
        scanned = self.scanned_back | {each.grant for each in self.printer.sets if each.all_scanned}
        if self.rules.scan_back is ScanBackRule.ALWAYS and self.keeps_journal and self.confirmed - scanned:
            raise AssertionError(f"{self.name} begins {grant}, nobody scanned back {self.confirmed - scanned}")
        numbers = self.instructions[order].tracking_numbers
        packed = open_order(self.bench)
        units = packed.units if packed is not None else ()
        closed = packed is not None and packed.closed
        label_set = LabelSet(self.name, grant, order, revision, reprint, numbers, units, closed)
        self.begins(label_set)
        self.packs(label_set, self.instructions[order].lines)
        self.printer.print(label_set)
        self._crash_point("after the first byte")

    def clear_printer(self) -> None:
        """Make the printer forget."""
        self.printer.clear()

    def forget(self, order: str) -> None:
        """Drop an order's personal data."""
        self.instructions.pop(order, None)
        self.drawn = {each for each in self.drawn if each[0] != order}

    def play(self, sound: Sound) -> None:
        """Nobody hears."""

    def indicate(self, lamps: Indication) -> None:
        """Nobody sees."""

    def show(self, shown: Screen) -> None:
        """The screen's words make the story readable."""
        said = f"[{shown.tone}] {shown.session} {shown.order}: {shown.english}"
        self.faults.tell(self.name, said)

    def tell_status(self, bench: Bench, rejected: dict[str, int]) -> None:
        """Publish the station's status."""
        if set(rejected) - {"hold"}:
            raise AssertionError(f"{self.name} refused a message that another of our programs sent: {rejected}")
        status = StationStatus(station=self.name, up=True, boot=bench.identity.boot)
        self.network.publish(TOPICS.of(StatusOf(self.name)), encode(status), retain=True)

    def check_alive(self) -> None:
        """All edges live."""

    def progress(self) -> None:
        """No watchdog."""

    def ending(self, words: str) -> None:
        """Nobody ends it but by a crash."""

    # Its inner life

    def _arrived(self, topic: str, payload: bytes, retained: bool) -> None:
        self.later(0.0, partial(self._pass, Arrived(topic, payload, retained, _NO_RECEIPT)))

    def _pass(self, posted: Posted | None) -> None:
        self._guarded(lambda: self.loop.take(posted), posted)

    def _guarded(self, act: Callable[[], None], posted: Posted | None) -> None:
        try:
            act()
        except (Crash, StoreUnusable) as crash:
            self.crash(str(crash))
            if isinstance(posted, Arrived):
                self.network.redeliver(self.port, posted.topic, posted.payload)
        except StartAnew:
            self.crash("to begin a new journal", restart_after_s=0.5)
        else:
            self._check_personal_data()
            self._wake_when_due()

    def _wake_when_due(self) -> None:
        at = self.loop.due_s
        if at < self._wake_at:
            self._wake_at = max(at, self.clock.elapsed_s())
            self.later(self._wake_at - self.clock.elapsed_s() + TICK_S, self._woken)

    def _woken(self) -> None:
        self._wake_at = float("inf")
        self._pass(None)
        if self.up and self._wake_at <= self.clock.elapsed_s():
            raise AssertionError(f"{self.name} is due again at once, and would spin: {self.bench}")

    def _keep(self, instruction: Instruction) -> None:
        known = self.instructions.get(instruction.order)
        if known is None or instruction.revision > known.revision:
            self.instructions[instruction.order] = instruction

    def _draw(self, order: str, revision: int, reprint: int) -> None:
        instruction = self.instructions.get(order)
        if instruction is not None and instruction.revision == revision:
            self.drawn.add((order, revision, reprint))
            self.post(LabelsDrawn(order, revision, reprint))

    def _check_personal_data(self) -> None:
        """Promise 6: a station has an order's personal data only while that order is open on it."""
        packed = open_order(self.bench)
        surplus = set(self.instructions) - ({packed.order.order} if packed else set())
        if surplus:
            raise AssertionError(f"{self.name} keeps personal data of {surplus} in {self.bench.session}")

    def _last_will(self) -> None:
        down = StationStatus(station=self.name, up=False)
        self.network.publish(TOPICS.of(StatusOf(self.name)), encode(down), retain=True)

    def _crash_point(self, where: str) -> None:
        if self.faults.strikes("station crash"):
            raise Crash(where)
