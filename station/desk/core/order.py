"""One order at the desk: what is known of it, and the outcomes that follow.

    free ──open──> Packing ──print──> Granted ──printed──> shipped, free ──reprint──> Packing …
      ^               ^                │    │                   ^
      │             close       not_printed │unknown            │ printed
      ├───────────────┴────────────────┴─ InDoubt ─ no_label ───┤ (then open again, and marked)
      └──── voided ──── called back, for a while ───────────────┘ (then with other tracking numbers)

Holds stand beside: while one is active, nothing is granted. What a hold or a revision is answered is a function of
the order alone, so that who asks again gets the same truth, and a crash between decision and answer loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from station.protocol.hold import Hold
from station.protocol.outcome import OutcomeKind, VoidCause
from station.protocol.request import CONTENT_DIGITS, GrantReference

MAX_HOLDS = 200
"""On one order. It is held by any one of them."""
MAX_REVISIONS = 200


CATCHING_UP = "the desk is a restored copy and waits until its stations have said what they printed"


class Standing(StrEnum):
    """What a revision is worth."""

    ACCEPTED = "accepted"
    PENDING = "pending"
    """It came while a grant for an older one stood; how that ends decides."""
    TOO_LATE = "too_late"
    SWAP = "swap"
    """It came too late, and is ordered to take the place of the label that came out."""


@dataclass(frozen=True, slots=True)
class Edition:
    """A revision of an order's instruction, without what is personal in it."""

    revision: int
    digest: str
    slips: tuple[str, ...]
    tracking_numbers: tuple[str, ...]
    standing: Standing = Standing.ACCEPTED
    swap: bool = False
    """It is to take the place of a label that came out, too."""

    @property
    def content(self) -> str:
        """As grants name it."""
        return self.digest[:CONTENT_DIGITS]


@dataclass(frozen=True, slots=True)
class Packing:
    """Open at a station."""

    station: str
    reprint: bool = False


@dataclass(frozen=True, slots=True)
class Granted:
    """A station has permission for one label, or set of labels."""

    station: str
    boot: str
    grant: GrantReference


@dataclass(frozen=True, slots=True)
class InDoubt:
    """A station lost sight of its label. Unknown is never free."""

    station: str
    boot: str
    grant: GrantReference


Claim = Packing | Granted | InDoubt


@dataclass(frozen=True, slots=True)
class Shipped:
    """The newest label that came out."""

    station: str
    grant: str
    revision: int
    tracking_numbers: tuple[str, ...]
    at: str
    content: str = ""
    """Of what it carries, as its grant names it."""
    reprint: int = 0
    aged_s: float | None = None
    """When the desk heard of it, by the age of its database; None where it is not at its bench, as far as is known."""
    goods: str = ""
    """What is in its parcel, as its grant names it."""

    def reference(self, order: str) -> GrantReference:
        """Its grant."""
        return GrantReference(
            grant=self.grant,
            order=order,
            revision=self.revision,
            reprint=self.reprint,
            tracking_numbers=self.tracking_numbers,
            content=self.content,
            goods=self.goods,
        )


@dataclass(frozen=True, slots=True)
class Recall:
    """The newest label that came out is to be scanned at a station, to void it."""

    station: str
    since_s: float
    """By the age of the desk's database."""
    cause: VoidCause


@dataclass(frozen=True, slots=True)
class Voided:
    """A label that came out and does not count any more. None of its tracking numbers is used again."""

    station: str
    """Where it was scanned."""
    grant: GrantReference
    cause: VoidCause
    at: str


