"""What the desk says to one station: answers, and pushes that nobody asked for."""

from enum import StrEnum
from typing import Annotated

import msgspec

from station.protocol.codec import Count, Identifier, Instant, Message, decode
from station.protocol.hold import Hold
from station.protocol.instruction import Instruction
from station.protocol.outcome import VoidCause
from station.protocol.request import MAX_UNRESOLVED, ContentName, GrantReference
from station.protocol.unit import IsoDate, Unit


class CallBack(msgspec.Struct, frozen=True, kw_only=True):
    """A label that came out and is to be scanned, to void it."""

    grant: GrantReference
    cause: VoidCause


MAX_RECALLS = 10
"""At one station, at one time: its own newest label, and what its people void."""
CallBacks = Annotated[tuple[CallBack, ...], msgspec.Meta(max_length=MAX_RECALLS)]


class Reply(Message, frozen=True, kw_only=True, tag_field="type"):
    """An answer, to the request that it names."""

    request: Identifier
    incarnation: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """Of the desk that answers: new at every start. After its welcome a station takes no other desk's answers: what a
    former one kept, an old copy put in its place may have forgotten."""


class Welcome(Reply, frozen=True, kw_only=True, tag="welcome"):
    """To a hello."""

    epoch: Identifier
    decision: Count
    """The desk's newest decision. A desk that later says less has been restored from an old copy."""
    last_sequence: Count
    """Of this journal's records, the last that the desk has."""
    outstanding: Annotated[tuple[GrantReference, ...], msgspec.Meta(max_length=MAX_UNRESOLVED)]
    """The grants that the desk believes outstanding at this station."""
    settled: tuple[Identifier, ...] = ()
    """Those of the hello's unresolved grants that a person has settled in the meantime."""
    want_holds: bool = False
    """The desk may have forgotten holds: say those that were heard."""
    want_releases: bool = False
    """And releases: the desk is an old copy."""
    recalls: CallBacks = ()
    """As in ``Recalls``."""
    number: Count = 0


class JournalBehind(Reply, frozen=True, kw_only=True, tag="journal_behind"):
    """To a hello whose journal lacks what the desk already has from it: it is an old copy and counts as lost."""

    last_sequence: Count
    boot_number: Count


class Opened(Reply, frozen=True, kw_only=True, tag="opened"):
    """The order is open at this station."""

    order: Identifier
    instruction: Instruction | None
    """Always there on the wire. The desk's own records of what it answered hold None: no personal data."""
    holds: tuple[Hold, ...] = ()
    reprint: Count = 0
    """0 for the first label; else the number that the next one is marked with."""
    today: IsoDate = ""
    """By the desk's clock, with the instruction: what expires before it is not packed. A station trusts no clock of its
    own."""
    content: ContentName = ""
    """Of the instruction, as its grant will name it: a label of another content is not printed by that."""


class Granted(Reply, frozen=True, kw_only=True, tag="granted"):
    """This one label may be printed, by the process that asked, while it waits for this answer."""

    grant: GrantReference
    epoch: Identifier
    decision: Count


class CalledBack(Reply, frozen=True, kw_only=True, tag="called_back"):
    """To a ``void`` or ``swap``: all labels of this grant are to be scanned here."""

    recall: CallBack
    number: Count
    """As in ``Recalls``."""


class Kept(Reply, frozen=True, kw_only=True, tag="kept"):
    """The desk has it, durably."""

    settled: bool = False
    """To an ``unknown``: a person has settled this grant already; nobody need look."""


class Closed(Reply, frozen=True, kw_only=True, tag="closed"):
    """The order is not open at this station any more."""

    order: Identifier


