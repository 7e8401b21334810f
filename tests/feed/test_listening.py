"""A feed that is served on the caller's thread, as the desk's is, on a real mosquitto."""

import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from pathlib import Path

import pytest

from station.config.broker import Broker
from station.feed.mqtt import Arrived, Connected, Feed, FeedEvent, Lost, Session, Subscription
from station.inbox import Inbox
from tests.sites import free_port, listening, running_broker

TOPIC, LAST = "packing/test/orders/A/holds/1", "packing/test/desk/status"
WITHIN_S = 10.0


class Served:
    """A feed, listened to until something is posted."""

    def __init__(self, port: int) -> None:
        """Not yet connected."""
        self.posted: list[FeedEvent] = []
        self.woken: Inbox[None] = Inbox()
        self.feed = Feed(
            Broker(host="127.0.0.1", port=port),
            "desk",
            self.posted.append,
            subscriptions=(Subscription("packing/test/orders/+/holds/+"),),
            session=Session.NONE,
        )

    def listen_for(self, kind: type[FeedEvent]) -> FeedEvent:
        """The first event of a kind; those before it are dropped."""
        until_s = time.monotonic() + WITHIN_S
        while time.monotonic() < until_s:
            while self.posted:
                event = self.posted.pop(0)
                if isinstance(event, kind):
                    return event
            self.feed.listen(0.1, self.woken.fileno())
        raise AssertionError(f"no {kind.__name__} within {WITHIN_S:g} s")

    def listen_until(self, is_so: Callable[[], bool]) -> None:
        """Until it is."""
        until_s = time.monotonic() + WITHIN_S
        while not is_so():
            assert time.monotonic() < until_s
            self.feed.listen(0.1, self.woken.fileno())


def test_what_is_published_to_it_and_by_it_arrives_while_nobody_else_serves_it(tmp_path: Path) -> None:
    with running_broker(tmp_path) as site, listening(site, "packing/test/#") as others:
        served = Served(site.port)
        served.listen_for(Connected)
        others.publish(TOPIC, b"hold")
        arrived = served.listen_for(Arrived)
        assert isinstance(arrived, Arrived)
        assert (arrived.topic, arrived.payload) == (TOPIC, b"hold")
        served.feed.acknowledge(arrived.receipt)
        taken = served.feed.publish("packing/test/answer", b"stopped")
        others.wait_for(lambda message: message.payload == b"stopped")
        assert taken is not None
        served.listen_until(taken)
        served.feed.close()


def test_a_broker_that_comes_back_is_connected_to_again(tmp_path: Path) -> None:
    with running_broker(tmp_path) as site:
        served = Served(site.port)
        served.listen_for(Connected)
        site.kill_broker()
        served.listen_for(Lost)
        assert not served.feed.publish("packing/test/answer", b"to nobody")
    with running_broker(tmp_path, port=site.port) as site:
        served.listen_for(Connected)
        with listening(site) as others:
            others.publish(TOPIC, b"hold")
            served.listen_for(Arrived)
        served.feed.close()


def test_without_a_broker_it_says_so_and_returns_in_its_time() -> None:
    served = Served(free_port())
    served.listen_for(Lost)
    begun_s = time.monotonic()
    served.feed.listen(0.1, served.woken.fileno())
    assert time.monotonic() - begun_s < 1
    served.feed.close()


def test_its_last_word_is_out_when_it_is_closed(tmp_path: Path) -> None:
    with running_broker(tmp_path) as site, listening(site, "packing/test/#") as others:
        served = Served(site.port)
        served.listen_for(Connected)
        served.feed.close(last=(LAST, b"down"))
        others.wait_for(lambda message: message.topic == LAST)


def test_what_another_thread_posts_ends_the_wait_with_and_without_a_broker(tmp_path: Path) -> None:
    with running_broker(tmp_path) as site:
        for port in (site.port, free_port()):
            served = Served(port)
            served.listen_for(Connected if port == site.port else Lost)
            poster = threading.Timer(0.1, served.woken.post, args=(None,))
            poster.start()
            begun_s = time.monotonic()
            while served.woken.empty():
                served.feed.listen(20, served.woken.fileno())
            assert time.monotonic() - begun_s < 10
            served.feed.close()


