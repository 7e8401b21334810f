"""The power of a bench, of the desk, or of all is cut, and what a disk had not flushed is lost, torn or reordered."""

import os
import random
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.system import lossy_mount
from tests.system.bench import Bench
from tests.system.disk import Disk
from tests.system.lossy_disk import Loss
from tests.system.processes import Process
from tests.system.shift import ORDERS_AHEAD, Shift
from tests.system.trace import Fact
from tests.system.warehouse import Warehouse

SEED = random.SystemRandom().randrange(1 << 32)
WORK_S = 1.5
"""The longest from one power cut to the next."""
AIM_S = 1.0
"""So long at most a cut waits for a write that is not flushed yet; half of them do not wait."""
READY_S = 60.0
CUTS = int(os.environ.get("POWER_CUTS", "100"))

pytestmark = pytest.mark.skipif(bool(lossy_mount.missing()), reason=lossy_mount.missing())


@dataclass
class Power:
    """The mains of a warehouse whose disks forget."""

    warehouse: Warehouse
    chance: random.Random
    options: str = "defaults"
    damage: list[str] = field(default_factory=list)
    """Databases that were not whole after a cut."""
    lost: int = 0
    """Writes that were in a disk's memory alone."""
    ready_s: list[float] = field(default_factory=list)
    """From power on until a slip could be scanned."""

    def __post_init__(self) -> None:
        """Before anything runs."""
        for disk in self.warehouse.disks:
            disk.make_lossy(self.options)

    @property
    def parts(self) -> Mapping[str, tuple[Disk, Process]]:
        """What has a plug: its disk, and the program on it."""
        benches = {bench.name: (bench.disk, bench.station) for bench in self.warehouse.benches}
        return {"desk": (self.warehouse.disk, self.warehouse.desk), **benches}

    def cut(self) -> None:
        """Somebody's power goes and comes back; all of it, once in four."""
        names = [*self.parts] if self.chance.random() < 0.25 else [self.chance.choice([*self.parts])]
        loss = self.chance.choice(list(Loss))
        unflushed = sum(self._off(name, loss) for name in names)
        self.lost += unflushed
        self._note(f"POWER CUT at {', '.join(names)}: {unflushed} writes are {loss}")
        time.sleep(self.chance.uniform(0, 0.3))
        for name in names:
            self._on(name)
        self._note(f"power is back at {', '.join(names)}")
        if self.chance.random() < 0.3:  # else the next cut may come while they start
            began = time.monotonic()
            for bench in self.warehouse.benches:
                _wait_until_ready(bench)
            self.ready_s.append(time.monotonic() - began)

    def _off(self, name: str, loss: Loss) -> int:
        disk, process = self.parts[name]
        assert disk.lossy is not None
        process.may_give_up = True  # in the moment before it is dead, it may see the disk fail
        cut = disk.lossy.power_cut(loss, self.chance, aimed_s=self.chance.choice((0.0, AIM_S)))
        process.cut_off()
        disk.lossy.unmount()
        return cut.unflushed

    def _on(self, name: str) -> None:
        disk, process = self.parts[name]
        assert disk.lossy is not None
        disk.lossy.mount()
        self.damage += [f"{name}: {wrong}" for wrong in lossy_mount.damage(disk.folder)]
        process.start()
        process.may_give_up = False

    def _note(self, text: str) -> None:
        self.warehouse.happened.append(Fact(time.monotonic(), frozenset(), text))


def _wait_until_ready(bench: Bench) -> None:
    bench.view.wait_for("ready", lambda screen: screen.desk and screen.printer == "ready", READY_S)


@contextmanager
def _shift(folder: Path, *, options: str = "defaults") -> Iterator[tuple[Shift, Power]]:
    warehouse = Warehouse(folder, benches=2)
    power = Power(warehouse, random.Random(SEED), options)
    try:
        with Shift(warehouse, SEED) as shift:
            yield shift, power
    finally:
        for disk in warehouse.disks:
            disk.take_away()


def _no_power_cut_breaks_a_promise(folder: Path, cuts: int) -> None:
    with _shift(folder) as (shift, power):
        began = time.monotonic()
        for _ in range(cuts):
            shift.stock(ORDERS_AHEAD)
            time.sleep(power.chance.uniform(0, WORK_S))
            power.cut()
        took_s = time.monotonic() - began
        shift.work_off()
        shift.report()
        ready = f"ready after {sorted(power.ready_s)[len(power.ready_s) // 2]:.1f} s" if power.ready_s else ""
        print(f"{cuts} power cuts in {took_s:.0f} s took {power.lost} unflushed writes; {ready}")
        assert power.damage == []
        breaches = shift.judged()
        assert not breaches, "\n".join(breaches)


@pytest.mark.timeout(600)
def test_no_power_cut_breaks_a_promise_or_a_database(short_folder: Path) -> None:
    _no_power_cut_breaks_a_promise(short_folder, 8)


@pytest.mark.full
@pytest.mark.timeout(CUTS * 30 + 600)
def test_no_power_cut_of_many_breaks_a_promise_or_a_database(short_folder: Path) -> None:
    _no_power_cut_breaks_a_promise(short_folder, CUTS)