class Refusal(StrEnum):
    """Why a step was refused."""

    UNKNOWN_SLIP = "unknown_slip"
    HELD = "held"
    OPEN_ELSEWHERE = "open_elsewhere"
    PRINTING_ELSEWHERE = "printing_elsewhere"
    IN_DOUBT = "in_doubt"
    """A grant of this order is unknown; a person must look first."""
    SHIPPED = "shipped"
    NOT_SHIPPED = "not_shipped"
    NO_INSTRUCTION = "no_instruction"
    """The desk has no (or no longer an) instruction for this order."""
    NOT_OPEN_HERE = "not_open_here"
    OLD_REVISION = "old_revision"
    UNRESOLVED_HERE = "unresolved_here"
    """This station has a grant of another order to resolve first."""
    CATCHING_UP = "catching_up"
    """A restored desk waits for what stations know."""
    UNITS_LACKING = "units_lacking"
    """Not every unit that the order's lines ask for is named, as its line asks; the order is open here no more."""
    SERIAL_SHIPPED = "serial_shipped"
    """A unit with this serial number went out with another order; the order stays open here."""
    NEEDS_REVISION = "needs_revision"
    """The order's tracking numbers are void: it waits for a revision with others."""
    CALLED_BACK = "called_back"
    """The order's label is being called back."""
    RECALL_HERE = "recall_here"
    """This station has to look for the label of another order first."""
    UNKNOWN_LABEL = "unknown_label"
    """No label with this tracking number came out, or it is another one that counts now."""
    VOID_LABEL = "void_label"
    """The label is void already."""
    NO_SWAP = "no_swap"
    """Nobody ordered another label in the place of this one."""
    PACK_ANEW = "pack_anew"
    """Its newest revision has other lines or pieces than the parcel, or nobody knows what is in that: another label
    alone will not do. The order is opened with its slip, and packed anew."""


class Refused(Reply, frozen=True, kw_only=True, tag="refused"):
    """No, and why. What the packer needs to know stands beside it."""

    reason: Refusal
    order: str = ""
    station: str = ""
    """At which station the order is or was."""
    station_up: bool = False
    at: Instant = ""
    tracking_numbers: tuple[str, ...] = ()
    holds: tuple[Hold, ...] = ()
    waits_for: tuple[str, ...] = ()
    unit: Unit | None = None
    """The unit whose serial number went out before, at ``station`` and ``at``; of units that lack, their line."""
    shipped_with: str = ""
    """The order that it went out with."""


class HelloNeeded(Reply, frozen=True, kw_only=True, tag="hello_needed"):
    """The desk does not know this boot of the station: hello first, then the request again."""


class NotUnderstood(Reply, frozen=True, kw_only=True, tag="not_understood"):
    """The request was refused as invalid, or is not this sender's to make."""

    reason: str


class Push(Message, frozen=True, kw_only=True, tag_field="type"):
    """Nobody asked."""

    order: Identifier
    incarnation: Annotated[str, msgspec.Meta(max_length=64)] = ""
    """As of an answer: what a former desk took away, or settled, the one that welcomed the station does not know of."""


class Held(Push, frozen=True, kw_only=True, tag="held"):
    """A hold on the order that is open at this station changed."""

    hold: Hold


class Revised(Push, frozen=True, kw_only=True, tag="revised"):
    """A new revision of the order that is open at this station."""

    instruction: Instruction | None
    """Always there on the wire, as in ``Opened``."""
    today: IsoDate = ""
    """As in ``Opened``."""
    content: ContentName = ""
    """As in ``Opened``."""


class TakenOver(Push, frozen=True, kw_only=True, tag="taken_over"):
    """Another station has this order now."""

    station: Identifier


class Settled(Push, frozen=True, kw_only=True, tag="settled"):
    """A person settled this grant at the desk."""

    grant: Identifier
    printed: bool


class Recalls(Message, frozen=True, kw_only=True, tag_field="type", tag="recalls"):
    """All labels that this station is to find and scan, at this moment; said again while there are any."""

    recalls: CallBacks
    epoch: Identifier
    number: Count
    """Of two that overtook each other the higher is the truth, in one epoch."""


AnyReply = (
    Welcome | JournalBehind | Opened | Granted | CalledBack | Kept | Closed | Refused | HelloNeeded | NotUnderstood
)
AnyPush = Held | Revised | TakenOver | Settled | Recalls

_decoder: msgspec.json.Decoder[AnyReply | AnyPush] = msgspec.json.Decoder(AnyReply | AnyPush)


def signed(message: Message, incarnation: str) -> Message:
    """The same message; to a station, with the desk's name on it."""
    return msgspec.structs.replace(message, incarnation=incarnation) if isinstance(message, Reply | Push) else message


def decode_inbox(payload: bytes) -> AnyReply | AnyPush:
    """What lies in a station's inbox; raises Invalid."""
    return decode(payload, _decoder)
