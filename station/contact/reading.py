"""What came of reading an orders file: the instructions, and the mistakes with their rows."""

import re
from dataclasses import dataclass, field

from station.contact.fields import Column, column_of_place
from station.contact.phrases import Say, pair
from station.protocol.instruction import Instruction

_PLACE = re.compile(r"^(?P<what>.*?)(?: - at `\$\.?(?P<place>.*)`)?$", re.DOTALL)
_MISSING = re.compile(r"missing required field `(.*)`")
_LINE = re.compile(r"lines\[(\d+)\]")


@dataclass(frozen=True, slots=True)
class Taken:
    """An instruction, and the rows that it stands in."""

    instruction: Instruction
    rows: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Mistake:
    """Something in a file that cannot be taken."""

    row: int
    """As spreadsheets and editors count: the first row is 1."""
    order: str
    """Whose instruction is not taken because of it; empty where nobody knows."""
    column: Column | None
    reason: tuple[str, str]


@dataclass(slots=True)
class Reading:
    """All that was read."""

    taken: list[Taken] = field(default_factory=list)
    mistakes: list[Mistake] = field(default_factory=list)
    passed_over: list[Taken] = field(default_factory=list)
    """Revisions of which the same file has a newer one."""
    ignored_columns: tuple[str, ...] = ()

    def spoil(self, row: int, order: str, column: Column | None, reason: tuple[str, str] | None = None) -> None:
        """Note a mistake; without a reason, that the value has not the column's form."""
        said = reason or pair(Say.HAS_TO_BE, form=column.form if column else ("", ""))
        self.mistakes.append(Mistake(row, order, column, said))


@dataclass(frozen=True, slots=True)
class FieldMistake:
    """What a decoder says, in a person's words."""

    column: Column | None
    reason: tuple[str, str]
    line: int | None
    """Of the order's lines, where it is about one, counted from 0."""


def mistake_of(error: str) -> FieldMistake:
    """What is wrong, from the decoder's words: they name types and places, never what stands there."""
    match = _PLACE.match(error)
    what, place = (match["what"], match["place"] or "") if match else (error, "")
    missing = _MISSING.search(what)
    if missing:
        place = f"{place}.{missing[1]}".lstrip(".")
    column = column_of_place(place)
    line = _LINE.match(place)
    if column is None:
        reason = pair(Say.DECODER, reason=error)
    elif missing:
        reason = pair(Say.IS_MISSING)
    elif column.form[0]:
        reason = pair(Say.HAS_TO_BE, form=column.form)
    else:
        reason = pair(Say.DECODER, reason=what)
    return FieldMistake(column, reason, int(line[1]) if line else None)
