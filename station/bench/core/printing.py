"""From "everything matches" to the label on paper: ask, pass the point of no return, print, confirm."""

import math
from dataclasses import replace

from station.bench.core import scan_back
from station.bench.core.devices import PrintConfirmed, PrinterState, PrintFailed, Sound
from station.bench.core.doubting import begin_doubt
from station.bench.core.effects import BeginPrint, DropGrant, Forget, KnowDesk, Prepare, SendToPrinter
from station.bench.core.events import LabelsDrawn, LabelsImpossible
from station.bench.core.notices import Key, about_hold, notice
from station.bench.core.order import Packed
from station.bench.core.state import (
    Asking,
    Doubt,
    Idle,
    Opening,
    Packing,
    Printing,
    Ready,
    Withdrawing,
    WithoutPermission,
)
from station.bench.core.supervision import spend
from station.bench.core.turn import Turn, open_order, with_open_order
from station.protocol.reply import Granted, Refusal, Refused
from station.protocol.request import Close, GrantReference, NotPrinted, Print, Printed

PRINTER_NOTICES = {
    PrinterState.PAPER_OUT: Key.PAPER_OUT,
    PrinterState.COVER_OPEN: Key.COVER_OPEN,
    PrinterState.CUTTER_FAULT: Key.CUTTER_FAULT,
    PrinterState.OVERHEATED: Key.PRINTER_OVERHEATED,
    PrinterState.ERROR: Key.PRINTER_ERROR,
    PrinterState.WRONG_MODEL: Key.WRONG_PRINTER,
    PrinterState.OFFLINE: Key.PRINTER_OFFLINE,
    PrinterState.NO_ANSWER: Key.PRINTER_NO_ANSWER,
    PrinterState.DISCONNECTED: Key.PRINTER_DISCONNECTED,
}

TRY_AGAIN = {Refusal.OLD_REVISION: Key.REVISION_COMING, Refusal.CATCHING_UP: Key.CATCHING_UP}
"""Refusals that pass by themselves: the revision is on its way, the desk catches up."""


def ask_if_ready(turn: Turn) -> None:
    """Ask for permission as soon as nothing stands in its way; else say what does."""
    bench = turn.bench
    if not isinstance(bench.session, Packing) or not bench.session.packed.complete:
        return
    packed = bench.session.packed
    if packed.active_holds:
        return
    if not packed.noted:
        _tell_once(turn, Key.ACKNOWLEDGE, packed.order.to_acknowledge[packed.acknowledged])
    elif packed.impossible:
        _tell_once(turn, Key.LABEL_IMPOSSIBLE, packed.impossible)
    elif not packed.label_at_hand:
        _tell_once(turn, Key.DRAWING)
    elif bench.printer.state is not PrinterState.READY:
        _tell_once(turn, PRINTER_NOTICES[bench.printer.state])
    elif not isinstance(bench.link, Ready) or bench.outbox:
        _tell_once(turn, Key.NO_DESK)
    elif turn.now >= packed.ask_after:
        has_shipped = any((unit.item, unit.serial) in packed.shipped_serials for unit in packed.units)
        step = turn.ask(
            Print,
            order=packed.order.order,
            revision=packed.order.revision,
            units=packed.units,
            supervisor=spend(turn) if has_shipped else "",
        )
        turn.set(session=Asking(packed, step, turn.now + turn.rules.grant_wait_s))
        turn.tell(Key.ASKING)


def granted(turn: Turn, reply: Granted) -> None:
    """Use a grant, if this process still waits for it and nothing has come between: the point of no return."""
    session = turn.bench.session
    if not isinstance(session, Asking) or session.step.request != reply.request:
        return
    turn.set(pending=None)
    packed = session.packed
    ready = turn.bench.printer.state is PrinterState.READY
    asked_for = (packed.order.revision, reply.grant.reprint)
    as_granted = packed.drawn == asked_for and packed.order.revision == reply.grant.revision
    if packed.order.revision == reply.grant.revision and not packed.order.is_of(reply.grant):
        _withdraw_of_other_content(turn, packed, reply.request)
        return
    if packed.active_holds or not ready or not as_granted:
        withdraw(turn, replace(packed, reprint=reply.grant.reprint), reply.request)
        turn.wish(Prepare(packed.order.order, packed.order.revision, reply.grant.reprint))
        return
    turn.set(epoch=reply.epoch, seen_decision=reply.decision)
    turn.enter(KnowDesk(reply.epoch, reply.decision))
    _begin(turn, packed, reply.grant, without_permission=False)


