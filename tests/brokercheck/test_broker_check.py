"""``station broker-check`` on real brokers: on fit ones it says so, and of each unfit one it names what is wrong."""

import json
import re
import shutil
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields
from pathlib import Path

import pytest

from station.brokercheck.call import Call
from station.brokercheck.identities import Identity
from station.cli import main
from station.config.broker import Broker
from station.protocol.outcome import OutcomeKind, decode_outcome
from station.protocol.rights import Role, may_hear, may_say
from station.protocol.topics import FORMS, Address, InboxOf, RequestFrom, StatusOf, Topics
from tests.firmware_config.site_broker import Site, make_keys
from tests.firmware_config.site_broker import running_broker as shipped_broker
from tests.sites import Site as PlainSite
from tests.sites import free_port, listening, running_broker, running_desk
from tests.system.brokers import BACKPORTED, BROKERS
from tests.system.brokers import Broker as RunningBroker

# As Debian installs it, but for the port: nothing of ours is set.
_DEFAULTS = "user {user}\nlistener {port} 127.0.0.1\nallow_anonymous true\n"
_STINGY = "max_queued_messages 2\nmessage_size_limit 40000\nretain_available false\n"
ALL = ("--desk", "desk", "--stations", "bench-1", "bench-2", "--supervisors", "lead", "--publishers", "contact-center")
STATUS = "packing/test/desk/status"


@dataclass(frozen=True)
class Checked:
    """What the command said, and how it ended."""

    status: int
    out: str
    err: str

    def checks(self, mark: str) -> set[str]:
        """The checks with that mark."""
        return {line[6:17].strip() for line in self.out.splitlines() if line.split()[0] == mark}

    def line(self, check: str, mark: str = "NO") -> str:
        """The first line of a check."""
        return next(line for line in self.out.splitlines() if line.startswith(mark) and line[6:].startswith(check))


@pytest.fixture
def check(capsys: pytest.CaptureFixture[str]) -> "Check":
    return Check(capsys)


class Check:
    """The command, in this process."""

    def __init__(self, capsys: pytest.CaptureFixture[str]) -> None:
        """Its words are read from there."""
        self._capsys = capsys

    def __call__(self, *words: str | Path) -> Checked:
        status = main(["broker-check", *map(str, words)])
        out, err = self._capsys.readouterr()
        assert "Traceback" not in out + err
        return Checked(status, out, err)

    def with_keys(self, site: Site, *whom: str) -> Checked:
        """As who is named."""
        keys = ("--keys", site.keys / "clients", "--site", "osaka")
        urls = (f"mqtts://localhost:{site.floor}", "--publishers-url", f"mqtts://localhost:{site.publishers}")
        return self(*urls, *keys, *whom)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The broker and the rights that we ship."""
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    with shipped_broker(keys, tmp_path_factory.mktemp("broker")) as found:
        yield found


@contextmanager
def with_other_rights(folder: Path, before: str, after: str) -> Iterator[Site]:
    """The same with one line of the rights changed."""
    keys = make_keys(folder / "keys")
    rights = keys / "broker/rights.acl"
    text = rights.read_text()
    assert before in text
    rights.write_text(text.replace(before, after, 1))
    (folder / "broker").mkdir()
    with shipped_broker(keys, folder / "broker") as found:
        yield found


# --- Fit ones -----------------------------------------------------------------------------------------


def test_the_broker_that_we_ship_is_fit_and_a_publisher_that_can_put_a_station_off_line_is_told(
    check: Check, site: Site
) -> None:
    checked = check.with_keys(site, *ALL)
    assert checked.checks("NO") == checked.checks("-") == set(), checked.out
    assert checked.out.endswith("\nfit\n")
    assert checked.status == 0
    assert checked.checks("note") == {"client-ids"}
    assert "contact-center that of bench-1" in checked.line("client-ids", "note")
    assert "bench-2 that of" not in checked.out


@pytest.mark.full
def test_what_we_ship_is_fit_on_the_newer_mosquitto_too(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """From 2.0.12 on `per_listener_settings` loses what waits for who is away; Debian 12's own is older."""
    if not BACKPORTED.exists():
        pytest.skip("scripts/setup full installs it where Debian has one")
    monkeypatch.setenv("PATH", str(BACKPORTED / "usr/sbin"), prepend=":")
    monkeypatch.setenv("LD_LIBRARY_PATH", str(next((BACKPORTED / "usr/lib").glob("*-linux-gnu*"))))
    keys = make_keys(tmp_path / "keys")
    (tmp_path / "broker").mkdir()
    with shipped_broker(keys, tmp_path / "broker") as site:
        checked = check.with_keys(site, *ALL)
    assert checked.status == 0, checked.out


