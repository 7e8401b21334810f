"""The promises of the hold protocol in some hundred seeded worlds: see ``tests/simulation``.

A world that breaks a promise tells its story, and is lived through again with
``scripts/simulate --seed N --story``. CI lives through 50,000 orders, the long lane through a million:
``scripts/simulate --orders N``.
"""

import os
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.simulation.world import ALWAYS, DISASTERS, FAMILIES, TROUBLES, Judged, run_world

WORLDS = 240
BLOCK = 40
MEMORY = Path("/dev/shm")  # noqa: S108  (made for this: files that need not outlive the machine)


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    """For the databases: in memory, for a power cut here is that of a process."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as name:
        yield Path(name)


@pytest.fixture(scope="module")
def happened() -> Counter[str]:
    """What went wrong in the worlds of this run."""
    return Counter()


def live(seed: int, folder: Path) -> Judged:
    """One world, in a folder of its own."""
    with tempfile.TemporaryDirectory(dir=folder) as own:
        return run_world(seed, Path(own))


def judge(worlds: Iterable[Judged], happened: Counter[str]) -> None:
    """Fails with the first world's story in which a promise was broken."""
    for judged in worlds:
        happened.update(judged.faults)
        assert not judged.broken, "\n".join((judged.broken, f"seed {judged.seed}", *judged.story[-60:]))


@pytest.mark.parametrize("first", range(0, WORLDS, BLOCK))
def test_no_promise_is_broken_and_no_order_is_stuck(first: int, folder: Path, happened: Counter[str]) -> None:
    judge((live(seed, folder) for seed in range(first, first + BLOCK)), happened)


def test_everything_that_can_go_wrong_did(happened: Counter[str]) -> None:
    kinds = (
        {"printed without permission"}
        | {kind for family in FAMILIES.values() for kind in family}
        | set(ALWAYS)
        | set(TROUBLES)
        | set(DISASTERS) - {"none", "key"}
    )
    assert kinds - set(happened) == set()


def test_a_seed_is_one_world_and_replays_exactly(folder: Path) -> None:
    assert live(1, folder) == live(1, folder)
    assert live(1, folder) != live(2, folder)


def test_and_in_another_process_whose_sets_have_another_order() -> None:
    def told(hash_seed: str) -> str:
        words = (sys.executable, "-m", "tests.simulation", "--seed", "717", "--story")
        environment = os.environ | {"PYTHONHASHSEED": hash_seed}
        ended = subprocess.run(words, env=environment, capture_output=True, text=True, check=True)
        return ended.stdout[: ended.stdout.index("1 worlds of")]

    assert told("1") == told("2") == told("3")
