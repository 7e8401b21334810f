"""One connection to the broker, from its first word to its end; every answer is awaited, for a bounded time."""

import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum, auto
from types import TracebackType
from typing import Any, Self

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTErrorCode
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

from station.brokercheck.identities import Identity
from station.clock import elapsed_s
from station.config.broker import MqttVersion
from station.feed.mqtt import password, tls_context, without_delay
from station.feed.refusal import VERSION_REFUSED, why_no_connection, why_refused

ANSWER_S = 5.0
"""The longest wait for any one answer: the desk's own is promised within one."""
KEEPALIVE_S = 20
IN_FLIGHT = 100
SESSION_S = 600
"""How long a kept session of ours stays at most: one that a cut check left behind goes by itself (MQTT 5)."""


class Unreachable(Exception):
    """There is no connection. The text says why, and what to do."""


class Refused(Unreachable):
    """The broker does not let this one in, and would not the next time."""


class WrongVersion(Refused):
    """The broker does not speak the version that it was asked in."""


_REFUSALS = {VERSION_REFUSED: WrongVersion, "Server unavailable": Unreachable, "Server busy": Unreachable}


class Ended(Exception):
    """The connection ended though nobody here had ended it."""


class Verdict(Enum):
    """What the broker answered to a publish."""

    TAKEN = auto()
    DENIED = auto()
    ENDED = auto()
    """It ended the connection instead."""
    SILENT = auto()


@dataclass(frozen=True, slots=True)
class Heard:
    """A message."""

    topic: str
    payload: bytes
    retained: bool
    mid: int
    qos: int


