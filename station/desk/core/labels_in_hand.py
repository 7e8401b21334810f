"""What a person asks for with a printed label in hand: to void it, or to put another in its place."""

from dataclasses import replace

from station.desk.core import recalls
from station.desk.core.answers import Messages, changed_answers, tell_of_holds
from station.desk.core.facts import Change, Facts, Note, SaveOrder, Station
from station.desk.core.order import Order, Packing, Recall
from station.desk.core.refusals import Answered, called_back, refuse, stands_elsewhere
from station.desk.core.slips import bare
from station.protocol.outcome import VoidCause
from station.protocol.reply import CallBack, CalledBack, Opened, Refusal, Refused
from station.protocol.request import Swap, Void
from station.protocol.scanback import ScanBack, read_scan_back


def void_requested(facts: Facts, station: Station, step: Void) -> Answered:
    """A label is not to be used: it is called back to the station where it is in hand."""
    order, number = _order_and_number(facts, step)
    if refused := _why_not(facts, station, step, order):
        return Answered(refused)
    assert order is not None  # noqa: S101  (an unknown label is refused)
    if order.is_void((number,), 0):
        return Answered(refuse(step, Refusal.VOID_LABEL, order))
    if order.shipped is None or number not in order.shipped.tracking_numbers:
        return Answered(refuse(step, Refusal.UNKNOWN_LABEL, order))
    return _call_back(facts, station, step, order, "void")


def swap_requested(facts: Facts, station: Station, step: Swap) -> Answered:
    """Another label takes this one's place, where the contact center ordered that: first the old one is called back
    to the station where it is in hand; once it is void, the order is open there for the new one. A hold wins still."""
    order, number = _order_and_number(facts, step)
    if refused := _why_not(facts, station, step, order) or called_back(facts, station, step, order):
        return Answered(refused)
    assert order is not None  # noqa: S101  (an unknown label is refused)
    if order.active_holds:
        return Answered(refuse(step, Refusal.HELD, order))
    if order.shipped is not None and number in order.shipped.tracking_numbers:
        if order.swap is None or not facts.has_instruction(order.order, order.swap.revision):
            return Answered(refuse(step, Refusal.NO_SWAP, order))
        return _call_back(facts, station, step, order, "dock_swap")
    return _open(facts, station, step, order, number)


def _open(facts: Facts, station: Station, step: Swap, order: Order, number: str) -> Answered:
    """For the new label, without its items: the parcel is closed, and in it is what the new label stands for."""
    last = order.voids[-1] if order.voids else None
    if order.shipped is not None or last is None or number not in last.grant.tracking_numbers:
        return Answered(refuse(step, Refusal.UNKNOWN_LABEL, order))
    if last.cause != "dock_swap":
        return Answered(refuse(step, Refusal.VOID_LABEL, order))
    newest = order.printable
    if newest is None or not facts.has_instruction(order.order, newest.revision):
        return Answered(refuse(step, Refusal.NEEDS_REVISION, order))
    instruction = facts.instruction(order.order)
    if instruction is None or not order.takes_label_alone(instruction.goods):
        told = Note(order.order, "no label alone, pack anew", station.station, step.packer)
        return Answered(refuse(step, Refusal.PACK_ANEW, order), changes=(told,))
    after = replace(order, claim=Packing(station.station, reprint=True))
    return Answered(
        Opened(request=step.request, order=order.order, instruction=None, reprint=order.label_sets),
        changes=(
            SaveOrder(after),
            Note(order.order, "opened for a swap", station.station, step.packer),
        ),
        messages=tell_of_holds(after),
        bench_order="",
    )


def _call_back(facts: Facts, station: Station, step: Void | Swap, order: Order, cause: VoidCause) -> Answered:
    after = replace(order, claim=None).called_back(Recall(station.station, facts.age_s, cause))
    assert order.shipped is not None  # noqa: S101  (a label that came out is called back)
    recall = CallBack(grant=order.shipped.reference(order.order), cause=cause)
    elsewhere: Messages = ()
    if order.recall is not None and order.recall.station != station.station:
        elsewhere = recalls.tell(facts, order.recall.station, after)
    changes: tuple[Change, ...] = (
        SaveOrder(after),
        Note(order.order, "label in hand, to void it", station.station, f"{order.shipped.grant} {cause} {step.packer}"),
    )
    return Answered(
        CalledBack(request=step.request, recall=recall, number=facts.number),
        changes=changes,
        messages=elsewhere + changed_answers(facts, order, after),
    )


def _why_not(facts: Facts, station: Station, step: Void | Swap, order: Order | None) -> Refused | None:
    if order is None:
        return refuse(step, Refusal.UNKNOWN_LABEL, None)
    if refused := stands_elsewhere(facts, station, step, order):
        return refused
    if order.claim is not None and order.claim.station != station.station:
        return refuse(step, Refusal.OPEN_ELSEWHERE, order, station_up=facts.is_up(order.claim.station))
    return None


def _order_and_number(facts: Facts, step: Void | Swap) -> tuple[Order | None, str]:
    """The order of a label, and its tracking number: by its bars, without what frames them in NW-7, or its QR code."""
    if (label := read_scan_back(step.label)) is not None:
        return _by_qr_code(facts.order(label.order), label)
    number = bare(step.label)
    order = facts.order_of_label(number)
    return (None if order is None else facts.order(order)), number


def _by_qr_code(order: Order | None, label: ScanBack) -> tuple[Order | None, str]:
    """It names one print of one revision: the label that counts, or one that is void."""
    if order is None:
        return None, ""
    counts = (order.shipped.reference(order.order),) if order.shipped is not None else ()
    for grant in (*counts, *(void.grant for void in reversed(order.voids))):
        if (grant.revision, grant.reprint) == (label.revision, label.reprint):
            number = dict(enumerate(grant.tracking_numbers, start=1)).get(label.piece)
            return (order, number) if number is not None else (None, "")
    return None, ""
