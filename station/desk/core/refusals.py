"""What a step comes to, and why it may be refused."""

from dataclasses import dataclass, replace

from station.desk.core.answers import Messages
from station.desk.core.facts import Change, Facts, SaveOrder, Station
from station.desk.core.order import Granted, InDoubt, Order, Packing
from station.protocol.reply import AnyReply, Refusal, Refused
from station.protocol.request import AnyStep

MAX_HOLDS_TOLD = 5
"""In a refusal: any one of them is reason enough."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What a step comes to."""

    reply: AnyReply
    changes: tuple[Change, ...] = ()
    messages: Messages = ()
    bench_order: str | None = None
    """Where the step says which parcel may still be at the bench."""


def refuse(step: AnyStep, reason: Refusal, order: Order | None, *, station_up: bool = False) -> Refused:
    """A refusal with what the packer needs to know."""
    if order is None:
        return Refused(request=step.request, reason=reason)
    shipped = order.shipped if reason is Refusal.SHIPPED else None
    at_hand = order.recall or order.claim
    where = shipped.station if shipped else at_hand.station if at_hand else ""
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


def stands_elsewhere(facts: Facts, station: Station, step: AnyStep, order: Order | None) -> Refused | None:
    """A grant that has to be resolved before anything is opened: this order's, or another one of this station."""
    if order is not None and isinstance(order.claim, InDoubt):
        return refuse(step, Refusal.IN_DOUBT, order)
    if order is not None and isinstance(order.claim, Granted):
        return refuse(step, Refusal.PRINTING_ELSEWHERE, order, station_up=facts.is_up(order.claim.station))
    for other in facts.claimed_by(station.station):
        if not isinstance(other.claim, Packing):
            return refuse(step, Refusal.UNRESOLVED_HERE, other)
    return None


def put_back(facts: Facts, station: Station) -> tuple[SaveOrder, ...]:
    """The orders that are open at a station, open at none."""
    return tuple(
        SaveOrder(replace(other, claim=None))
        for other in facts.claimed_by(station.station)
        if isinstance(other.claim, Packing)
    )


def called_back(facts: Facts, station: Station, step: AnyStep, order: Order | None) -> Refused | None:
    """A label that has to be looked for before anything is opened: this order's, or another's at this station."""
    if order is not None and order.recall is not None:
        return refuse(step, Refusal.CALLED_BACK, order)
    for other in facts.recalled():
        if other.recall is not None and other.recall.station == station.station:
            return refuse(step, Refusal.RECALL_HERE, other)
    return None
