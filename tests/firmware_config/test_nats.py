"""What we ship for NATS, on a real nats-server: keys, rights, and three nodes that act as one."""

import shutil
import socket
import ssl
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import msgspec
import pytest

from station.brokercheck.call import Call, Unreachable
from station.brokercheck.identities import Identity
from station.cli import main
from station.config.broker import Broker, Tls
from station.protocol.rights import Role
from tests.firmware_config.site_broker import MAKE_KEYS, REPOSITORY, TIMEOUT_S, free_port
from tests.system.brokers import is_ok
from tests.system.processes import wait_for

SHIPPED = REPOSITORY / "firmware_config/nats/packing.conf"
WHO = ("--desk", "desk", "--stations", "bench-1", "bench-2", "--supervisors", "lead", "--publishers", "contact-center")
ROLES = {"desk": Role.DESK, "bench-1": Role.STATION, "contact-center": Role.PUBLISHER}
INSTRUCTIONS = "packing/osaka/orders/+/instruction"


def make_keys(folder: Path, *nodes: str, who: tuple[str, ...] = WHO) -> "subprocess.CompletedProcess[str]":
    """Keys and rights by the script that we ship; on loopback every node has the same address."""
    site = ("--site", "osaka", "--broker-names", "localhost", "127.0.0.1", "--nats", *nodes)
    command = [sys.executable, str(MAKE_KEYS), "--directory", str(folder), *site, *who]
    return subprocess.run(command, check=False, capture_output=True, text=True)


@dataclass(frozen=True)
class Site:
    """Where its nodes listen, and everybody's keys."""

    keys: Path
    ports: tuple[int, ...]

    def identity(self, name: str, node: int = 0) -> Identity:
        """Somebody with a key, at one of the nodes."""
        own = self.keys / "clients" / name
        files = Tls(ca=str(own / "broker-ca.crt"), certificate=str(own / "client.crt"), key=str(own / "client.key"))
        broker = Broker(host="localhost", port=self.ports[node], mqtt_version="3.1.1", tls=files)
        return Identity(ROLES[name], name, broker)

    def call(self, name: str, client_id: str, *, clean: bool = True, node: int = 0) -> Call:
        """A connection with that name's key."""
        return Call(self.identity(name, node), client_id, "3.1.1", clean=clean)

    def check(self, *more: str) -> int:
        """The exit status of the broker check."""
        url = f"mqtts://localhost:{self.ports[0]}"
        keys = ("--mqtt-version", "3.1.1", "--keys", str(self.keys / "clients"), "--site", "osaka")
        return main(["broker-check", url, *keys, *WHO, *more])


@contextmanager
def running(folder: Path, *nodes: str) -> Iterator[Site]:
    """nats-server, with the shipped file changed in nothing but paths, ports and addresses."""
    keys = folder / "keys"
    assert make_keys(keys, *nodes).returncode == 0
    ports, routes = {node: free_port() for node in nodes}, {node: free_port() for node in nodes}
    with ExitStack() as ends:
        pages = [ends.enter_context(_node(folder, keys, node, ports[node], routes)) for node in nodes]
        wait_for("every node is whole", lambda: all(map(is_ok, pages)), TIMEOUT_S)
        yield Site(keys, tuple(ports.values()))


@contextmanager
def _node(folder: Path, keys: Path, name: str, port: int, routes: dict[str, int]) -> Iterator[str]:
    """A node; the page that says whether it is whole."""
    own = folder / name
    shutil.copytree(keys / "nats" / name, own / "packing")
    _change(own / "packing/node.conf", {"0.0.0.0:6222": f"127.0.0.1:{routes[name]}", "/etc/nats": str(own)}, routes)
    changes = {
        "/etc/nats": str(own),
        "/var/lib/nats": str(own / "store"),
        "0.0.0.0:8883": f"127.0.0.1:{port}",
        ":4222": f":{free_port()}",
        ":8222": f":{(health := free_port())}",
    }
    shutil.copy(SHIPPED, own / "packing.conf")
    _change(own / "packing.conf", changes, {})
    program = Path(sys.prefix) / "bin/nats-server"
    with (own / "log").open("w") as log, subprocess.Popen([program, "-c", own / "packing.conf"], stderr=log) as process:
        try:
            yield f"http://127.0.0.1:{health}/healthz"
        finally:
            process.terminate()
            process.wait(TIMEOUT_S)


