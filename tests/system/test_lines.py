"""The lines between our programs and the broker: they break as they are told to, and no word goes by unnoticed."""

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import paho.mqtt.client as paho
import pytest
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from tests.system.brokers import mosquitto
from tests.system.lines import Lines
from tests.system.processes import wait_for
from tests.system.tap import words
from tests.system.wire import HEAD, LATE_S

SAID = b"x" * 3000
BEFORE_S = 0.2
"""What has not come by then does not come."""


@pytest.fixture
def line(short_folder: Path) -> Iterator[tuple[Lines, socket.socket]]:
    """A line to somebody who says everything back, and a connection over it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=_say_back, args=(server,), daemon=True).start()
        lines = Lines(short_folder, {"a": server.getsockname()[1]})
        try:
            with socket.create_connection(("127.0.0.1", lines.port_of("a"))) as connection:
                connection.settimeout(10)
                connection.sendall(b"here")
                assert connection.recv(4) == b"here"
                yield lines, connection
        finally:
            lines.process.cut_off()


def _say_back(server: socket.socket) -> None:
    connection, _ = server.accept()
    with connection, contextlib.suppress(ConnectionResetError):
        while data := connection.recv(65536):
            connection.sendall(data)


def _hear(connection: socket.socket, count: int) -> bytes:
    heard = b""
    while len(heard) < count:
        heard += connection.recv(count - len(heard))
    return heard


def _is_silent(connection: socket.socket) -> bool:
    connection.settimeout(BEFORE_S)
    try:
        connection.recv(1)
    except TimeoutError:
        return True
    finally:
        connection.settimeout(10)
    return False


@pytest.mark.parametrize(("up", "down"), [(True, True), (True, False), (False, True)])
def test_a_stalled_line_holds_everything_until_it_passes_again(
    line: tuple[Lines, socket.socket], up: bool, down: bool
) -> None:
    lines, connection = line
    lines.make("a", "stall", up=up, down=down)
    connection.sendall(SAID)
    assert _is_silent(connection)
    lines.make("a", "pass")
    assert _hear(connection, len(SAID)) == SAID


@pytest.mark.parametrize(("up", "down"), [(True, False), (False, True)])
def test_a_half_open_line_swallows_and_is_cut_when_it_should_pass_again(
    line: tuple[Lines, socket.socket], up: bool, down: bool
) -> None:
    lines, connection = line
    lines.make("a", "swallow", up=up, down=down)
    connection.sendall(SAID)
    assert _is_silent(connection)
    lines.make("a", "pass")
    with pytest.raises(ConnectionResetError):
        _hear(connection, 1)


def test_a_line_can_be_cut(line: tuple[Lines, socket.socket]) -> None:
    lines, connection = line
    lines.make("a", "cut")
    with pytest.raises(ConnectionResetError):
        _hear(connection, 1)


def test_a_dripping_line_brings_everything_in_many_pieces(line: tuple[Lines, socket.socket]) -> None:
    lines, connection = line
    lines.make("a", "drip", up=False)
    began_s = time.monotonic()
    connection.sendall(SAID)
    assert _hear(connection, len(SAID)) == SAID
    assert time.monotonic() - began_s > 0.5


def test_a_late_line_brings_everything_late(line: tuple[Lines, socket.socket]) -> None:
    lines, connection = line
    lines.make("a", "late", up=False)
    began_s = time.monotonic()
    connection.sendall(SAID)
    assert _hear(connection, len(SAID)) == SAID
    assert time.monotonic() - began_s >= LATE_S


@pytest.mark.parametrize("version", [paho.MQTTv5, paho.MQTTv311])
def test_every_word_is_noted_that_goes_to_a_real_broker(short_folder: Path, version: MQTTProtocolVersion) -> None:
    broker = mosquitto(short_folder)
    broker.start()
    lines = Lines(short_folder, {"other": 1, "client": broker.port_of("client")})
    client = paho.Client(CallbackAPIVersion.VERSION2, client_id="client", protocol=version)
    try:
        client.connect("127.0.0.1", lines.port_of("client"))
        client.loop_start()
        wait_for("connected", client.is_connected)
        said = [("a/b", b"", 1), ("a/保留", b"y" * 100_000, 0), ("c", b"z", 1)]
        for topic, payload, qos in said:
            client.publish(topic, payload, qos=qos).wait_for_publish(10)
        wait_for("all is noted", lambda: len(lines.words("client")) == len(said))
        assert [(word.topic, word.payload) for word in lines.words("client")] == [each[:2] for each in said]
        assert lines.words("other") == []
    finally:
        client.disconnect()
        client.loop_stop()
        lines.process.cut_off()
        broker.end()


def test_a_word_that_is_sent_again_is_not_a_new_one_unless_the_first_was_lost(tmp_path: Path) -> None:
    first, copy, lost = (_publish(0x32, b"one"), _publish(0x3A, b"one"), _publish(0x3A, b"two"))
    again = _publish(0x32, b"one")
    record = tmp_path / "record"
    record.write_bytes(_piece(1.0, 1, first[:5]) + _piece(2.0, 1, first[5:]) + _piece(3.0, 2, copy + lost + again))
    assert [(word.at_s, word.payload) for word in words(record, 0)] == [(2.0, b"one"), (3.0, b"two"), (3.0, b"one")]


def _publish(first: int, payload: bytes) -> bytes:
    """An MQTT 3.1.1 PUBLISH at QoS 1."""
    body = b"\x00\x01t" + b"\x00\x07" + payload
    return bytes([first, len(body)]) + body


def _piece(at_s: float, connection: int, data: bytes) -> bytes:
    return HEAD.pack(at_s, 0, connection, len(data)) + data
