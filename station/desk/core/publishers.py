"""What publishers say: instructions, holds, and questions for shipment records."""

from dataclasses import replace
from itertools import accumulate

from station.desk.core import recalls
from station.desk.core.answers import (
    Messages,
    answer_to_hold,
    answer_to_revision,
    changed_answers,
    needs_revision,
    refusal_of_hold,
    refusal_of_revision,
    tell_of_hold,
    tell_of_revision,
)
from station.desk.core.contents import other_content
from station.desk.core.facts import (
    Decision,
    Facts,
    HoldArrived,
    InstructionArrived,
    InstructionRefused,
    KeepInstruction,
    Note,
    Queried,
    SaveOrder,
)
from station.desk.core.order import (
    MAX_HOLDS,
    MAX_REVISIONS,
    Edition,
    Granted,
    InDoubt,
    Order,
    Standing,
    shares_no_number,
)
from station.protocol.hold import merge
from station.protocol.outcome import ShipmentPage
from station.protocol.topics import AnswerTo, OutcomeOf

PAGE = 25
"""Shipment records in one answer: well within a message's size."""
UNITS_A_SHIPMENT = 8
"""So many units in a record take the room of another."""


def instruction_arrived(facts: Facts, event: InstructionArrived) -> Decision:
    """Take a revision, or refuse it; answered either way."""
    order = facts.order(event.order) or Order(event.order)
    edition = event.edition
    standing = order.edition(edition.revision)
    if standing is not None and standing.digest == edition.digest:
        return Decision(messages=answer_to_revision(facts, order, standing))
    if reason := _why_not(facts, order, edition, standing):
        return Decision(
            changes=(Note(order.order, "revision refused", detail=f"{edition.revision}: {reason}"),),
            messages=_refusal(facts, order, edition, reason),
        )
    edition = replace(edition, standing=_standing(order, edition))
    after = recalls.revised(facts, order.with_edition(edition), edition.revision)
    edition = after.edition(edition.revision) or edition
    accepted = edition.standing is Standing.ACCEPTED
    return Decision(
        changes=(
            KeepInstruction(order.order, edition),
            SaveOrder(after),
            Note(order.order, f"revision {edition.standing}", detail=str(edition.revision)),
        ),
        messages=answer_to_revision(facts, after, edition)
        + (tell_of_revision(facts, after) if accepted else ())
        + changed_answers(facts, order, after)
        + recalls.tell_change(facts, order, after),
    )


def instruction_refused(facts: Facts, event: InstructionRefused) -> Decision:
    """Say why an instruction cannot be taken."""
    return Decision(
        changes=(Note(event.order, "revision refused", detail=f"{event.revision}: {event.reason}"),),
        messages=refusal_of_revision(facts, event.order, event.revision, event.digest, event.reason),
    )


def hold_arrived(facts: Facts, event: HoldArrived) -> Decision:
    """Take a hold or its release, and answer. The same hold again gets the same answer.

    The release of a hold that was never heard of is kept, so that the hold cannot come after it and stand for ever.
    """
    order = facts.order(event.order) or Order(event.order)
    standing = order.holds.get(event.hold.hold)
    hold = merge(standing, event.hold)
    if hold == standing:
        return Decision(messages=answer_to_hold(facts, order, hold))
    if standing is None and len(order.holds) >= MAX_HOLDS:
        return Decision(
            changes=(Note(order.order, "hold refused", detail=f"more than {MAX_HOLDS} holds"),),
            messages=refusal_of_hold(facts, order, event.hold),
        )
    is_unknown = standing is None and hold.state == "released" and not event.told_again
    after = order.with_release_of_unknown(hold) if is_unknown else order.with_hold(hold)
    if hold.state == "released":
        after = recalls.released(after)
    elif standing is None:  # who says it again asks for the answer
        after = recalls.held(facts, after)
    # Who releases a hold need not know of which kind it was.
    what = f"hold-{hold.hold}"
    kind = "not known" if is_unknown else (standing if standing and hold.state == "released" else hold).kind
    return Decision(
        changes=(SaveOrder(after), Note(order.order, f"hold {hold.state}", detail=f"{hold.hold} {kind}")),
        messages=answer_to_hold(facts, after, hold)
        + tell_of_hold(after, hold)
        + tuple(each for each in changed_answers(facts, order, after) if each[0] != OutcomeOf(order.order, what))
        + recalls.tell_change(facts, order, after),
    )


def queried(facts: Facts, event: Queried) -> Decision:
    """Shipment records again, for who missed them."""
    found = facts.shipments(event.query, PAGE + 1)
    weights = list(accumulate(1 + len(shipment.units) // UNITS_A_SHIPMENT for shipment in found))
    fits = max(1, sum(weight <= PAGE for weight in weights))
    page = ShipmentPage(query=event.query.query, shipments=found[:fits], more=len(found) > fits)
    return Decision(messages=((AnswerTo(event.client), page),))


def _standing(order: Order, edition: Edition) -> Standing:
    """A desk from an old copy may hear of a label from its station before it hears of the revision that it carries."""
    if order.shipped and edition.revision > order.shipped.revision:
        is_swap = edition.swap and shares_no_number(edition, order.shipped)
        return Standing.SWAP if is_swap else Standing.TOO_LATE
    if order.shipped:
        return Standing.ACCEPTED
    return Standing.PENDING if isinstance(order.claim, Granted | InDoubt) else Standing.ACCEPTED


def _refusal(facts: Facts, order: Order, edition: Edition, reason: str) -> Messages:
    """Final, but while stations may tell of a label that carries this content: then nobody knows yet."""
    guess = bool(facts.desk.waits_for) and not other_content(order, edition)
    return refusal_of_revision(
        facts,
        order.order,
        edition.revision,
        edition.digest,
        reason,
        is_guess=guess,
        needs_another=needs_revision(order),
    )


def _why_not(facts: Facts, order: Order, edition: Edition, standing: Edition | None) -> str:
    """The reason to refuse a revision; empty where there is none."""
    if standing is not None:
        return f"revision {edition.revision} was taken before with another content; publish it under a new number"
    if reason := other_content(order, edition):
        return reason
    if order.editions and edition.revision < order.editions[-1].revision:
        return f"revision {order.editions[-1].revision} is newer"
    if spent := order.void_numbers(edition):
        return f"pieces: tracking number {min(spent)} is void, for a label with it was; give every piece a new one"
    if len(order.editions) >= MAX_REVISIONS:
        return f"an order has at most {MAX_REVISIONS} revisions"
    for slip in edition.slips:
        if (other := facts.order_of_slip(slip)) not in (None, order.order):
            return f"slips: {slip} stands for order {other} already"
    return ""