def _change(file: Path, changes: dict[str, str], routes: dict[str, int]) -> None:
    text = file.read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    for node, port in routes.items():
        text = text.replace(f"tls://{node}:6222", f"tls://127.0.0.1:{port}")
    file.write_text(text)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with running(tmp_path_factory.mktemp("nats"), "node-1") as found:
        yield found


def test_everybody_says_and_hears_what_is_its_own_and_nothing_else(
    site: Site, capsys: pytest.CaptureFixture[str]
) -> None:
    status = site.check("--only", "rights", "sizes", "names")
    said = capsys.readouterr().out
    assert status == 0, said
    assert said.count("ok    rights") == 10


def test_nobody_comes_in_without_a_certificate_of_this_site(site: Site, tmp_path: Path) -> None:
    ours = site.identity("bench-1")
    assert ours.broker.tls is not None
    make_keys(tmp_path / "keys", "node-1")
    theirs = tmp_path / "keys/clients/bench-1"
    tls = Tls(ca=ours.broker.tls.ca, certificate=str(theirs / "client.crt"), key=str(theirs / "client.key"))
    with pytest.raises(Unreachable):
        Call(replace(ours, broker=msgspec.structs.replace(ours.broker, tls=tls)), "bench-1", "3.1.1")
    nobody = ssl.create_default_context(cafile=ours.broker.tls.ca)
    with (
        pytest.raises(ssl.SSLError, match="certificate required"),
        socket.create_connection(("localhost", site.ports[0]), TIMEOUT_S) as plain,
        nobody.wrap_socket(plain, server_hostname="localhost") as line,
    ):
        line.recv(1)


def test_who_takes_the_desks_client_id_hears_nothing_and_the_desk_loses_nothing(site: Site) -> None:
    """NATS ties no client id to a certificate, but asks again for the rights of what the session subscribes to."""
    with site.call("desk", "desk", clean=False) as desk:
        assert desk.subscribe(INSTRUCTIONS)
    topic = INSTRUCTIONS.replace("+", "A-1")
    with site.call("contact-center", "contact-center") as feed:
        feed.publish(topic, b"first")
        with site.call("bench-1", "desk", clean=False) as thief:
            feed.publish(topic, b"second")
            assert not thief.hears(topic, b"second", timeout_s=0.5)
            assert thief.heard == []
    with site.call("desk", "desk", clean=False) as desk:
        assert desk.hears(topic, b"first")
        assert desk.hears(topic, b"second")


def test_a_name_that_nats_takes_for_no_client_id_is_refused(tmp_path: Path) -> None:
    who = ("--stations", "bench.1", "--publishers", "c")
    done = make_keys(tmp_path / "keys", "node-1", who=who)
    assert done.returncode != 0
    assert "NATS takes no full stop in a client's name: bench.1" in done.stderr
    assert not (tmp_path / "keys").exists()


def test_a_second_run_keeps_the_nodes_keys_and_takes_the_rights_of_who_is_left_out(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    make_keys(keys, "node-1")
    node = keys / "nats/node-1"
    key, certificate = (node / "node.key").read_bytes(), (node / "node.crt").read_bytes()
    make_keys(keys, "node-1", who=("--stations", "bench-1", "--publishers", "contact-center"))
    assert ((node / "node.key").read_bytes(), (node / "node.crt").read_bytes()) == (key, certificate)
    assert "CN=bench-1" in (node / "rights.conf").read_text()
    assert "bench-2" not in (node / "rights.conf").read_text()


@pytest.mark.full
def test_what_is_said_at_one_node_is_heard_at_another_over_tls(tmp_path: Path) -> None:
    with running(tmp_path, "node-1", "node-2", "node-3") as cluster:
        assert cluster.check("--only", "rights", "sessions", "retained") == 0
        with cluster.call("desk", "desk", node=1) as desk, cluster.call("contact-center", "feed", node=2) as feed:
            assert desk.subscribe(INSTRUCTIONS)
            topic = INSTRUCTIONS.replace("+", "A-2")
            feed.publish(topic, b"here")
            assert desk.hears(topic, b"here")
