"""One MQTT connection: what arrives is posted, what is published goes out at once or not at all.

Nothing rests on the client's or the broker's memory (hold protocol, sections 1 and 5): a publish without a connection
is dropped here, since whoever needs an answer says it again. Messages are acknowledged by hand, after the commit, and
only in the connection that they came in: paho would acknowledge another message otherwise.
"""

import math
import os
import select
import socket
import ssl
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from enum import Enum, auto
from pathlib import Path
from typing import Any

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from station.config.broker import Broker, Tls
from station.config.reading import ConfigError, secret
from station.feed.refusal import why_no_connection, why_refused
from station.telemetry.messages import SubscriptionRefused
from station.telemetry.telling import tell

RECONNECT_MIN_S = 1
RECONNECT_MAX_S = 2  # a packer should not have to wait for it when the broker is there again
INFLIGHT = 100
PACKETS_AT_ONCE = 64
"""Read before any of them is decided on: the desk commits what lies together at once."""
SUBSCRIBE_AGAIN_S = 5
"""After a broker refused a subscription."""
MISC_INTERVAL_S = 0.5
"""How often paho looks whether a ping is due: it asks for at least once a second."""


Taken = Callable[[], bool]
"""Whether the broker has acknowledged a message: also one that it refused, which is posted as `Denied`."""


class Session(Enum):
    """What the broker keeps for a client that is away."""

    KEPT = auto()
    """Everything, from the connection before."""
    BEGUN = auto()
    """Everything from this start on: the journal is new, and what the old one lacked is not for it."""
    NONE = auto()
    """Nothing: a command that ends."""


_CLEAN_START = {Session.KEPT: False, Session.BEGUN: paho.MQTT_CLEAN_START_FIRST_ONLY, Session.NONE: True}


@dataclass(frozen=True, slots=True)
class Receipt:
    """What acknowledges a message: good in the connection that it came in, and nowhere else."""

    generation: int
    mid: int
    qos: int


@dataclass(frozen=True, slots=True)
class Connected:
    """The connection stands and everything is subscribed."""


@dataclass(frozen=True, slots=True)
class Lost:
    """There is no connection; it is tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message, not yet acknowledged."""

    topic: str
    payload: bytes
    retained: bool
    receipt: Receipt
    at_s: float = field(default_factory=time.monotonic, compare=False)
    """When, by CLOCK_MONOTONIC."""


@dataclass(frozen=True, slots=True)
class Denied:
    """The broker refused what was published here (only MQTT 5 tells)."""

    reason: str


@dataclass(frozen=True, slots=True)
class Broken:
    """A callback failed: a fault of this program, which must not go on without its feed."""

    error: BaseException


FeedEvent = Connected | Lost | Arrived | Denied | Broken


@dataclass(frozen=True, slots=True)
class Subscription:
    """A topic filter. QoS 0 where what comes must not wait in the broker: personal data."""

    topics: str
    qos: int = 1