def _withdraw_of_other_content(turn: Turn, packed: Packed, grant: str) -> None:
    turn.audit("grant of another content", detail=f"{grant} revision {packed.order.revision}")
    step = turn.ask(NotPrinted, order=packed.order.order, grant=grant)
    turn.set(session=Withdrawing(packed, step, cancelled=True, of_other_content=True))
    turn.tell(Key.NOT_OPEN_HERE, packed.order.order, sound=Sound.WRONG)


def print_refused(turn: Turn, reply: Refused) -> None:
    """The desk says no to a print: red for a hold, another try where time mends it, else the order goes."""
    session = turn.bench.session
    if not isinstance(session, Asking) or session.step.request != reply.request:
        return
    turn.set(pending=None)
    packed = session.packed
    turn.audit("print refused", detail=reply.reason)
    if reply.reason is Refusal.HELD:
        for hold in reply.holds:
            packed = packed.with_hold(hold)
        turn.set(session=Packing(replace(packed, ask_after=turn.now + turn.rules.retry_s)))
        if packed.active_holds:
            tell_held(turn, packed)
        else:
            # The release was heard here before it came to the desk, which will hear it too.
            turn.tell(Key.RELEASE_COMING)
    elif reply.reason is Refusal.SERIAL_SHIPPED:
        _take_out(turn, packed, reply)
    elif reply.reason in TRY_AGAIN:
        turn.set(session=Packing(replace(packed, ask_after=turn.now + turn.rules.retry_s)))
        turn.tell(TRY_AGAIN[reply.reason], ", ".join(reply.waits_for))
    else:
        turn.wish(Forget(packed.order.order))
        turn.set(session=Idle())
        tell_refusal(turn, reply, packed.order.order)


def _take_out(turn: Turn, packed: Packed, reply: Refused) -> None:
    """The unit is counted no more: the packer takes it out of the box and scans another one. Nothing else is lost."""
    unit = reply.unit
    if unit is None or unit not in packed.units:  # a revision that came meanwhile has the box emptied anyway
        turn.set(session=Packing(packed))
        return
    packed = replace(packed.without(unit), shipped_serials=packed.shipped_serials | {(unit.item, unit.serial)})
    turn.set(session=Packing(packed))
    where = f"{reply.station} {reply.at[:16].replace('T', ' ')}".strip()
    name = packed.order.lines[unit.line].name
    turn.tell(Key.SERIAL_SHIPPED, name, unit.serial, reply.shipped_with, where, sound=Sound.WRONG)


def withdraw(
    turn: Turn, packed: Packed, grant: str, *, cancelled: bool = False, begun_grant: GrantReference | None = None
) -> None:
    """Give a grant back, unused. Sent until kept, for the desk answers ``printing`` until then."""
    step = turn.ask(NotPrinted, order=packed.order.order, grant=grant)
    turn.set(session=Withdrawing(packed, step, cancelled, begun_grant))
    turn.audit("withdrawn", detail=grant, order=packed.order.order)
    if packed.active_holds:
        tell_held(turn, packed)


def withdrawn(turn: Turn) -> None:
    """The desk has the grant back: go on packing, or put the order back."""
    session = turn.bench.session
    assert isinstance(session, Withdrawing)  # noqa: S101  (the table calls this in no other session)
    if session.begun_grant is not None:
        turn.enter(DropGrant(session.begun_grant.grant))
    turn.set(pending=None)
    if session.cancelled:
        close_order(turn, session.packed)
        if session.of_other_content:
            turn.tell(Key.NOT_OPEN_HERE, session.packed.order.order, sound=Sound.WRONG)
        return
    turn.set(session=Packing(session.packed))
    if session.packed.active_holds:
        tell_held(turn, session.packed)


def late(turn: Turn) -> None:
    """A limit passed without an answer. The packer is told; a grant that comes now is never used."""
    session = turn.bench.session
    if isinstance(session, Opening) and turn.now >= session.late_after:
        turn.set(session=replace(session, late_after=math.inf))
        turn.tell(Key.NO_ANSWER, sound=Sound.ATTENTION)
    elif isinstance(session, Asking) and turn.now >= session.give_up_at:
        withdraw(turn, session.packed, session.step.request)
        turn.tell(Key.NO_ANSWER, sound=Sound.ATTENTION)
    elif isinstance(session, Packing) and 0.0 < session.packed.ask_after <= turn.now:
        turn.set(session=Packing(replace(session.packed, ask_after=0.0)))


