"""An order's life, as the desk's database has it."""

import sqlite3
from typing import NamedTuple

from station.clock import as_text


class HistoryLine(NamedTuple):
    """A line of an order's life."""

    at: str
    order: str
    what: str
    station: str
    detail: str


def history_in(db: sqlite3.Connection, order: str) -> tuple[HistoryLine, ...]:
    """An order's life, as a desk's database has it, oldest first."""
    columns = "at_s, order_id, what, station, detail"
    rows = db.execute(
        f"SELECT {columns}, 1 AS part, line FROM history WHERE order_id = ?1 "  # noqa: S608
        f"UNION ALL SELECT {columns}, 0, line FROM strays WHERE order_id = ?1 ORDER BY part, line",
        (order,),
    )
    return tuple(HistoryLine(as_text(at_s), *rest) for at_s, *rest, _part, _line in rows)
