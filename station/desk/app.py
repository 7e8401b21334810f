"""The desk, put together: the only file of it that names concrete edges."""

import signal
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import msgspec

from station.clock import elapsed_s, wall_clock
from station.config.desk import DeskConfig
from station.config.encryption import keys
from station.config.reading import ConfigError
from station.database.damage import check, missing
from station.database.files import DAMAGED, Lock, set_aside
from station.desk.arrivals import Printable
from station.desk.core.facts import RecallRules
from station.desk.figures import gauges
from station.desk.loop import DeskLoop, Stop
from station.desk.postal_codes import listed_contradictions
from station.desk.sealing import Seal
from station.desk.store import REMEDY, TABLES, Store
from station.feed.mqtt import Arrived, Connected, Feed, FeedEvent, Session, Subscription, Taken
from station.protocol.codec import encode
from station.protocol.instruction import Instruction
from station.protocol.status import DeskStatus
from station.protocol.topics import HoldOn, InstructionOf, QueryFrom, RequestFrom, StatusOf, StatusOfDesk, Topics
from station.sqlite import StoreUnusable, full_disk, is_damage
from station.telemetry.databases import DatabaseMissing, DatabaseSetAside, DiskFull
from station.telemetry.logs import identify
from station.telemetry.messages import DeskStarted, LabelNotDrawn, RestoredDeskWaits, Stopped
from station.telemetry.telling import fault, tell
from station.upkeep.notify import Notifier
from station.upkeep.now import DeskNow, Now, Window
from station.upkeep.room import wait_until_usable

DAY_S = 86_400
TRY_AGAIN = 75
"""Exit status that asks for a new start (EX_TEMPFAIL of sysexits.h)."""
HEARS = {InstructionOf: 0, HoldOn: 1, RequestFrom: 1, QueryFrom: 1, StatusOf: 1}
"""With which QoS. Instructions hold personal data, which no broker shall keep."""


def run_desk(config: DeskConfig, *, restored: bool = False) -> int:
    """Run the desk until a signal ends it; the exit status. Raises ConfigError, StoreUnusable."""
    identify(DESK=config.site.name, SITE=config.site.name)
    topics, notifier, database = Topics(config.site.prefix), Notifier(), Path(config.database)
    with closing(_window(config)) as window:
        _wait_until_usable(config, topics, notifier, window)
        with Lock(database):
            try:
                check(database, TABLES, REMEDY)
                with closing(_opened(config, restored=restored)) as store:
                    _run(config, topics, notifier, window, store)
            except (StoreUnusable, sqlite3.Error) as error:
                if not is_damage(error):
                    raise
                tell(DatabaseSetAside(str(error), str(set_aside(database, DAMAGED))))
                return TRY_AGAIN
    tell(Stopped())
    return 0


def _opened(config: DeskConfig, *, restored: bool) -> Store:
    if reason := missing(Path(config.database)):  # taken away since somebody looked
        raise StoreUnusable(reason)
    return Store(
        Path(config.database),
        roster=frozenset(config.stations),
        supervisors=frozenset(config.supervisors),
        recall_rules=RecallRules(config.recall.at_bench_s, config.recall.answer_s),
        restored=restored,
        seal=Seal.of(keys(config.encryption)),
    )


def _run(config: DeskConfig, topics: Topics, notifier: Notifier, window: Window, store: Store) -> None:
    status_topic, since = topics.of(StatusOfDesk()), wall_clock()
    down = encode(DeskStatus(up=False, epoch=store.desk.epoch, software=version("packing-station")))

    def tell_status(loop: DeskLoop) -> None:
        desk = store.desk
        status = DeskStatus(
            up=True,
            epoch=desk.epoch,
            incarnation=desk.incarnation,
            waits_for=tuple(sorted(desk.waits_for)),
            rejected=dict(loop.rejected),
            software=version("packing-station"),
            since=since,
        )
        feed.publish(status_topic, encode(status), retain=True)
        doing = _doing(config, store, connected=feed.connected)
        notifier.status(doing)
        window.show(DeskNow(at_s=elapsed_s(), doing=doing, broker=feed.connected, status=status))

    def looked_at(now: Now) -> Now:
        connected = feed.connected
        doing = _doing(config, store, connected=connected)
        if doing != now.doing:
            notifier.status(doing)
        return msgspec.structs.replace(now, doing=doing, broker=connected)

    def progress() -> None:
        if not window.alive:
            raise RuntimeError("the thread that says what the desk does died; systemd starts the desk again")
        notifier.progress()
        window.progress(looked_at)

    def publish(topic: str, payload: bytes, *, personal: bool) -> Taken | None:
        return feed.publish(topic, payload, qos=0 if personal else 1)

    def acknowledge(message: Arrived) -> None:
        feed.acknowledge(message.receipt)

    loop = DeskLoop(
        store=store,
        topics=topics,
        printable=_printable(config),
        contradictions=listed_contradictions(),
        publish=publish,
        acknowledge=acknowledge,
        tell_status=tell_status,
        progress=progress,
        personal_data_s=config.keep.personal_data_days * DAY_S,
        orders_s=config.keep.orders_days * DAY_S,
    )
    if config.metrics is not None:
        from station.telemetry.figures import offer

        loop.measures = offer(
            "desk",
            config.metrics.address,
            gauges=lambda: gauges(store.up, store.roster, loop.desk.waits_for),
            rejected=lambda: dict(loop.rejected),
        )
    feed = Feed(
        config.broker,
        "desk",
        loop.inbox.put,
        # Whoever has no answer says it again, so nothing need wait in the broker for a desk that is away.
        subscriptions=tuple(Subscription(topics.pattern(kind), qos) for kind, qos in HEARS.items()),
        session=Session.NONE,
        will=(status_topic, down),
    )
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: loop.inbox.post(Stop()))
    _tell_started(config, store)
    notifier.ready(_doing(config, store, connected=False))
    try:
        tell_status(loop)
        loop.run(feed.listen)
    finally:
        notifier.stopping()
        feed.close(last=(status_topic, down))


