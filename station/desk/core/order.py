"""One order at the desk: what is known of it, and the outcomes that follow.

    free ──open──> Packing ──print──> Granted ──printed──> shipped, free ──reprint──> Packing …
      ^               ^                │    │                   ^
      │             close       not_printed │unknown            │ printed
      └───────────────┴────────────────┴─ InDoubt ─ no_label ───┘ (then open again, and marked)

Holds stand beside: while one is active, nothing is granted. What a hold or a revision is answered is a function of
the order alone, so that who asks again gets the same truth, and a crash between decision and answer loses nothing.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from station.protocol.hold import Hold
from station.protocol.outcome import OutcomeKind
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


@dataclass(frozen=True, slots=True)
class Edition:
    """A revision of an order's instruction, without what is personal in it."""

    revision: int
    digest: str
    slips: tuple[str, ...]
    tracking_numbers: tuple[str, ...]
    standing: Standing = Standing.ACCEPTED

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
    label_sets: int = 0
    """That came out, or may have come out: the number that the next one is marked with."""

    @property
    def newest(self) -> Edition | None:
        """The revision that a label printed now carries."""
        accepted = [edition for edition in self.editions if edition.standing is Standing.ACCEPTED]
        return accepted[-1] if accepted else None

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
        if after.outstanding:
            return after
        editions = tuple(
            replace(edition, standing=Standing.ACCEPTED) if edition.standing is Standing.PENDING else edition
            for edition in self.editions
        )
        return replace(after, editions=editions)

    def printed(self, shipped: Shipped, reprint: int) -> "Order":
        """A label came out: what is newer than every revision that was printed is too late, all else was in time."""
        after = self.ended(shipped.grant)
        printed = max(
            shipped.revision,
            self.shipped.revision if self.shipped else 0,
            *(each.grant.revision for each in after.outstanding),
        )
        editions = tuple(
            replace(edition, standing=Standing.TOO_LATE if edition.revision > printed else Standing.ACCEPTED)
            for edition in self.editions
        )
        return replace(after, editions=editions, shipped=shipped).marked(reprint)

    def marked(self, reprint: int) -> "Order":
        """With the mark of a label that came out, or may have: no other one carries it."""
        return replace(self, label_sets=max(self.label_sets, reprint + 1))


def hold_outcome(order: Order, hold: Hold, *, catching_up: bool) -> OutcomeKind:
    """What a hold is answered now. While stations may know of a label that the desk forgot, ``stopped`` is a guess."""
    if hold.state == "released":
        return OutcomeKind.FREED
    if order.shipped:
        return OutcomeKind.TOO_LATE
    if isinstance(order.claim, Granted):
        return OutcomeKind.PRINTING
    if isinstance(order.claim, InDoubt):
        return OutcomeKind.UNKNOWN
    return OutcomeKind.UNKNOWN if catching_up else OutcomeKind.STOPPED


def revision_outcome(order: Order, edition: Edition, *, catching_up: bool) -> tuple[OutcomeKind, str]:
    """What a revision that was taken is answered now, and the reason; ``catching_up`` as of a hold."""
    newest = order.newest
    if edition.standing is Standing.TOO_LATE:
        return OutcomeKind.TOO_LATE, "the label was printed before this revision came"
    if edition.standing is Standing.PENDING:
        if isinstance(order.claim, InDoubt):
            return OutcomeKind.UNKNOWN, "it is not known whether the label came out; a person is asked to look"
        return OutcomeKind.PRINTING, "a label of an older revision may be printing at this moment"
    if catching_up and not order.shipped:
        return OutcomeKind.UNKNOWN, CATCHING_UP
    if newest is not None and edition.revision < newest.revision:
        return OutcomeKind.REFUSED, f"revision {newest.revision} is newer"
    return OutcomeKind.ACCEPTED, ""
