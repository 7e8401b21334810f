"""The desk, put together: the only file of it that names concrete edges."""

import logging
import signal
import sqlite3
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

from station.clock import wall_clock
from station.config.desk import DeskConfig
from station.config.encryption import keys
from station.config.reading import ConfigError
from station.database.damage import check, missing
from station.database.files import DAMAGED, Lock, set_aside
from station.desk.arrivals import Printable
from station.desk.core.facts import RecallRules
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
from station.upkeep.notify import Notifier
from station.upkeep.room import wait_until_usable

log = logging.getLogger(__name__)

DAY_S = 86_400
TRY_AGAIN = 75
"""Exit status that asks for a new start (EX_TEMPFAIL of sysexits.h)."""
HEARS = {InstructionOf: 0, HoldOn: 1, RequestFrom: 1, QueryFrom: 1, StatusOf: 1}
"""With which QoS. Instructions hold personal data, which no broker shall keep."""


def run_desk(config: DeskConfig, *, restored: bool = False) -> int:
    """Run the desk until a signal ends it; the exit status. Raises ConfigError, StoreUnusable."""
    topics, notifier, database = Topics(config.site.prefix), Notifier(), Path(config.database)
    _wait_until_usable(config, topics, notifier)
    with Lock(database):
        try:
            check(database, TABLES, REMEDY)
            with closing(_opened(config, restored=restored)) as store:
                return _run(config, topics, notifier, store)
        except (StoreUnusable, sqlite3.Error) as error:
            if not is_damage(error):
                raise
            aside = set_aside(database, DAMAGED)
            log.critical("%s: it is set aside as %s, and nothing is decided without a person's word", error, aside)
            return TRY_AGAIN


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


def _run(config: DeskConfig, topics: Topics, notifier: Notifier, store: Store) -> int:
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
        progress=notifier.progress,
        doing=notifier.status,
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
    notifier.ready("no broker yet; connecting")
    try:
        loop.run(feed.listen)
    finally:
        notifier.stopping()
        feed.close(last=(status_topic, down))
    return 0


def _wait_until_usable(config: DeskConfig, topics: Topics, notifier: Notifier) -> None:
    """On a full disk, and without the database that there was, nothing can be decided, and nothing is answered. Say so
    in the status, until that has changed."""
    database = Path(config.database)

    def lacking() -> str:
        return full_disk(database) or missing(database)

    reason = lacking()
    if not reason:
        return
    log.error("%s; nothing is decided until then", reason)
    topic, is_full = topics.of(StatusOfDesk()), bool(full_disk(database))
    status = DeskStatus(up=False, disk_full=is_full, database_lost=not is_full, software=version("packing-station"))

    def tell(event: FeedEvent) -> None:
        if isinstance(event, Connected):
            feed.publish(topic, encode(status), retain=True)

    feed = Feed(config.broker, "desk", tell, subscriptions=(), session=Session.NONE, will=(topic, encode(status)))
    try:
        feed.start()
        wait_until_usable(lacking, notifier)
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