class Call:
    """One connection of an identity, under a client id."""

    def __init__(
        self,
        identity: Identity,
        client_id: str,
        version: MqttVersion,
        *,
        clean: bool = True,
        acknowledges: bool = True,
        will: tuple[str, bytes] | None = None,
        answer: Callable[["Call", Heard], None] = lambda _call, _heard: None,
    ) -> None:
        """Connected when this returns. Raises Unreachable, ConfigError.

        ``clean``: the broker keeps nothing; else a session from the connection before and to the next. ``answer`` is
        told of each message when it comes. ``will`` is retained, as the programs' are.
        """
        self.identity = identity
        self.heard: list[Heard] = []
        self.session_present = False
        self._acknowledges = acknowledges
        self._answer = answer
        self._changed = threading.Condition()
        self._refusal: ReasonCode | None = None
        self._connected = self._ended = False
        self._verdicts: dict[int, Verdict] = {}
        self._granted: dict[int, bool] = {}
        self._client = self._build(client_id, version, clean, will)
        self._connect(version, clean)

    def _build(self, client_id: str, version: MqttVersion, clean: bool, will: tuple[str, bytes] | None) -> paho.Client:
        five, broker = version == "5", self.identity.broker
        client = paho.Client(
            CallbackAPIVersion.VERSION2,
            client_id,
            clean_session=None if five else clean,
            protocol=paho.MQTTv5 if five else paho.MQTTv311,
            manual_ack=True,
            reconnect_on_failure=False,
        )
        client.connect_timeout = ANSWER_S
        client.max_inflight_messages_set(IN_FLIGHT)
        if broker.username is not None:
            client.username_pw_set(broker.username, password(broker))
        self._tls = None if broker.tls is None else tls_context(broker.tls)
        if self._tls is not None:
            client.tls_set_context(self._tls)
        if will is not None:
            client.will_set(*will, qos=1, retain=True)
        client.on_socket_open = without_delay
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        return client

    def _connect(self, version: MqttVersion, clean: bool) -> None:
        broker, options = self.identity.broker, dict[str, Any]()
        if version == "5":
            properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
            properties.SessionExpiryInterval = 0 if clean else SESSION_S
            options = {"clean_start": clean, "properties": properties}
        try:
            self._client.connect(broker.host, broker.port, KEEPALIVE_S, **options)
        except (OSError, ValueError) as error:
            raise Unreachable(why_no_connection(broker.host, broker.port, self._tls)) from error
        self._client.loop_start()
        answered = self.wait(lambda: self._connected or self._ended or self._refusal)
        if self._connected:
            return
        self._client.loop_stop()
        if self._refusal is not None:
            kind = _REFUSALS.get(str(self._refusal), Refused)
            raise kind(why_refused(self._refusal))
        if answered:
            raise Unreachable(why_no_connection(broker.host, broker.port, self._tls))
        raise Unreachable(
            f"{broker.host}:{broker.port} takes the connection and then says nothing: is it an MQTT broker?"
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Leave, politely."""
        self._client.disconnect()
        self._client.loop_stop()

    def cut(self) -> None:
        """Break off without a word, as a power cut does."""
        connection = self._client.socket()
        if connection is not None:
            with suppress(OSError):
                socket.socket.shutdown(connection, socket.SHUT_RDWR)  # type: ignore[arg-type]  # paho's word for it
        self.wait(lambda: self._ended)
        self._client.loop_stop()

    @property
    def ended(self) -> bool:
        """Whether the connection stands no more."""
        return self._ended

    def wait(self, is_so: Callable[[], object], timeout_s: float = ANSWER_S) -> bool:
        """Until something is so; whether it came to be."""
        with self._changed:
            return bool(self._changed.wait_for(is_so, timeout_s))

    def subscribe(self, topics: str, qos: int = 1) -> bool:
        """Whether the broker grants it. Raises Ended."""
        _, mid = self._client.subscribe(topics, qos)
        if not self.wait(lambda: mid in self._granted or self._ended) or mid not in self._granted:
            raise Ended(f"no answer to a subscription of {self.identity} to {topics}")
        return self._granted[mid]

    def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> Verdict:
        """Say something, and what the broker answers. On MQTT 3.1.1 TAKEN says nothing about rights."""
        said = self._client.publish(topic, payload, qos, retain)
        if said.rc not in (MQTTErrorCode.MQTT_ERR_SUCCESS, MQTTErrorCode.MQTT_ERR_QUEUE_SIZE):
            return Verdict.ENDED
        self.wait(lambda: said.mid in self._verdicts or self._ended)
        return self._verdicts.get(said.mid, Verdict.ENDED if self._ended else Verdict.SILENT)

    def publish_all(self, topic: str, payloads: list[bytes], timeout_s: float) -> int:
        """Say many things at once; how many of them the broker acknowledged in time."""
        mids = {self._client.publish(topic, payload, 1).mid for payload in payloads}
        self.wait(lambda: self._ended or mids <= self._verdicts.keys(), timeout_s)
        return sum(self._verdicts.get(mid) is Verdict.TAKEN for mid in mids)

    def send(self, topic: str, payload: bytes, qos: int) -> None:
        """Say something and wait for nothing."""
        self._client.publish(topic, payload, qos)

    def acknowledge(self, heard: Heard) -> None:
        """Take a message off the broker's hands."""
        self._client.ack(heard.mid, heard.qos)

    def hears(self, topic: str, payload: bytes, timeout_s: float = ANSWER_S) -> bool:
        """Whether this message comes."""
        return self.wait(lambda: self._ended or self._has(topic, payload), timeout_s) and self._has(topic, payload)

    def _has(self, topic: str, payload: bytes) -> bool:
        return any(each.topic == topic and each.payload == payload for each in self.heard)

    def _on_connect(self, _client: object, _data: object, flags: Any, code: ReasonCode, *_: object) -> None:
        with self._changed:
            if code.is_failure:
                self._refusal = code
            else:
                self._connected, self.session_present = True, bool(flags.session_present)
            self._changed.notify_all()

    def _on_disconnect(self, *_: object) -> None:
        with self._changed:
            self._ended = True
            self._changed.notify_all()

    def _on_message(self, client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        heard = Heard(message.topic, bytes(message.payload), message.retain, message.mid, message.qos)
        if self._acknowledges:
            client.ack(message.mid, message.qos)
        self._answer(self, heard)
        with self._changed:
            self.heard.append(heard)
            self._changed.notify_all()

    def _on_publish(self, _client: object, _data: object, mid: int, code: ReasonCode, *_: object) -> None:
        with self._changed:
            self._verdicts[mid] = Verdict.DENIED if code.is_failure else Verdict.TAKEN
            self._changed.notify_all()

    def _on_subscribe(self, _client: object, _data: object, mid: int, codes: list[ReasonCode], *_: object) -> None:
        with self._changed:
            self._granted[mid] = not any(code.is_failure for code in codes)
            self._changed.notify_all()


def elapsed_ms(began_s: float) -> float:
    """Milliseconds since then."""
    return (elapsed_s() - began_s) * 1000
