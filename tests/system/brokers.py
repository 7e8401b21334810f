"""The brokers that a warehouse can stand on: each started, killed with its memory lost, and reached by name."""

import os
import shutil
import socket
import sys
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from station.config.broker import MqttVersion
from tests.system.bench import free_port
from tests.system.processes import Process, wait_for

START_S = 60.0
"""A cluster whose node forgot everything is whole again when the others have told it all."""

BACKPORTED = Path(sys.prefix) / "mosquitto-backported"
"""Where `scripts/setup full` unpacks it, beside Debian's own."""

_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 1000000
max_queued_bytes 0
"""

_NATS = """\
server_name: {name}
listen: "127.0.0.1:{clients}"
http: "127.0.0.1:{health}"
max_payload: 2MB
jetstream {{ store_dir: "{store}" }}
mqtt {{
  listen: "127.0.0.1:{port}"
  max_ack_pending: 1000
  ack_wait: "5s"
  stream_replicas: {replicas}
}}
"""

_CLUSTER = """\
cluster {{
  name: site
  listen: "127.0.0.1:{own}"
  routes: [{routes}]
}}
"""


@dataclass(frozen=True, slots=True)
class Node:
    """One process of a broker."""

    process: Process
    port: int
    memory: Path | None = None
    """What it remembers over a restart; None: nothing."""
    health: str | None = None
    """A page that says whether it is whole; None: it is as soon as it listens."""

    def forget(self) -> None:
        """Nothing of what it was told is left. It does not run."""
        if self.memory is not None:
            shutil.rmtree(self.memory, ignore_errors=True)

    def is_whole(self) -> bool:
        """Whether it serves."""
        return listens(self.port) if self.health is None else is_ok(self.health)


@dataclass
class Broker:
    """A site's broker: one node, or several that act as one."""

    nodes: tuple[Node, ...]
    mqtt_version: MqttVersion = "5"
    _turn: int = 0
    _doors: dict[str, int] = field(default_factory=dict)

    def port_of(self, client: str) -> int:
        """Where a client of that name connects: one after the other to the next node, and always to the same."""
        return self.nodes[self._doors.setdefault(client, len(self._doors) % len(self.nodes))].port

    def start(self) -> None:
        """Start what does not run, and wait until all of it serves."""
        for node in self.nodes:
            node.process.start()
        for node in self.nodes:
            wait_for(f"{node.process.name} serves", node.is_whole, START_S, seen=node.process.last_words)

    def cut_off(self) -> None:
        """Kill it, its memory lost. Of several nodes each in its turn, with what it remembers; and then all."""
        turn, self._turn = self._turn, (self._turn + 1) % (len(self.nodes) + 1)
        if len(self.nodes) == 1 or turn == len(self.nodes):
            self.cut_off_all()
        else:
            self.nodes[turn].process.cut_off()

    def cut_off_all(self) -> None:
        """Kill all of it; it remembers nothing."""
        for node in self.nodes:
            node.process.cut_off()
        for node in self.nodes:
            node.forget()

    def end(self) -> None:
        """End it."""
        for node in self.nodes:
            node.process.end()


def mosquitto(folder: Path) -> Broker:
    """Debian's."""
    return _mosquitto(folder, find_mosquitto(), {})


def mosquitto_backported(folder: Path) -> Broker:
    """The newer one of Debian's backports."""
    libraries = next((BACKPORTED / "usr/lib").glob("*-linux-gnu*"))
    return _mosquitto(folder, str(BACKPORTED / "usr/sbin/mosquitto"), {"LD_LIBRARY_PATH": str(libraries)})


def nats(folder: Path) -> Broker:
    """nats-server, which speaks MQTT 3.1.1: one node."""
    return _nats(folder, 1)


def nats_cluster(folder: Path) -> Broker:
    """Three of them, each with all that is kept."""
    return _nats(folder, 3)


BrokerKind = Callable[[Path], Broker]
"""Makes one, with its files in a folder."""

BROKERS: Mapping[str, BrokerKind] = {
    "mosquitto": mosquitto,
    "mosquitto-backported": mosquitto_backported,
    "nats": nats,
    "nats-cluster": nats_cluster,
}
QUICK = ("mosquitto", "nats")
"""In every run of the tests that ask most of a broker; the long lane runs every test on every broker."""


def find_mosquitto() -> str:
    """Where it is; it stands outside of a Debian user's PATH."""
    found = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/sbin")
    assert found is not None, "mosquitto is not installed; scripts/setup installs it"
    return found


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True


def _mosquitto(folder: Path, program: str, environment: dict[str, str]) -> Broker:
    port, configuration = free_port(), folder / "mosquitto.conf"
    configuration.write_text(_MOSQUITTO.format(port=port))
    words = (program, "-c", str(configuration))
    return Broker((Node(Process("mosquitto", words, folder, environment=environment), port),))


def _nats(folder: Path, count: int) -> Broker:
    routes = [free_port() for _ in range(count)]
    return Broker(tuple(_nats_node(folder, number, routes) for number in range(count)), mqtt_version="3.1.1")


def _nats_node(folder: Path, number: int, routes: list[int]) -> Node:
    name = f"nats-{number + 1}"
    port, health, store, configuration = free_port(), free_port(), folder / f"{name}.store", folder / f"{name}.conf"
    text = _NATS.format(
        name=name, clients=free_port(), health=health, store=store, port=port, replicas=min(3, len(routes))
    )
    if len(routes) > 1:
        others = ", ".join(f'"nats://127.0.0.1:{route}"' for route in routes)
        text += _CLUSTER.format(own=routes[number], routes=others)
    configuration.write_text(text)
    process = Process(name, (os.fspath(Path(sys.prefix) / "bin/nats-server"), "-c", str(configuration)), folder)
    return Node(process, port, store, f"http://127.0.0.1:{health}/healthz")


def is_ok(page: str) -> bool:
    """Whether a health page says so."""
    try:
        with urllib.request.urlopen(page, timeout=2) as answer:  # noqa: S310 (our own page)
            return bool(answer.status == 200)
    except (urllib.error.URLError, OSError):
        return False
