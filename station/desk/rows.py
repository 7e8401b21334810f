"""What a row of the desk's database says, and how a value is written into its columns."""

from typing import Any

import msgspec

from station.desk.core.order import Claim, Edition, Granted, InDoubt, Packing, Standing
from station.protocol.request import GrantReference


def json_of(value: object) -> str | None:
    """A value as a column holds it; NULL for none."""
    return None if value is None else msgspec.json.encode(value).decode()


def edition_of(row: tuple[Any, ...]) -> Edition:
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


def claim_of(kind: str | None, station: str, boot: str, reprint: int, grant: str) -> Claim | None:
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
