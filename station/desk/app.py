"""The desk, put together: the only file of it that names concrete edges."""

import logging
import signal
from importlib.metadata import version
from pathlib import Path

import msgspec

from station.clock import elapsed_s, wall_clock
from station.config.desk import DeskConfig
from station.config.reading import ConfigError
from station.desk.arrivals import Printable
from station.desk.core.facts import RecallRules
from station.desk.loop import DeskLoop, Stop
from station.desk.postal_codes import listed_contradictions
from station.desk.store import Store
from station.feed.mqtt import Arrived, Connected, Feed, FeedEvent, Session, Subscription, Taken
from station.protocol.codec import encode
from station.protocol.instruction import Instruction
from station.protocol.status import DeskStatus
from station.protocol.topics import HoldOn, InstructionOf, QueryFrom, RequestFrom, StatusOf, StatusOfDesk, Topics
from station.sqlite import full_disk
from station.upkeep.notify import Notifier
from station.upkeep.now import DeskNow, Now, Window
from station.upkeep.room import wait_for_room

log = logging.getLogger(__name__)

DAY_S = 86_400
HEARS = {InstructionOf: 0, HoldOn: 1, RequestFrom: 1, QueryFrom: 1, StatusOf: 1}
"""With which QoS. Instructions hold personal data, which no broker shall keep."""


def run_desk(config: DeskConfig, *, restored: bool = False) -> int:
    """Run the desk until a signal ends it; the exit status. Raises ConfigError, StoreUnusable."""
    topics = Topics(config.site.prefix)
    notifier = Notifier()
    window = _window(config)
    _wait_for_room(config, topics, notifier, window)
    store = Store(
        Path(config.database),
        roster=frozenset(config.stations),
        supervisors=frozenset(config.supervisors),
        recall_rules=RecallRules(config.recall.at_bench_s, config.recall.answer_s),
        restored=restored,
    )
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
    log.info("desk of site %s: epoch %s, %d stations", config.site.name, store.desk.epoch, len(config.stations))
    notifier.ready(_doing(config, store, connected=False))
    try:
        tell_status(loop)
        loop.run(feed.listen)
    finally:
        notifier.stopping()
        feed.close(last=(status_topic, down))
        store.close()
        window.close()
    return 0


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


def _wait_for_room(config: DeskConfig, topics: Topics, notifier: Notifier, window: Window) -> None:
    """On a full disk nothing can be decided, and nothing is answered. Say so in the status, until there is room."""
    reason = full_disk(Path(config.database))
    if not reason:
        return
    log.error("%s; waiting until there is room", reason)
    topic = topics.of(StatusOfDesk())
    waiting = DeskStatus(up=False, disk_full=True, software=version("packing-station"))
    full = encode(waiting)

    def tell(event: FeedEvent) -> None:
        if isinstance(event, Connected):
            feed.publish(topic, full, retain=True)

    def tell_now(words: str) -> None:
        window.show(DeskNow(at_s=elapsed_s(), doing=words, broker=feed.connected, status=waiting))

    feed = Feed(config.broker, "desk", tell, subscriptions=(), session=Session.NONE, will=(topic, full))
    try:
        feed.start()
        wait_for_room(Path(config.database), notifier, tell_now)
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
        except Exception:
            log.exception("order %s: its label could not be drawn", instruction.order)
            return "the label could not be drawn, by a fault of the desk's program; its log says more"
        return ""

    return reason


def _without_label(instruction: Instruction) -> str:
    if instruction.ship_from is not None:
        return ""
    return "ship_from: is missing, and this desk knows no merchants: give the sender, or the desk a section [label]"
