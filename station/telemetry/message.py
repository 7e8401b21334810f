"""A line of the journal: what kind it is, how much it matters, and the fields that it carries.

MESSAGE_ID= names the kind, so that ``journalctl -x`` finds its explanation in ``systemd/catalog/``
(https://systemd.io/CATALOG). It is made from the kind's name: a kind cannot be without one, nor share one.
"""

import logging
from dataclasses import fields
from enum import IntEnum
from typing import ClassVar
from uuid import UUID, uuid5

NAMESPACE = UUID("6f3c1c1e-9d5b-4d2a-8a61-6e0f5b7c0d44")
"""Of this project's message ids."""


class Level(IntEnum):
    """How much a line matters: logging's numbers. What each stands for: docs/journal.md."""

    DEBUG = logging.DEBUG
    INFO = logging.INFO
    NOTICE = 25
    WARNING = logging.WARNING
    ERR = logging.ERROR
    CRIT = logging.CRITICAL

    @property
    def priority(self) -> int:
        """The journal's PRIORITY= (syslog(3))."""
        return _PRIORITIES[self]


_PRIORITIES = {Level.CRIT: 2, Level.ERR: 3, Level.WARNING: 4, Level.NOTICE: 5, Level.INFO: 6, Level.DEBUG: 7}

FROM_INSIDE = 1_000
"""Lines of one kind in a window, of what the programs themselves come to: more than the busiest site has."""
FROM_OUTSIDE = 20
"""The same of what anybody on the network, or a defect that is met by every message, can bring about."""


def message_id(by: str, event: str) -> str:
    """The 128-bit id of a kind, as the journal writes it. ``by``: the program that alone says it, or nothing."""
    return uuid5(NAMESPACE, f"{by} {event}").hex


class Message:
    """One line. A kind is a frozen dataclass of text fields, each of which the journal has under its name."""

    kinds: ClassVar[dict[str, type["Message"]]] = {}
    """By event."""
    event: ClassVar[str]
    level: Level
    text: ClassVar[str]
    """With the fields in braces."""
    most: ClassVar[int]
    """So many in a window are written (`station.telemetry.limits`)."""

    def __init_subclass__(cls, *, event: str, level: Level, text: str, most: int = FROM_INSIDE) -> None:
        """A new kind."""
        cls.event, cls.text, cls.most = event, text, most
        if "level" not in cls.__dict__:
            cls.level = level
        Message.kinds[event] = cls

    @property
    def id(self) -> str:
        """MESSAGE_ID=."""
        return message_id("", self.event)

    @property
    def carried(self) -> dict[str, str]:
        """The journal's fields; an empty one is left out."""
        said = {each.name.upper(): str(getattr(self, each.name)) for each in fields(self)}  # type: ignore[arg-type]
        return {name: value for name, value in said.items() if value}

    def __str__(self) -> str:
        """The line in words."""
        return self.text.format_map({each.name: getattr(self, each.name) for each in fields(self)}).rstrip()  # type: ignore[arg-type]