@dataclass(frozen=True, slots=True)
class Order:
    """All that the desk decides on."""

    order: str
    editions: tuple[Edition, ...] = ()
    """In the order of their revisions."""
    holds: Mapping[str, Hold] = field(default_factory=dict)
    unknown_holds: frozenset[str] = frozenset()
    """Those of them that were not known when their release came: it is final, and answered for what it was."""
    claim: Claim | None = None
    doubts: tuple[InDoubt, ...] = ()
    """Grants beside a granted or doubtful claim, not known to have ended: a restored desk may learn of several."""
    shipped: Shipped | None = None
    granted_contents: Mapping[int, str] = field(default_factory=dict)
    """By revision, what grants said that it is. A number that a station was given keeps its content."""
    recall: Recall | None = None
    voids: tuple[Voided, ...] = ()
    """In the order in which the desk heard of them."""
    label_sets: int = 0
    """That came out, or may have come out: the number that the next one is marked with."""

    @property
    def newest(self) -> Edition | None:
        """The revision that a label printed now carries."""
        accepted = [edition for edition in self.editions if edition.standing is Standing.ACCEPTED]
        return accepted[-1] if accepted else None

    @property
    def printable(self) -> Edition | None:
        """The revision that may be printed now. None older than a label that came out (a desk from an old copy may take
        it for the newest), none as old as a label that is void, and none with a tracking number that is void: only by
        its number can a label that counts be told from one that does not."""
        newest = self.newest
        if newest is None or self.is_spent(newest):
            return None
        return None if self.shipped and newest.revision < self.shipped.revision else newest

    def is_spent(self, edition: Edition) -> bool:
        """Whether no label of this revision may come out any more, because one that did is void."""
        return bool(self.void_numbers(edition)) or any(edition.revision <= void.grant.revision for void in self.voids)

    def void_numbers(self, edition: Edition) -> set[str]:
        """The tracking numbers of this revision that are void."""
        return {number for void in self.voids for number in void.grant.tracking_numbers} & {*edition.tracking_numbers}

    def is_void(self, tracking_numbers: tuple[str, ...], reprint: int) -> bool:
        """Whether a label with these numbers and this mark is void: with each go the earlier ones with its numbers."""
        return any(
            reprint <= void.grant.reprint and not {*void.grant.tracking_numbers}.isdisjoint(tracking_numbers)
            for void in self.voids
        )

    @property
    def swap(self) -> Edition | None:
        """The revision that is to take the place of the label that came out, if one is ordered."""
        newest = self.editions[-1] if self.editions else None
        return newest if newest is not None and newest.standing is Standing.SWAP else None

    def takes_label_alone(self, goods: str) -> bool:
        """Whether its parcel is packed, and with these goods: it needs another label, and no unit again. So it is
        where its label counts, or was made void for another one in its place."""
        last = self.voids[-1] if self.voids else None
        if self.shipped is not None or last is None or last.cause != "dock_swap":
            return self.shipped is not None
        return last.grant.goods == goods

    @property
    def active_holds(self) -> tuple[Hold, ...]:
        """The holds that keep this order from being printed."""
        return tuple(hold for hold in self.holds.values() if hold.state == "active")

    @property
    def outstanding(self) -> tuple[Granted | InDoubt, ...]:
        """The grants that are not known to have ended."""
        return (self.claim, *self.doubts) if isinstance(self.claim, Granted | InDoubt) else self.doubts

    def with_doubt(self, doubt: InDoubt) -> "Order":
        """With a grant of which it is not known how it ended, whatever else stands.

        A revision that was taken before the desk heard of this grant, and is newer than its label, waits for its end.
        """
        printed = max(doubt.grant.revision, self.shipped.revision if self.shipped else 0)
        editions = tuple(
            replace(edition, standing=Standing.PENDING)
            if edition.standing is Standing.ACCEPTED and edition.revision > printed
            else edition
            for edition in self.editions
        )
        doubt = replace(doubt, grant=self.with_known_units(doubt.grant))
        order = replace(self, editions=editions)
        if not isinstance(self.claim, Granted | InDoubt) or self.claim.grant.grant == doubt.grant.grant:
            return replace(order, claim=doubt)
        others = tuple(each for each in self.doubts if each.grant.grant != doubt.grant.grant)
        return replace(order, doubts=(*others, doubt))

    def ended(self, grant: str, claim: Packing | None = None) -> "Order":
        """One grant has ended. Another that stands takes its place; where there is none, ``claim``."""
        rest = [each for each in self.outstanding if each.grant.grant != grant]
        doubts = tuple(each for each in rest[1:] if isinstance(each, InDoubt))
        return replace(self, claim=rest[0] if rest else claim, doubts=doubts)

    def grant(self, grant: str) -> Granted | InDoubt | None:
        """A grant that is not known to have ended, by its id."""
        return next((each for each in self.outstanding if each.grant.grant == grant), None)

    def with_known_units(self, grant: GrantReference) -> GrantReference:
        """A grant as a station names it, which may have lost its disk and with it what was packed."""
        known = self.grant(grant.grant)
        return grant if grant.units or known is None else grant.with_units(known.grant.units)

    def edition(self, revision: int) -> Edition | None:
        """The revision with that number, if it was taken."""
        return next((edition for edition in self.editions if edition.revision == revision), None)

    def with_granted_content(self, grant: GrantReference) -> "Order":
        """With what a grant says that its revision is."""
        return replace(self, granted_contents={**self.granted_contents, grant.revision: grant.content})

    def without_edition(self, edition: Edition) -> "Order":
        """Without a revision."""
        return replace(self, editions=tuple(other for other in self.editions if other.revision != edition.revision))

    def with_edition(self, edition: Edition) -> "Order":
        """With one more revision, or another standing of one."""
        others = [other for other in self.editions if other.revision != edition.revision]
        return replace(self, editions=tuple(sorted([*others, edition], key=lambda each: each.revision)))

    def with_hold(self, hold: Hold) -> "Order":
        """With a hold as it stands now."""
        return replace(self, holds={**self.holds, hold.hold: hold})

    def with_release_of_unknown(self, hold: Hold) -> "Order":
        """With a release, of a hold that nobody placed here."""
        return replace(self.with_hold(hold), unknown_holds=self.unknown_holds | {hold.hold})

    def not_printed(self, grant: str, claim: Packing | None) -> "Order":
        """The grant came to nothing: what waited for it is accepted, unless another one stands."""
        after = self.ended(grant, claim)
        return after if after.outstanding or after.recall else _decided(after)

    def printed(self, shipped: Shipped, reprint: int) -> "Order":
        """A label came out: what is newer than every revision that was printed is too late, all else was in time."""
        after = replace(self.ended(shipped.grant), recall=None)
        printed = max(
            shipped.revision,
            self.shipped.revision if self.shipped else 0,
            *(each.grant.revision for each in after.outstanding),
        )
        editions = tuple(
            _late(edition, shipped) if edition.revision > printed else replace(edition, standing=Standing.ACCEPTED)
            for edition in self.editions
        )
        return replace(after, editions=editions, shipped=shipped).marked(reprint)

    def called_back(self, recall: Recall, waiting: frozenset[int] = frozenset()) -> "Order":
        """Its label is to be scanned, to void it; how that ends decides on the revisions that wait for it."""
        editions = tuple(
            replace(edition, standing=Standing.PENDING) if edition.revision in waiting else edition
            for edition in self.editions
        )
        return replace(self, editions=editions, recall=recall)

    def not_called_back(self) -> "Order":
        """The recall has ended, and the label counts: what waited for it is too late."""
        after = replace(self, recall=None)
        return after if after.outstanding else _decided(after)

    def voided(self, void: Voided, live: Shipped | None) -> "Order":
        """A label does not count any more. ``live``: the newest of those that came out and still do."""
        recall = self.recall if live is not None and live == self.shipped else None
        # To a desk from an old copy its grant may be outstanding: that the label came out it hears later.
        after = replace(self.ended(void.grant.grant), voids=(*self.voids, void), shipped=live, recall=recall)
        if recall is not None:
            return after
        printed = max((each.grant.revision for each in after.outstanding), default=0)
        editions = tuple(
            replace(edition, standing=Standing.PENDING if edition.revision > printed else Standing.ACCEPTED)
            for edition in self.editions
        )
        after = replace(after, editions=editions)
        return after if after.outstanding else _decided(after)

    def marked(self, reprint: int) -> "Order":
        """With the mark of a label that came out, or may have: no other one carries it."""
        return replace(self, label_sets=max(self.label_sets, reprint + 1))


