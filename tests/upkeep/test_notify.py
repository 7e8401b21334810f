"""systemd's notification socket, a real one."""

import socket
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.upkeep.notify import Notifier


@pytest.fixture(params=["path", "abstract"])
def systemd(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[socket.socket]:
    """What systemd listens on; it hands over a path, or a name in the abstract namespace."""
    address = str(tmp_path / "notify") if request.param == "path" else f"@packing-station-test-{tmp_path.name}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(address.replace("@", "\0", 1))
        listening.settimeout(5)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        yield listening


def test_a_daemon_says_when_it_is_ready_at_work_and_ending(systemd: socket.socket) -> None:
    notifier = Notifier()
    notifier.ready("deciding for 2 stations")
    notifier.progress()
    notifier.status("waiting for the broker")
    notifier.stopping()
    assert [systemd.recv(4096) for _ in range(4)] == [
        b"READY=1\nSTATUS=deciding for 2 stations",
        b"WATCHDOG=1",
        b"STATUS=waiting for the broker",
        b"STOPPING=1\nSTATUS=stopping",
    ]


@pytest.mark.usefixtures("systemd")
def test_a_socket_that_nobody_empties_does_not_stop_the_daemon() -> None:
    notifier = Notifier()
    for _ in range(5_000):
        notifier.progress()


def test_without_systemd_nothing_is_said_and_nothing_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    Notifier().ready("alone")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nowhere/at/all")
    Notifier().ready("alone")


@pytest.mark.parametrize(("told", "interval_s"), [(None, None), ("0", None), ("30000000", 15.0)])
def test_the_watchdog_is_fed_twice_as_often_as_it_looks(
    monkeypatch: pytest.MonkeyPatch, told: str | None, interval_s: float | None
) -> None:
    monkeypatch.delenv("WATCHDOG_USEC", raising=False)
    if told is not None:
        monkeypatch.setenv("WATCHDOG_USEC", told)
    assert Notifier().watchdog_interval_s == interval_s
