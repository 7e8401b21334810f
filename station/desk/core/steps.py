"""The numbered requests of a station: open, reprint, print, not_printed, close. (``labels_in_hand``: void, swap.)"""

from collections.abc import Callable
from dataclasses import replace

from station.desk.core import recalls
from station.desk.core.answers import changed_answers, tell_of_holds, tell_of_revision
from station.desk.core.facts import (
    Decision,
    Facts,
    Note,
    SaveDesk,
    SaveOrder,
    SaveStation,
    SettleGrant,
    Station,
    ToPack,
)
from station.desk.core.labels_in_hand import swap_requested, void_requested
from station.desk.core.order import Edition, Granted, InDoubt, Order, Packing
from station.desk.core.refusals import Answered, called_back, put_back, refuse, stands_elsewhere
from station.desk.core.serials import repeated_serials, told_of_serial
from station.desk.core.slips import order_of_slip
from station.desk.core.units import lacking_units
from station.protocol.reply import (
    AnyReply,
    CalledBack,
    Closed,
    HelloNeeded,
    Kept,
    Opened,
    Refusal,
    Refused,
    TakenOver,
)
from station.protocol.reply import (
    Granted as GrantedReply,
)
from station.protocol.request import AnyStep, Close, GrantReference, NotPrinted, Open, Print, Reprint, Swap, Void
from station.protocol.topics import InboxOf


def step_requested(facts: Facts, client: str, step: AnyStep) -> Decision:
    """Answer a step: the newest again with the same answer, an older one not at all."""
    station = facts.station(client)
    inbox = InboxOf(client)
    if step.boot != station.boot or station.heard != facts.desk.incarnation:
        return Decision(messages=((inbox, HelloNeeded(request=step.request)),))
    if step.number == station.last_number and station.last_reply is not None:
        return Decision(messages=((inbox, _again(facts, station, station.last_reply)),))
    if step.number <= station.last_number:
        return Decision()
    back = put_back(facts, station) if isinstance(step, _FOR_A_PARCEL) else ()
    answered = _DECIDERS[type(step)](facts, station, step)
    after = replace(
        station,
        last_number=step.number,
        last_reply=answered.reply,
        bench_order=station.bench_order if answered.bench_order is None else answered.bench_order,
    )
    return Decision(
        changes=(*back, *answered.changes, SaveStation(after)),
        messages=((inbox, answered.reply), *answered.messages),
    )


def _again(facts: Facts, station: Station, reply: AnyReply) -> AnyReply:
    """The same answer; but what it gave may have been taken over, or settled by a person, since."""
    match reply:
        case Opened(order=name):
            order = facts.order(name)
            stands = order is not None and isinstance(order.claim, Packing) and order.claim.station == station.station
        case GrantedReply(grant=grant):
            name, order = grant.order, facts.order(grant.order)
            stands = order is not None and isinstance(order.claim, Granted) and order.claim.grant == grant
        case CalledBack(recall=recall):
            name, order = recall.grant.order, facts.order(recall.grant.order)
            stands = order is not None and order.recall is not None and order.recall.station == station.station
        case _:
            return reply
    return reply if stands else Refused(request=reply.request, reason=Refusal.NOT_OPEN_HERE, order=name)


def _open(facts: Facts, station: Station, step: Open | Reprint) -> Answered:
    order = order_of_slip(facts, step.slip)
    if refused := _why_not_open(facts, station, step, order):
        recalled = recalls.tell(facts, station.station) if refused.reason is Refusal.RECALL_HERE else ()
        return Answered(refused, messages=recalled)
    assert order is not None  # noqa: S101  (an unknown slip is refused)
    after = replace(order, claim=Packing(station.station, isinstance(step, Reprint)))
    messages = tell_of_holds(after)
    if order.claim and order.claim.station != station.station:
        taken = TakenOver(order=order.order, station=station.station)
        messages = (*messages, (InboxOf(order.claim.station), taken))
    what = "opened" if isinstance(step, Open) else "opened for another label"
    return Answered(
        Opened(request=step.request, order=order.order, instruction=None, reprint=order.label_sets),
        changes=(SaveOrder(after), Note(order.order, what, station.station, step.packer)),
        messages=messages,
        bench_order=order.order if station.bench_order == order.order else "",
    )


def _why_not_open(facts: Facts, station: Station, step: Open | Reprint, order: Order | None) -> Refused | None:
    if refused := stands_elsewhere(facts, station, step, order) or called_back(facts, station, step, order):
        return refused
    if order is None:
        return refuse(step, Refusal.UNKNOWN_SLIP, None)
    if isinstance(step, Open) and order.shipped:
        return refuse(step, Refusal.SHIPPED, order)
    if isinstance(step, Reprint) and not order.shipped:
        return refuse(step, Refusal.NOT_SHIPPED, order)
    if order.active_holds:
        return refuse(step, Refusal.HELD, order)
    if order.claim and order.claim.station != station.station:
        up = facts.is_up(order.claim.station)
        if not isinstance(step, Open) or not step.take_over or (up and not step.supervisor):
            return refuse(step, Refusal.OPEN_ELSEWHERE, order, station_up=up)
    return None if _printable_revision(facts, order) else refuse(step, _no_revision(order), order)