def labels_drawn(turn: Turn, event: LabelsDrawn) -> None:
    """Nothing will be drawn after the match."""
    packed = open_order(turn.bench)
    if packed is not None and packed.order.order == event.order:
        drawn = replace(packed, drawn=(event.revision, event.reprint), impossible="")
        turn.set(session=with_open_order(turn.bench, drawn).session)


def labels_impossible(turn: Turn, event: LabelsImpossible) -> None:
    """Known at the bench at the latest when the order is opened, never after the match."""
    packed = open_order(turn.bench)
    if packed is not None and packed.order.order == event.order and packed.order.revision == event.revision:
        turn.audit("label impossible", detail=event.reason)
        turn.set(session=with_open_order(turn.bench, replace(packed, impossible=event.reason)).session)
        turn.tell(Key.LABEL_IMPOSSIBLE, event.reason, sound=Sound.ATTENTION)


def confirmed(turn: Turn, event: PrintConfirmed) -> None:
    """The label is on paper: a record for the desk, and the personal data go."""
    session = turn.bench.session
    if not isinstance(session, Printing) or session.grant.grant != event.grant:
        return
    order = session.packed.order.order
    turn.record(
        Printed,
        session.grant,
        proof=event.proof.value,
        without_permission=session.grant.without_permission,
    )
    turn.audit("printed", detail=f"{event.grant}: proof {event.proof}")
    turn.wish(Forget(order))
    scan_back.printed(turn, session.grant, relabelled=session.packed.relabelled)


def failed(turn: Turn, event: PrintFailed) -> None:
    """The print will not be confirmed: in doubt, unless it is certain that not one byte went out."""
    session = turn.bench.session
    if not isinstance(session, Printing) or session.grant.grant != event.grant:
        return
    turn.audit("print failed", detail=f"{event.grant}: begun={event.begun}: {event.reason}")
    if event.begun:
        begin_doubt(turn, Doubt(session.grant, session.packed), event.reason)
        return
    packed = replace(session.packed, ask_after=turn.now + turn.rules.retry_s)
    if session.grant.without_permission:
        _not_begun_alone(turn, packed, session.grant)
    else:
        withdraw(turn, packed, event.grant, begun_grant=session.grant)
    turn.tell(Key.NOT_BEGUN, sound=Sound.ATTENTION)


def _not_begun_alone(turn: Turn, packed: Packed, grant: GrantReference) -> None:
    """The desk may have heard of it in a hello, unless it believes an earlier grant outstanding, which goes first."""
    pending = turn.bench.pending
    if pending is None or not isinstance(pending.step, NotPrinted):
        withdraw(turn, packed, grant.grant, begun_grant=grant)
        return
    turn.enter(DropGrant(grant.grant))
    turn.set(session=Withdrawing(packed, pending.step))


def print_alone(turn: Turn) -> bool:
    """A supervisor's word while the desk is away: it prints, where the site has set that. Whether it did."""
    session, bench = turn.bench.session, turn.bench
    if turn.rules.without_permission is not WithoutPermission.SUPERVISOR:
        return False
    waits_in_vain = isinstance(session, Withdrawing) and not session.cancelled
    cannot_ask = isinstance(session, Packing) and not isinstance(bench.link, Ready)
    if not isinstance(session, Packing | Withdrawing) or not (waits_in_vain or cannot_ask):
        return False
    packed = session.packed
    ready = bench.printer.state is PrinterState.READY
    matches = packed.complete and packed.noted and packed.label_at_hand
    if not matches or packed.active_holds or not ready:
        return False
    turn.set(asked=bench.asked + 1)
    grant = GrantReference(
        grant=f"{bench.identity.boot}.alone{turn.bench.asked}",
        order=packed.order.order,
        revision=packed.order.revision,
        reprint=packed.reprint,
        tracking_numbers=packed.order.tracking_numbers,
        goods=packed.order.goods,
        units=packed.units,
    )
    _begin(turn, replace(packed, supervisor=spend(turn)), grant, without_permission=True)
    return True


def cancel_asking(turn: Turn) -> None:
    """Cancelled while the desk is asked, or while a grant is given back."""
    session = turn.bench.session
    if isinstance(session, Asking):
        withdraw(turn, session.packed, session.step.request, cancelled=True)
        _tell_cancelled(turn, session.packed)
    elif isinstance(session, Withdrawing):
        turn.set(session=replace(session, cancelled=True))
        _tell_cancelled(turn, session.packed)


