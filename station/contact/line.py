"""One command's connection to the broker, and the talk on it."""

import argparse
import queue
import secrets
import sys
from collections.abc import Callable, Iterator
from types import TracebackType
from typing import Self

from station.clock import elapsed_s
from station.config.contact import ContactConfig
from station.config.reading import read_config
from station.contact.asking import Answer, Asking, M
from station.contact.exits import Exit
from station.contact.phrases import Say, both
from station.feed.mqtt import Arrived, Broken, Connected, Denied, Feed, FeedEvent, Lost, Session, Subscription
from station.protocol.codec import Invalid
from station.protocol.status import decode_desk_status
from station.protocol.topics import Address, StatusOfDesk, Topics


class NotAllowed(Exception):
    """The broker refuses what is published here."""


class Line:
    """A connection of its own, under a client id of its own, of which the broker keeps nothing.

    It hears the desk's status besides what it is made for, so that silence can be explained.
    """

    def __init__(self, config: ContactConfig, *subscriptions: str) -> None:
        """Raises ConfigError where certificates or passwords cannot be read."""
        self.topics = Topics(config.site.prefix)
        self._config = config
        self._inbox: queue.SimpleQueue[FeedEvent] = queue.SimpleQueue()
        self._status_topic = self.topics.of(StatusOfDesk())
        self._lost = f"{config.broker.host}:{config.broker.port} has not answered yet"
        self._desk_is_up: bool | None = None
        self._epoch = ""
        self._feed = Feed(
            config.broker,
            f"{config.name}-{secrets.token_hex(4)}",
            self._inbox.put,
            subscriptions=tuple(map(Subscription, {*subscriptions, self._status_topic})),
            session=Session.NONE,
        )

    def __enter__(self) -> Self:
        """Begin to connect."""
        self._feed.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave."""
        self._feed.close()

    def ask(self, asking: Asking[M], beside: Callable[[Arrived], None] = lambda _message: None) -> Iterator[Answer[M]]:
        """Publish what is due and yield what becomes of it, until nothing is under way.

        ``beside`` gets what arrives and is no answer. Raises NotAllowed.
        """
        while True:
            for question in asking.due(elapsed_s()):
                self._feed.publish(question.topic, question.payload)
            if asking.done:
                return
            event = self.next_event(asking.next_s())
            if isinstance(event, Connected):
                asking.again()
            elif isinstance(event, Arrived):
                try:
                    answer = asking.heard(event.topic, event.payload, elapsed_s())
                except Invalid as error:
                    say_aside(Say.UNREADABLE, topic=event.topic, reason=str(error))
                    continue
                if answer is None:
                    beside(event)
                else:
                    yield answer
            yield from asking.given_up(elapsed_s())

    def next_event(self, until_s: float) -> Connected | Arrived | None:
        """What happens next; None where nothing does until then. Raises NotAllowed.

        A message is acknowledged here: a command that only tells has nothing to make durable.
        """
        try:
            event = self._inbox.get(timeout=max(0.0, until_s - elapsed_s()))
        except queue.Empty:
            return None
        match event:
            case Connected():
                self._lost = ""
                return event
            case Arrived():
                self._feed.acknowledge(event.receipt)
                if event.topic == self._status_topic:
                    self._note_desk(event.payload)
                return event
            case Lost(reason):
                self._lost = reason
                return None
            case Denied(reason):
                raise NotAllowed(both(Say.DENIED, name=self._config.name, reason=reason))
            case Broken(error):
                raise error

    def is_now(self, epoch: str) -> bool:
        """Whether this is the desk's epoch, as far as its status is known."""
        return self._epoch in ("", epoch)

    def why_silent(self) -> str:
        """What is known of why nobody answers."""
        if not self._feed.connected:
            return both(Say.NO_BROKER, reason=self._lost)
        return both({None: Say.NO_DESK, False: Say.DESK_DOWN, True: Say.DESK_SILENT}[self._desk_is_up])

    def _note_desk(self, payload: bytes) -> None:
        try:
            status = decode_desk_status(payload)
        except Invalid:
            self._desk_is_up = None
        else:
            self._desk_is_up, self._epoch = status.up, status.epoch


def on_line(
    arguments: argparse.Namespace,
    subscriptions: Callable[[Topics, ContactConfig], tuple[Address | str, ...]],
    talk: Callable[[Line, ContactConfig], Exit],
) -> int:
    """Connect, talk, leave; the exit status. Raises ConfigError."""
    config = read_config(arguments.config, ContactConfig)
    topics = Topics(config.site.prefix)
    patterns = (each if isinstance(each, str) else topics.of(each) for each in subscriptions(topics, config))
    try:
        with Line(config, *patterns) as line:
            return talk(line, config)
    except NotAllowed as error:
        print(error, file=sys.stderr)
        return Exit.NOT_ALLOWED


def say_aside(key: Say, **facts: object) -> None:
    """A line beside the answers, on standard error."""
    print(both(key, **facts), file=sys.stderr, flush=True)
