"""A warehouse on one machine: broker, desk and benches, every one a real process of its own."""

import json
import shutil
import socket
import threading
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from station.bench.core.screen import Screen
from station.emulator.lines import PtyLine
from station.screen.reader import screens
from tests.system.paper import Paper
from tests.system.processes import STATION, Process, Systemd, wait_for

PREFIX = "packing/osaka"
REPEAT_WINDOW_S = 0.05
"""The same code within it is one unit; short, so that packers need not wait for it."""

_MOSQUITTO = """\
listener {port} 127.0.0.1
allow_anonymous true
persistence false
set_tcp_nodelay true
max_inflight_messages 100
max_queued_messages 1000000
max_queued_bytes 0
"""

_BROKER = """\
[site]
name = "osaka"

[broker]
host = "127.0.0.1"
port = {port}
"""

_DESK = """\
database = "{folder}/desk.db"
stations = {stations}
supervisors = ["lead"]

[label]

{broker}
"""

_STATION = """\
station = "{name}"
journal = "{folder}/journal.db"
screen_socket = "{folder}/screen"

[printer]
{printer}

[[scanners]]
kind = "serial"
name = "hand"
port = "{folder}/scanner"

[scanning]
slip_pattern = "^NS-"
repeat_window_ms = {repeat_window_ms}

{broker}
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

    def __init__(self, name: str, folder: Path, *, on_pty: bool, speed_mm_s: int) -> None:
        """``on_pty``: the printer is on a serial line instead of the network."""
        folder.mkdir()
        self.name = name
        self.folder = folder
        self.scanner = PtyLine(folder / "scanner")
        self._scanner_lock = threading.Lock()
        self.paper = Paper(name, folder / "labels")
        self.view = View(folder / "screen")
        self._on_pty = on_pty
        self._tcp_port = free_port()
        line = ("--pty", str(folder / "printer")) if on_pty else ("--tcp", f"127.0.0.1:{self._tcp_port}")
        out = ("--out", str(folder / "labels"), "--control", str(folder / "words"), "--speed", str(speed_mm_s))
        self.printer = Process(f"{name}-printer", (*STATION, "emulate", "printer", *line, *out), folder)
        self.station = Process(f"{name}-station", (*STATION, "run", "--config", str(self.config)), folder)

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
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(10)
            connection.connect(str(self.folder / "words"))
            connection.sendall(words.encode() + b"\n")
            answer = connection.makefile().readline().strip()
        assert not answer.startswith("error"), answer
        return answer

    def printer_status(self) -> dict[str, Any]:
        """What the emulator says of itself."""
        status: dict[str, Any] = json.loads(self.tell_printer("status"))
        return status


class Warehouse:
    """Broker, desk and benches. Entering it starts them all; ended together."""

    def __init__(
        self,
        folder: Path,
        benches: int = 1,
        *,
        printers_on_pty: int = 0,
        speed_mm_s: int = 1500,
        sections: Callable[[str], str] | None = None,
    ) -> None:
        """``printers_on_pty``: of how many benches, the last ones, the printer is on a serial line.

        ``sections``: for a broker that somebody else runs, a program's ``[site]`` and ``[broker]`` by its name.
        """
        self.folder = folder
        self.port = free_port()
        self.systemd = Systemd()
        self.broker = Process("mosquitto", (find_mosquitto(), "-c", str(folder / "mosquitto.conf")), folder)
        self.desk = Process("desk", (*STATION, "desk", "--config", str(self.desk_config)), folder)
        self.benches = [
            Bench(
                f"bench-{number}",
                folder / f"b{number}",
                on_pty=number > benches - printers_on_pty,
                speed_mm_s=speed_mm_s,
            )
            for number in range(1, benches + 1)
        ]
        self._own_broker = sections is None
        self._write_configs(sections or (lambda _name: _BROKER.format(port=self.port)))

    def __enter__(self) -> Self:
        """Start everything; raises DidNotHappen."""
        try:
            self.start()
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def start(self) -> None:
        """Start everything, and wait until a slip could be scanned at every bench."""
        if self._own_broker:
            self.start_broker()
        self.desk.start()
        for bench in self.benches:
            bench.printer.start()
            bench.plug_scanner(plugged=True)
            bench.station.start()
        for bench in self.benches:
            bench.view.wait_for("ready", lambda screen: screen.desk and screen.printer == "ready")
        for process in (*self.brokers, self.desk, *(bench.station for bench in self.benches)):
            self.systemd.watch(process)

    @property
    def brokers(self) -> list[Process]:
        """Our own broker, if we run one."""
        return [self.broker] if self._own_broker else []

    def start_broker(self) -> None:
        """Start it and wait until it listens."""
        self.broker.start()
        wait_for("the broker listens", lambda: listens(self.port), seen=self.broker.last_words)

    def close(self) -> None:
        """End everything."""
        self.systemd.close()
        for bench in self.benches:
            bench.view.close()
            bench.station.end()
            bench.printer.end()
            bench.plug_scanner(plugged=False)
        self.desk.end()
        self.broker.end()

    def _write_configs(self, sections: Callable[[str], str]) -> None:
        names = json.dumps([bench.name for bench in self.benches])
        (self.folder / "mosquitto.conf").write_text(_MOSQUITTO.format(port=self.port))
        self.desk_config.write_text(_DESK.format(folder=self.folder, stations=names, broker=sections("desk")))
        for bench in self.benches:
            bench.write_config(sections(bench.name))

    @property
    def desk_config(self) -> Path:
        """desk.toml."""
        return self.folder / "desk.toml"


def find_mosquitto() -> str:
    """Where it is; it stands outside of a Debian user's PATH."""
    found = shutil.which("mosquitto", path="/usr/local/sbin:/usr/sbin:/usr/local/bin:/usr/bin:/opt/homebrew/sbin")
    assert found is not None, "mosquitto is not installed; scripts/setup installs it"
    return found


def free_port() -> int:
    """A port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True