def _printable_revision(facts: Facts, order: Order) -> Edition | None:
    """The revision that a label printed now carries, while its personal data are still here."""
    newest = order.printable
    return newest if newest is not None and facts.has_instruction(order.order, newest.revision) else None


def _no_revision(order: Order) -> Refusal:
    spent = order.shipped is None and order.newest is not None and order.is_spent(order.newest)
    return Refusal.NEEDS_REVISION if spent else Refusal.NO_INSTRUCTION


def _print(facts: Facts, station: Station, step: Print) -> Answered:
    desk, order = facts.desk, facts.order(step.order)
    if waits_for := _not_ready(facts, station):
        refused = Refused(request=step.request, reason=Refusal.CATCHING_UP, order=step.order, waits_for=waits_for)
        return Answered(refused)
    if order is None or not isinstance(order.claim, Packing) or order.claim.station != station.station:
        return Answered(refuse(step, _why_not_here(order), order))
    if order.active_holds:
        return Answered(refuse(step, Refusal.HELD, order), changes=(_refusal(order, station, "held"),))
    newest, to_pack = _printable_revision(facts, order), facts.instruction(order.order)
    if newest is None or to_pack is None:
        return Answered(refuse(step, _no_revision(order), order))
    if newest.revision != step.revision:
        return Answered(
            refuse(step, Refusal.OLD_REVISION, order),
            changes=(_refusal(order, station, "old revision"),),
            messages=tell_of_revision(facts, order),
        )
    if lacking := lacking_units(to_pack, order, step):
        noted = _refusal(order, station, "not every unit that its lines ask for")
        return Answered(lacking, changes=(SaveOrder(replace(order, claim=None)), noted))
    repeated = repeated_serials(facts, order, step)
    told = tuple(told_of_serial(order, station, each, let_pass_by=step.supervisor) for each in repeated)
    if repeated and not step.supervisor:
        return Answered(repeated[0], changes=told)
    decision = replace(desk, decision=desk.decision + 1)
    grant = _grant(order, newest, to_pack, step)
    reply = GrantedReply(request=step.request, grant=grant, epoch=desk.epoch, decision=decision.decision)
    return Answered(
        reply,
        changes=(
            *told,
            SaveOrder(replace(order.with_granted_content(grant), claim=Granted(station.station, station.boot, grant))),
            SaveDesk(decision),
            Note(order.order, "granted", station.station, f"{grant.grant} revision {grant.revision}"),
        ),
    )


def _grant(order: Order, edition: Edition, to_pack: ToPack, step: Print) -> GrantReference:
    return GrantReference(
        grant=step.request,
        order=order.order,
        revision=edition.revision,
        reprint=order.label_sets,
        tracking_numbers=edition.tracking_numbers,
        content=edition.content,
        goods=to_pack.goods,
        units=step.units,
    )


def _not_ready(facts: Facts, station: Station) -> tuple[str, ...]:
    """The stations that have to say what they know before this one is granted anything."""
    waits_for = set(facts.desk.waits_for)
    if station.last_sequence < station.promised_sequence:
        waits_for.add(station.station)
    return tuple(sorted(waits_for))


def _why_not_here(order: Order | None) -> Refusal:
    if order is None:
        return Refusal.NO_INSTRUCTION
    if isinstance(order.claim, InDoubt):
        return Refusal.IN_DOUBT
    if order.shipped and order.claim is None:
        return Refusal.SHIPPED
    return Refusal.NOT_OPEN_HERE


def _refusal(order: Order, station: Station, reason: str) -> Note:
    return Note(order.order, "print refused", station.station, reason)


def _not_printed(facts: Facts, station: Station, step: NotPrinted) -> Answered:
    order = facts.order(step.order)
    kept = Kept(request=step.request)
    claim = None if order is None else order.grant(step.grant)
    if order is None or claim is None or claim.station != station.station or claim.boot != step.boot:
        return Answered(kept)
    after = order.not_printed(step.grant, Packing(station.station, reprint=order.shipped is not None))
    newer = tell_of_revision(facts, after) if after.newest != order.newest else ()
    return Answered(
        kept,
        changes=(
            SaveOrder(after),
            SettleGrant(step.grant, order.order, "not_printed"),
            Note(order.order, "not printed", station.station, step.grant),
        ),
        messages=changed_answers(facts, order, after) + newer,
    )


def _close(facts: Facts, station: Station, step: Close) -> Answered:
    order = facts.order(step.order)
    closed = Closed(request=step.request, order=step.order)
    if (
        order is not None
        and (recall := order.recall)
        and recall.station == station.station
        and recall.cause != "recall"
    ):
        decision = recalls.ended(facts, order, "the label is not made void after all")
        return Answered(closed, decision.changes, decision.messages)
    if order is None or not isinstance(order.claim, Packing) or order.claim.station != station.station:
        return Answered(closed)
    return Answered(
        closed, changes=(SaveOrder(replace(order, claim=None)), Note(order.order, "closed", station.station))
    )


_FOR_A_PARCEL = (Open, Reprint, Void, Swap)
"""A station that asks for another parcel has put back the order before, whatever the answer is."""

_DECIDERS: dict[type[AnyStep], Callable[..., Answered]] = {
    Open: _open,
    Reprint: _open,
    Print: _print,
    NotPrinted: _not_printed,
    Close: _close,
    Void: void_requested,
    Swap: swap_requested,
}
