"""A process of the simulated world, as far as the judge rests on it."""

import random
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.simulation.faults import Faults
from tests.simulation.network import Network
from tests.simulation.processes import Process
from tests.simulation.schedule import Schedule


@dataclass
class Running(Process):
    """One that is up and does nothing by itself."""

    def start(self) -> None:
        """Power on."""
        self._power_on()


@pytest.mark.parametrize("again_after_s", [None, 0.5])
def test_what_comes_to_a_process_that_is_stopped_waits_and_keeps_its_order(
    tmp_path: Path, again_after_s: float | None
) -> None:
    world = Faults(Schedule(), random.Random(1), {})
    process = Running(world, Network(world), tmp_path)
    process.start()
    seen: list[tuple[str, float]] = []
    for at_s, name in ((0.1, "first"), (0.8, "second"), (5.0, "third")):
        process.later(at_s, lambda name=name: seen.append((name, world.schedule.now)))  # type: ignore[misc]
    process.stop_for(1.0)
    if again_after_s is not None:
        world.schedule.after(again_after_s, lambda: process.stop_for(2.0))
    world.schedule.run(10.0)
    woken_s = 1.0 if again_after_s is None else 2.5
    assert seen == [("first", woken_s), ("second", woken_s), ("third", 5.0)]