def _decided(order: Order) -> Order:
    """What waited is in time, unless a label that counts is older."""
    shipped = order.shipped
    editions = tuple(
        edition
        if edition.standing is not Standing.PENDING
        else _late(edition, shipped)
        if shipped is not None and edition.revision > shipped.revision
        else replace(edition, standing=Standing.ACCEPTED)
        for edition in order.editions
    )
    return replace(order, editions=editions)


def _late(edition: Edition, shipped: Shipped) -> Edition:
    """A revision that came after this label. A label takes another's place only under tracking numbers of its own."""
    is_swap = edition.swap and shares_no_number(edition, shipped)
    return replace(edition, standing=Standing.SWAP if is_swap else Standing.TOO_LATE)


def shares_no_number(edition: Edition, shipped: Shipped) -> bool:
    """Whether the label of this revision could be told from the one that came out."""
    return {*shipped.tracking_numbers}.isdisjoint(edition.tracking_numbers)


def hold_outcome(order: Order, hold: Hold, *, catching_up: bool) -> OutcomeKind:
    """What a hold is answered now. While stations may know of a label, or of a void, that the desk forgot, ``stopped``
    and ``too_late`` are guesses."""
    if hold.state == "released":
        return OutcomeKind.FREED
    if order.shipped and catching_up:
        return OutcomeKind.UNKNOWN
    if order.shipped:
        return OutcomeKind.RECALLING if order.recall else OutcomeKind.TOO_LATE
    if isinstance(order.claim, Granted):
        return OutcomeKind.PRINTING
    if isinstance(order.claim, InDoubt):
        return OutcomeKind.UNKNOWN
    if catching_up:
        return OutcomeKind.UNKNOWN
    return OutcomeKind.RECALLED if order.voids else OutcomeKind.STOPPED


