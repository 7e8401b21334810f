"""What a row of the desk's database says, and how a value is written into its columns."""

from collections.abc import Iterable
from typing import Any

import msgspec

from station.desk.core.order import Claim, Edition, Granted, InDoubt, Order, Packing, Recall, Shipped, Standing, Voided
from station.protocol.hold import Hold
from station.protocol.request import GrantReference

Row = tuple[Any, ...]


def json_of(value: object) -> str | None:
    """A value as a column holds it; NULL for none."""
    return None if value is None else msgspec.json.encode(value).decode()


def order_of(
    row: tuple[Any, ...], edition_rows: Iterable[tuple[Any, ...]], hold_rows: Iterable[tuple[Any, ...]]
) -> Order:
    """Of a row of ``orders``, with those of ``editions`` and ``holds`` that are its own."""
    order, kind, station, boot, reprint, grant, doubts, shipped, contents, voids, recall, label_sets, _ = row
    holds = [(msgspec.json.decode(body, type=Hold), known) for body, known in hold_rows]
    return Order(
        order=order,
        editions=tuple(_edition_of(edition) for edition in edition_rows),
        holds={hold.hold: hold for hold, _ in holds},
        unknown_holds=frozenset(hold.hold for hold, known in holds if not known),
        claim=_claim_of(kind, station, boot, reprint, grant),
        doubts=msgspec.json.decode(doubts, type=tuple[InDoubt, ...]),
        shipped=None if shipped is None else msgspec.json.decode(shipped, type=Shipped),
        granted_contents=msgspec.json.decode(contents, type=dict[int, str]),
        recall=None if recall is None else msgspec.json.decode(recall, type=Recall),
        voids=msgspec.json.decode(voids, type=tuple[Voided, ...]),
        label_sets=label_sets,
    )


def _edition_of(row: Row) -> Edition:
    """Of a row of ``editions``, but for its order and instruction."""
    revision, digest, standing, slips, tracking_numbers, swap = row
    return Edition(
        revision=revision,
        digest=digest,
        slips=_texts(slips),
        tracking_numbers=_texts(tracking_numbers),
        standing=Standing(standing),
        swap=bool(swap),
    )


def _texts(body: str) -> tuple[str, ...]:
    return msgspec.json.decode(body, type=tuple[str, ...])


def _claim_of(kind: str | None, station: str, boot: str, reprint: int, grant: str) -> Claim | None:
    """Of the columns of ``orders``."""
    if kind is None:
        return None
    if kind == "packing":
        return Packing(station, bool(reprint))
    reference = msgspec.json.decode(grant, type=GrantReference)
    return Granted(station, boot, reference) if kind == "granted" else InDoubt(station, boot, reference)


def claim_columns(claim: Claim | None) -> tuple[str | None, str | None, str | None, int | None, str | None]:
    """The columns of ``orders``: kind, station, boot, reprint, grant."""
    match claim:
        case None:
            return None, None, None, None, None
        case Packing(station, reprint):
            return "packing", station, None, int(reprint), None
        case Granted(station, boot, grant):
            return "granted", station, boot, None, json_of(grant)
        case InDoubt(station, boot, grant):
            return "in_doubt", station, boot, None, json_of(grant)
