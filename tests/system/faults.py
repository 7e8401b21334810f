"""What goes wrong, at random moments: processes are killed or sleep, lines, power and TCP are cut, disks are full,
lost, or as they were yesterday. All comes back."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from functools import partial

from tests.system import backup
from tests.system.bench import GRANT_WAIT_S, Bench, View
from tests.system.brokers import Broker
from tests.system.disk import Disk
from tests.system.processes import Process, wait_for
from tests.system.trace import Fact
from tests.system.warehouse import Warehouse

JOB_BYTES = 57_000
"""About one label on the wire: a line or the power that goes after fewer goes in mid-label."""
AIM_S = 3.0
"""The longest wait for a moment worth hitting."""
_TENDER = ("opening", "asking", "printing", "settling", "withdrawing")
"""Sessions in which something is under way."""


class Fault(StrEnum):
    """What goes wrong."""

    STATION = "kill -9 of a station"
    DESK = "kill -9 of the desk"
    BROKER = "kill -9 of the broker, its memory lost"
    LINE = "the printer's line drops"
    POWER = "the printer loses power"
    PAPER = "the printer runs out of paper, or is opened"
    SCANNER = "the scanner is unplugged"
    DEAD = "a station is dead for long: others take over"
    STATION_STOPPED = "SIGSTOP of a station"
    DESK_STOPPED = "SIGSTOP of the desk"
    BROKER_STOPPED = "SIGSTOP of the broker"
    PRINTER_STOPPED = "SIGSTOP of a printer"
    TCP_CUT = "TCP to the broker is cut with RST"
    TCP_STALLED = "TCP to the broker stalls"
    TCP_HALF_OPEN = "TCP to the broker is half open: one way swallows"
    TCP_DRIPS = "TCP to the broker comes a byte at a time"
    TCP_LATE = "TCP to the broker is half a second late"
    STATION_DISK = "a station's disk is full"
    DESK_DISK = "the desk's disk is full"
    JOURNAL_LOST = "a station's journal is lost"
    JOURNAL_OLD = "a station's journal is put back from an old copy"
    RESTORED = "the desk is put back from a backup"


ALL_BUT_POWER = tuple(Fault)[tuple(Fault).index(Fault.DEAD) :]
"""What befalls a site besides kills, lines and paper: each takes some seconds."""
_OF_THE_SITE = (Fault.DESK, Fault.BROKER, Fault.DESK_STOPPED, Fault.BROKER_STOPPED, Fault.DESK_DISK, Fault.RESTORED)
"""They concern every bench."""
_OF_THE_BROKER = (Fault.BROKER, Fault.BROKER_STOPPED)
_OF_A_PRINTER = (Fault.LINE, Fault.POWER, Fault.PAPER, Fault.SCANNER, Fault.PRINTER_STOPPED)
_OF_A_LINE = {
    Fault.TCP_CUT: "cut",
    Fault.TCP_STALLED: "stall",
    Fault.TCP_HALF_OPEN: "swallow",
    Fault.TCP_DRIPS: "drip",
    Fault.TCP_LATE: "late",
}
_OF_RECORDS = (Fault.JOURNAL_LOST, Fault.JOURNAL_OLD, Fault.RESTORED)
"""Two of them at a time can lose both copies of a record, and no protocol has a third."""
NEEDS_SMALL_DISKS = (Fault.STATION_DISK, Fault.DESK_DISK)
SETTLED_S = 3.0
"""A program that has run for so long has found its disk usable."""
PAUSES_S = (0.2, 1.0, GRANT_WAIT_S + 0.5, 5.0, 8.0)
"""Some longer than a station waits for its grant, some than the broker waits for a word."""


@dataclass(slots=True)
class Struck:
    """One fault: when it struck, when what was cut was there again, and when the next label came out after that."""

    fault: Fault
    benches: list[Bench]
    targets: tuple[str, ...]
    at_s: float = field(default_factory=time.monotonic)
    back_s: float = 0.0
    labels_before: dict[str, int] = field(default_factory=dict)
    recovered_s: dict[str, float] = field(default_factory=dict)


class Faults:
    """Strikes a warehouse."""

    def __init__(self, warehouse: Warehouse, chance: random.Random, meddle: Callable[[str], None]) -> None:
        """Nothing happens before ``strike``. ``meddle``: has the customer of an order change his mind, now."""
        self.struck: list[Struck] = []
        self.errors: list[str] = []
        self._warehouse = warehouse
        self._chance = chance
        self._meddle = meddle
        self._threads: list[threading.Thread] = []
        self._busy: set[str] = set()
        self._lock = threading.Lock()

    def strike(self, wanted: Mapping[Fault, int], meanwhile: Callable[[], object]) -> None:
        """All of these, in random order, many of them while others last. ``meanwhile`` is called in between."""
        faults = [fault for fault, count in wanted.items() for _ in range(count)]
        self._chance.shuffle(faults)
        for fault in faults:
            meanwhile()
            struck = self._begin(fault)
            if self._chance.random() < 0.25:
                self._wait_for_recovery(struck, meanwhile)
            else:
                time.sleep(self._chance.uniform(0.05, 1.0))
        for thread in self._threads:
            thread.join(60)
            assert not thread.is_alive(), f"{thread.name} does not end"

    def counts(self) -> dict[str, int]:
        """How often each struck."""
        return dict(Counter(each.fault.value for each in self.struck))

    def recovery_s(self) -> dict[str, dict[str, float]]:
        """By fault: seconds from being there again to the next label, where nothing else struck before it."""
        found: dict[str, list[float]] = {}
        for each in self.struck:
            found.setdefault(each.fault.value, []).extend(each.recovered_s.values())
        return {
            fault: {"count": len(times), "median": _share(times, 0.5), "p90": _share(times, 0.9), "most": max(times)}
            for fault, times in found.items()
            if times
        }

    def _begin(self, fault: Fault) -> Struck:
        bench = self._chance.choice(self._warehouse.benches)
        targets = self._targets(fault, bench)
        wait_for(f"{' and '.join(targets)} whole again", lambda: self._take(targets), 90)
        benches = self._warehouse.benches if fault in _OF_THE_SITE or "desk" in targets else [bench]
        struck = Struck(fault, benches, targets)
        strike = Strike(self._warehouse, bench, "desk" in targets, random.Random(self._chance.random()), self._meddle)
        thread = threading.Thread(
            target=self._strike, args=(struck, strike), name=f"{fault} at {targets[0]}", daemon=True
        )
        self._threads.append(thread)
        thread.start()
        return struck

    def _targets(self, fault: Fault, bench: Bench) -> tuple[str, ...]:
        """What nothing else strikes meanwhile."""
        if fault in _OF_THE_BROKER:
            return ("broker",)
        if fault in _OF_A_PRINTER:
            return (f"{bench.name}'s",)
        of_the_desk = fault in _OF_THE_SITE or (fault in _OF_A_LINE and self._chance.random() < 0.4)
        target = "desk" if of_the_desk else bench.name
        return (target, "records") if fault in _OF_RECORDS else (target,)

    def _take(self, targets: tuple[str, ...]) -> bool:
        with self._lock:
            free = self._busy.isdisjoint(targets)
            if free:
                self._busy.update(targets)
            return free

    def _strike(self, struck: Struck, strike: "Strike") -> None:
        try:
            if strike.moment > 0.5:
                _wait_for_tender_moment(strike.bench, 0.15 * (strike.moment - 0.5))
            struck.at_s = time.monotonic()
            self.struck.append(struck)
            self._tell(struck, "begins")
            STRIKES[struck.fault](strike)
            self._tell(struck, "is over")
            struck.labels_before = {bench.name: len(bench.paper.sheets()) for bench in struck.benches}
            struck.back_s = time.monotonic()
        except (OSError, AssertionError) as error:
            self.errors.append(f"{struck.fault} at {struck.targets[0]}: {error}")
        finally:
            with self._lock:
                self._busy.difference_update(struck.targets)

    def _tell(self, struck: Struck, what: str) -> None:
        told = Fact(time.monotonic(), frozenset(), f"FAULT {struck.fault} at {struck.targets[0]} {what}")
        self._warehouse.happened.append(told)

    def _wait_for_recovery(self, struck: Struck, meanwhile: Callable[[], object]) -> None:
        """Nothing else strikes until every bench that was concerned has put out another label."""
        known = len(self.errors)
        wait_for(f"what was cut is there again: {struck.fault}", lambda: struck.back_s or self.errors[known:], 60)
        if not struck.back_s:
            return
        until = time.monotonic() + 30
        while len(struck.recovered_s) < len(struck.benches) and time.monotonic() < until:
            meanwhile()
            for bench in struck.benches:
                if (
                    bench.name not in struck.recovered_s
                    and len(bench.paper.sheets()) > struck.labels_before[bench.name]
                ):
                    struck.recovered_s[bench.name] = round(time.monotonic() - struck.back_s, 2)
            time.sleep(0.02)
        missing = [bench for bench in struck.benches if bench.name not in struck.recovered_s]
        self.errors += [
            f"{struck.fault}: no label at {bench.name} for 30 s: {bench.view.newest()}" for bench in missing
        ]


def _wait_for_tender_moment(bench: Bench, then_s: float) -> None:
    until = time.monotonic() + AIM_S
    while time.monotonic() < until:
        count, screen = bench.view.newest()
        if screen is not None and screen.session in _TENDER:
            break
        bench.view.after(count, 0.2)
    time.sleep(then_s)


@dataclass(slots=True)
class Strike:
    """How one fault strikes, and whom."""

    warehouse: Warehouse
    bench: Bench
    at_desk: bool
    """The desk, where it could be a station as well."""
    chance: random.Random
    meddle: Callable[[str], None]
    """Has the customer of an order change his mind, now."""
    moment: float = field(init=False)
    """From 0 to 1; above one half it is aimed."""
    down_s: float = field(init=False)

    def __post_init__(self) -> None:
        """By chance."""
        self.moment = self.chance.random()
        self.down_s = self.chance.choice((0.0, 0.2, 0.5, 1.0))

    def wait(self, *seconds: float) -> None:
        """So long, by chance."""
        time.sleep(self.chance.choice(seconds))

    def last(self, *seconds: float) -> None:
        """So long, by chance; and the customer of what is open at the bench has a say while not all hear it."""
        until = time.monotonic() + self.chance.choice(seconds)
        screen = self.bench.view.newest()[1]
        if screen is not None and screen.order:
            self.meddle(screen.order)
        time.sleep(max(0.0, until - time.monotonic()))

    @property
    def line(self) -> str:
        """Whose line to the broker."""
        return "desk" if self.at_desk else self.bench.name

    # Power

    def cut_off(self, process: Process | Broker, *more: str) -> None:
        """kill -9, and a new start."""
        process.cut_off()
        time.sleep(self.down_s)
        process.start(*more)

    def be_dead(self) -> None:
        """So long that packers carry what lies there to other benches."""
        self.bench.station.cut_off()
        self.wait(3.0, 5.0, 8.0)
        self.bench.station.start()

    def drop_printers_line(self) -> None:
        """At once, or after so many bytes."""
        bench = self.bench
        if self.moment > 0.5:
            bench.tell_printer("drop line")
            return
        received = bench.printer_status()["received_bytes"]
        count = int(2 * self.moment * JOB_BYTES) + 1
        bench.tell_printer(f"drop line after {count}")
        _wait_until_counted(bench, "received_bytes", received + count)

    def cut_printers_power(self) -> None:
        """At once, or after so many bytes."""
        bench = self.bench
        if self.moment > 0.5:
            bench.tell_printer("power off")
        else:
            executed = bench.printer_status()["executed_bytes"]
            count = int(2 * self.moment * JOB_BYTES)
            bench.tell_printer(f"power off after {count}")
            _wait_until_counted(bench, "executed_bytes", executed + count)
            bench.tell_printer("power off")
        time.sleep(self.down_s)
        bench.tell_printer("power on")

    def hinder_printer(self) -> None:
        """Paper, or the cover."""
        words = self.chance.choice((("paper out", "paper in"), ("cover open", "cover close")))
        self.bench.tell_printer(words[0])
        time.sleep(self.down_s)
        self.bench.tell_printer(words[1])

    def unplug_scanner(self) -> None:
        """For a while."""
        self.bench.plug_scanner(plugged=False)
        time.sleep(self.down_s)
        self.bench.plug_scanner(plugged=True)

    # Time

    def stop(self, *processes: Process) -> None:
        """They do nothing for a while, and do not know."""
        for process in processes:
            process.pause()
        self.last(*PAUSES_S)
        for process in processes:
            process.resume()

    # Lines

    def break_line(self, kind: str) -> None:
        """Both ways or one of them, for a while."""
        lines = self.warehouse.lines
        assert lines is not None
        up, down = self.chance.choice(((True, True), (True, False), (False, True)))
        lines.make(self.line, kind, up=up, down=down)
        self.last(0.0, 0.5, 2.0, 5.0)
        lines.make(self.line, "pass")

    # Disks

    def fill_disk(self, disk: Disk, process: Process, view: View | None = None) -> None:
        """To the last byte. Who cannot work without it may say so and end; with room again all goes on by itself."""
        with _may_give_up(process):
            disk.fill()
            self.wait(1.0, 3.0, 6.0)
            disk.free()
            if view is not None:
                view.wait_for("no fault any more", lambda screen: screen.session != "fault", 30)

    def lose_journal(self) -> None:
        """The station's disk is gone."""
        self.bench.station.cut_off()
        backup.remove(self.bench.journal)
        self.bench.station.start()

    def put_back_journal(self) -> None:
        """The station's disk is as it was some time ago."""
        copy = self.bench.folder / "journal.copy"
        wait_for("it has made its journal", self.bench.journal.exists)
        backup.make(self.bench.config, copy)
        self.wait(0.3, 2.0, 6.0)
        self.bench.station.cut_off()
        backup.put_back_by_hand(copy, self.bench.journal)
        # And begin a new journal. It learns of that from the desk, which may be away for long.
        self.bench.station.may_give_up = True
        self.bench.station.start()

    def put_back_desk(self) -> None:
        """As docs/data.md has it."""
        copy = self.warehouse.folder / "desk.copy"
        backup.make(self.warehouse.desk_config, copy)
        self.wait(0.3, 2.0, 6.0)
        self.warehouse.restore_desk(copy)


