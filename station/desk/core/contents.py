"""One number, two contents: what a station was given to print is what its number means, whoever told an old copy first.

Also when no label came out in the end: its publisher was told that it is accepted, and the other one that it is not.
"""

from station.desk.core.answers import Messages, refusal_of_revision
from station.desk.core.facts import Change, DropEdition, Facts
from station.desk.core.order import Edition, Order
from station.protocol.request import GrantReference

_REASON = "a station was given revision {} with another content; publish it under a new number"


def other_content(order: Order, edition: Edition) -> str:
    """Why this content cannot have its number; empty where it can."""
    given = order.granted_contents.get(edition.revision, edition.content)
    return "" if given == edition.content else _REASON.format(edition.revision)


def as_granted(facts: Facts, order: Order, grant: GrantReference) -> tuple[Order, tuple[Change, ...], Messages]:
    """The order without a revision that has this grant's number and another content: it was taken by a desk that had
    forgotten the grant, and its publisher is told."""
    edition = order.edition(grant.revision)
    if grant.content == "":
        return order, (), ()
    order = order.with_granted_content(grant)
    if edition is None or edition.content == grant.content:
        return order, (), ()
    after = order.without_edition(edition)
    reason = _REASON.format(edition.revision)
    refusal = refusal_of_revision(facts, order.order, edition.revision, edition.digest, reason)
    return after, (DropEdition(order.order, edition.revision),), refusal