def _tell_started(config: DeskConfig, store: Store) -> None:
    desk = store.desk
    tell(DeskStarted(config.site.name, version("packing-station"), desk.epoch, len(config.stations)))
    if desk.waits_for:
        tell(RestoredDeskWaits(desk.epoch, ", ".join(sorted(desk.waits_for))))


def _window(config: DeskConfig) -> Window:
    try:
        window = Window(config.status_socket)
    except OSError as error:
        raise ConfigError(
            f"status_socket = {config.status_socket!r}: {error.strerror}; give a path in a directory that this user "
            "may write to, or take it out"
        ) from error
    window.start()
    return window


def _doing(config: DeskConfig, store: Store, *, connected: bool) -> str:
    """For systemd and `station status`."""
    if not connected:
        return "no connection to the broker: nothing can be decided"
    if waits_for := store.desk.waits_for:
        return (
            f"restored from a copy: nothing is granted before these stations have told: {', '.join(sorted(waits_for))}"
        )
    up = sum(store.up.get(name, False) for name in config.stations)
    return f"deciding for {len(config.stations)} stations, {up} of them up"


def _wait_until_usable(config: DeskConfig, topics: Topics, notifier: Notifier, window: Window) -> None:
    """On a full disk, and without the database that there was, nothing can be decided, and nothing is answered. Say so
    in the status, until that has changed."""
    database = Path(config.database)

    def lacking() -> str:
        return full_disk(database) or missing(database)

    reason = lacking()
    if not reason:
        return
    topic, is_full = topics.of(StatusOfDesk()), bool(full_disk(database))
    tell(DiskFull(reason) if is_full else DatabaseMissing(reason))
    status = DeskStatus(up=False, disk_full=is_full, database_lost=not is_full, software=version("packing-station"))

    def say_so(event: FeedEvent) -> None:
        if isinstance(event, Connected):
            feed.publish(topic, encode(status), retain=True)

    def say_now(reason: str) -> None:
        window.show(DeskNow(at_s=elapsed_s(), doing=reason, broker=feed.connected, status=status))

    feed = Feed(config.broker, "desk", say_so, subscriptions=(), session=Session.NONE, will=(topic, encode(status)))
    try:
        feed.start()
        wait_until_usable(database, lacking, notifier, say_now)
    finally:
        feed.close()


def _printable(config: DeskConfig) -> Printable:
    """The check against the label that stations print; without [label], only that somebody is the sender."""
    if config.label is None:
        return _without_label
    # A font costs memory where no labels are checked.
    from station.label.configured import configured_press
    from station.label.content import DoesNotFit
    from station.label.fonts import FontMissing

    try:
        press = configured_press(config.label)
    except FontMissing as error:
        raise ConfigError(str(error)) from error

    def reason(instruction: Instruction) -> str:
        try:
            press.check(instruction)
        except DoesNotFit as error:
            return str(error)
        except Exception as error:
            tell(LabelNotDrawn(instruction.order, **fault(error)))
            return "the label could not be drawn, by a fault of the desk's program; its log says more"
        return ""

    return reason


def _without_label(instruction: Instruction) -> str:
    if instruction.ship_from is not None:
        return ""
    return "ship_from: is missing, and this desk knows no merchants: give the sender, or the desk a section [label]"
