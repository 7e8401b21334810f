"""Calling a label back after the print: its packer scans it, to void it, before the parcel goes on.

A recall begins with a hold or a newer revision, while the parcel may still be at its bench; or with a person who has
the label in hand (``labels_in_hand``). It ends with the scan, with a person's word that the parcel is gone, with the
release of what began it, or when nobody has answered for a set time: never in silence.
"""

from dataclasses import replace

from station.desk.core.answers import Messages, changed_answers
from station.desk.core.contents import as_granted
from station.desk.core.facts import AddShipment, Change, Decision, Facts, FreeSerials, Note, Passed, SaveOrder, Station
from station.desk.core.order import Order, Recall, Shipped, Standing, Voided, shares_no_number
from station.protocol.outcome import Shipment, ShipmentQuery
from station.protocol.reply import MAX_RECALLS, CallBack, Recalls
from station.protocol.request import Gone as GoneRecord
from station.protocol.request import Voided as VoidedRecord
from station.protocol.topics import InboxOf, ShipmentOf

MOST_LABELS = 1_000
"""Shipment records of one order that are looked at."""


def held(facts: Facts, order: Order) -> Order:
    """An order on which a hold was placed: its label is called back, where that can be."""
    if order.recall is not None or not _may_be_found(facts, order):
        return order
    return order.called_back(_recall(facts, order))


def released(order: Order) -> Order:
    """An order of which a hold was released: with the last one the recall ends, unless a newer revision wants it."""
    recall = order.recall
    waits = any(edition.standing is Standing.PENDING for edition in order.editions)
    if recall is None or recall.cause != "recall" or order.active_holds or waits:
        return order
    return replace(order, recall=None)


def revised(facts: Facts, order: Order, revision: int) -> Order:
    """An order with a revision that came after its label: that is called back, where that can be.

    Not for a revision with the same tracking numbers: it could not be printed once they are void.
    """
    edition, shipped = order.edition(revision), order.shipped
    if edition is None or shipped is None or edition.standing not in (Standing.TOO_LATE, Standing.SWAP):
        return order
    if not shares_no_number(edition, shipped) or not (order.recall or _may_be_found(facts, order)):
        return order
    return order.called_back(order.recall or _recall(facts, order), frozenset({revision}))


def just_printed(facts: Facts, station: Station, before: Order, after: Order) -> Order:
    """An order whose label has just come out: holds and revisions that came during its grant call it back at once.

    ``station`` as it is after that.
    """
    shipped = after.shipped
    if shipped is None or not _may_be_found(facts, after, station):
        return after
    in_time = (Standing.PENDING, Standing.ACCEPTED)
    waited = {edition.revision for edition in before.editions if edition.standing in in_time}
    waiting = frozenset(
        edition.revision
        for edition in after.editions
        if edition.revision in waited
        and edition.standing is not Standing.ACCEPTED
        and shares_no_number(edition, shipped)
    )
    if not after.active_holds and not waiting:
        return after
    return after.called_back(_recall(facts, after), waiting)


def tell_change(facts: Facts, before: Order, after: Order) -> Messages:
    """What the stations are told whose part a recall begins or ends to be."""
    if before.recall == after.recall:
        return ()
    stations = dict.fromkeys(each.recall.station for each in (before, after) if each.recall is not None)
    return tuple(message for station in stations for message in tell(facts, station, after))


def tell(facts: Facts, station: str, order: Order | None = None) -> Messages:
    """All that a station is to find and scan. ``order``: as the decision leaves it."""
    number, recalls = facts.number, call_backs(facts, station, order)
    return ((InboxOf(station), Recalls(recalls=recalls, epoch=facts.desk.epoch, number=number)),)


def call_backs(facts: Facts, station: str, order: Order | None = None) -> tuple[CallBack, ...]:
    """The labels that a station is to find and scan."""
    orders = {each.order: each for each in facts.recalled()} | ({order.order: order} if order is not None else {})
    return tuple(
        CallBack(grant=each.shipped.reference(each.order), cause=each.recall.cause)
        for each in orders.values()
        if each.recall is not None and each.recall.station == station and each.shipped is not None
    )[:MAX_RECALLS]


