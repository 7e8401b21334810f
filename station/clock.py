"""The one place that asks the machine's clocks."""

import time
from datetime import datetime


def wall_clock() -> str:
    """Local time with offset, to the millisecond: shown to people, never compared (hold protocol, section 1)."""
    return datetime.now().astimezone().isoformat(timespec="milliseconds")


def wall_clock_s() -> int:
    """Seconds since 1970, for retention alone."""
    return int(time.time())


def elapsed_s() -> float:
    """Seconds since some moment, never set back: what every limit is counted with."""
    return time.monotonic()
