"""One packing bench of real processes and descriptors: what a packer sees, and what can be done to it."""

import json
import socket
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from station.bench.core.screen import Screen
from station.emulator.lines import PtyLine
from station.screen.reader import screens
from tests.system.disk import Disk
from tests.system.keyed import KEY_PIN
from tests.system.paper import Paper
from tests.system.processes import STATION, Process, wait_for

REPEAT_WINDOW_S = 0.05
"""The same code within it is one unit; short, so that packers need not wait for it."""

GRANT_WAIT_S = 1.5
"""Shorter than a station waits at a site: what passes it needs no long pause."""

_STATION = """\
station = "{name}"
journal = "{folder}/disk/journal.db"
screen_socket = "{folder}/screen"

[printer]
{printer}

[[scanners]]
kind = "serial"
name = "hand"
port = "{folder}/scanner"

[printing]
grant_wait_ms = {grant_wait_ms}
{key}

[scanning]
slip_pattern = "^NS-"
repeat_window_ms = {repeat_window_ms}

{broker}
"""


_KEY = """\
without_permission = "supervisor"

[panel]
supervisor_key = {pin}
"""


class View:
    """What a packer sees: the station's screen, followed for as long as the warehouse stands."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._changed = threading.Condition()
        self._closing = False
        self._screen: Screen | None = None
        self._count = 0
        threading.Thread(target=self._follow, name=f"view of {path.parent.name}", daemon=True).start()

    def newest(self) -> tuple[int, Screen | None]:
        """A number that grows with every change, and the screen; None while it is dark."""
        with self._changed:
            return self._count, self._screen

    def after(self, count: int, timeout_s: float) -> tuple[int, Screen | None]:
        """The newest one later than that number; the same again where nothing changes in time."""
        with self._changed:
            self._changed.wait_for(lambda: self._count > count or self._closing, timeout_s)
            return self._count, self._screen

    def wait_for(self, what: str, is_so: Callable[[Screen], object], timeout_s: float = 20.0) -> Screen:
        """The screen, once it shows this."""

        def shown() -> Screen | None:
            screen = self.newest()[1]
            return screen if screen is not None and is_so(screen) else None

        wait_for(f"on {self._path.parent.name}'s screen: {what}", shown, timeout_s, lambda: str(self.newest()[1]))
        return shown() or self.wait_for(what, is_so, timeout_s)

    def close(self) -> None:
        """Look no more."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _follow(self) -> None:
        while not self._closing:
            try:
                for screen in screens(self._path):
                    self._show(screen)
            except OSError:
                pass
            with self._changed:
                dark = self._screen is None
            if not dark:
                self._show(None)
            with self._changed:
                self._changed.wait_for(lambda: self._closing, 0.02)

    def _show(self, screen: Screen | None) -> None:
        with self._changed:
            self._screen = screen
            self._count += 1
            self._changed.notify_all()


class Bench:
    """One packing bench: station, printer and scanner, and what can be done to them."""

    def __init__(self, name: str, folder: Path, *, on_pty: bool, speed_mm_s: int, keyed: bool = False) -> None:
        """``on_pty``: the printer is on a serial line instead of the network. ``keyed``: with a supervisor's key."""
        folder.mkdir()
        self.name = name
        self.folder = folder
        self.disk = Disk(folder / "disk")
        self.scanner = PtyLine(folder / "scanner")
        self._scanner_lock = threading.Lock()
        self.paper = Paper(name, folder / "labels")
        self.view = View(folder / "screen")
        self._on_pty = on_pty
        self._tcp_port = free_port()
        line = ("--pty", str(folder / "printer")) if on_pty else ("--tcp", f"127.0.0.1:{self._tcp_port}")
        out = ("--out", str(folder / "labels"), "--control", str(folder / "words"), "--speed", str(speed_mm_s))
        self.printer = Process(f"{name}-printer", (*STATION, "emulate", "printer", *line, *out), folder)
        self._keyed = keyed
        program = (sys.executable, "-m", "tests.system.keyed", str(folder / "key")) if keyed else STATION
        self.station = Process(f"{name}-station", (*program, "run", "--config", str(self.config)), folder)

    @property
    def journal(self) -> Path:
        """The station's, alone on its disk."""
        return self.disk.folder / "journal.db"

    @property
    def config(self) -> Path:
        """station.toml of this bench."""
        return self.folder / "station.toml"

    def write_config(self, broker: str) -> None:
        """``broker``: the sections that say where the site and its broker are."""
        if self._on_pty:
            printer = f'connection = "serial"\nport = "{self.folder}/printer"\n'
        else:
            printer = f'connection = "tcp"\nhost = "127.0.0.1"\nport = {self._tcp_port}\n'
        self.config.write_text(
            _STATION.format(
                name=self.name,
                folder=self.folder,
                printer=printer,
                broker=broker,
                repeat_window_ms=int(REPEAT_WINDOW_S * 1000),
                grant_wait_ms=int(GRANT_WAIT_S * 1000),
                key=_KEY.format(pin=KEY_PIN) if self._keyed else "",
            )
        )

    def scan(self, code: str) -> None:
        """Hold a code before the scanner."""
        self.send(code.encode() + b"\r")

    def send(self, data: bytes) -> None:
        """What the scanner sends, whatever it is."""
        with self._scanner_lock:
            self.scanner.write(data)

    def plug_scanner(self, *, plugged: bool) -> None:
        """Put the scanner's plug in, or pull it."""
        with self._scanner_lock:
            (self.scanner.open if plugged else self.scanner.close)()

    def tell_printer(self, words: str) -> str:
        """What people and chance do to the printer: ``paper out``, ``power off after 3000``; its answer."""
        answer = _tell(self.folder / "words", words)
        assert not answer.startswith("error"), answer
        return answer

    def turn_key(self, *, on: bool) -> None:
        """The supervisor's."""
        _tell(self.folder / "key", "on" if on else "off")

    def printer_status(self) -> dict[str, Any]:
        """What the emulator says of itself."""
        status: dict[str, Any] = json.loads(self.tell_printer("status"))
        return status


def _tell(program: Path, words: str) -> str:
    """A line to a program's socket, and its answer."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.settimeout(10)
        connection.connect(str(program))
        connection.sendall(words.encode() + b"\n")
        return connection.makefile().readline().strip()


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
