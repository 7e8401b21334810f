"""A real mosquitto on loopback, with the configuration, keys and rights that we ship; and who calls it."""

import getpass
import queue
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from paho.mqtt.client import Client, ConnectFlags, DisconnectFlags, MQTTMessage
from paho.mqtt.enums import CallbackAPIVersion, MQTTProtocolVersion
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.reasoncodes import ReasonCode

REPOSITORY = Path(__file__).parents[2]
SHIPPED_CONFIGURATION = REPOSITORY / "firmware_config/mosquitto/packing.conf"
MAKE_KEYS = REPOSITORY / "scripts/make-broker-keys"
PREFIX = "packing/osaka"
TIMEOUT_S = 20.0


def make_keys(directory: Path, *, stations: tuple[str, ...] = ("bench-1", "bench-2")) -> Path:
    """The keys of a small site, made by the script that we ship."""
    say_keys(directory, stations=stations)
    return directory


def say_keys(
    directory: Path,
    *,
    stations: tuple[str, ...] = ("bench-1", "bench-2"),
    broker_names: tuple[str, ...] = ("localhost", "127.0.0.1"),
    days: int = 730,
) -> str:
    """The same; what the script says about it."""
    people = ("--stations", *stations, "--supervisors", "lead", "--publishers", "contact-center")
    site = ("--site", "osaka", "--broker-names", *broker_names, "--days", str(days))
    command = [sys.executable, str(MAKE_KEYS), "--directory", str(directory), *site, *people]
    return subprocess.run(command, check=True, capture_output=True).stdout.decode()


@dataclass(frozen=True)
class Site:
    """A running broker, where its listeners are, and everybody's keys."""

    keys: Path
    floor: int
    publishers: int
    process: "subprocess.Popen[str]"

    def port_of(self, name: str) -> int:
        """The listener that is meant for that name."""
        return self.publishers if name == "contact-center" else self.floor


@contextmanager
def running_broker(keys: Path, directory: Path) -> Iterator[Site]:
    """mosquitto, with the shipped file changed in nothing but paths, ports and the address that it listens on."""
    floor, publishers = free_port(), free_port()
    shipped = SHIPPED_CONFIGURATION.read_text()
    for old, new in (
        ("/etc/mosquitto/packing", str(keys / "broker")),
        ("listener 8883\n", f"listener {floor} 127.0.0.1\n"),
        ("listener 8884\n", f"listener {publishers} 127.0.0.1\n"),
    ):
        assert old in shipped
        shipped = shipped.replace(old, new)
    (directory / "conf.d").mkdir()
    (directory / "conf.d/packing.conf").write_text(shipped)
    # As Debian's mosquitto.conf, which reads ours last. Without `user` a broker started by root could not read keys.
    (directory / "mosquitto.conf").write_text(
        f"user {getpass.getuser()}\npersistence true\npersistence_location {directory}/\n"
        f"log_dest stderr\ninclude_dir {directory}/conf.d\n"
    )
    command = ["mosquitto", "-c", str(directory / "mosquitto.conf")]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        try:
            wait_for_line(process, "running")
            yield Site(keys, floor, publishers, process)
        finally:
            process.terminate()
            process.communicate(timeout=TIMEOUT_S)


def wait_for_line(process: "subprocess.Popen[str]", word: str) -> None:
    """Reads the broker's log up to a line with that word."""
    assert process.stderr is not None
    seen = []
    for line in process.stderr:
        seen.append(line)
        if word in line:
            return
    raise AssertionError(f"mosquitto ended before it said {word!r}: {''.join(seen)}")


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port: int = listener.getsockname()[1]
        return port


