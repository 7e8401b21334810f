"""Orders as CSV: one row for each line of an order, the order's own columns repeated or left blank in its later rows.

A physical line is a row, so that a quotation mark that is never closed spoils its own row and not the rest of the file.
"""

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec

from station.contact.fields import COLUMNS, Column, column_named, column_of_heading
from station.contact.phrases import Say, pair
from station.contact.reading import Reading, Taken, mistake_of
from station.contact.text_file import TextFile, Unusable
from station.protocol.instruction import Instruction

Row = Mapping[Column, str]

_ORDER = column_named("order")
_REVISION = column_named("revision")


@dataclass(slots=True)
class _Group:
    """The rows of one order, in their order."""

    order: str
    numbers: list[int] = field(default_factory=list)
    rows: list[Row] = field(default_factory=list)
    spoiled: bool = False
    """One of its rows cannot be read: the order would lack something, so it is not taken at all."""


def read_csv(file: TextFile) -> Reading:
    """The orders of a CSV file, and the mistakes in it. Raises Unusable where it has no usable header."""
    header, ignored = _header(file.lines[0])
    reading = Reading(ignored_columns=ignored)
    groups = _groups(file.lines[1:], header, reading)
    for group in groups:
        if not group.spoiled:
            _take(group, reading)
    return reading


def _header(line: str) -> tuple[list[Column | None], tuple[str, ...]]:
    try:
        headings = _cells(line)
    except csv.Error as error:
        raise Unusable(f"the header cannot be read: {error}") from None
    columns = [column_of_heading(heading) for heading in headings]
    known = [column for column in columns if column is not None]
    doubled = {column.name for column in known if known.count(column) > 1}
    if doubled:
        raise Unusable(f"the header names a column twice: {', '.join(sorted(doubled))}")
    missing = [f"{column.name} ({column.japanese})" for column in COLUMNS if column.needed and column not in known]
    if missing:
        raise Unusable(f"the header lacks {', '.join(missing)}; see docs/orders-file.md")
    ignored = tuple(
        heading for heading, column in zip(headings, columns, strict=True) if column is None and heading.strip()
    )
    return columns, ignored


def _groups(lines: Iterable[str], header: Sequence[Column | None], reading: Reading) -> list[_Group]:
    groups: dict[tuple[str, str], _Group] = {}
    revisions: dict[str, str] = {}
    above: _Group | None = None
    for number, line in enumerate(lines, start=2):
        row, wrong = _row(line, header)
        order = row.get(_ORDER, "")
        if order:
            revision = revisions[order] = row.get(_REVISION) or revisions.get(order, "")
            above = groups.setdefault((order, revision), _Group(order))
            above.numbers.append(number)
            above.rows.append(row)
        elif row and wrong is None:
            wrong = pair(Say.NO_ORDER_NUMBER)
        if wrong is None:
            continue
        # With nothing of an order's own it reads on from the row above, whose order would lack this line.
        belongs = above if order or (row and all(column.of_item for column in row)) else None
        reading.spoil(number, belongs.order if belongs else "", None, wrong)
        if belongs is not None:
            belongs.spoiled = True
    return list(groups.values())


def _row(line: str, header: Sequence[Column | None]) -> tuple[Row, tuple[str, str] | None]:
    """A row's cells that are not blank, and what is wrong with it as a row."""
    wrong = None
    try:
        cells = _cells(line)
    except csv.Error as error:
        wrong = pair(Say.NOT_CSV, reason=str(error))
        cells = line.replace('"', "").rstrip("\r\n").split(",")
    if any(cell.strip() for cell in cells[len(header) :]):
        wrong = pair(Say.TOO_MANY_CELLS, cells=len(cells), columns=len(header))
    named = zip(header, cells, strict=False)
    return {column: cell.strip() for column, cell in named if column is not None and cell.strip()}, wrong


def _cells(line: str) -> list[str]:
    return next(csv.reader([line.rstrip("\r\n")], strict=True), [])