def test_what_one_identity_cannot_try_alone_is_said(check: Check, site: Site) -> None:
    checked = check.with_keys(site, "--stations", "bench-1")
    assert checked.status == 0
    assert {"sizes", "sessions", "queue", "latency", "retained", "wills"} <= checked.checks("-")
    assert "2 of 2 topics that are its own, 0 of" in checked.line("rights", "ok")
    assert "fit, as far as these identities can try it" in checked.out


def test_the_programs_own_files_say_as_whom_and_where(check: Check, site: Site, tmp_path: Path) -> None:
    files = {
        "a.toml": ("bench-1", 'station = "bench-1"\njournal = "j"\n'),
        "b.toml": ("desk", 'database = "d"\nstations = ["bench-1"]\n'),
    }
    words: list[str | Path] = []
    for name, (whose, text) in files.items():
        own = site.keys / "clients" / whose
        tls = f'ca = "{own}/broker-ca.crt"\ncertificate = "{own}/client.crt"\nkey = "{own}/client.key"\n'
        devices = (
            '[printer]\nconnection = "tcp"\nhost = "127.0.0.1"\n[[scanners]]\nkind = "serial"\nname = "s"\nport = "/p"'
        )
        broker = f'[site]\nname = "osaka"\n[broker]\nhost = "localhost"\nport = {site.floor}\n[broker.tls]\n{tls}'
        (tmp_path / name).write_text(text + broker + (devices if "station =" in text else ""))
        words += ["--config", tmp_path / name]
    checked = check(*words, "--only", "sizes", "latency", "wills")
    assert checked.status == 0, checked.err
    assert {"sizes", "latency", "wills"} <= checked.checks("ok")