@contextmanager
def _may_give_up(process: Process) -> Iterator[None]:
    """It may end by itself and say why; afterwards it runs, and goes on."""
    process.may_give_up = True
    yield
    wait_for(f"{process.name} works again", lambda: process.running_s > SETTLED_S, 30, process.last_words)
    process.may_give_up = False


STRIKES: Mapping[Fault, Callable[[Strike], None]] = {
    Fault.STATION: lambda strike: strike.cut_off(strike.bench.station),
    Fault.DESK: lambda strike: strike.cut_off(strike.warehouse.desk),
    Fault.BROKER: lambda strike: strike.cut_off(strike.warehouse.broker),
    Fault.LINE: Strike.drop_printers_line,
    Fault.POWER: Strike.cut_printers_power,
    Fault.PAPER: Strike.hinder_printer,
    Fault.SCANNER: Strike.unplug_scanner,
    Fault.DEAD: Strike.be_dead,
    Fault.STATION_STOPPED: lambda strike: strike.stop(strike.bench.station),
    Fault.DESK_STOPPED: lambda strike: strike.stop(strike.warehouse.desk),
    Fault.BROKER_STOPPED: lambda strike: strike.stop(*(node.process for node in strike.warehouse.broker.nodes)),
    Fault.PRINTER_STOPPED: lambda strike: strike.stop(strike.bench.printer),
    **{fault: partial(Strike.break_line, kind=kind) for fault, kind in _OF_A_LINE.items()},
    Fault.STATION_DISK: lambda strike: strike.fill_disk(strike.bench.disk, strike.bench.station, strike.bench.view),
    Fault.DESK_DISK: lambda strike: strike.fill_disk(strike.warehouse.disk, strike.warehouse.desk),
    Fault.JOURNAL_LOST: Strike.lose_journal,
    Fault.JOURNAL_OLD: Strike.put_back_journal,
    Fault.RESTORED: Strike.put_back_desk,
}


def _wait_until_counted(bench: Bench, what: str, count: int) -> None:
    """Until the printer has counted so many bytes, or is off, or nobody prints."""
    until = time.monotonic() + AIM_S
    while time.monotonic() < until:
        status = bench.printer_status()
        if status[what] >= count or not status["powered"]:
            return
        time.sleep(0.02)


def _share(times: list[float], share: float) -> float:
    return sorted(times)[int(share * (len(times) - 1))]