def revision_outcome(order: Order, edition: Edition, *, catching_up: bool) -> tuple[OutcomeKind, str]:
    """What a revision that was taken is answered now, and the reason; ``catching_up`` as of a hold."""
    if edition.standing is Standing.PENDING and order.outstanding:
        if isinstance(order.claim, InDoubt):
            return OutcomeKind.UNKNOWN, "it is not known whether the label came out; a person is asked to look"
        return OutcomeKind.PRINTING, "a label of an older revision may be printing at this moment"
    if catching_up:
        return OutcomeKind.UNKNOWN, CATCHING_UP
    if edition.standing in (Standing.TOO_LATE, Standing.SWAP):
        return _late_outcome(order, edition)
    if edition.standing is Standing.PENDING:
        return OutcomeKind.RECALLING, "the label was printed before this revision came, and is called back"
    # A desk from an old copy may know a label's revision by its record only.
    newest = max(order.newest.revision if order.newest else 0, order.shipped.revision if order.shipped else 0)
    if edition.revision < newest:
        return OutcomeKind.REFUSED, f"revision {newest} is newer"
    may_come = any(each.grant.revision == edition.revision for each in order.outstanding)
    if not order.shipped and not may_come and order.is_spent(edition):
        return OutcomeKind.REFUSED, "its tracking numbers are void: publish a newer revision with others"
    return OutcomeKind.ACCEPTED, ""


def _late_outcome(order: Order, edition: Edition) -> tuple[OutcomeKind, str]:
    if edition.standing is Standing.SWAP and order.swap == edition:
        reason = "the label was printed; whoever has it in hand scans it, and prints this one"
        return OutcomeKind.SWAP_ORDERED, f"{reason}; with other lines or pieces the parcel is packed anew instead"
    if edition.standing is Standing.SWAP:
        return OutcomeKind.REFUSED, f"revision {order.editions[-1].revision} is newer"
    reason = "the label was printed before this revision came"
    if order.shipped is None or shares_no_number(edition, order.shipped):
        return OutcomeKind.TOO_LATE, reason
    hint = "with the same tracking numbers: a revision that calls a label back, or takes its place, has its own"
    return OutcomeKind.TOO_LATE, f"{reason}, {hint}"
