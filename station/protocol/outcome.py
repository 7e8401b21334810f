"""The desk's answers to the contact center: what became of a hold or a revision, and the shipment record."""

from enum import StrEnum
from typing import Annotated, Literal

import msgspec

from station.protocol.codec import Count, Identifier, Instant, Message, decode
from station.protocol.unit import Units

MAX_STILL_HELD_BY = 5
MAX_WARNINGS = 4


class OutcomeKind(StrEnum):
    """What became of a hold or of a revision."""

    STOPPED = "stopped"
    """Of a hold: no label of this order comes out until it is released."""
    FREED = "freed"
    """Of a hold: it is released."""
    ACCEPTED = "accepted"
    """Of a revision: labels printed from now on carry it."""
    REFUSED = "refused"
    """Of a revision: it will never be printed; of a hold: it was not taken. The reason says why."""
    PRINTING = "printing"
    """A station has permission and may be printing at this moment; the next outcome says how it ended."""
    TOO_LATE = "too_late"
    """The label came out: when, where, which tracking numbers."""
    RECALLING = "recalling"
    """The label came out, and its parcel may still be at the bench: it is looked for there. The next outcome says how
    that ended."""
    RECALLED = "recalled"
    """Of a hold: the label that came out was scanned to void it; no label comes out until the hold is released."""
    SWAP_ORDERED = "swap_ordered"
    """Of a revision that says ``swap``: the label came out; who has its parcel in hand can put this revision's in its
    place. Another outcome follows when that has begun."""
    UNKNOWN = "unknown"
    """A station lost sight of its label; a person is asked to look."""


class ContradictionKind(StrEnum):
    """What speaks against a postal code."""

    NOT_LISTED = "not_listed"
    """It is not in the list of postal codes; new ones come every month."""
    OTHER_PREFECTURE = "other_prefecture"
    """It belongs to another prefecture than the address names."""
    OTHER_CITY = "other_city"
    """Or to another city, ward, town or village (市区町村)."""
    OTHER_TOWN = "other_town"
    """Or to another part of that city (町域)."""


class Contradiction(msgspec.Struct, frozen=True, kw_only=True):
    """Something in an instruction that contradicts itself. A person looks; the desk changes nothing."""

    field: Annotated[str, msgspec.Meta(max_length=60)]
    """The instruction's name for it."""
    kind: Annotated[str, msgspec.Meta(max_length=40)]
    """A ``ContradictionKind``; one that a reader does not know is shown as it is. Never what stands in the field."""


class Outcome(Message, frozen=True, kw_only=True):
    """The answer to a hold or a revision. A newer one replaces it."""

    order: Identifier
    of: Literal["hold", "revision"]
    subject: Identifier
    """The hold's id, or the revision's number."""
    outcome: OutcomeKind
    reason: str = ""
    digest: str = ""
    """Of a revision: SHA-256 of the instruction's one encoding, by which its publisher knows the answer for its own."""
    no_instruction: bool = False
    """Of a hold: the desk knows no instruction for this order. It is held all the same; its number may be mistyped."""
    unknown_hold: bool = False
    """Of a release: the desk knew no such hold. Nothing with this id holds from now on; the id may be mistyped."""
    still_held_by: Annotated[tuple[Identifier, ...], msgspec.Meta(max_length=MAX_STILL_HELD_BY)] = ()
    """Of a release: other holds that stop the order all the same, at most five of them."""
    warnings: Annotated[tuple[Contradiction, ...], msgspec.Meta(max_length=MAX_WARNINGS)] = ()
    """Of a revision that was not refused, in the answer to its publisher: what a person should look at."""
    station: str | None = None
    grant: str | None = None
    printed_at: Instant | None = None
    tracking_numbers: tuple[str, ...] = ()
    printed_revision: int | None = None
    needs_revision: bool = False
    """The tracking numbers of the newest revision are void: the order is not packed before another one comes."""
    at_bench: bool | None = None
    """Whether the parcel may still be at the bench: no other order was opened there since."""
    epoch: str = ""
    """Of the desk that says it. After a restore an answer from before it says nothing of what the desk knows now."""
    number: Count = 0
    """Of the desk's answers in this epoch, each has a higher one than those before: of two that overtook each other the
    higher is the truth."""
    at: Instant = ""
    """When the desk decided."""


ProofName = Literal["process_id", "status", "label_scanned", "person"]
VoidCause = Literal["recall", "void", "dock_swap"]
"""Why a label that came out was made void: called back by a hold or a newer revision, by a person at the bench, or
because another takes its place at the dock."""


class Shipment(Message, frozen=True, kw_only=True):
    """The shipment record (出荷報告): one for each label, or set of labels, that came out, and one for each that was
    made void since. Void is final, whichever of the two has the lower number."""

    number: Count
    """The desk's own count: a consumer that sees a gap asks for what it lacks."""
    order: Identifier
    kind: Literal["printed", "void"] = "printed"
    """``void``: the label of this grant does not count any more, nor do earlier ones of this order with any of these
    tracking numbers."""
    grant: Identifier
    station: Identifier
    """Where it was printed, or scanned to void it."""
    revision: Count
    tracking_numbers: tuple[str, ...]
    proof: ProofName
    reprint: Count = 0
    irregular: Literal["", "reprint"] | VoidCause = ""
    """For billing: this label, or this void, is a job beyond the one that an order takes; and why."""
    replaces: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The grant whose label this one stands for: an earlier one that came out, or that was made void."""
    without_permission: bool = False
    packer: str = ""
    units: Units = ()
    """What the codes of the packed units said, where the order asks for it. Another label of a shipped order has none:
    its parcel is packed, and its first record has them."""
    supervisor: str = ""
    """Who answers for a reprint, a print without permission, a unit without a scan; ``key`` for the key switch."""
    unscanned: Count = 0
    """Units that were counted without a scan, on a supervisor's word."""
    printed_at: Instant = ""
    kept_at: Instant = ""


class ShipmentQuery(Message, frozen=True, kw_only=True):
    """Asks the desk for shipment records again."""

    query: Identifier
    after: Count = 0
    order: Identifier | None = None


class ShipmentPage(Message, frozen=True, kw_only=True):
    """The shipments that a query asked for, oldest first; ``more`` where another page follows the last."""

    query: Identifier
    shipments: Annotated[tuple[Shipment, ...], msgspec.Meta(max_length=100)]
    more: bool


_outcome = msgspec.json.Decoder(Outcome)
_shipment = msgspec.json.Decoder(Shipment)
_query = msgspec.json.Decoder(ShipmentQuery)
_page = msgspec.json.Decoder(ShipmentPage)


def decode_outcome(payload: bytes) -> Outcome:
    """The outcome in a payload; raises Invalid."""
    return decode(payload, _outcome)


def decode_shipment(payload: bytes) -> Shipment:
    """The shipment record in a payload; raises Invalid."""
    return decode(payload, _shipment)


def decode_shipment_query(payload: bytes) -> ShipmentQuery:
    """The query in a payload; raises Invalid."""
    return decode(payload, _query)


def decode_shipment_page(payload: bytes) -> ShipmentPage:
    """The page in a payload; raises Invalid."""
    return decode(payload, _page)