@dataclass
class Caller:
    """One MQTT 5 client of the broker; each answer is awaited, none is guessed from silence."""

    site: Site
    certificate: str | None
    """Whose key it holds."""
    client_id: str
    port: int
    clean: bool = True
    will_on: str | None = None
    events: "queue.SimpleQueue[tuple[str, object]]" = field(default_factory=queue.SimpleQueue)
    heard: "queue.SimpleQueue[str]" = field(default_factory=queue.SimpleQueue)

    @classmethod
    def of(cls, site: Site, name: str) -> Self:
        """The rightful one of that name, on its own listener."""
        return cls(site, name, name, site.port_of(name))

    def __post_init__(self) -> None:
        client = Client(CallbackAPIVersion.VERSION2, self.client_id, protocol=MQTTProtocolVersion.MQTTv5)
        tls = ssl.create_default_context(cafile=self.site.keys / "authorities/broker/ca.crt")
        if self.certificate is not None:
            own = self.site.keys / "clients" / self.certificate
            tls.load_cert_chain(own / "client.crt", own / "client.key")
        client.tls_set_context(tls)
        if self.will_on is not None:
            client.will_set(self.will_on, b"gone", qos=1)
        client.on_connect = self._on_connect
        client.on_disconnect = self._on_disconnect
        client.on_message = self._on_message
        client.on_publish = self._on_publish
        client.on_subscribe = self._on_subscribe
        self.client = client

    def connect(self) -> bool:
        """Whether the broker lets it in. A TLS 1.3 client learns only after the handshake that it is refused."""
        properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
        properties.SessionExpiryInterval = 0 if self.clean else 60
        try:
            self.client.connect("localhost", self.port, clean_start=self.clean, properties=properties)
        except OSError:
            return False
        self.client.loop_start()
        kind, reason = self.events.get(timeout=TIMEOUT_S)
        return kind == "connect" and not failed(reason)

    def close(self) -> None:
        """Leaves."""
        self.client.disconnect()
        self.client.loop_stop()

    def die(self) -> None:
        """Breaks off without a word, as a power cut does: the broker speaks the last will."""
        connection = self.client.socket()
        assert isinstance(connection, ssl.SSLSocket)
        connection.shutdown(socket.SHUT_RDWR)
        self._expect("disconnect")
        self.client.loop_stop()

    def __enter__(self) -> Self:
        assert self.connect()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def publish(self, topic: str, payload: bytes = b"x") -> int:
        """The broker's reason code: 0 or 16 where it is allowed."""
        self.client.publish(topic, payload, qos=1)
        reason = self._expect("publish")
        assert isinstance(reason, ReasonCode)
        return reason.value

    def may_publish(self, topic: str) -> bool:
        """Whether the broker takes a message from it on that topic."""
        reason = self.publish(topic)
        assert reason in (0, 16, 135)  # success, no matching subscribers, not authorized
        return reason != 135

    def subscribe(self, pattern: str) -> None:
        """Asks for everything; the rights filter what comes."""
        self.client.subscribe(pattern, qos=1)
        self._expect("subscribe")

    def heard_up_to(self, topic: str) -> set[str]:
        """The topics of all messages before the one on this topic."""
        topics: list[str] = []
        while not topics or topics[-1] != topic:
            topics.append(self.heard.get(timeout=TIMEOUT_S))
        return set(topics[:-1])

    def was_disconnected(self) -> bool:
        """Whether something else happened than what was asked for."""
        return not self.events.empty()

    def _expect(self, kind: str) -> object:
        found, what = self.events.get(timeout=TIMEOUT_S)
        assert found == kind, f"{self.certificate}: {found} {what} instead of {kind}"
        return what

    def _on_connect(
        self, _client: Client, _data: object, _flags: ConnectFlags, reason: ReasonCode, _more: object
    ) -> None:
        self.events.put(("connect", reason))

    def _on_disconnect(
        self, _client: Client, _data: object, _flags: DisconnectFlags, reason: ReasonCode, _more: object
    ) -> None:
        self.events.put(("disconnect", reason))

    def _on_message(self, _client: Client, _data: object, message: MQTTMessage) -> None:
        self.heard.put(message.topic)

    def _on_publish(self, _client: Client, _data: object, _mid: int, reason: ReasonCode, _more: object) -> None:
        self.events.put(("publish", reason))

    def _on_subscribe(
        self, _client: Client, _data: object, _mid: int, _reasons: list[ReasonCode], _more: object
    ) -> None:
        self.events.put(("subscribe", None))


def failed(reason: object) -> bool:
    """Whether a reason code is a refusal."""
    return isinstance(reason, ReasonCode) and reason.is_failure
