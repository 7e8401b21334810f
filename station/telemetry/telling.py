"""Saying a line: ``tell(BrokerLost(reason))``. Who listens is set once, by `station.telemetry.logs`."""

import logging

from station.telemetry.faults import name_of, place_of, trace_of
from station.telemetry.life import Line
from station.telemetry.message import Message

Said = Message | Line

LOGGER = logging.getLogger("station")


def tell(said: Said) -> None:
    """One line. Never raises for want of a listener, and never waits for one that is slow."""
    level = said.level
    if LOGGER.isEnabledFor(level):
        LOGGER.log(level, "%s", said, extra={"said": said}, stacklevel=2)


def tell_life(line: Line) -> None:
    """One line of an order's life, where it is one of the journal."""
    if line.is_told:
        tell(line)


def fault(error: BaseException) -> dict[str, str]:
    """An exception as fields of a line."""
    return {"fault": name_of(error), "place": place_of(error), "trace": trace_of(error)}
