"""What a daemon measures of itself. Without ``[metrics]`` nobody listens, and no library is loaded."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import NamedTuple


def _nobody(*_: object) -> None:
    """Nobody listens."""


@dataclass(frozen=True, slots=True)
class Measures:
    """Whom a daemon tells its figures. Each is called where the thing happens, on that thread."""

    committed: Callable[[float], None] = _nobody
    """A commit took so many seconds."""
    hold_answered: Callable[[str, float], None] = _nobody
    """A hold was answered with this outcome, so many seconds after it arrived."""
    matched: Callable[[str], None] = _nobody
    """The last scan matches: this grant is about to be asked for."""
    first_byte: Callable[[str], None] = _nobody
    """The printer took the first byte of this grant's label."""


UNMEASURED = Measures()


class Gauge(NamedTuple):
    """Something that stands at a value now."""

    name: str
    about: str
    values: Mapping[str, float]
    """By the label's value; by nothing, where there is one."""
    label: str = ""
