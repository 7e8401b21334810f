"""A line of the journal: what kind it is, how much it matters, and the fields that it carries.

MESSAGE_ID= names the kind, so that ``journalctl -x`` finds its explanation in ``systemd/catalog/``
(https://systemd.io/CATALOG). It is made from the kind's name: a kind cannot be without one, nor share one.
"""

import logging
from enum import IntEnum
from typing import ClassVar
from uuid import UUID, uuid5

import msgspec

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


class Message(msgspec.Struct, frozen=True):
    """One line. Each kind has fields, which the journal has under their names, and says what is the same of all."""

    event: ClassVar[str]
    level: ClassVar[Level]
    text: ClassVar[str]
    """With the fields in braces."""
    most: ClassVar[int] = FROM_INSIDE
    """So many in a window are written (`station.telemetry.limits`)."""

    @property
    def id(self) -> str:
        """MESSAGE_ID=."""
        return message_id("", self.event)

    @property
    def carried(self) -> dict[str, str]:
        """The journal's fields; an empty one is left out."""
        said = {name.upper(): str(getattr(self, name)) for name in self.__struct_fields__}
        return {name: value for name, value in said.items() if value}

    def __str__(self) -> str:
        """The line in words."""
        return self.text.format_map(msgspec.structs.asdict(self)).rstrip()