def time_passed(facts: Facts, _event: Passed) -> Decision:
    """Recalls that nobody answered have ended; of the others the stations are told again."""
    changes: tuple[Change, ...] = ()
    messages: Messages = ()
    still: dict[str, None] = {}
    for order in facts.recalled():
        assert order.recall is not None  # noqa: S101  (that is what was asked for)
        if facts.age_s - order.recall.since_s < facts.recall_rules.answer_s:
            still[order.recall.station] = None
            continue
        decision = ended(facts, order, "recall not answered")
        changes, messages = changes + decision.changes, messages + decision.messages
    again = tuple(message for station in still for message in tell(facts, station))
    return Decision(changes, messages + again)


def ended(facts: Facts, order: Order, why: str) -> Decision:
    """A recall comes to an end, and the label counts."""
    after = order.not_called_back()
    station = order.recall.station if order.recall else ""
    note = Note(order.order, why, station, order.shipped.grant if order.shipped else "")
    messages = changed_answers(facts, order, after) + tell_change(facts, order, after)
    return Decision((SaveOrder(after), note), messages)


def gone(facts: Facts, station: Station, record: GoneRecord) -> tuple[tuple[Change, ...], Messages]:
    """A person looked, and the parcel has left the bench. It may be in another person's hand meanwhile."""
    order = facts.order(record.grant.order)
    if order is None or order.recall is None or order.shipped is None or order.shipped.grant != record.grant.grant:
        return (), ()
    left = replace(order, shipped=replace(order.shipped, aged_s=None))
    if order.recall.station != station.station:
        return (SaveOrder(left), Note(order.order, "gone from the bench", station.station, record.grant.grant)), ()
    decision = ended(facts, left, "gone from the bench")
    return decision.changes, decision.messages


def voided(facts: Facts, station: Station, record: VoidedRecord) -> tuple[tuple[Change, ...], Messages]:
    """Every label of a grant was scanned to void it: its order is open again, with tracking numbers of its own."""
    grant = record.grant
    order, dropped, refusal = as_granted(facts, facts.order(grant.order) or Order(grant.order), grant)
    if any(void.grant.grant == grant.grant for void in order.voids):
        return (), ()
    at = record.at or facts.at
    void = Voided(station.station, grant, record.cause, at)
    after = order.voided(void, _newest_live(facts, replace(order, voids=(*order.voids, void))))
    shipment = Shipment(
        number=facts.last_shipment() + 1,
        order=grant.order,
        kind="void",
        grant=grant.grant,
        station=station.station,
        revision=grant.revision,
        tracking_numbers=grant.tracking_numbers,
        proof="label_scanned",
        reprint=grant.reprint,
        irregular=record.cause,
        packer=record.packer,
        printed_at=at,
        kept_at=facts.at,
    )
    note = Note(grant.order, "label void", station.station, f"{grant.grant} {record.cause}")
    messages = (
        (ShipmentOf(grant.order), shipment),
        *changed_answers(facts, order, after),
        *refusal,
        *tell_change(facts, order, after),
    )
    # What a swap's parcel holds stays in it, and goes out with another label.
    freed = (FreeSerials(grant.order),) if after.shipped is None and record.cause != "dock_swap" else ()
    return (*dropped, SaveOrder(after), AddShipment(shipment), *freed, note), messages


def _newest_live(facts: Facts, order: Order) -> Shipped | None:
    """The newest label of an order that came out and counts."""
    if order.shipped is not None and not order.is_void(order.shipped.tracking_numbers, order.shipped.reprint):
        return order.shipped
    for each in reversed(facts.shipments(ShipmentQuery(query="", order=order.order), MOST_LABELS)):
        if each.kind == "printed" and not order.is_void(each.tracking_numbers, each.reprint):
            return Shipped(
                each.station,
                each.grant,
                each.revision,
                each.tracking_numbers,
                each.printed_at,
                reprint=each.reprint,
            )
    return None


def _may_be_found(facts: Facts, order: Order, station: Station | None = None) -> bool:
    """Whether the label that counts may still be at its bench, and nothing else is under way with its order."""
    shipped = order.shipped
    if shipped is None or shipped.aged_s is None or order.claim is not None or order.doubts or facts.desk.waits_for:
        return False
    at = station or facts.station(shipped.station)
    is_recent = facts.age_s - shipped.aged_s < facts.recall_rules.at_bench_s
    return is_recent and at.station == shipped.station and at.bench_order == order.order


def _recall(facts: Facts, order: Order) -> Recall:
    assert order.shipped is not None  # noqa: S101  (a label that came out is called back)
    return Recall(order.shipped.station, facts.age_s, "recall")
