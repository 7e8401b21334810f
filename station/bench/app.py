"""The station, put together: the only file of it that names concrete edges."""

import signal
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from pathlib import Path

import msgspec

from station.bench.arrivals import ArrivalReader
from station.bench.core.devices import Indication, PrinterState, Sound
from station.bench.core.ending import After
from station.bench.core.machine import restarted
from station.bench.core.notices import Key
from station.bench.core.screen import Screen
from station.bench.core.state import (
    Bench,
    Doubting,
    Moment,
    Ready,
    Remembered,
    Rules,
    ScanBackRule,
    ScanningBack,
    WithoutPermission,
)
from station.bench.figures import gauges
from station.bench.journal import REMEDY, TABLES, Journal
from station.bench.labels import Labels
from station.bench.loop import BenchLoop, Posted, StartAnew, Stop
from station.bench.out_of_order import shown
from station.bench.recording import Recording
from station.bench.salvage import salvaged
from station.cards.reader import reading_badges
from station.clock import elapsed_s, wall_clock
from station.config.reading import ConfigError
from station.config.scanners import HidScanner, SerialScanner
from station.config.station import StationConfig
from station.database.damage import check
from station.database.files import DAMAGED, Lock, damaged_beside, set_aside
from station.database.room import Room
from station.devices.barcode import item_key
from station.devices.extras import MissingExtra
from station.devices.panel import GpioPanel
from station.devices.printer.kept import PrinterLock, kept_beside, read_kept
from station.devices.printer.owner import PrinterEdge
from station.devices.scanner import Scanner
from station.devices.scanner_hid import hid_scanner
from station.devices.scanner_serial import serial_scanner
from station.feed.mqtt import Arrived, Connected, Feed, FeedEvent, Session, Subscription
from station.inbox import Inbox
from station.label.configured import configured_press
from station.label.fonts import FontMissing
from station.protocol.codec import encode
from station.protocol.request import AnyRequest, Print
from station.protocol.status import StationStatus
from station.protocol.topics import HoldOn, InboxOf, RequestFrom, StatusOf, StatusOfDesk, Topics
from station.publication import Publication
from station.sqlite import StoreUnusable, is_damage
from station.telemetry.databases import DiskFull, JournalLost, JournalReplaced, JournalSetAside
from station.telemetry.logs import identify
from station.telemetry.measures import UNMEASURED, Measures
from station.telemetry.messages import CannotWork, StationStarted, Stopped
from station.telemetry.telling import tell
from station.upkeep.notify import Notifier
from station.upkeep.now import StationNow, Window
from station.upkeep.room import wait_until_usable

DAY_S = 86_400
SHOWN_S = 5.0
"""So long the screen tells of a damaged journal before work goes on: a packer comes back to it, and sees it."""
TRY_AGAIN = 75
"""Exit status that asks for a new start (EX_TEMPFAIL of sysexits.h)."""
SOFTWARE = version("packing-station")


class EdgeDied(RuntimeError):
    """A thread that owns a device has ended: the daemon must not look healthy."""


