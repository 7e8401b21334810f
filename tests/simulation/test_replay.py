"""Whatever a station decides in whole worlds with every fault, replay decides again: cut off, restored, swapped."""

import tempfile
from pathlib import Path

import pytest

from station.bench.core import printing
from station.bench.core.effects import Audit
from station.bench.core.turn import Turn
from tests.simulation.__main__ import MEMORY
from tests.simulation.world import World, run_world

WORLDS = 80
FULL_WORLDS = 4_000
BLOCK = 40
FIRST = 700_000
REPLAY = "replay: "


def replayed(seed: int) -> str:
    """What is decided otherwise when a world's stations are replayed. Its promises are not asked about here."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        broken = run_world(seed, Path(folder), replayed=True).broken
    return broken[broken.index(REPLAY) :] if REPLAY in broken else ""


@pytest.mark.parametrize("first", range(FIRST, FIRST + WORLDS, BLOCK))
def test_every_decision_of_a_world_is_decided_again_alike(first: int) -> None:
    assert {seed: broken for seed in range(first, first + BLOCK) if (broken := replayed(seed))} == {}


@pytest.mark.full
@pytest.mark.timeout(1800)
@pytest.mark.parametrize("first", range(FIRST + WORLDS, FIRST + FULL_WORLDS, 480))
def test_every_decision_is_decided_again_alike_in_the_long_run(first: int) -> None:
    assert {seed: broken for seed in range(first, first + 480) if (broken := replayed(seed))} == {}


def test_a_core_that_decides_otherwise_at_the_end_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    judge = World.replayed

    def otherwise(world: World) -> str:
        tell_held = printing.tell_held
        with monkeypatch.context() as changed:

            def also(turn: Turn, packed: object) -> None:
                turn.enter(Audit("held"))
                tell_held(turn, packed)  # type: ignore[arg-type]

            changed.setattr(printing, "tell_held", also)
            return judge(world)

    monkeypatch.setattr(World, "replayed", otherwise)
    found = [broken for seed in range(FIRST, FIRST + 20) if (broken := replayed(seed))]
    assert found
