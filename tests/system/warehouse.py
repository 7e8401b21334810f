"""A warehouse on one machine: broker, desk and benches, every one a real process of its own."""

import json
import shutil
import socket
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.system.bench import Bench, free_port
from tests.system.processes import STATION, Process, Systemd, wait_for

PREFIX = "packing/osaka"

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


def listens(port: int) -> bool:
    """Whether somebody does."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=0.2).close()
    except OSError:
        return False
    return True
