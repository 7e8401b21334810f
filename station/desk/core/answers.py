"""The outcomes that a decision makes true, as messages."""

from typing import Literal

from station.desk.core.facts import Facts
from station.desk.core.order import (
    CATCHING_UP,
    Edition,
    Granted,
    InDoubt,
    Order,
    Packing,
    Shipped,
    hold_outcome,
    revision_outcome,
)
from station.protocol.codec import Message
from station.protocol.hold import Hold
from station.protocol.outcome import MAX_STILL_HELD_BY, Outcome, OutcomeKind
from station.protocol.reply import Held, Revised
from station.protocol.topics import Address, InboxOf, OutcomeOf

Messages = tuple[tuple[Address, Message], ...]

_OF_A_LABEL = (OutcomeKind.TOO_LATE, OutcomeKind.RECALLING, OutcomeKind.SWAP_ORDERED)
"""Answers that tell of the label that came out."""

_REASONS = {
    "stopped": "no label comes out until this hold is released",
    "printing": "a station has permission to print; the next answer says whether the label came out",
    "too_late": "the label was printed",
    "recalling": "the label was printed, and is looked for at the bench; the next answer says how that ended",
    "recalled": "the label that was printed is void; no other comes out until this hold is released",
    "unknown": "it is not known whether the label came out; a person is asked to look",
    "freed": "the hold is released",
}


def answer_to_hold(facts: Facts, order: Order, hold: Hold, *, just_printed: bool = False) -> Messages:
    """The outcome of one hold. ``just_printed``: by the decision that this answer tells of."""
    outcome = hold_outcome(order, hold, catching_up=bool(facts.desk.waits_for))
    reason = _REASONS[outcome]
    if outcome is OutcomeKind.UNKNOWN and not isinstance(order.claim, InDoubt):
        reason = CATCHING_UP
    if hold.hold in order.unknown_holds:
        reason = "no hold with this id was known when its release came: check the id, and the order's number"
    if outcome in (OutcomeKind.RECALLED, OutcomeKind.FREED) and needs_revision(order):
        reason += "; the order waits for a revision with other tracking numbers"
    if hold.kind == "unreadable":
        reason += "; the hold message was unreadable and is kept as a hold: publish it again, readable"
    return _answer(facts, order, "hold", hold.hold, outcome, reason, just_printed=just_printed)


def answer_to_revision(facts: Facts, order: Order, edition: Edition, *, just_printed: bool = False) -> Messages:
    """The outcome of one revision that was taken."""
    outcome, reason = revision_outcome(order, edition, catching_up=bool(facts.desk.waits_for))
    subject = str(edition.revision)
    return _answer(facts, order, "revision", subject, outcome, reason, edition.digest, just_printed=just_printed)


def refusal_of_hold(facts: Facts, order: Order, hold: Hold) -> Messages:
    """The answer to a hold that was not taken: it stops nothing."""
    held = "others hold it" if order.active_holds else "none of them is active"
    reason = f"not taken: the order has {len(order.holds)} holds already ({held}); publish an earlier one's id again"
    return _answer(facts, order, "hold", hold.hold, OutcomeKind.REFUSED, reason)


def refusal_of_revision(
    facts: Facts,
    order: str,
    revision: int,
    digest: str,
    reason: str,
    *,
    is_guess: bool = False,
    needs_another: bool = False,
) -> Messages:
    """The outcome of a revision that was not taken; ``is_guess``: what an old copy does not know may speak for it;
    ``needs_another``: the order cannot be packed without one."""
    message = Outcome(
        order=order,
        of="revision",
        subject=str(revision),
        outcome=OutcomeKind.UNKNOWN if is_guess else OutcomeKind.REFUSED,
        reason=CATCHING_UP if is_guess else reason,
        digest=digest,
        needs_revision=needs_another,
        epoch=facts.desk.epoch,
        number=facts.number,
        at=facts.at,
    )
    return ((OutcomeOf(order, f"revision-{revision}"), message),)


def changed_answers(facts: Facts, before: Order, after: Order) -> Messages:
    """The outcomes that a decision changed, for those who were told another one before."""
    just_printed, waits = before.shipped != after.shipped, bool(facts.desk.waits_for)
    holds = (
        answer_to_hold(facts, after, hold, just_printed=just_printed)
        for hold in after.active_holds
        if hold_outcome(before, hold, catching_up=waits) is not hold_outcome(after, hold, catching_up=waits)
    )
    revisions = (
        answer_to_revision(facts, after, edition, just_printed=just_printed)
        for edition in after.editions
        if (old := before.edition(edition.revision)) is not None
        and (was := revision_outcome(before, old, catching_up=waits)[0])
        is not (now := revision_outcome(after, edition, catching_up=waits)[0])
        # Who was told "accepted" does not hear that a newer one replaces it: it was taken all the same.
        and ((was, now) != (OutcomeKind.ACCEPTED, OutcomeKind.REFUSED) or (edition == after.newest))
    )
    return tuple(message for messages in (*holds, *revisions) for message in messages)


