"""The numbered requests of a station: open, reprint, print, not_printed, close."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace

from station.desk.core.answers import Messages, changed_answers, tell_of_holds, tell_of_revision
from station.desk.core.facts import (
    Change,
    Decision,
    Facts,
    Note,
    SaveDesk,
    SaveOrder,
    SaveStation,
    SettleGrant,
    Station,
)
from station.desk.core.order import Edition, Granted, InDoubt, Order, Packing
from station.desk.core.serials import repeated_serial, told_of_serial
from station.protocol.reply import (
    AnyReply,
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
from station.protocol.request import AnyStep, Close, GrantReference, NotPrinted, Open, Print, Reprint
from station.protocol.topics import InboxOf

MAX_HOLDS_TOLD = 5
"""In a refusal: any one of them is reason enough."""
_NW7 = re.compile(r"[A-Da-d]([0-9$+\-./:]+)[A-Da-d]")


@dataclass(frozen=True, slots=True)
class Answered:
    """What a step comes to."""

    reply: AnyReply
    changes: tuple[Change, ...] = ()
    messages: Messages = ()
    bench_order: str | None = None
    """Where the step says which parcel may still be at the bench."""


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
    answered = _DECIDERS[type(step)](facts, station, step)
    after = replace(
        station,
        last_number=step.number,
        last_reply=answered.reply,
        bench_order=station.bench_order if answered.bench_order is None else answered.bench_order,
    )
    return Decision(
        changes=(*answered.changes, SaveStation(after)),
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
        case _:
            return reply
    return reply if stands else Refused(request=reply.request, reason=Refusal.NOT_OPEN_HERE, order=name)


def refuse(step: AnyStep, reason: Refusal, order: Order | None, *, station_up: bool = False) -> Refused:
    """A refusal with what the packer needs to know."""
    if order is None:
        return Refused(request=step.request, reason=reason)
    shipped = order.shipped if reason is Refusal.SHIPPED else None
    where = shipped.station if shipped else order.claim.station if order.claim else ""
    return Refused(
        request=step.request,
        reason=reason,
        order=order.order,
        station=where,
        station_up=station_up,
        at=shipped.at if shipped else "",
        tracking_numbers=shipped.tracking_numbers if shipped else (),
        holds=order.active_holds[:MAX_HOLDS_TOLD] if reason is Refusal.HELD else (),
    )


def _open(facts: Facts, station: Station, step: Open | Reprint) -> Answered:
    """Whatever the answer is: a station that asks for an order has put back the one before."""
    order = _order_of(facts, step.slip)
    put_back = tuple(
        SaveOrder(replace(other, claim=None))
        for other in facts.claimed_by(station.station)
        if isinstance(other.claim, Packing)
    )
    if refused := _why_not_open(facts, station, step, order):
        return Answered(refused, changes=put_back)
    assert order is not None  # noqa: S101  (an unknown slip is refused)
    after = replace(order, claim=Packing(station.station, isinstance(step, Reprint)))
    messages = tell_of_holds(after)
    if order.claim and order.claim.station != station.station:
        taken = TakenOver(order=order.order, station=station.station)
        messages = (*messages, (InboxOf(order.claim.station), taken))
    what = "opened" if isinstance(step, Open) else "opened for another label"
    return Answered(
        Opened(request=step.request, order=order.order, instruction=None, reprint=order.label_sets),
        changes=(*put_back, SaveOrder(after), Note(order.order, what, station.station, step.packer)),
        messages=messages,
        bench_order=order.order if station.bench_order == order.order else "",
    )


def _why_not_open(facts: Facts, station: Station, step: Open | Reprint, order: Order | None) -> Refused | None:
    if refused := _stands_elsewhere(facts, station, step, order):
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
    return None if _printable_revision(facts, order) else refuse(step, Refusal.NO_INSTRUCTION, order)


def _printable_revision(facts: Facts, order: Order) -> Edition | None:
    """The revision that a label printed now carries, while its personal data are still here. One older than a label
    that came out is what a desk from an old copy takes for the newest, until that is published again."""
    newest = order.newest
    if newest is None or (order.shipped and newest.revision < order.shipped.revision):
        return None
    return newest if facts.has_instruction(order.order, newest.revision) else None


def _stands_elsewhere(facts: Facts, station: Station, step: Open | Reprint, order: Order | None) -> Refused | None:
    """A grant that has to be resolved before anything is opened: this order's, or another one of this station."""
    if order is not None and isinstance(order.claim, InDoubt):
        return refuse(step, Refusal.IN_DOUBT, order)
    if order is not None and isinstance(order.claim, Granted):
        return refuse(step, Refusal.PRINTING_ELSEWHERE, order, station_up=facts.is_up(order.claim.station))
    for other in facts.claimed_by(station.station):
        if not isinstance(other.claim, Packing):
            return refuse(step, Refusal.UNRESOLVED_HERE, other)
    return None


def _order_of(facts: Facts, slip: str) -> Order | None:
    """The order of a slip. Of a slip in NW-7 some scanners send start and stop character, others do not."""
    order = facts.order_of_slip(slip)
    if order is None and (framed := _NW7.fullmatch(slip)) is not None:
        order = facts.order_of_slip(framed[1])
    return None if order is None else facts.order(order)


def _print(facts: Facts, station: Station, step: Print) -> Answered:
    desk, order = facts.desk, facts.order(step.order)
    if waits_for := _not_ready(facts, station):
        refused = Refused(request=step.request, reason=Refusal.CATCHING_UP, order=step.order, waits_for=waits_for)
        return Answered(refused)
    if order is None or not isinstance(order.claim, Packing) or order.claim.station != station.station:
        return Answered(refuse(step, _why_not_here(order), order))
    if order.active_holds:
        return Answered(refuse(step, Refusal.HELD, order), changes=(_refusal(order, station, "held"),))
    newest = _printable_revision(facts, order)
    if newest is None:
        return Answered(refuse(step, Refusal.NO_INSTRUCTION, order))
    if newest.revision != step.revision:
        refused = refuse(step, Refusal.OLD_REVISION, order)
        return Answered(refused, changes=(_refusal(order, station, "old revision"),), messages=tell_of_revision(order))
    repeated = repeated_serial(facts, order, step)
    told = () if repeated is None else (told_of_serial(order, station, repeated, let_pass=step.supervisor),)
    if repeated is not None and not step.supervisor:
        return Answered(repeated, changes=told)
    decision = replace(desk, decision=desk.decision + 1)
    grant = _grant(order, newest, step)
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


def _grant(order: Order, edition: Edition, step: Print) -> GrantReference:
    return GrantReference(
        grant=step.request,
        order=order.order,
        revision=edition.revision,
        reprint=order.label_sets,
        tracking_numbers=edition.tracking_numbers,
        content=edition.content,
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
    newer = tell_of_revision(after) if after.newest != order.newest else ()
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
    if order is None or not isinstance(order.claim, Packing) or order.claim.station != station.station:
        return Answered(closed)
    return Answered(
        closed, changes=(SaveOrder(replace(order, claim=None)), Note(order.order, "closed", station.station))
    )


_DECIDERS: dict[type[AnyStep], Callable[..., Answered]] = {
    Open: _open,
    Reprint: _open,
    Print: _print,
    NotPrinted: _not_printed,
    Close: _close,
}