@dataclass(slots=True)
class Edges:
    """The world of one station; see ``station.bench.loop.World``."""

    station: str
    boot: str
    topics: Topics
    feed: Feed
    labels: Labels
    printer: PrinterEdge
    scanners: tuple[Scanner, ...]
    panel: GpioPanel | None
    window: Publication | None
    now: Window
    notifier: Notifier
    lock: PrinterLock
    damaged_journal: str = ""
    since: str = field(default_factory=wall_clock)
    _said: str = ""
    _status: StationStatus | None = None

    def say(self, request: AnyRequest) -> None:
        """Publish a request to the desk."""
        self.feed.publish(self.topics.of(RequestFrom(self.station)), encode(request))
        if isinstance(request, Print):
            self.printer.rouse()

    def acknowledge(self, message: Arrived) -> None:
        """Tell the broker that a message is safe here."""
        self.feed.acknowledge(message.receipt)

    def prepare(self, order: str, revision: int, reprint: int) -> None:
        """Draw labels."""
        self.labels.prepare(order, revision, reprint)

    def print(self, grant: str, order: str, revision: int, reprint: int) -> None:
        """Send drawn labels to the printer."""
        self.printer.print(grant, self.labels.job(order, revision, reprint))

    def clear_printer(self) -> None:
        """Make the printer forget."""
        self.printer.clear()

    def forget(self, order: str) -> None:
        """Drop an order's personal data."""
        self.labels.forget(order)

    def play(self, sound: Sound) -> None:
        """Sound the buzzer."""
        if self.panel is not None:
            self.panel.sound(sound)

    def indicate(self, lamps: Indication) -> None:
        """Set the lamps."""
        if self.panel is not None:
            self.panel.indicate(lamps)

    def show(self, shown: Screen) -> None:
        """Set the screen, and systemd's line of status."""
        if self.window is not None:
            self.window.show(shown)
        said = f"{shown.session}: {shown.english}"
        if said != self._said:
            self._said = said
            self.notifier.status(said)
            self._tell_now()

    def tell_status(self, bench: Bench, rejected: dict[str, int]) -> None:
        """Publish the station's status."""
        linked = isinstance(bench.link, Ready)
        printable = bench.printer.state is PrinterState.READY
        status = StationStatus(
            station=self.station,
            up=True,
            boot=self.boot,
            ready=linked and printable and any(bench.scanners.values()),
            printer=bench.printer.state.value,
            paper_near_end=bench.printer.paper_near_end,
            scanners=dict(bench.scanners),
            desk=linked,
            unsent_records=len(bench.outbox),
            in_doubt=len(bench.doubts) + isinstance(bench.session, Doubting),
            not_scanned_back=len(bench.scan_backs) + isinstance(bench.session, ScanningBack),
            rejected=rejected,
            damaged_journal=self.damaged_journal,
            software=SOFTWARE,
            since=self.since,
        )
        self.feed.publish(self.topics.of(StatusOf(self.station)), encode(status), retain=True)
        self._status = status
        self._tell_now()

    def _tell_now(self) -> None:
        if self._status is not None:
            connected = self.feed.connected
            self.now.show(StationNow(at_s=elapsed_s(), doing=self._said, broker=connected, status=self._status))

    def check_alive(self) -> None:
        """Raises where a thread of an edge has died."""
        edges = (self.printer, *self.scanners, self.panel, self.window, self.now)
        for edge in edges:
            if edge is not None and not edge.alive:
                raise EdgeDied(f"the thread of {type(edge).__name__} died; systemd starts the station again")

    def progress(self) -> None:
        """Feed the watchdog."""
        self.notifier.progress()
        self.now.progress()

    def ending(self, words: str) -> None:
        """Tell systemd, which waits for the end from here on."""
        self.notifier.stopping(words)

    def start(self) -> None:
        """Begin to listen and to look."""
        for edge in (self.window, self.now, self.panel, self.printer, *self.scanners):
            if edge is not None:
                edge.start()

    def close(self) -> None:
        """Give everything back. What the loop did not wait for is not finished here, and asked about next time."""
        self.notifier.stopping()
        down = encode(StationStatus(station=self.station, up=False, boot=self.boot, software=SOFTWARE))
        self.feed.close(last=(self.topics.of(StatusOf(self.station)), down))
        for edge in (*self.scanners, self.printer, self.labels, self.panel, self.window, self.now):
            if edge is not None:
                edge.close()
        self.lock.close()


def run_station(config: StationConfig) -> int:
    """Run one station until a signal ends it; the exit status. Raises ConfigError, StoreUnusable."""
    identify(STATION=config.station, SITE=config.site.name)
    path = Path(config.journal)
    room = Room(path)
    _wait_for_room(config, room)
    with Lock(path):
        try:
            check(path, TABLES, REMEDY)
            with closing(Journal(path, room=room)) as journal:
                if journal.is_unused and (aside := damaged_beside(path)):
                    _replace_damaged(config, journal, path.with_name(aside))
                status = _run(config, journal)
        except (StoreUnusable, sqlite3.Error) as error:
            if not is_damage(error):
                raise
            # The next start begins with a new journal: to the desk as if this one were lost. Labels that it granted
            # here, and whose end it does not know, are in doubt until a person has looked.
            tell(JournalSetAside(str(error), str(set_aside(path, DAMAGED))))
            return TRY_AGAIN
    if status == 0:
        tell(Stopped())
    return status


def _replace_damaged(config: StationConfig, journal: Journal, damaged: Path) -> None:
    """Begin a new journal with what can be read of the damaged one, and have a person hear of it."""
    rest = salvaged(damaged)
    journal.begin_from(rest)
    tell(JournalReplaced(len(rest.records), len(rest.begun_grants), len(rest.holds), str(damaged)))
    status = StationStatus(station=config.station, up=True, damaged_journal=damaged.name, software=SOFTWARE)
    with _out_of_order(config, Key.JOURNAL_DAMAGED, status) as say_now:
        say_now(f"the journal was damaged; a new one is begun, and {damaged.name} is kept")
        time.sleep(SHOWN_S)


def _run(config: StationConfig, journal: Journal) -> int:
    rules = _rules(config)
    remembered = journal.begin_boot()
    topics = Topics(config.site.prefix)
    inbox: Inbox[Posted] = Inbox()
    try:
        edges = _edges(config, topics, remembered, inbox)
    except (FontMissing, MissingExtra) as error:
        raise ConfigError(str(error)) from error
    except OSError as error:
        tell(CannotWork(f"{error}; trying again", TRY_AGAIN))
        return TRY_AGAIN
    began_s = elapsed_s()
    first = restarted(remembered, rules, Moment(began_s, wall_clock))
    recording = Recording.begun(rules, remembered, first, began_s)
    reader = ArrivalReader(topics, config.station, journal, edges.labels.keep, item_key)
    loop = BenchLoop(first.bench, rules, journal, reader, edges, config.keep.journal_days * DAY_S, recording, inbox)
    loop.measures = _measures(config, loop)
    edges.printer.began = loop.measures.first_byte
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: inbox.post(Stop()))
    signal.signal(signal.SIGUSR1, lambda *_: inbox.post(Stop(After.ORDER)))
    tell(
        StationStarted(
            config.station,
            config.site.name,
            SOFTWARE,
            remembered.identity.boot_number,
            len(remembered.outbox),
            len(remembered.begun_grants),
        )
    )
    try:
        edges.start()
        loop.start(first)
        edges.notifier.ready(f"station {config.station}")
        loop.run(edges.feed.listen)
    except StartAnew as error:
        tell(JournalLost(str(error)))
        return TRY_AGAIN
    finally:
        edges.close()
    return 0


