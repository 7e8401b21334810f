"""A site on one machine, on embedded defaults: every program is the real one, and only the devices are emulated."""

import json
import shutil
import socket
import subprocess
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from station.demo.programs import STATION, DidNotHappen, Program

BROKER_FOLDERS = "/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin"
"""Debian has mosquitto in /usr/sbin, which is not on a user's PATH."""

_MOSQUITTO = """\
# As firmware_config/mosquitto/packing.conf, but on this machine only, without certificates.
listener {port} 127.0.0.1
allow_anonymous true
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 1000000
max_queued_bytes 0
"""

_COMMON = """\
[site]
name = "demo"

[broker]
host = "127.0.0.1"
port = {port}
"""

_DESK = """\
database = "{folder}/desk.db"
stations = ["station-1"]
supervisors = ["contact-center"]

{common}
[label]
"""

_STATION = """\
station = "station-1"
journal = "{folder}/station.db"
screen_socket = "{folder}/screen"
status_socket = "{folder}/status"

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

_CONTACT = """\
name = "contact-center"

{common}
"""


class Site:
    """Broker, desk, station, printer and scanner, each a process of its own; ended together."""

    def __init__(self, folder: Path) -> None:
        """All files are in this folder; what an earlier demonstration left there is taken away."""
        self.folder = folder
        self.labels = folder / "labels"
        self.port = _free_port()
        self._programs = ExitStack()
        for old in ("desk.db", "station.db", "labels"):
            for path in folder.glob(f"{old}*"):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        folder.mkdir(parents=True, exist_ok=True)
        for log in folder.glob("*.log"):
            log.unlink()

    def __enter__(self) -> Self:
        """Start everything; raises DidNotHappen with the reason."""
        try:
            self._start()
        except BaseException:
            self._programs.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """End everything."""
        self._programs.close()

    def _start(self) -> None:
        broker = self._program("mosquitto", [_mosquitto(), "-c", str(self._file("mosquitto.conf", _MOSQUITTO))])
        broker.wait_for("the broker listens", lambda: _listens(self.port))
        self.desk = self._program("desk", [*STATION, "desk", "--config", str(self._file("desk.toml", _DESK))])
        printer = ("emulate", "printer", "--tcp", "127.0.0.1:0", "--out", str(self.labels))
        self.printer = self._program("printer", [*STATION, *printer, "--control", str(self.folder / "printer")])
        self.printer.wait_for("the printer is ready", self._printer_port)
        scanner = ("emulate", "scanner", "--link", str(self.folder / "scanner"))
        self.scanner = self._program("scanner", [*STATION, *scanner], typed=True)
        self.scanner.wait_for("the scanner is there", (self.folder / "scanner").exists)
        config = self._file("station.toml", _STATION)
        self.station = self._program("station", [*STATION, "run", "--config", str(config)])
        self.station.wait_for("the station's screen is there", (self.folder / "screen").exists)
        self.contact = self._file("contact.toml", _CONTACT)

    def scan(self, code: str) -> None:
        """Hold a code before the scanner."""
        self.scanner.type(code)

    def tell_printer(self, words: str) -> str:
        """What a person does to the printer: ``paper out``, ``cover open`` …; its answer."""
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(str(self.folder / "printer"))
            connection.sendall(words.encode() + b"\n")
            return connection.makefile().readline().strip()

    def command(self, *words: str) -> tuple[int, list[str]]:
        """A command of the contact center, as it would be typed; its exit status and lines."""
        ended = subprocess.run(
            [*STATION, *words, "--config", str(self.contact)],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        return ended.returncode, [line for line in (ended.stdout + ended.stderr).splitlines() if line.strip()]

    def printed(self) -> list[dict[str, object]]:
        """The labels that the printer put out, oldest first."""
        record = self.labels / "labels.jsonl"
        return [json.loads(line) for line in record.read_text().splitlines()] if record.exists() else []

    def _program(self, name: str, words: list[str], *, typed: bool = False) -> Program:
        program = Program(name, words, self.folder, typed=typed)
        self._programs.callback(program.end)
        return program

    def _file(self, name: str, text: str) -> Path:
        path = self.folder / name
        common = _COMMON.format(port=self.port)
        printer_port = self._printer_port() if "{printer_port}" in text else 0
        path.write_text(text.format(folder=self.folder, common=common, port=self.port, printer_port=printer_port))
        return path

    def _printer_port(self) -> int:
        for word in (self.folder / "printer.log").read_text().split():
            if word.startswith("tcp="):
                return int(word.rpartition(":")[2])
        return 0


def _mosquitto() -> str:
    found = shutil.which("mosquitto", path=BROKER_FOLDERS)
    if found is None:
        raise DidNotHappen("mosquitto is not installed; scripts/setup installs it (apt-get install mosquitto)")
    return found


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True
