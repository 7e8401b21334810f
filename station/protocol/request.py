"""What a station says to the desk.

Three kinds, each safe to lose, double, delay and swap, each for its own reason:

* **Steps** (open, reprint, print, not_printed, close, void, swap) are numbered within a boot of the station: the desk
  answers the newest again with the same answer and takes no older one, so a late double changes nothing.
* **Records** (printed, unknown, no_label, scanned_back, voided, gone) are numbered within a journal, durable, and sent
  again until ``kept``.
* **Greetings** (hello, heard) change nothing when they are said again.
"""

from collections.abc import Sequence
from typing import Annotated

import msgspec

from station.protocol.codec import Count, Identifier, Instant, Message, decode
from station.protocol.hold import Hold
from station.protocol.outcome import ProofName, VoidCause
from station.protocol.unit import MAX_UNITS, Goods, Units

Code = Annotated[str, msgspec.Meta(min_length=1, max_length=64)]
MAX_HEARD = 20
"""Holds in one message: the longest stay well within its size."""
MAX_UNRESOLVED = 40
"""Grants in one message, likewise."""
TrackingNumbers = Annotated[tuple[Annotated[str, msgspec.Meta(max_length=20)], ...], msgspec.Meta(max_length=20)]
CONTENT_DIGITS = 4
ContentName = Annotated[str, msgspec.Meta(max_length=CONTENT_DIGITS)]
"""How the digest of an instruction begins."""
Packer = Annotated[str, msgspec.Meta(max_length=64)]
"""Who scanned the badge; empty where nobody did."""


class Request(Message, frozen=True, kw_only=True, tag_field="type"):
    """A request names itself; its answer carries the same name. A name never comes again."""

    request: Identifier


class GrantReference(msgspec.Struct, frozen=True, kw_only=True):
    """A permission to print, as both sides name it."""

    grant: Identifier
    order: Identifier
    revision: Count
    reprint: Count = 0
    tracking_numbers: TrackingNumbers = ()
    content: ContentName = ""
    """How the digest of the label's instruction begins: enough to tell two contents of one number apart, too little to
    try addresses by. Empty where no desk gave the permission."""
    goods: Goods = ""
    """What is in the parcel: a later revision whose own is another one is not put on it as a label alone."""
    units: Units = ()
    """What the codes of the packed units said, where the order asks for it: with the grant it survives on either
    side."""
    packer: Packer = ""
    """Who packed it, as this and what follows were when the print began: with the grant they survive a restart. Empty
    before."""
    supervisor: Packer = ""
    """Who answers for it where somebody has to: a reprint, a print without permission, units without a scan. ``key``
    where the supervisor's key was turned."""
    unscanned: Count = 0
    """Units that were counted without a scan, on a supervisor's word."""
    without_permission: bool = False

    def begun(self, *, packer: str, supervisor: str, unscanned: int, without_permission: bool) -> "GrantReference":
        """The same grant, as its print begins."""
        return msgspec.structs.replace(
            self, packer=packer, supervisor=supervisor, unscanned=unscanned, without_permission=without_permission
        )

    def with_units(self, units: Units) -> "GrantReference":
        """The same grant with these units."""
        return msgspec.structs.replace(self, units=units)


def fitting(grants: Sequence[GrantReference]) -> tuple[GrantReference, ...]:
    """Grants as one message can name them: those that are more than it holds not at all, and units as far as they fit.

    Who has the units of a grant keeps them when it is named without.
    """
    found: list[GrantReference] = []
    units = 0
    for grant in grants[:MAX_UNRESOLVED]:
        units += len(grant.units)
        found.append(grant if units <= MAX_UNITS else grant.with_units(()))
    return tuple(found)


class Hello(Request, frozen=True, kw_only=True, tag="hello"):
    """A station presents itself: at every connection, and whenever the desk asks for it."""

    journal: Identifier
    boot_number: Count
    boot: Identifier
    number: Count = 0
    """Each hello of a boot has a higher one: a late double of an earlier one knows less."""
    last_sequence: Count
    """Of the journal's records; 0 when it has none."""
    first_sequence: Count = 1
    """Of the records that the journal still has: those before it were kept by a desk, and are past their time."""
    unresolved: Annotated[tuple[GrantReference, ...], msgspec.Meta(max_length=MAX_UNRESOLVED)]
    first_step: Count = 0
    """The step that waits for its answer, or the next one: what this boot asked before it is given up."""
    open_order: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The order that is open on this station, if one is."""
    epoch: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The desk's epoch that this journal last knew."""
    seen_decision: Count = 0
    """The newest decision of that epoch that this journal knows of. A desk that has not made it is an old copy."""
    software: Annotated[str, msgspec.Meta(max_length=64)] = ""


