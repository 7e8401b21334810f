"""The real processes, with the scanner's and the printer's line ending in this one."""

import os
import shutil
import socket
import sys
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from station.demo.programs import STATION, DidNotHappen, Program
from tests.performance.tap import Tap

SITE = "bench"
PREFIX = f"packing/{SITE}"
STATION_NAME = "station-1"
LOADED_STATIONS = tuple(f"load-{number}" for number in range(100))

_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 1000000
max_queued_bytes 0
"""

_COMMON = """\
[site]
name = "{site}"
[broker]
host = "127.0.0.1"
port = {port}
"""

_DESK = """\
database = "{folder}/{name}.db"
stations = [{stations}]
{common}
{label}
"""

_STATION = """\
station = "{station}"
journal = "{folder}/station.db"
screen_socket = "{folder}/screen"
{common}
[printer]
connection = "tcp"
host = "127.0.0.1"
port = {printer_port}
[[scanners]]
kind = "serial"
name = "hand"
port = "{folder}/scanner"
[scanning]
slip_pattern = "^NS-"
"""


class Rig:
    """A broker, and whatever is started beside it; all ended together."""

    def __init__(self, folder: Path) -> None:
        """All files are in this folder, on the disk whose commits are measured."""
        self.folder = folder
        self.port = free_port()
        self._ending = ExitStack()

    def __enter__(self) -> Self:
        """Start the broker; raises DidNotHappen."""
        mosquitto = shutil.which("mosquitto", path=f"{os.environ['PATH']}:/usr/sbin:/usr/local/sbin")
        if mosquitto is None:
            raise DidNotHappen("mosquitto is not installed; scripts/setup installs it (apt-get install mosquitto)")
        config = self._file("mosquitto.conf", _MOSQUITTO.format(port=self.port))
        broker = self.program("mosquitto", [mosquitto, "-c", str(config)])
        broker.wait_for("the broker listens", self._broker_listens)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self._ending.close()

    def program(self, name: str, words: Sequence[str]) -> Program:
        """Start a program, to be ended with the rig."""
        program = Program(name, words, self.folder)
        self._ending.callback(program.end)
        return program

    def floor(self, *words: object) -> Program:
        """Start a program of ``tests.performance.floors``."""
        command = [sys.executable, "-m", "tests.performance.floors", *(str(word) for word in words)]
        return self.program(f"floor-{words[0]}", command)

    def desk_words(self, name: str, *, label: bool) -> list[str]:
        """The command of a desk with a database of its own."""
        stations = ", ".join(f'"{station}"' for station in (STATION_NAME, *LOADED_STATIONS))
        text = _DESK.format(
            folder=self.folder, name=name, stations=stations, common=self._common(), label="[label]" if label else ""
        )
        return [*STATION, "desk", "--config", str(self._file(f"{name}.toml", text))]

    def station_words(self, printer_port: int) -> list[str]:
        """The command of the station."""
        text = _STATION.format(
            folder=self.folder, station=STATION_NAME, common=self._common(), printer_port=printer_port
        )
        return [*STATION, "run", "--config", str(self._file("station.toml", text))]

    def printer(self) -> Tap:
        """Start the emulated printer, at once with everything, behind a line that is timed."""
        words = [*STATION, "emulate", "printer", "--tcp", "127.0.0.1:0", "--speed", "0", "--png", "off"]
        emulator = self.program("printer", [*words, "--out", str(self.folder / "labels")])
        emulator.wait_for("the printer is ready", lambda: "tcp=" in emulator.log.read_text())
        port = int(emulator.log.read_text().split("tcp=")[1].split()[0].rpartition(":")[2])
        return self._ending.enter_context(Tap(port))

    def terminal(self) -> tuple[int, str]:
        """A scanner's line: the descriptor that scans are written to, and the node that they are read from."""
        here, there = os.openpty()
        self._ending.callback(os.close, here)
        self._ending.callback(os.close, there)
        return here, os.ttyname(there)

    def _common(self) -> str:
        return _COMMON.format(site=SITE, port=self.port)

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        path.write_text(text)
        return path

    def _broker_listens(self) -> bool:
        try:
            socket.create_connection(("127.0.0.1", self.port), timeout=0.2).close()
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