@pytest.fixture(params=[pytest.param(each, marks=pytest.mark.full) for each in BROKERS])
def other_broker(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[RunningBroker]:
    try:
        found = BROKERS[request.param](tmp_path)
    except StopIteration:
        pytest.skip("scripts/setup full installs it where Debian has one")
    found.start()
    yield found
    found.end()


def test_other_brokers_are_fit_where_no_rights_are_meant(check: Check, other_broker: RunningBroker) -> None:
    url = f"mqtt://127.0.0.1:{other_broker.nodes[0].port}"
    checked = check(url, "--without-rights")
    assert checked.status == 0, checked.out
    assert ("version" in checked.checks("note")) == (other_broker.mqtt_version == "3.1.1")


def test_a_file_with_a_version_that_the_broker_does_not_speak_is_not_fit(check: Check, tmp_path: Path) -> None:
    broker = BROKERS["nats"](tmp_path)
    broker.start()
    try:
        config = tmp_path / "contact.toml"
        config.write_text(f'name = "c"\n[site]\nname = "s"\n[broker]\nport = {broker.nodes[0].port}\n')
        checked = check("--config", config)
    finally:
        broker.end()
    assert checked.status == 1
    assert 'Set broker.mqtt_version = "3.1.1"' in checked.line("version")


# --- Unfit ones ---------------------------------------------------------------------------------------


def test_mosquitto_as_it_is_installed_drops_what_waits_is_slow_and_lets_anybody_in(
    check: Check, tmp_path: Path
) -> None:
    with running_broker(tmp_path, settings=_DEFAULTS) as plain:
        checked = check(f"mqtt://127.0.0.1:{plain.port}")
    assert checked.status == 1
    assert checked.checks("NO") == {"rights", "queue", "latency"}, checked.out
    assert re.search(r"1,000 of 3,000 messages .*max_queued_messages 1000000", checked.line("queue"))
    assert "set_tcp_nodelay true" in checked.line("latency")
    assert "docs/set-up.md" in checked.line("rights")


@pytest.mark.full
def test_limits_that_are_too_small_are_named(check: Check, tmp_path: Path) -> None:
    with running_broker(tmp_path, more=_STINGY) as plain:
        checked = check(f"mqtt://127.0.0.1:{plain.port}", "--only", "sizes", "sessions", "retained", "wills")
    assert checked.status == 1
    assert checked.checks("NO") == {"sizes", "sessions", "retained", "wills"}, checked.out
    assert "messages of 32,768 bytes arrive" in checked.line("sizes")
    assert "2 of 5 messages" in checked.line("sessions")
    assert "Retain not supported" in checked.line("wills")


@pytest.mark.parametrize(
    ("before", "after", "wrong"),
    [
        (
            "user bench-1\n",
            "user bench-1\ntopic write packing/osaka/orders/+/outcomes/+\n",
            "bench-1 (station) can say orders/+/outcomes/+, which it must not",
        ),
        (
            "user bench-1\n",
            "user bench-1\ntopic read packing/osaka/stations/+/inbox\n",
            "bench-1 (station) can hear stations/<another>/inbox, which it must not",
        ),
        (
            "user bench-2\ntopic read packing/osaka/orders/+/holds/+\n",
            "user bench-2\n",
            "bench-2 (station) cannot hear orders/+/holds/+",
        ),
        (
            "topic write packing/osaka/orders/+/holds/+\n",
            "",
            "contact-center (publisher) cannot say orders/+/holds/+",
        ),
    ],
)
def test_rights_that_are_too_wide_or_too_narrow_are_named_with_who_has_them(
    check: Check, tmp_path: Path, before: str, after: str, wrong: str
) -> None:
    with with_other_rights(tmp_path, before, after) as site:
        checked = check.with_keys(site, *ALL, "--only", "rights")
    assert checked.status == 1
    assert wrong in checked.line("rights")
    assert sum(line.startswith("NO ") for line in checked.out.splitlines()) == 1, checked.out


# --- MQTT 3.1.1, where a refused publish looks like a success ------------------------------------------

MEMBERS = {"desk": Role.DESK, "bench-1": Role.STATION, "contact-center": Role.PUBLISHER}
_FILES = {
    Role.DESK: 'database = "d"\nstations = ["bench-1"]\n',
    Role.STATION: 'station = "bench-1"\njournal = "j"\n[printer]\nconnection = "tcp"\nhost = "h"\n'
    '[[scanners]]\nkind = "serial"\nname = "s"\nport = "/p"\n',
    Role.PUBLISHER: 'name = "contact-center"\n',
}
_BROKER = """\
[site]
name = "osaka"

[broker]
port = {port}
username = "{name}"
password_file = "{folder}/password"
mqtt_version = "3.1.1"
"""


@contextmanager
def nats_with_rights(folder: Path, **more: str) -> Iterator[list[str | Path]]:
    """nats-server with a user for each, and their files. ``more``: one subject more that somebody may publish to."""
    broker = BROKERS["nats"](folder)
    users = [_nats_user(name, role, more.get(name.replace("-", "_"))) for name, role in MEMBERS.items()]
    with (folder / "nats-1.conf").open("a") as configuration:
        configuration.write("authorization { users = [\n" + "\n".join(users) + "\n] }\n")
    (folder / "password").write_text("secret\n")
    words: list[str | Path] = []
    for name, role in MEMBERS.items():
        file = folder / f"{name}.toml"
        head, devices, rest = _FILES[role].partition("[printer]")
        file.write_text(head + _BROKER.format(port=broker.nodes[0].port, name=name, folder=folder) + devices + rest)
        words += ["--config", file]
    broker.start()
    try:
        yield words
    finally:
        broker.end()


def _nats_user(name: str, role: Role, more: str | None) -> str:
    """As docs/brokers.md shows it: ``/`` is ``.``, ``+`` is ``*``, and MQTT's own subjects beside."""

    def subjects(may: Callable[[Role, str, Address], bool]) -> list[str]:
        of_all = [kind for kind in FORMS if may(role, name, kind(*("x" for _ in fields(kind))))]
        own = [t.of(kind(name)) for kind in (RequestFrom, InboxOf, StatusOf) if may(role, name, kind(name))]
        patterns = [t.pattern(kind) for kind in of_all] + own
        return [pattern.replace("/", ".").replace("+", "*") for pattern in patterns]

    t = Topics("packing/osaka")
    publish = subjects(may_say) + ([more] if more else [])
    subscribe = [*subjects(may_hear), "$MQTT.sub.>"]
    permissions = f"{{publish: {json.dumps(publish)}, subscribe: {json.dumps(subscribe)}}}"
    return f'{{user: "{name}", password: "secret", permissions: {permissions}}}'


def test_rights_that_nats_holds_are_fit(check: Check, tmp_path: Path) -> None:
    with nats_with_rights(tmp_path) as files:
        checked = check(*files)
    assert checked.status == 0, checked.out
    assert "bench-1 (station) can say 2 of 2 topics that are its own" in checked.out
    assert "3 not tried: nobody at hand could hear them" in checked.out


def test_a_right_that_is_too_wide_is_found_though_the_broker_tells_no_publisher(check: Check, tmp_path: Path) -> None:
    with nats_with_rights(tmp_path, bench_1="packing.osaka.orders.*.outcomes.*") as files:
        checked = check(*files, "--only", "rights")
    assert checked.status == 1
    assert "bench-1 (station) can say orders/+/outcomes/+, which it must not" in checked.line("rights")


# --- It disturbs nobody, and says what is wrong with itself -------------------------------------------


def test_it_leaves_nothing_behind_and_puts_a_status_back_that_it_replaced(check: Check, tmp_path: Path) -> None:
    with running_broker(tmp_path, more="sys_interval 1\n") as plain, listening(plain, "nothing") as speaker:
        speaker.publish(STATUS, b"as it was", retain=True)
        checked = check(f"mqtt://127.0.0.1:{plain.port}", "--without-rights", "--site", "test")
        assert checked.status == 0, checked.out
        assert _retained(plain) == {STATUS: b"as it was"}


@pytest.mark.parametrize("only", ["sessions", "queue"])
def test_no_session_stays_whatever_is_checked(
    check: Check, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, only: str
) -> None:
    monkeypatch.setattr("station.brokercheck.command.token_hex", lambda _count: "cafe")
    with running_broker(tmp_path) as plain:
        assert check(f"mqtt://127.0.0.1:{plain.port}", "--only", only).status == 0
        broker = Broker(host="127.0.0.1", port=plain.port)
        for role in Role:
            identity = Identity(role, f"broker-check-{role}", broker)
            with Call(identity, f"{identity.name}-check-cafe", "5", clean=False) as same:
                assert not same.session_present


def test_a_desk_that_runs_refuses_what_the_check_says_and_holds_nothing(check: Check, tmp_path: Path) -> None:
    with running_broker(tmp_path) as plain, running_desk(plain) as desk, listening(plain) as everything:
        assert (
            check(f"mqtt://127.0.0.1:{plain.port}", "--without-rights", "--site", "test", "--only", "rights").status
            == 0
        )
        pattern = f"{plain.topics.prefix}/orders/"
        answers = [
            decode_outcome(message.payload).outcome
            for message in everything.seen
            if message.topic.startswith(pattern) and "/outcomes/" in message.topic and b'"outcome"' in message.payload
        ]
        assert OutcomeKind.FREED in answers
        assert set(answers) <= {OutcomeKind.FREED, OutcomeKind.REFUSED}
        assert desk.poll() is None


def _retained(plain: PlainSite) -> dict[str, bytes]:
    with listening(plain, "#") as everything:
        everything.publish("last", b"")
        everything.wait_for(lambda message: message.topic == "last")
        return {message.topic: message.payload for message in everything.seen if message.topic != "last"}


def test_without_a_broker_it_says_so_in_one_sentence(check: Check) -> None:
    port = free_port()
    checked = check(f"mqtt://127.0.0.1:{port}")
    assert checked.status == 1
    assert checked.out.splitlines()[0] == (
        f"NO    connection  no broker answers at 127.0.0.1:{port} (Connection refused)"
    )


def test_a_foreign_certificate_is_told_as_what_it_is(check: Check, site: Site, tmp_path: Path) -> None:
    foreign = make_keys(tmp_path / "foreign")
    strange = Site(foreign, site.floor, site.publishers, site.process)
    assert "broker.tls.ca has to be the authority" in check.with_keys(strange, *ALL).line("connection")
    for name in ("desk", "bench-1"):
        own = foreign / "clients" / name / "broker-ca.crt"
        shutil.copy(site.keys / "clients" / name / "broker-ca.crt", own)
    refused = check.with_keys(strange, "--desk", "desk").line("connection")
    assert "refuses this client's certificate" in refused


def test_what_is_no_broker_at_all_is_told(check: Check) -> None:
    with mute() as port:
        assert "says nothing: is it an MQTT broker?" in check(f"mqtt://127.0.0.1:{port}").line("connection")


@contextmanager
def mute() -> Iterator[int]:
    """A port on which somebody listens and never answers."""
    lines: list[socket.socket] = []

    def serve() -> None:
        with suppress(OSError):
            while True:
                lines.append(server.accept()[0])

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=serve, daemon=True).start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        for line in lines:
            line.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        ((), "which broker?"),
        (("http://localhost",), "mqtt://HOST:PORT"),
        (("mqtt://localhost:99999",), "mqtt://HOST:PORT"),
        (("mqtts://localhost:8883",), "--keys or --config"),
        (("mqtts://localhost:8883", "--keys", "nowhere"), "whose?"),
        (("mqtts://localhost:8883", "--keys", "nowhere", "--desk", "desk"), "nowhere/desk/broker-ca.crt is missing"),
        (("--config", "nowhere.toml"), "nowhere.toml: cannot be read"),
        (("mqtt://localhost", "--site", "a b"), "--site"),
    ],
)
def test_a_command_line_that_cannot_be_used_says_what_is_missing(
    check: Check, words: tuple[str, ...], said: str
) -> None:
    checked = check(*words)
    assert checked.status == 78
    assert checked.err.startswith("station: ")
    assert said in checked.err