class Heard(Request, frozen=True, kw_only=True, tag="heard"):
    """The holds that a station heard, for a desk that may have forgotten them."""

    holds: Annotated[tuple["HeardHold", ...], msgspec.Meta(max_length=MAX_HEARD)]
    incarnation: Identifier
    """Of the desk that asked, in its welcome: a late double must not speak to another."""
    more: bool
    """Another ``heard`` follows; only the last makes the station ready to be granted anything."""


class HeardHold(msgspec.Struct, frozen=True, kw_only=True):
    """A hold with the order that its topic named."""

    order: Identifier
    hold: Hold


class Step(Request, frozen=True, kw_only=True):
    """A numbered request of one boot: one at a time; a newer one gives up the one before it."""

    boot: Identifier
    number: Annotated[int, msgspec.Meta(ge=1)]


class Open(Step, frozen=True, kw_only=True, tag="open"):
    """A slip was scanned."""

    slip: Code
    packer: Packer = ""
    take_over: bool = False
    supervisor: bool = False
    """The supervisor's key is on: an order may be taken over from a station that is up."""


class Reprint(Step, frozen=True, kw_only=True, tag="reprint"):
    """A supervisor asks for one more label of a shipped order."""

    slip: Code
    packer: Packer = ""


class Print(Step, frozen=True, kw_only=True, tag="print"):
    """Everything matches and the printer is ready. The request's name becomes the grant's."""

    order: Identifier
    revision: Count
    units: Units = ()
    """What the codes of the packed units said, where the order asks for it."""
    supervisor: Packer = ""
    """Who gives their word that a serial number may go out that went out before; ``key`` for the key switch."""


class NotPrinted(Step, frozen=True, kw_only=True, tag="not_printed"):
    """The very process that asked for this grant knows that it did not begin, and never will."""

    order: Identifier
    grant: Identifier


class Close(Step, frozen=True, kw_only=True, tag="close"):
    """The packer put the order back."""

    order: Identifier


class Void(Step, frozen=True, kw_only=True, tag="void"):
    """A supervisor has a printed label in hand that is not to be used."""

    label: Code
    packer: Packer = ""


class Swap(Step, frozen=True, kw_only=True, tag="swap"):
    """A printed label is in hand, in whose place the contact center ordered another. Said again once the old one is
    void, for the new one."""

    label: Code
    packer: Packer = ""


class Record(Request, frozen=True, kw_only=True):
    """Durable at the station before it is said, and said until the desk has kept it."""

    journal: Identifier
    sequence: Annotated[int, msgspec.Meta(ge=1)]
    grant: GrantReference
    at: Instant = ""
    packer: Packer = ""


class Printed(Record, frozen=True, kw_only=True, tag="printed"):
    """The label, or the whole set, is on paper."""

    proof: ProofName
    without_permission: bool = False


class Unknown(Record, frozen=True, kw_only=True, tag="unknown"):
    """The station lost sight of this grant's label. A person is asked to look."""

    reason: Annotated[str, msgspec.Meta(max_length=200)] = ""


class NoLabel(Record, frozen=True, kw_only=True, tag="no_label"):
    """A person looked: the label did not come out, and the printer holds nothing of it."""

    open_in: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """The boot that still has the order open; empty where none has."""


class ScannedBack(Record, frozen=True, kw_only=True, tag="scanned_back"):
    """The printed label, or the whole set, was scanned on its box, where a site has that done."""

    wrong: Count = 0
    """Other labels that were scanned before."""
    supervisor: Packer = ""
    """Who let the box pass without the scan; empty where it was scanned."""


class Voided(Record, frozen=True, kw_only=True, tag="voided"):
    """Every label of this grant was scanned to void it. It is destroyed once the desk has kept this."""

    cause: VoidCause


class Gone(Record, frozen=True, kw_only=True, tag="gone"):
    """A person looked: the parcel with this label is not at the bench any more."""


class Resolve(Request, frozen=True, kw_only=True, tag="resolve"):
    """A supervisor looked, for a station that will not come back."""

    order: Identifier
    grant: Identifier
    printed: bool
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


class DoWithout(Request, frozen=True, kw_only=True, tag="do_without"):
    """A supervisor's word that a restored desk need not wait for this station."""

    station: Identifier
    by: Annotated[str, msgspec.Meta(min_length=1, max_length=64)]


AnyStep = Open | Reprint | Print | NotPrinted | Close | Void | Swap
AnyRecord = Printed | Unknown | NoLabel | ScannedBack | Voided | Gone
AnyRequest = Hello | Heard | AnyStep | AnyRecord | Resolve | DoWithout

_decoder: msgspec.json.Decoder[AnyRequest] = msgspec.json.Decoder(AnyRequest)
_record: msgspec.json.Decoder[AnyRecord] = msgspec.json.Decoder(AnyRecord)


def decode_request(payload: bytes) -> AnyRequest:
    """The request in a payload; raises Invalid."""
    return decode(payload, _decoder)


def decode_record(payload: bytes) -> AnyRecord:
    """A record as the journal keeps it; raises Invalid."""
    return decode(payload, _record)
