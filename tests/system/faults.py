"""What goes wrong: processes are killed, lines and power are cut, at random moments, and all comes back."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tests.system.bench import Bench
from tests.system.brokers import Broker
from tests.system.processes import Process, wait_for
from tests.system.warehouse import Warehouse

JOB_BYTES = 57_000
"""About one label on the wire: a line or the power that goes after fewer goes in mid-label."""
AIM_S = 3.0
"""The longest wait for a moment worth hitting."""
_TENDER = ("opening", "asking", "printing", "settling", "withdrawing")
"""Sessions in which something is under way."""


class Fault(StrEnum):
    """What is cut."""

    STATION = "kill -9 of a station"
    DESK = "kill -9 of the desk"
    BROKER = "kill -9 of the broker, its memory lost"
    LINE = "the printer's line drops"
    POWER = "the printer loses power"
    PAPER = "the printer runs out of paper, or is opened"
    SCANNER = "the scanner is unplugged"


@dataclass(slots=True)
class Struck:
    """One fault: when it struck, when what was cut was there again, and when the next label came out after that."""

    fault: Fault
    benches: list[Bench]
    at_s: float = field(default_factory=time.monotonic)
    back_s: float = 0.0
    labels_before: dict[str, int] = field(default_factory=dict)
    recovered_s: dict[str, float] = field(default_factory=dict)


class Faults:
    """Strikes a warehouse."""

    def __init__(self, warehouse: Warehouse, chance: random.Random) -> None:
        """Nothing happens before ``strike``."""
        self.struck: list[Struck] = []
        self.errors: list[str] = []
        self._warehouse = warehouse
        self._chance = chance
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
        target = {Fault.DESK: "desk", Fault.BROKER: "broker", Fault.STATION: bench.name}.get(fault, f"{bench.name}'s")
        wait_for(f"{target} is whole again", lambda: self._take(target), 60)
        benches = self._warehouse.benches if fault in (Fault.DESK, Fault.BROKER) else [bench]
        moment, down_s = self._chance.random(), self._chance.choice((0.0, 0.2, 0.5, 1.0))
        struck = Struck(fault, benches)
        thread = threading.Thread(
            target=self._strike, args=(struck, target, moment, down_s), name=f"{fault} at {target}", daemon=True
        )
        self._threads.append(thread)
        thread.start()
        return struck

    def _take(self, target: str) -> bool:
        with self._lock:
            free = target not in self._busy
            self._busy.add(target)
            return free

    def _strike(self, struck: Struck, target: str, moment: float, down_s: float) -> None:
        """``moment``: from 0 to 1; above one half it is aimed."""
        fault, benches = struck.fault, struck.benches
        try:
            if moment > 0.5:
                _wait_for_tender_moment(benches[0], 0.15 * (moment - 0.5))
            self.struck.append(struck)
            match fault:
                case Fault.STATION:
                    _cut_off(benches[0].station, down_s)
                case Fault.DESK:
                    _cut_off(self._warehouse.desk, down_s)
                case Fault.BROKER:
                    _cut_off(self._warehouse.broker, down_s)
                case Fault.LINE:
                    _drop_line(benches[0], moment)
                case Fault.POWER:
                    _cut_power(benches[0], moment, down_s)
                case Fault.PAPER:
                    _hinder(benches[0], _HINDRANCES[int(moment * 1000) % 2], down_s)
                case Fault.SCANNER:
                    benches[0].plug_scanner(plugged=False)
                    time.sleep(down_s)
                    benches[0].plug_scanner(plugged=True)
            struck.labels_before = {bench.name: len(bench.paper.sheets()) for bench in benches}
            struck.back_s = time.monotonic()
        except (OSError, AssertionError) as error:
            self.errors.append(f"{fault} at {target}: {error}")
        finally:
            with self._lock:
                self._busy.discard(target)

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


def _cut_off(process: Process | Broker, down_s: float) -> None:
    process.cut_off()
    time.sleep(down_s)
    process.start()


def _drop_line(bench: Bench, moment: float) -> None:
    if moment > 0.5:
        bench.tell_printer("drop line")
        return
    received = bench.printer_status()["received_bytes"]
    count = int(2 * moment * JOB_BYTES) + 1
    bench.tell_printer(f"drop line after {count}")
    _wait_until_counted(bench, "received_bytes", received + count)


def _cut_power(bench: Bench, moment: float, down_s: float) -> None:
    if moment > 0.5:
        bench.tell_printer("power off")
    else:
        executed = bench.printer_status()["executed_bytes"]
        count = int(2 * moment * JOB_BYTES)
        bench.tell_printer(f"power off after {count}")
        _wait_until_counted(bench, "executed_bytes", executed + count)
        bench.tell_printer("power off")
    time.sleep(down_s)
    bench.tell_printer("power on")


_HINDRANCES = (("paper out", "paper in"), ("cover open", "cover close"))


def _hinder(bench: Bench, words: tuple[str, str], down_s: float) -> None:
    bench.tell_printer(words[0])
    time.sleep(down_s)
    bench.tell_printer(words[1])


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
