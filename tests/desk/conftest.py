"""A desk on a database file of its own, and benches that greeted it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.desk.driver import Bench, Desk, instruction, running


@pytest.fixture
def desk(tmp_path: Path) -> Iterator[Desk]:
    """A desk that knows the plain order."""
    with running(tmp_path / "desk.db") as started:
        started.instruct(instruction())
        yield started


@pytest.fixture
def bench(desk: Desk) -> Bench:
    """Station 1, greeted."""
    return greeted(desk, "station-1")


@pytest.fixture
def other(desk: Desk) -> Bench:
    """Station 2, greeted."""
    return greeted(desk, "station-2")


def greeted(desk: Desk, station: str) -> Bench:
    """A station that the desk knows."""
    bench = Bench(desk, station, journal=f"j-{station}")
    bench.greet()
    return bench
