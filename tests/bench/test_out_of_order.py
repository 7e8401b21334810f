"""The program that stands in for a station that is down: it says so on screen and in the journal, until it is ended."""

import os
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from station.screen.reader import screens

ENDED = {"MONITOR_SERVICE_RESULT": "exit-code", "MONITOR_EXIT_STATUS": "78"}

CONFIG = """
station = "station-1"
journal = "{0}/station.db"
screen_socket = "{0}/screen"
[site]
name = "tokyo-1"
[printer]
connection = "tcp"
host = "192.0.2.20"
[[scanners]]
kind = "serial"
name = "fixed"
port = "/dev/ttyAMA0"
"""


@pytest.fixture
def folder() -> Iterator[Path]:
    """With a name short enough for sockets."""
    with tempfile.TemporaryDirectory(prefix="packing-") as made:
        yield Path(made)


@contextmanager
def standing_in(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """The program, once it has told systemd that it is there; and what it told."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as systemd:
        systemd.bind(str(folder / "notify"))
        systemd.settimeout(20)
        program = subprocess.Popen(
            [sys.executable, "-m", "station", "out-of-order", "--config", str(folder / "station.toml")],
            stderr=subprocess.PIPE,
            text=True,
            env=os.environ | ENDED | {"NOTIFY_SOCKET": str(folder / "notify")},
        )
        try:
            yield program, systemd.recv(4096).decode()
        finally:
            program.kill()
            program.communicate()


def test_it_says_so_to_packers_and_maintenance_until_it_is_ended(folder: Path) -> None:
    (folder / "station.toml").write_text(CONFIG.format(folder))
    with standing_in(folder) as (program, told):
        assert told == "READY=1\nSTATUS=the station is down (exit-code, status 78) and is started again every minute"
        seen = next(screens(folder / "screen"))
        assert (seen.notice, seen.tone, seen.station) == ("station_down", "stop", "station-1")
        program.send_signal(signal.SIGTERM)
        assert program.wait(10) == 0
        assert not (folder / "screen").exists()


def test_without_a_configuration_it_says_what_it_can_and_stays(folder: Path) -> None:
    (folder / "station.toml").write_text("[site\n")
    with standing_in(folder) as (program, told):
        assert told.startswith("READY=1")
        assert program.poll() is None
        program.send_signal(signal.SIGTERM)
        _, said = program.communicate(timeout=10)
        assert program.returncode == 0
        assert "lamps and screen cannot say so" in said
        assert "Traceback" not in said
