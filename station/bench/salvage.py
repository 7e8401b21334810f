"""What can still be read of a damaged journal, for the one that is begun in its place.

Each thing that is taken over makes the station more careful, never less: a record is said until the desk has kept it,
a print that began is asked about, a hold stops. So a row that is out of date, in a page that was not written, does no
harm; what the desk knows already it says.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing, suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeVar

import msgspec

from station.protocol.codec import DEFECTS
from station.protocol.hold import Hold
from station.protocol.request import AnyRecord, GrantReference, HeardHold, decode_record

_T = TypeVar("_T")


class Salvaged(NamedTuple):
    """Readable rows."""

    records: tuple[AnyRecord, ...]
    """That the desk had not kept, oldest first."""
    begun_grants: tuple[GrantReference, ...]
    holds: tuple[HeardHold, ...]
    """Those that are active."""


def salvaged(damaged: Path) -> Salvaged:
    """Everything readable of a file that may hold anything at all."""
    try:
        db = sqlite3.connect(damaged, isolation_level=None)
    except sqlite3.Error:
        return Salvaged((), (), ())
    db.text_factory = lambda text: text.decode("utf-8", "replace")  # what is no text is no reason to stop
    with closing(db):
        return Salvaged(
            _read(db, "SELECT {} FROM records WHERE kept = 0 ORDER BY sequence", "body", _record),
            _read(db, "SELECT {} FROM grants WHERE fate IS NULL ORDER BY grant_id", "body", _grant),
            _read(db, "SELECT {} FROM holds WHERE active = 1 ORDER BY order_id, hold_id", "order_id, body", _hold),
        )


def _read(db: sqlite3.Connection, sql: str, columns: str, read: Callable[..., _T]) -> tuple[_T, ...]:
    """From the beginning up to a damaged page, then from the end back to it."""
    backward = sql.replace("order_id, hold_id", "order_id DESC, hold_id") + " DESC"
    rows = dict.fromkeys([*_rows(db, sql.format(columns)), *reversed(_rows(db, backward.format(columns)))])
    found = []
    for row in rows:
        with suppress(msgspec.MsgspecError, *DEFECTS):  # rubbish is no row
            found.append(read(*row))
    return tuple(found)


def _rows(db: sqlite3.Connection, sql: str) -> list[tuple[Any, ...]]:
    rows: list[tuple[Any, ...]] = []
    with suppress(sqlite3.Error):  # as far as it can be read
        for row in db.execute(sql):
            rows.append(row)  # noqa: PERF402  (what came before the error stays)
    return rows


def _record(body: str) -> AnyRecord:
    return decode_record(body.encode())


def _grant(body: str) -> GrantReference:
    return msgspec.json.decode(body, type=GrantReference)


def _hold(order: str, body: str) -> HeardHold:
    return HeardHold(order=order, hold=msgspec.json.decode(body, type=Hold))