def _measures(config: StationConfig, loop: BenchLoop) -> Measures:
    if config.metrics is None:
        return UNMEASURED
    from station.telemetry.figures import offer

    return offer(
        "station", config.metrics.address, gauges=lambda: gauges(loop.bench), rejected=lambda: dict(loop.rejected)
    )


def _wait_for_room(config: StationConfig, room: Room) -> None:
    """On a full disk nothing can be decided. Say so where people look, until there is room."""
    reason = room.take()
    if not reason:
        return
    tell(DiskFull(reason))
    full = StationStatus(station=config.station, up=True, disk_full=True, software=SOFTWARE)
    with _out_of_order(config, Key.DISK_FULL, full) as say_now:
        wait_until_usable(Path(config.journal), room.take, Notifier(), say_now)


@contextmanager
def _out_of_order(config: StationConfig, key: Key, status: StationStatus) -> Iterator[Callable[[str], None]]:
    """Lamps, screen and status of a station that does not work meanwhile; told why, `station status` says it."""
    topic = Topics(config.site.prefix).of(StatusOf(config.station))
    down = encode(msgspec.structs.replace(status, up=False))

    def say_so(event: FeedEvent) -> None:
        if isinstance(event, Connected):
            feed.publish(topic, encode(status), retain=True)

    def say_now(reason: str) -> None:
        now.show(StationNow(at_s=elapsed_s(), doing=reason, broker=feed.connected, status=status))

    now = Window(config.status_socket)
    # Nothing that comes is acknowledged: the broker keeps it until the station works again.
    feed = Feed(config.broker, config.station, say_so, subscriptions=(), session=Session.KEPT, will=(topic, down))
    try:
        with shown(config, key):
            now.start()
            feed.start()
            yield say_now
    finally:
        feed.close()
        now.close()


def _rules(config: StationConfig) -> Rules:
    return Rules(
        station=config.station,
        software=SOFTWARE,
        slip_pattern=config.scanning.slip_pattern,
        repeat_window_s=config.scanning.repeat_window_ms / 1000,
        grant_wait_s=config.printing.grant_wait_ms / 1000,
        without_permission=WithoutPermission(config.printing.without_permission),
        scan_back=ScanBackRule(config.printing.scan_back),
        packer_required=config.scanning.packer_required,
        quantity_card=config.scanning.quantity_card,
        card_wait_s=config.scanning.card_wait_s,
        signed_badges=config.badges is not None,
        supervised_s=config.badges.supervised_s if config.badges is not None else 0.0,
    )


def _edges(config: StationConfig, topics: Topics, remembered: Remembered, inbox: Inbox[Posted]) -> Edges:
    post = inbox.post
    lock = PrinterLock(Path(config.journal))
    # The panel first, and here in the main thread: lgpio changes the working directory while it is imported.
    panel = None if config.panel is None else GpioPanel(config.panel, post)
    down = StationStatus(station=config.station, up=False, boot=remembered.identity.boot, software=SOFTWARE)
    feed = Feed(
        config.broker,
        config.station,
        inbox.put,
        subscriptions=(
            Subscription(topics.pattern(HoldOn)),
            Subscription(topics.of(InboxOf(config.station))),
            Subscription(topics.of(StatusOfDesk())),
        ),
        session=Session.BEGUN if remembered.is_new else Session.KEPT,
        will=(topics.of(StatusOf(config.station)), encode(down)),
    )
    return Edges(
        station=config.station,
        boot=remembered.identity.boot,
        topics=topics,
        feed=feed,
        labels=Labels(configured_press(config.label, config.printer), post),
        printer=PrinterEdge(config.printer, post, kept=read_kept(kept_beside(Path(config.journal)))),
        scanners=tuple(_scanner(scanner, reading_badges(config.badges, post)) for scanner in config.scanners),
        panel=panel,
        window=None if config.screen_socket is None else Publication(Path(config.screen_socket)),
        now=Window(config.status_socket),
        notifier=Notifier(),
        lock=lock,
        damaged_journal=damaged_beside(Path(config.journal)),
    )


def _scanner(config: SerialScanner | HidScanner, post: Callable[[Posted], None]) -> Scanner:
    return serial_scanner(config, post) if isinstance(config, SerialScanner) else hid_scanner(config, post)
