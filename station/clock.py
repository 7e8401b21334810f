"""The one place that asks the machine's clocks."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime


def wall_clock() -> str:
    """Local time with offset, to the millisecond: shown to people, never compared (hold protocol, section 1)."""
    return as_text(wall_clock_s())


def wall_clock_s() -> float:
    """Seconds since 1970, for retention and for people alone."""
    return time.time()


def as_text(wall_s: float) -> str:
    """The same, as it is shown."""
    return datetime.fromtimestamp(wall_s).astimezone().isoformat(timespec="milliseconds")


def elapsed_s() -> float:
    """Seconds since some moment, never set back: what every limit is counted with."""
    return time.monotonic()


@dataclass(frozen=True, slots=True)
class Clock:
    """What a loop asks for the time. A simulated world hands it another."""

    elapsed_s: Callable[[], float] = elapsed_s
    shown: Callable[[], str] = wall_clock
    wall_s: Callable[[], float] = wall_clock_s
