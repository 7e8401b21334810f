"""What a database keeps grows old by time that passed, whatever the clock on the wall does."""

import sqlite3
from pathlib import Path

import pytest

from station.age import MOST_AWAY_S, NOTE_INTERVAL_S, Age
from station.bench.journal import Journal
from tests.clocks import Time

HOUR_S = 3600.0


def opened(path: Path, time: Time) -> Age:
    """A database's age, as a new process finds it: its clock that is never set begins anywhere."""
    Journal(path).close()
    time.elapsed_s = 5.0
    return Age(sqlite3.connect(path, isolation_level=None), time.clock)


def test_age_grows_by_the_time_that_passed_and_not_by_the_wall(tmp_path: Path) -> None:
    time = Time()
    age = opened(tmp_path / "db", time)
    began_s = age.now_s
    time.wall_s += 10**9
    time.pass_s(90.0)
    assert age.now_s - began_s == 90.0


def test_age_goes_on_after_a_restart_and_counts_the_time_away(tmp_path: Path) -> None:
    time = Time(wall_s=10**9)
    age = opened(tmp_path / "db", time)
    time.pass_s(NOTE_INTERVAL_S)
    age.note_sometimes()
    noted_s = age.now_s
    time.pass_s(14 * HOUR_S)
    assert opened(tmp_path / "db", time).now_s == noted_s + 14 * HOUR_S


@pytest.mark.parametrize(("leap_s", "counted_s"), [(1.6e9, MOST_AWAY_S), (-1.6e9, 0.0)])
def test_a_clock_that_leapt_meanwhile_counts_for_little(tmp_path: Path, leap_s: float, counted_s: float) -> None:
    time = Time(wall_s=1.7e9)
    age = opened(tmp_path / "db", time)
    time.pass_s(NOTE_INTERVAL_S)
    age.note_sometimes()
    noted_s = age.now_s
    time.wall_s += leap_s
    assert opened(tmp_path / "db", time).now_s == noted_s + counted_s


def test_what_the_wall_shows_at_the_start_is_not_noted(tmp_path: Path) -> None:
    """A Pi that starts in 1970 and is cut off within the hour, day after day, must not count a week each time."""
    time = Time(wall_s=0.0)
    for _ in range(20):
        age = opened(tmp_path / "db", time)
        time.pass_s(60.0)
        age.note_sometimes()
        time.wall_s = 1.7e9
        time.pass_s(60.0)
    assert opened(tmp_path / "db", time).now_s < HOUR_S
