"""A site's real programs for tests: mosquitto and the desk as processes, on a free port, in a temporary folder."""

import getpass
import io
import os
import socket
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import paho.mqtt.client as paho
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion

from station.cli import main
from station.protocol.codec import encode
from station.protocol.status import DeskStatus, decode_desk_status
from station.protocol.topics import StatusOfDesk, Topics

STATION = (sys.executable, "-m", "station")
PREFIX = "packing/test"
TIMEOUT_S = 20.0

# As firmware_config/mosquitto/packing.conf, but plain and for everybody.
_MOSQUITTO = """\
user {user}
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_queued_messages 1000000
max_queued_bytes 0
max_inflight_messages 100
message_size_limit 2000000
log_dest file {folder}/mosquitto.log
{more}
"""
_DESK = """\
database = "{folder}/desk.db"
stations = ["station-1", "station-2"]
supervisors = ["floor-lead"]

[site]
name = "test"

[broker]
host = "127.0.0.1"
port = {port}

[label]
"""
_CONTACT = """\
name = "{name}"

[site]
name = "test"

[broker]
host = "127.0.0.1"
port = {port}
"""


class Message(NamedTuple):
    """As it passed the broker."""

    topic: str
    payload: bytes


class Ended(NamedTuple):
    """What a command came to."""

    status: int
    out: str
    err: str


@dataclass(frozen=True)
class Site:
    """A broker, and where the files of its programs are."""

    folder: Path
    port: int
    broker: "subprocess.Popen[bytes] | None" = None

    @property
    def topics(self) -> Topics:
        """The site's topics."""
        return Topics(PREFIX)

    def kill_broker(self) -> None:
        """As a power cut: what it has not written it has forgotten."""
        assert self.broker is not None
        self.broker.kill()
        self.broker.wait()

    def config(self, name: str = "contact-center") -> Path:
        """The contact center's configuration, under a name."""
        path = self.folder / f"{name}.toml"
        path.write_text(_CONTACT.format(name=name, port=self.port))
        return path

    def command(self, *words: str | Path, name: str = "contact-center", config: Path | None = None) -> Ended:
        """Run a command of the contact center to its end; in this process, which is ten times as fast as in its own."""
        out, err = io.StringIO(), io.StringIO()
        with redirect_stdout(out), redirect_stderr(err):
            try:
                status = main([*map(str, words), "--config", str(config or self.config(name))])
            except SystemExit as ended:
                status = int(ended.code or 0)
        return Ended(status, out.getvalue(), err.getvalue())

    @contextmanager
    def running(self, *words: str | Path, name: str = "contact-center") -> Iterator["subprocess.Popen[str]"]:
        """A command of the contact center as a process; it is ended here."""
        with subprocess.Popen(
            [*STATION, *map(str, words), "--config", str(self.config(name))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            encoding="utf-8",
        ) as process:
            try:
                yield process
            finally:
                process.kill()


@contextmanager
def running_broker(
    folder: Path, *, more: str = "", port: int | None = None, settings: str = _MOSQUITTO
) -> Iterator[Site]:
    """mosquitto on a free port; ``more`` goes into its configuration, or other ``settings`` in place of all."""
    port = port or free_port()
    configuration = folder / "mosquitto.conf"
    configuration.write_text(settings.format(port=port, folder=folder, more=more, user=getpass.getuser()))
    environment = {**os.environ, "PATH": f"{os.environ['PATH']}:/usr/sbin"}
    with subprocess.Popen(["mosquitto", "-c", str(configuration)], env=environment) as process:
        try:
            _wait_for_listener(port, process)
            yield Site(folder, port, process)
        finally:
            process.terminate()


@contextmanager
def running_desk(site: Site, *, database: str = "desk.db") -> Iterator["subprocess.Popen[bytes]"]:
    """The desk, from when its status says that it is up. Ends with the site's broker."""
    configuration = site.folder / "desk.toml"
    text = _DESK.format(folder=site.folder, port=site.port)
    configuration.write_text(text.replace("desk.db", database))
    with listening(site, site.topics.of(StatusOfDesk())) as listener, (site.folder / "desk.log").open("ab") as log:
        began = listener.mark()
        with subprocess.Popen([*STATION, "desk", "--config", str(configuration)], stderr=log, stdout=log) as process:
            try:
                listener.wait_for(_says_up, since=began)
                yield process
            finally:
                process.terminate()


class Listener:
    """A client that hears everything under a filter, in the order in which it passed the broker; and can publish."""

    def __init__(self, site: Site, pattern: str) -> None:
        """Connected and subscribed when this returns."""
        self.topics = site.topics
        self.seen: list[Message] = []
        self._changed = threading.Condition()
        self._subscribed = threading.Event()
        self._client = paho.Client(CallbackAPIVersion.VERSION2, protocol=MQTTProtocolVersion.MQTTv5)
        self._client.on_socket_open = _without_delay
        self._client.on_connect = lambda client, *_: client.subscribe(pattern, qos=1)
        self._client.on_subscribe = lambda *_: self._subscribed.set()
        self._client.on_message = self._on_message
        self._client.connect("127.0.0.1", site.port)
        self._client.loop_start()
        assert self._subscribed.wait(TIMEOUT_S)

    def close(self) -> None:
        """Leave."""
        self._client.disconnect()
        self._client.loop_stop()

    def mark(self) -> int:
        """How much was seen until now."""
        with self._changed:
            return len(self.seen)

    def since(self, mark: int) -> list[Message]:
        """What was seen since then, but for statuses: those come by themselves, again and again."""
        with self._changed:
            return [message for message in self.seen[mark:] if not message.topic.endswith("/status")]

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """Publish with QoS 1; acknowledged by the broker when this returns."""
        self._client.publish(topic, payload, qos=1, retain=retain).wait_for_publish(TIMEOUT_S)

    def wait_for(self, is_it: Callable[[Message], object], since: int = 0) -> Message:
        """The first message that is it."""
        with self._changed:
            found: list[Message] = []

            def look() -> bool:
                found[:] = [message for message in self.seen[since:] if is_it(message)]
                return bool(found)

            assert self._changed.wait_for(look, TIMEOUT_S), f"not among {len(self.seen)} messages: {self.seen[-3:]}"
            return found[0]

    def _on_message(self, _client: object, _data: object, message: paho.MQTTMessage) -> None:
        with self._changed:
            self.seen.append(Message(message.topic, bytes(message.payload)))
            self._changed.notify_all()


@contextmanager
def listening(site: Site, pattern: str = "#") -> Iterator[Listener]:
    """A listener for the time of a block."""
    listener = Listener(site, pattern)
    try:
        yield listener
    finally:
        listener.close()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def desk_down() -> bytes:
    """The status that a desk leaves behind."""
    return encode(DeskStatus(up=False))


def _without_delay(_client: object, _data: object, connection: Any) -> None:
    connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)


def _says_up(message: Message) -> bool:
    return decode_desk_status(message.payload).up


def _wait_for_listener(port: int, process: "subprocess.Popen[bytes]") -> None:
    """A broker tells nobody that it listens: knock until it opens."""
    while process.poll() is None:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except ConnectionRefusedError:
            threading.Event().wait(0.02)
        else:
            return
    raise AssertionError(f"mosquitto ended with {process.returncode}")