def answer_again(facts: Facts, address: OutcomeOf) -> Messages:
    """An answer that was given before, as it is true now; none where the order is dropped since."""
    order, (of, _, subject) = facts.order(address.order), address.what.partition("-")
    if order is None:
        return ()
    if of == "hold" and subject in order.holds:
        return answer_to_hold(facts, order, order.holds[subject])
    return tuple(
        message
        for edition in order.editions
        if of == "revision" and subject == str(edition.revision)
        for message in answer_to_revision(facts, order, edition)
    )


def answers_after_catching_up(facts: Facts) -> Messages:
    """To those who asked while stations were waited for, and were told that it is not known."""
    sure = [
        (order, hold, hold_outcome(order, hold, catching_up=False))
        for order in facts.held()
        for hold in order.active_holds
    ]
    return tuple(
        message
        for order, hold, outcome in sure
        for message in _answer(facts, order, "hold", hold.hold, outcome, _REASONS[outcome])
    )


def _at_bench(facts: Facts, order: Order, shipped: Shipped, *, just_printed: bool) -> bool:
    """Whether the parcel may still be where its label was printed."""
    if shipped.aged_s is None:
        return False
    return just_printed or facts.station(shipped.station).bench_order == order.order


def needs_revision(order: Order) -> bool:
    """Whether it cannot be packed before a revision with other tracking numbers comes."""
    if order.shipped is not None or order.outstanding:
        return False
    newest = order.newest  # a desk from an old copy may know the void only
    return bool(order.voids) if newest is None else order.is_spent(newest)


def tell_of_hold(order: Order, hold: Hold) -> Messages:
    """The push to the station that has the order, which may not hear holds itself."""
    if order.claim is None:
        return ()
    return ((InboxOf(order.claim.station), Held(order=order.order, hold=hold)),)


def tell_of_holds(order: Order) -> Messages:
    """Every hold on it, the released ones too: a station that missed a release would keep the order held for ever."""
    return tuple(message for hold in order.holds.values() for message in tell_of_hold(order, hold))


def tell_of_revision(facts: Facts, order: Order) -> Messages:
    """The push of the newest revision to the station that packs the order.

    Not while stations may tell of a label that makes it too late: a station never goes back to an older one. It asks to
    print the one that it has, and is told then.
    """
    if facts.desk.waits_for or not isinstance(order.claim, Packing):
        return ()
    return ((InboxOf(order.claim.station), Revised(order=order.order, instruction=None)),)


def _answer(
    facts: Facts,
    order: Order,
    of: Literal["hold", "revision"],
    subject: str,
    outcome: OutcomeKind,
    reason: str,
    digest: str = "",
    *,
    just_printed: bool = False,
) -> Messages:
    shipped, claim = order.shipped, order.claim
    late = shipped if outcome in _OF_A_LABEL else None
    void = order.voids[-1] if outcome is OutcomeKind.RECALLED else None
    where = late or void or claim
    at_hand = void.grant if void else claim.grant if isinstance(claim, Granted | InDoubt) else None
    is_freed = outcome is OutcomeKind.FREED
    message = Outcome(
        order=order.order,
        of=of,
        subject=subject,
        outcome=outcome,
        reason=reason,
        digest=digest,
        no_instruction=of == "hold" and not order.editions,
        unknown_hold=is_freed and subject in order.unknown_holds,
        still_held_by=tuple(sorted(hold.hold for hold in order.active_holds))[:MAX_STILL_HELD_BY] if is_freed else (),
        station=where.station if where else None,
        grant=late.grant if late else at_hand.grant if at_hand else None,
        printed_at=late.at if late else None,
        tracking_numbers=late.tracking_numbers if late else at_hand.tracking_numbers if at_hand else (),
        printed_revision=late.revision if late else at_hand.revision if void and at_hand else None,
        needs_revision=needs_revision(order),
        at_bench=_at_bench(facts, order, late, just_printed=just_printed) if late else None,
        epoch=facts.desk.epoch,
        number=facts.number,
        at=facts.at,
    )
    return ((OutcomeOf(order.order, f"{of}-{subject}"), message),)