def close_order(turn: Turn, packed: Packed) -> None:
    """The order goes back; so do its personal data."""
    order = packed.order.order
    turn.ask(Close, order=order)
    turn.audit("closed", order=order)
    turn.wish(Forget(order))
    turn.set(session=Idle())
    _tell_cancelled(turn, packed, Sound.ACCEPTED)


def _tell_cancelled(turn: Turn, packed: Packed, sound: Sound | None = None) -> None:
    """What becomes of the items, or of the parcel that they are packed in."""
    key = Key.VOIDED if packed.relabelled else Key.CANCELLED_CLOSED if packed.closed else Key.CANCELLED
    turn.tell(key, packed.order.order, sound=sound)


def tell_held(turn: Turn, packed: Packed) -> None:
    """Red at once, with why."""
    hold = packed.active_holds[0]
    turn.tell(Key.HELD_NOW, *about_hold(hold), sound=Sound.STOP)


def tell_refusal(turn: Turn, reply: Refused, about: str) -> None:
    """A refusal in the packer's words."""
    order = reply.order or about
    match reply.reason:
        case Refusal.HELD:
            hold = reply.holds[0] if reply.holds else None
            turn.tell(Key.ORDER_HELD, order, *(about_hold(hold) if hold else ("", "")), sound=Sound.STOP)
        case Refusal.SHIPPED:
            turn.tell(Key.SHIPPED, order, reply.station, reply.at[11:16], sound=Sound.WRONG)
        case Refusal.OPEN_ELSEWHERE:
            key = Key.OPEN_ELSEWHERE if reply.station_up else Key.OPEN_AT_DEAD_STATION
            turn.tell(key, order, reply.station, sound=Sound.WRONG)
        case Refusal.CATCHING_UP:
            turn.tell(Key.CATCHING_UP, ", ".join(reply.waits_for), sound=Sound.WRONG)
        case Refusal.OLD_REVISION:
            turn.tell(Key.NOT_OPEN_HERE, order, sound=Sound.WRONG)
        case _:
            turn.tell(_REFUSALS[reply.reason], order, reply.station, sound=Sound.WRONG)


_REFUSALS = {
    Refusal.UNKNOWN_SLIP: Key.UNKNOWN_SLIP,
    Refusal.PRINTING_ELSEWHERE: Key.PRINTING_ELSEWHERE,
    Refusal.IN_DOUBT: Key.ORDER_IN_DOUBT,
    Refusal.NOT_SHIPPED: Key.NOT_SHIPPED,
    Refusal.NO_INSTRUCTION: Key.NO_INSTRUCTION,
    Refusal.NOT_OPEN_HERE: Key.NOT_OPEN_HERE,
    Refusal.UNRESOLVED_HERE: Key.UNRESOLVED_HERE,
    Refusal.SERIAL_SHIPPED: Key.NOT_OPEN_HERE,
    Refusal.NEEDS_REVISION: Key.NEEDS_REVISION,
    Refusal.CALLED_BACK: Key.CALLED_BACK,
    Refusal.RECALL_HERE: Key.RECALL_HERE,
    Refusal.UNKNOWN_LABEL: Key.UNKNOWN_LABEL,
    Refusal.VOID_LABEL: Key.VOID_LABEL,
    Refusal.NO_SWAP: Key.NO_SWAP,
    Refusal.PACK_ANEW: Key.PACK_ANEW,
    Refusal.UNITS_LACKING: Key.UNITS_LACKING,
}


def _begin(turn: Turn, packed: Packed, grant: GrantReference, *, without_permission: bool) -> None:
    grant = grant.begun(
        packer=turn.bench.packer,
        supervisor=packed.supervisor,
        unscanned=packed.unscanned,
        without_permission=without_permission,
    )
    turn.enter(BeginPrint(grant))
    answers_for = f", supervisor {packed.supervisor}" if packed.supervisor else ""
    detail = f"{grant.grant} without_permission={without_permission}{answers_for}"
    turn.audit("print begins", order=grant.order, detail=detail)
    turn.set(session=Printing(packed, grant))
    turn.tell(Key.WITHOUT_PERMISSION if without_permission else Key.PRINTING)
    turn.wish(SendToPrinter(grant))


def _tell_once(turn: Turn, key: Key, *about: object) -> None:
    if turn.bench.notice != notice(key, *about):
        turn.tell(key, *about, sound=None if key is Key.DRAWING else Sound.ATTENTION)