def test_a_broker_that_lets_nobody_in_keeps_nobody_waiting() -> None:
    with socket.create_server(("127.0.0.1", 0), backlog=1) as mute:
        served = Served(mute.getsockname()[1])
        begun_s = time.monotonic()
        for _ in range(3):
            served.feed.listen(0.1, served.woken.fileno())
        assert time.monotonic() - begun_s < 2
        served.feed.close()


@pytest.mark.parametrize("ends", [False, True])
def test_finding_out_why_there_is_no_broker_keeps_nobody_waiting(monkeypatch: pytest.MonkeyPatch, ends: bool) -> None:
    """A host that is off answers no packet: looking for the reason takes seconds. ``ends``: what is there hangs up."""

    def slowly(*_: object) -> str:
        time.sleep(1.5)
        return "because"

    monkeypatch.setattr("station.feed.mqtt.why_no_connection", slowly)
    with hanging_up() if ends else nullcontext(free_port()) as port:
        served, longest_s = Served(port), 0.0
        until_s = time.monotonic() + WITHIN_S
        while Lost("because") not in served.posted and time.monotonic() < until_s:
            begun_s = time.monotonic()
            served.feed.listen(0.1, served.woken.fileno())
            longest_s = max(longest_s, time.monotonic() - begun_s)
        assert Lost("because") in served.posted
        assert longest_s < 1
        served.feed.close()


@contextmanager
def hanging_up() -> Iterator[int]:
    """A port on which every connection ends at once."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                server.accept()[0].close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)


@pytest.mark.parametrize("listens", [True, False])
def test_a_subscription_that_was_refused_is_asked_for_again(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, listens: bool
) -> None:
    """As a cluster does that has just lost a node. ``listens``: on the caller's thread, as the programs do."""
    monkeypatch.setattr("station.feed.mqtt.SUBSCRIBE_AGAIN_S", 0.2)
    with refusing_subscriptions(2) as (port, asked):
        served = Served(port)
        if not listens:
            served.feed.start()
        until_s = time.monotonic() + WITHIN_S
        while len(asked) < 3 and time.monotonic() < until_s:
            if listens:
                served.feed.listen(0.1, served.woken.fileno())
            else:
                time.sleep(0.02)
        time.sleep(0.5)
        assert asked == [b"packing/test/orders/+/holds/+"] * 3
        assert served.posted == [Connected()]
        assert "refuses the subscription to packing/test/orders/+/holds/+" in caplog.text
        served.feed.close()


def test_a_broker_of_another_version_is_told_with_the_setting_that_mends_it() -> None:
    with refusing_connections(b"\x20\x02\x00\x01") as port:  # CONNACK of MQTT 3.1.1: unacceptable protocol version
        served = Served(port)
        lost = served.listen_for(Lost)
        assert isinstance(lost, Lost)
        assert 'set broker.mqtt_version = "3.1.1"' in lost.reason
        served.feed.close()


@contextmanager
def refusing_subscriptions(times: int) -> Iterator[tuple[int, list[bytes]]]:
    """A broker of one client that grants its subscription only after so many refusals; and what it was asked for."""
    asked: list[bytes] = []

    def serve() -> None:
        with suppress(OSError):
            line = server.accept()[0]
            line.recv(4096)
            line.sendall(b"\x20\x03\x00\x00\x00")  # CONNACK, MQTT 5
            while packet := line.recv(4096):
                if packet[0] == 0x82:  # SUBSCRIBE: length, id, properties, length of the topic, topic, options
                    asked.append(packet[7:-1])
                    code = b"\x87" if len(asked) <= times else b"\x01"
                    line.sendall(b"\x90\x04" + packet[2:4] + b"\x00" + code)

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1], asked
        server.shutdown(socket.SHUT_RDWR)


@contextmanager
def refusing_connections(connack: bytes) -> Iterator[int]:
    """A port on which every CONNECT gets this answer."""

    def serve() -> None:
        with suppress(OSError):
            while True:
                line = server.accept()[0]
                line.recv(4096)
                line.sendall(connack)
                line.close()

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
