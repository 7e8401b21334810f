"""A warehouse on one machine: broker, desk and benches, every one a real process of its own."""

import json
import shutil
import time
from collections.abc import Callable
from pathlib import Path
from types import TracebackType
from typing import Self

from station.desk.store import Store
from station.protocol.outcome import OutcomeKind, decode_outcome
from station.protocol.topics import OutcomeOf, Topics
from tests.system import backup
from tests.system.bench import Bench
from tests.system.brokers import BrokerKind, mosquitto
from tests.system.contact import NAME, ContactCenter
from tests.system.disk import Disk
from tests.system.lines import Lines
from tests.system.processes import STATION, DidNotHappen, Process, Systemd, wait_for
from tests.system.trace import Fact, restored

PREFIX = "packing/osaka"
START_S = 60.0
CAUGHT_UP = "every station has said what it knows"

_BROKER = """\
[site]
name = "osaka"

[broker]
host = "127.0.0.1"
port = {port}
keepalive_s = 3
mqtt_version = "{mqtt_version}"
"""

_DESK = """\
database = "{database}"
stations = {stations}
recall.answer_s = 10
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
        broker: BrokerKind = mosquitto,
        printers_on_pty: int = 0,
        speed_mm_s: int = 1500,
        sections: Callable[[str], str] | None = None,
        small_disks: bool = False,
        keyed: bool = False,
    ) -> None:
        """``printers_on_pty``: of how many benches, the last ones, the printer is on a serial line.

        ``keyed``: a supervisor's key lets a bench print while the desk is away.

        ``small_disks``: each database has a disk of its own that can be filled, if that can be done here.

        ``sections``: for a broker that somebody else runs, a program's ``[site]`` and ``[broker]`` by its name.
        """
        self.folder = folder
        self.systemd = Systemd()
        self.disk = Disk(folder / "disk")
        self.broker = broker(folder)
        self.desk = Process("desk", (*STATION, "desk", "--config", str(self.desk_config)), folder)
        self.benches = [
            Bench(
                f"bench-{number}",
                folder / f"b{number}",
                on_pty=number > benches - printers_on_pty,
                speed_mm_s=speed_mm_s,
                keyed=keyed,
            )
            for number in range(1, benches + 1)
        ]
        self.happened: list[Fact] = []
        """What befell it, for the story of a breach, and what was forgotten by it."""
        names = ("desk", *(bench.name for bench in self.benches))
        self.lines = Lines(folder, {name: self.broker.port_of(name) for name in names}) if sections is None else None
        """Between the programs and our own broker."""
        self._write_configs(sections or self._sections)
        self.no_small_disks = "nobody asked for them"
        """Why there are none; empty where there are."""
        if small_disks:
            self.no_small_disks = "".join(disk.make_small() for disk in self.disks)

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
        if self.lines:
            self.broker.start()
        self.desk.start()
        for bench in self.benches:
            bench.printer.start()
            bench.plug_scanner(plugged=True)
            bench.station.start()
        for bench in self.benches:
            bench.view.wait_for("ready", lambda screen: screen.desk and screen.printer == "ready", START_S)
        for process in (*self._brokers, self.desk, *(bench.station for bench in self.benches)):
            self.systemd.watch(process)

    @property
    def _brokers(self) -> list[Process]:
        """Our own broker's, if we run one."""
        return [node.process for node in self.broker.nodes] if self.lines else []

    def restore_desk(self, copy: Path) -> None:
        """Put back a copy of its database as docs/data.md says, and wait until every station has told what it knows.

        A hold that no station heard is lost with the database until it is published again (hold protocol, section 7):
        where there is one that the copy lacks, the copy is not put back.
        """
        self.desk.end()
        in_danger = self._standing_holds() - backup.holds_in(copy)

        def heard() -> set[tuple[str, str]]:
            return {hold for bench in self.benches for hold in backup.holds_in(bench.journal)}

        try:
            wait_for("a station knows each hold that the copy lacks", lambda: in_danger <= heard(), 10)
        except DidNotHappen as error:
            self.happened.append(Fact(time.monotonic(), frozenset(), f"the copy is not put back: {error}"))
            self.desk.start()
            return
        backup.restore_desk(self.desk_config, copy)
        known = self.desk.count_said(CAUGHT_UP)
        self.happened.append(restored(time.monotonic(), self._copy(copy)))
        self.desk.start()
        wait_for("it has caught up", lambda: self.desk.count_said(CAUGHT_UP) > known, 90, self.desk.last_words)

    def _standing_holds(self) -> set[tuple[str, str]]:
        """Those that were answered ``stopped`` last, by order and hold."""
        assert self.lines is not None
        standing: set[tuple[str, str]] = set()
        topics = Topics(PREFIX)
        for word in self.lines.words("desk"):
            if isinstance(topics.parse(word.topic), OutcomeOf):
                outcome = decode_outcome(word.payload)
                hold = (outcome.order, outcome.subject)
                (standing.add if outcome.outcome is OutcomeKind.STOPPED else standing.discard)(hold)
        return standing

    def _copy(self, copy: Path) -> Callable[[], Store]:
        """A copy of the copy, for the oracle to look into when all is over."""
        kept = copy.with_suffix(f".{len(self.happened)}")
        shutil.copyfile(copy, kept)
        return lambda: Store(kept, roster=frozenset(), supervisors=frozenset())

    @property
    def disks(self) -> list[Disk]:
        """The desk's and each station's."""
        return [self.disk, *(bench.disk for bench in self.benches)]

    def contact_center(self) -> ContactCenter:
        """One that reaches our own broker."""
        return ContactCenter(self.broker.port_of(NAME), PREFIX, mqtt_version=self.broker.mqtt_version)

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
        if self.lines is not None:
            self.lines.process.cut_off()
        for disk in self.disks:
            disk.take_away()

    def _write_configs(self, sections: Callable[[str], str]) -> None:
        names = json.dumps([bench.name for bench in self.benches])
        self.desk_config.write_text(_DESK.format(database=self.database, stations=names, broker=sections("desk")))
        for bench in self.benches:
            bench.write_config(sections(bench.name))

    def _sections(self, name: str) -> str:
        assert self.lines is not None
        return _BROKER.format(port=self.lines.port_of(name), mqtt_version=self.broker.mqtt_version)

    @property
    def database(self) -> Path:
        """The desk's, alone on its disk."""
        return self.disk.folder / "desk.db"

    @property
    def desk_config(self) -> Path:
        """desk.toml."""
        return self.folder / "desk.toml"
