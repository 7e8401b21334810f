"""A plain MQTT client, as any contact center could use: asks one thing at a time, or keeps many under way."""

import queue
import threading
import time
from collections.abc import Callable, Iterable
from typing import NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion

from tests.performance.floors import without_delay

TIMEOUT_S = 10.0


class Said(NamedTuple):
    """A message that came, or is to be published."""

    topic: str
    payload: bytes


class Publisher:
    """One connection. Acknowledges by itself: nothing is committed here."""

    def __init__(self, port: int, subscriptions: Iterable[str]) -> None:
        """Connect and subscribe."""
        self._arrived: queue.SimpleQueue[tuple[float, Said]] = queue.SimpleQueue()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=paho.MQTTv5)
        self._client.max_inflight_messages_set(1000)
        self._client.on_socket_open = without_delay
        self._client.on_message = self._on_message
        self._take: Callable[[Said], Said | None] | None = None
        self._answered = 0
        self._failed: BaseException | None = None
        self._drained = threading.Event()
        self._under_way = 0
        subscribed = threading.Event()
        self._client.on_subscribe = lambda *_: subscribed.set()
        self._client.connect("127.0.0.1", port)
        self._client.subscribe([(topic, 1) for topic in subscriptions])
        self._client.loop_start()
        if not subscribed.wait(TIMEOUT_S):
            raise TimeoutError("the broker does not answer")

    def close(self) -> None:
        """Disconnect."""
        self._client.disconnect()
        self._client.loop_stop()

    def publish(self, said: Said) -> None:
        """Publish, QoS 1."""
        self._client.publish(*said, qos=1)

    def ask(self, said: Said, answer_topic: str) -> tuple[float, bytes]:
        """Publish and wait for what comes on a topic: seconds between the two, and the payload."""
        asked_s = time.monotonic()
        self.publish(said)
        arrived_s, payload = self.wait_for(answer_topic)
        return arrived_s - asked_s, payload

    def wait_for(self, topic: str) -> tuple[float, bytes]:
        """When a message came on a topic, and its payload; what comes on others until then is dropped."""
        while True:
            try:
                arrived_s, said = self._arrived.get(timeout=TIMEOUT_S)
            except queue.Empty:
                raise TimeoutError(f"nothing came on {topic} within {TIMEOUT_S:g} s") from None
            if said.topic == topic:
                return arrived_s, said.payload

    def answers_a_second(self, first: Iterable[Said], take: Callable[[Said], Said | None], seconds: float) -> float:
        """Keep as many messages under way as ``first`` has, for some time; how many answers came in a second.

        ``take`` makes of an answer the next message, or None where it is no answer.
        """
        until_s = time.monotonic() + seconds

        def next_said(said: Said) -> Said | None:
            following = take(said)
            if following is None:
                return None
            self._answered += 1
            if time.monotonic() < until_s:
                return following
            self._under_way -= 1
            if not self._under_way:
                self._drained.set()
            return None

        messages = list(first)
        self._answered, self._under_way = 0, len(messages)
        self._drained.clear()
        self._take = next_said
        begun_s = time.monotonic()
        for message in messages:
            self.publish(message)
        drained = self._drained.wait(seconds + TIMEOUT_S)
        elapsed_s = time.monotonic() - begun_s
        self._take = None
        if self._failed is not None:
            raise self._failed
        if not drained:
            raise TimeoutError(f"{self._under_way} of {len(messages)} messages under way were not answered")
        return self._answered / elapsed_s

    def _on_message(self, _client: paho.Client, _data: object, message: paho.MQTTMessage) -> None:
        said = Said(message.topic, bytes(message.payload))
        if self._take is None:
            self._arrived.put((time.monotonic(), said))
            return
        try:
            following = self._take(said)
        except Exception as error:
            self._failed = error
            self._drained.set()
            return
        if following is not None:
            self.publish(following)