class Feed:
    """One client id, one connection at a time."""

    def __init__(
        self,
        broker: Broker,
        client_id: str,
        post: Callable[[FeedEvent], None],
        *,
        subscriptions: tuple[Subscription, ...],
        session: Session,
        will: tuple[str, bytes] | None = None,
    ) -> None:
        """Raises ConfigError where certificates or passwords cannot be read."""
        self._broker = broker
        self._post = post
        self._subscriptions = subscriptions
        self._session = session
        self._generation = 0
        self._subscribing: dict[int, tuple[Subscription, ...]] = {}
        """What was asked for in this connection and is not answered yet, by the packet's id."""
        self._denied: tuple[Subscription, ...] = ()
        self._subscribe_at_s = 0.0
        self._subscribe_lock = threading.Lock()
        self._retry_at_s = 0.0
        self._misc_at_s = 0.0
        self._connecting: threading.Thread | None = None
        self._connecting_ended = os.eventfd(0, os.EFD_CLOEXEC | os.EFD_NONBLOCK)
        self._why_not = ""
        self._listens = False
        self._unexplained = False
        self._refused = False
        self._closing = False
        self._tls = None if broker.tls is None else tls_context(broker.tls)
        self._connected = threading.Event()
        self._client = self._build(client_id, will)
        self._address_broker()

    def start(self) -> None:
        """Connect, and go on until closed, on a thread of its own. A broker that is not there is nothing unusual."""
        self._client.loop_start()

    def listen(self, timeout_s: float, until: int) -> None:
        """Connect and go on, on the caller's thread instead, which is spared two changes of thread a message.

        Returns when something came, when the time has passed, or when the eventfd ``until`` was set, and reads that;
        call it again and again. All that is posted is posted on this thread.
        """
        self._listens = True
        connection = None if self._connecting else self._client.socket()
        if connection is None:
            self._connect_if_due()
            self._await_connection(timeout_s, until)
            return
        poll = select.poll()
        poll.register(until, select.POLLIN)
        poll.register(connection, select.POLLIN | (select.POLLOUT if self._client.want_write() else 0))
        for _ in range(PACKETS_AT_ONCE):
            # What TLS has read from the socket already, poll() does not see.
            pending = isinstance(connection, ssl.SSLSocket) and connection.pending() > 0
            ready = dict(poll.poll(0 if pending else math.ceil(timeout_s * 1000)))
            if until in ready:
                os.eventfd_read(until)
            if not pending and connection.fileno() not in ready:
                break
            if self._client.loop_read() != MQTTErrorCode.MQTT_ERR_SUCCESS:
                return
            timeout_s = 0
        if self._client.want_write():
            self._client.loop_write()
        if time.monotonic() >= self._misc_at_s:
            self._misc_at_s = time.monotonic() + MISC_INTERVAL_S
            self._client.loop_misc()
            if self._denied and time.monotonic() >= self._subscribe_at_s:
                self._subscribe_again()

    def _await_connection(self, timeout_s: float, until: int) -> None:
        poll = select.poll()
        poll.register(until, select.POLLIN)
        poll.register(self._connecting_ended, select.POLLIN)
        ready = dict(poll.poll(math.ceil(timeout_s * 1000)))
        if until in ready:
            os.eventfd_read(until)
        if self._connecting_ended in ready:
            os.eventfd_read(self._connecting_ended)
            self._connecting = None
            if self._why_not and not self._closing:
                self._post(Lost(self._why_not))

    def _connect_if_due(self) -> None:
        """On a thread of its own: an attempt can take seconds, and scans must not wait for it."""
        if self._connecting is None and time.monotonic() >= self._retry_at_s:
            self._retry_at_s = time.monotonic() + RECONNECT_MAX_S
            self._connecting = threading.Thread(target=self._connect, name="connecting", daemon=True)
            self._connecting.start()

    def _connect(self) -> None:
        """Try; and find out why the attempt before came to nothing, or this one, which can take seconds too."""
        self._why_not = self._why() if self._unexplained else ""
        self._unexplained = False
        try:
            self._client.reconnect()
        except (OSError, ValueError):  # the latter for a host name that cannot be one
            self._why_not = self._why_not or self._why()
        finally:
            os.eventfd_write(self._connecting_ended, 1)

    def _address_broker(self) -> None:
        five = self._broker.mqtt_version == "5"
        properties = Properties(PacketTypes.CONNECT) if five else None  # type: ignore[no-untyped-call]
        if properties is not None:
            properties.SessionExpiryInterval = 0 if self._session is Session.NONE else self._broker.session_expiry_s
        options: dict[str, Any] = {"clean_start": _CLEAN_START[self._session], "properties": properties} if five else {}
        self._client.connect_async(self._broker.host, self._broker.port, keepalive=self._broker.keepalive_s, **options)

    def close(self, last: tuple[str, bytes] | None = None) -> None:
        """Say a last retained word, where there is a connection, and disconnect. Twice is fine."""
        if self._closing:
            return
        self._closing = True
        if last is not None and self.connected:
            said = self._client.publish(*last, qos=1, retain=True)
            if not self._listens:
                said.wait_for_publish(timeout=1)
        self._client.disconnect()
        self._client.loop_stop()
        self._connected.clear()
        if self._connecting is None:
            os.close(self._connecting_ended)

    @property
    def connected(self) -> bool:
        """Whether the connection stands."""
        return self._connected.is_set()

    def publish(self, topic: str, payload: bytes, *, retain: bool = False, qos: int = 1) -> Taken | None:
        """Publish if there is a connection; None where there is none. With QoS 0 no broker keeps it for who is away."""
        if not self.connected:
            return None
        said = self._client.publish(topic, payload, qos=qos, retain=retain)
        return said.is_published if said.rc == MQTTErrorCode.MQTT_ERR_SUCCESS else None

    def acknowledge(self, receipt: Receipt) -> None:
        """Tell the broker that a message is safe here. One of an earlier connection comes again by itself."""
        if receipt.generation == self._generation and receipt.qos > 0:
            self._client.ack(receipt.mid, receipt.qos)

    def _build(self, client_id: str, will: tuple[str, bytes] | None) -> paho.Client:
        five = self._broker.mqtt_version == "5"
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id=client_id,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            clean_session=None if five else self._session is Session.NONE,
            manual_ack=True,
        )
        client.max_inflight_messages_set(INFLIGHT)
        client.reconnect_delay_set(RECONNECT_MIN_S, RECONNECT_MAX_S)
        if self._broker.username is not None:
            client.username_pw_set(self._broker.username, password(self._broker))
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if will is not None:
            client.will_set(*will, qos=1, retain=True)
        client.on_socket_open = without_delay
        for event in ("connect", "disconnect", "connect_fail", "subscribe", "message", "publish"):
            setattr(client, f"on_{event}", self._guarded(getattr(self, f"_on_{event}")))
        return client

    def _guarded(self, callback: Callable[..., None]) -> Callable[..., None]:
        """An exception would end paho's thread without a word."""

        def guard(*arguments: Any) -> None:
            try:
                callback(*arguments)
            except BaseException as error:
                self._post(Broken(error))

        return guard

    def _on_connect(
        self, _client: paho.Client, _data: object, _flags: object, code: ReasonCode, *_rest: object
    ) -> None:
        self._refused = code.is_failure
        if self._refused:
            self._post(Lost(why_refused(code)))
            return
        self._generation += 1
        self._subscribing, self._denied = {}, ()
        if self._subscriptions:
            self._subscribe(self._subscriptions)
        else:
            self._stands()

    def _subscribe(self, subscriptions: tuple[Subscription, ...]) -> None:
        with self._subscribe_lock:  # the answer may come, on another thread, before its number is known
            mid = self._client.subscribe([(each.topics, each.qos) for each in subscriptions])[1]
            if mid is not None:
                self._subscribing[mid] = subscriptions

    def _on_subscribe(self, _client: object, _data: object, mid: int, codes: list[ReasonCode], *_: object) -> None:
        with self._subscribe_lock:
            asked = self._subscribing.pop(mid, ())
        refused = tuple(each for each, code in zip(asked, codes, strict=False) if code.is_failure)
        if refused:
            topics = ", ".join(each.topics for each in refused)
            tell(SubscriptionRefused(topics))
            self._denied += refused
            self._subscribe_at_s = time.monotonic() + SUBSCRIBE_AGAIN_S
            if not self._listens:
                timer = threading.Timer(SUBSCRIBE_AGAIN_S, self._subscribe_again)
                timer.daemon = True
                timer.start()
        if not self.connected:
            self._stands()

    def _subscribe_again(self) -> None:
        """A cluster that has just lost a node refuses what it grants a moment later: nobody must stay deaf."""
        denied, self._denied = self._denied, ()
        if denied and self.connected:
            self._subscribe(denied)

    def _stands(self) -> None:
        self._connected.set()
        self._post(Connected())

    def _on_disconnect(self, _client: object, _data: object, _flags: object, code: ReasonCode, *_: object) -> None:
        if self._connected.is_set():
            self._connected.clear()
            self._post(Lost(f"the connection to the broker ended: {code}"))
        elif self._refused:
            self._refused = False  # that was said when it was refused
        else:
            self._on_connect_fail()

    def _on_connect_fail(self, *_: object) -> None:
        if self._listens:
            self._unexplained = True  # the caller's thread must not wait for the reason
        elif not self._closing:
            self._post(Lost(self._why()))

    def _why(self) -> str:
        return why_no_connection(self._broker.host, self._broker.port, self._tls)

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        receipt = Receipt(self._generation, message.mid, message.qos)
        self._post(Arrived(_topic(message), bytes(message.payload), message.retain, receipt))

    def _on_publish(self, _client: object, _data: object, _mid: int, code: ReasonCode, *_: object) -> None:
        if code.is_failure:
            self._post(Denied(str(code)))


def tls_context(tls: Tls) -> ssl.SSLContext:
    """Trust this site's authority only, and show this client's certificate. Raises ConfigError."""
    try:
        context = ssl.create_default_context(cafile=secret(tls.ca, "broker.tls.ca"))
        context.load_cert_chain(secret(tls.certificate, "broker.tls.certificate"), secret(tls.key, "broker.tls.key"))
    except (ssl.SSLError, OSError) as error:
        raise ConfigError(
            f"broker.tls: the certificates cannot be used ({error}); make them anew with scripts/make-broker-keys"
        ) from error
    return context


def password(broker: Broker) -> str | None:
    """The password in its file. Raises ConfigError."""
    if broker.password_file is None:
        return None
    return Path(secret(broker.password_file, "broker.password_file")).read_text("utf-8").strip()


def _topic(message: paho.MQTTMessage) -> str:
    """The topic; one that is no UTF-8 becomes a text that no topic of ours equals."""
    try:
        return message.topic
    except UnicodeDecodeError:
        return "\ufffd"


def without_delay(_client: object, _data: object, connection: Any) -> None:
    """A round trip with acknowledgement by hand takes 25 ms otherwise (measured): Nagle meets the delayed ACK."""
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