def _take(group: _Group, reading: Reading) -> None:
    tree: dict[str, Any] = {"lines": []}
    mistakes = len(reading.mistakes)
    first = group.rows[0]
    for number, row in zip(group.numbers, group.rows, strict=True):
        item: dict[str, Any] = {}
        for column, cell in row.items():
            if not column.of_item and row is not first:
                if cell != first.get(column):
                    reading.spoil(number, group.order, column, pair(Say.DIFFERS, row=group.numbers[0]))
                continue
            try:
                value = column.kind.read(cell)
            except ValueError:
                reading.spoil(number, group.order, column)
                continue
            if value is not None:
                _put(item if column.of_item else tree, column.place.removeprefix("lines[]."), value)
        tree["lines"].append(item)
    tree.setdefault("revision", 1)
    tree.setdefault("slips", [group.order])
    if len(reading.mistakes) == mistakes:
        _convert(group, tree, reading)


def _convert(group: _Group, tree: dict[str, Any], reading: Reading) -> None:
    try:
        instruction = msgspec.convert(tree, Instruction)
    except msgspec.ValidationError as error:
        mistake = mistake_of(str(error))
        number = group.numbers[0] if mistake.line is None else group.numbers[mistake.line]
        reading.spoil(number, group.order, mistake.column, mistake.reason)
    else:
        reading.taken.append(Taken(instruction, tuple(group.numbers)))


def _put(tree: dict[str, Any], place: str, value: object) -> None:
    *parents, last = place.split(".")
    for parent in parents:
        tree = tree.setdefault(parent, {})
    if last.endswith("[]"):
        tree.setdefault(last.removesuffix("[]"), []).append(value)
    else:
        tree[last] = value


def csv_rows(instruction: Instruction, header_line: str, line_end: str) -> tuple[str, ...]:
    """An instruction as rows under a header. Raises Unusable where a column is lacking, or a cell cannot say it."""
    header, _ = _header(header_line)
    tree = msgspec.to_builtins(instruction)
    first = {column: _written(column, tree) for column in COLUMNS if not column.of_item}
    lacking = [
        column.name for column, cell in first.items() if cell and column not in header and not _implied(column, tree)
    ]
    if lacking:
        raise Unusable(f"the header lacks {', '.join(lacking)}")
    rows = []
    for line in tree["lines"]:
        item = {column: _written(column, {"lines[]": line}) for column in COLUMNS if column.of_item}
        rows.append([{**first, **item}[column] if column else "" for column in header])
    return tuple(_line(row, line_end) for row in rows)


def csv_header() -> str:
    """A header with every column, in Japanese."""
    return _line([column.japanese for column in COLUMNS], "\n").rstrip("\n")


def _implied(column: Column, tree: Mapping[str, Any]) -> bool:
    """Whether a file that lacks this column means the same."""
    implied = {"revision": 1, "slips": (tree["order"],), "payment": "prepaid", "temperature": "ambient"}
    return column.name in implied and _value(column, tree) == implied[column.name]


def _written(column: Column, tree: Mapping[str, Any]) -> str:
    value = _value(column, tree)
    try:
        return "" if value in (None, ()) else column.kind.write(value)
    except ValueError as error:
        raise Unusable(f"{column.name}: {error} has a meaning in a cell; save as JSON lines") from None


def _value(column: Column, tree: Mapping[str, Any]) -> Any:
    value: Any = tree
    for part in column.place.split("."):
        if value is None:
            return None
        value = value.get(part, value.get(part.removesuffix("[]")))
    if column.place.endswith("[]"):
        index = [other.name for other in COLUMNS if other.place == column.place].index(column.name)
        return value[index] if index < len(value) else None
    return value


def _line(cells: Sequence[str], line_end: str) -> str:
    if any("\n" in cell or "\r" in cell for cell in cells):
        raise Unusable("a line break has no place in a cell; save as JSON lines")
    written = io.StringIO()
    csv.writer(written, lineterminator=line_end).writerow(cells)
    return written.getvalue()
