"""The decisions of a bench: one event in, the new state, entries for the disk and wishes for the world out.

Everything that changes a bench's state is reached from the two tables in this file: what an event means in a session,
and what it means in any. After every event the same three questions are asked: is a label still in doubt, can a print
be asked for, has anything to be said again.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from station.bench.core import (
    badges,
    counting,
    doubting,
    link,
    printing,
    recalling,
    scan_back,
    scanning,
    supervision,
)
from station.bench.core.devices import (
    BadgeRefused,
    BadgeScanned,
    BuffersCleared,
    Button,
    ButtonPressed,
    ClearFailed,
    KeyTurned,
    PrintConfirmed,
    PrinterChanged,
    PrinterState,
    PrintFailed,
    Scanned,
    ScannerChanged,
    Sound,
)
from station.bench.core.effects import EndScanBack, Entry, Forget, NoteHold, Play, Prepare, Wish
from station.bench.core.events import (
    Answered,
    Event,
    HoldHeard,
    LabelsDrawn,
    LabelsImpossible,
    LinkDown,
    LinkUp,
    OrderOpened,
    OrderRevised,
    Passed,
    Pushed,
    Welcomed,
)
from station.bench.core.notices import Key
from station.bench.core.order import begun
from station.bench.core.state import (
    Asking,
    Bench,
    CallingBack,
    Doubt,
    Doubting,
    Idle,
    Moment,
    Opening,
    Packing,
    Printing,
    Remembered,
    Rules,
    ScanBackRule,
    ScanningBack,
    Session,
    Settling,
    Voiding,
    Withdrawing,
)
from station.bench.core.turn import Turn, open_order, with_open_order
from station.protocol.reply import (
    CalledBack,
    Closed,
    Granted,
    HelloNeeded,
    JournalBehind,
    Kept,
    NotUnderstood,
    Recalls,
    Refusal,
    Refused,
    Settled,
    TakenOver,
)
from station.protocol.request import Close, Swap, Unknown


@dataclass(frozen=True, slots=True)
class Step:
    """What an event comes to."""

    bench: Bench
    entries: tuple[Entry, ...]
    wishes: tuple[Wish, ...]


def step(bench: Bench, event: Event, rules: Rules, moment: Moment) -> Step:
    """Decide on one event."""
    turn = Turn(bench, rules, moment)
    for past_its_limit in (printing.late, counting.lapse, supervision.lapse):
        past_its_limit(turn)  # first of all: a limit that has passed is past, whatever the event brings
    in_any = _IN_ANY_SESSION.get(type(event))
    if in_any is not None:
        in_any(turn, event)
    elif not (isinstance(event, Scanned) and _is_handled_anywhere(turn, event)):
        in_session = _IN_SESSION.get((type(turn.bench.session), type(event)))
        if in_session is not None:
            in_session(turn, event)
    _proceed(turn)
    return Step(turn.bench, tuple(turn.entries), tuple(turn.wishes))


def restarted(remembered: Remembered, rules: Rules, moment: Moment) -> Step:
    """A bench as its journal has it: what had begun and was not confirmed is unknown, and the packer is asked."""
    bench = Bench(
        identity=remembered.identity,
        outbox=remembered.outbox,
        last_sequence=remembered.last_sequence,
        first_sequence=remembered.first_sequence,
        epoch=remembered.epoch,
        seen_decision=remembered.seen_decision,
    )
    turn = Turn(bench, rules, moment)
    for grant in remembered.begun_grants:
        if not any(record.grant.grant == grant.grant for record in remembered.outbox):
            turn.record(Unknown, grant, reason="the station stopped between the first byte and the confirmation")
        turn.set(doubts=(*turn.bench.doubts, Doubt(grant)))
    if rules.scan_back is ScanBackRule.ALWAYS:
        turn.set(scan_backs=remembered.scan_backs)
    else:
        for grant in remembered.scan_backs:
            turn.enter(EndScanBack(grant.grant))
    _proceed(turn)
    return Step(turn.bench, tuple(turn.entries), tuple(turn.wishes))


def _proceed(turn: Turn) -> None:
    doubting.settled_if_kept(turn)
    if isinstance(turn.bench.session, Idle) and turn.bench.doubts:
        doubt, *rest = turn.bench.doubts
        turn.set(doubts=tuple(rest))
        doubting.ask_to_look(turn, doubt)
    recalling.voided_if_kept(turn)
    recalling.begin_if_due(turn)
    scan_back.begin_if_due(turn)
    printing.ask_if_ready(turn)
    link.say_what_is_due(turn)


def _is_handled_anywhere(turn: Turn, event: Scanned) -> bool:
    return scanning.is_repeated(turn, event.scanner, event.code.text) or badges.unsigned_badge(turn, event)


def _opened(turn: Turn, event: OrderOpened) -> None:
    """The answer to the slip. One that comes after the packer gave up is given back."""
    session = turn.bench.session
    asked = (session.step.request, turn.bench.incarnation) if isinstance(session, Opening) else None
    if not isinstance(session, Opening) or asked != (event.request, event.incarnation):
        packed = open_order(turn.bench)
        if packed is None or packed.order.order != event.order.order:
            turn.wish(Forget(event.order.order))
            if isinstance(session, Idle) and _waits_for_nothing_else(turn, event.request):
                turn.ask(Close, order=event.order.order)
        else:  # an answer that is said twice carries what came in between, and may come before the push of it
            _revised(turn, OrderRevised(event.order))
        return
    relabelled = isinstance(session.step, Swap)
    packed = begun(event.order, reprint=event.reprint, closed=session.reprint, relabelled=relabelled)
    packed = replace(packed, supervisor=session.supervisor)
    for hold in event.holds:
        packed = packed.with_hold(hold)
    turn.set(session=Packing(packed), pending=None)
    turn.audit("opened", detail=f"revision {event.order.revision}")
    turn.wish(Prepare(event.order.order, event.order.revision, event.reprint))
    turn.tell(Key.SCAN_ITEMS, sound=Sound.ACCEPTED)
    if packed.active_holds:
        printing.tell_held(turn, packed)


def _waits_for_nothing_else(turn: Turn, request: str) -> bool:
    return turn.bench.pending is None or turn.bench.pending.step.request == request


def _revised(turn: Turn, event: OrderRevised) -> None:
    packed = open_order(turn.bench)
    if packed is None or packed.order.order != event.order.order:
        turn.wish(Forget(event.order.order))
        return
    if event.order.revision <= packed.order.revision:
        return
    after = packed.revised(event.order)
    turn.set(session=with_open_order(turn.bench, after).session)
    counting.drop(turn)
    turn.audit("revised", detail=f"revision {event.order.revision}")
    turn.wish(Prepare(event.order.order, event.order.revision, after.reprint))
    if isinstance(turn.bench.session, Printing):
        return  # the label under way is an older one's; should none come out, this one is next
    if after.counts != packed.counts:
        turn.tell(Key.LINES_CHANGED, sound=Sound.STOP)
    elif isinstance(turn.bench.session, Packing) and not after.active_holds:
        turn.tell(Key.REVISED, event.order.revision, sound=Sound.ATTENTION)


def _hold_heard(turn: Turn, event: HoldHeard) -> None:
    """A hold that concerns the open order turns the station red at once."""
    if event.changed:
        turn.enter(NoteHold(event.order, event.hold))
    packed = open_order(turn.bench)
    if packed is None or packed.order.order != event.order:
        return
    after = packed.with_hold(event.hold)
    if after == packed:
        return
    ended = next((hold for hold in packed.active_holds if hold.hold == event.hold.hold), event.hold)
    kind = (ended if event.hold.state == "released" else event.hold).kind
    turn.audit(f"hold {event.hold.state}", detail=f"{event.hold.hold} {kind}")
    turn.set(session=with_open_order(turn.bench, after).session)
    counting.drop(turn)
    session = turn.bench.session
    if isinstance(session, Asking) and after.active_holds:
        printing.withdraw(turn, after, session.step.request)
    elif isinstance(session, Packing | Withdrawing) and after.active_holds:
        printing.tell_held(turn, after)
    elif isinstance(session, Packing) and packed.active_holds:
        turn.tell(Key.HOLD_RELEASED, sound=Sound.ATTENTION)


def _answered(turn: Turn, event: Answered) -> None:
    reply = event.reply
    if isinstance(reply, _OF_ANY_DESK) or reply.incarnation == turn.bench.incarnation:
        _ANSWERS[type(reply)](turn, reply)


def _kept(turn: Turn, reply: Kept) -> None:
    if not link.kept(turn, reply):
        _step_kept(turn, reply)


def _closed(turn: Turn, reply: Closed) -> None:
    if turn.bench.pending is not None and turn.bench.pending.step.request == reply.request:
        turn.set(pending=None)


def _not_understood(turn: Turn, reply: NotUnderstood) -> None:
    turn.audit("not understood by the desk", detail=reply.reason)


def _step_kept(turn: Turn, reply: Kept) -> None:
    pending = turn.bench.pending
    if pending is None or pending.step.request != reply.request:
        return
    turn.set(pending=None)
    session = turn.bench.session
    if isinstance(session, Withdrawing) and session.step.request == reply.request:
        printing.withdrawn(turn)


def _refused(turn: Turn, reply: Refused) -> None:
    session, pending = turn.bench.session, turn.bench.pending
    if pending is not None and pending.step.request == reply.request:
        turn.set(pending=None)
    if isinstance(session, Opening) and session.step.request == reply.request:
        turn.set(session=Idle())
        turn.audit("open refused", order=reply.order, code=session.slip, detail=reply.reason)
        if session.voided and reply.reason is not Refusal.PACK_ANEW:
            turn.tell(Key.VOIDED, session.voided, sound=Sound.WRONG)  # whatever stopped the new label
        else:
            printing.tell_refusal(turn, reply, session.slip)
        if reply.station == turn.rules.station and reply.reason in _OWN_GRANT:
            # The desk believes a grant outstanding here that this process does not know: its welcome names it.
            link.greet(turn)
    else:
        printing.print_refused(turn, reply)


def _pushed(turn: Turn, event: Pushed) -> None:
    packed = open_order(turn.bench)
    if isinstance(event.push, TakenOver | Settled) and event.push.incarnation != turn.bench.incarnation:
        return
    match event.push:
        case TakenOver(order=order, station=station):
            if isinstance(turn.bench.session, Packing) and packed is not None and packed.order.order == order:
                turn.audit("taken over", detail=station)
                turn.wish(Forget(order))
                turn.set(session=Idle())
                turn.tell(Key.TAKEN_OVER, order, station, sound=Sound.STOP)
        case Settled(grant=grant):
            session = turn.bench.session
            if isinstance(session, Asking) and session.step.request == grant:
                printing.withdraw(turn, session.packed, grant)
            doubting.drop_doubt(turn, grant)
        case Recalls():
            recalling.recalls_said(turn, event.push)


def _printer_changed(turn: Turn, event: PrinterChanged) -> None:
    before = turn.bench.printer
    turn.set(printer=event)
    if (event.state, event.detail) != (before.state, before.detail):
        turn.audit("printer", detail=f"{event.state} {event.detail}".strip())
    if event.paper_near_end and not before.paper_near_end:
        turn.audit("printer", detail="the paper is near its end")
        if isinstance(turn.bench.session, Idle | Packing):
            turn.wish(Play(Sound.ATTENTION))
    if not isinstance(turn.bench.session, Printing):
        return
    if event.state is PrinterState.READY:
        turn.tell(Key.PRINTING)
    elif event.state is not before.state:
        turn.tell(printing.PRINTER_NOTICES[event.state], sound=Sound.ATTENTION)


def _scanner_changed(turn: Turn, event: ScannerChanged) -> None:
    before = turn.bench.scanners.get(event.scanner)
    turn.set(scanners={**turn.bench.scanners, event.scanner: event.up})
    if before is event.up:
        return
    turn.audit("scanner", detail=f"{event.scanner} {'up' if event.up else 'down'} {event.detail}".strip())
    if not event.up and isinstance(turn.bench.session, Idle | Packing):
        turn.tell(Key.SCANNER_DOWN, event.scanner, sound=Sound.ATTENTION)
    elif event.up and turn.bench.notice.key is Key.SCANNER_DOWN:
        turn.tell(Key.SCAN_ITEMS if isinstance(turn.bench.session, Packing) else Key.SCAN_SLIP)


def _button_pressed(turn: Turn, event: ButtonPressed) -> None:
    if event.button is Button.CANCEL:
        scanning.cancelled(turn)


def _passed(_turn: Turn, _event: Passed) -> None:
    """What is due is found in every turn."""


_OWN_GRANT = (Refusal.UNRESOLVED_HERE, Refusal.PRINTING_ELSEWHERE, Refusal.IN_DOUBT)

Handler = Callable[[Turn, Any], None]

_OF_ANY_DESK = (HelloNeeded, JournalBehind)
"""These come of a hello, or ask for one."""

_ANSWERS: dict[type, Handler] = {
    HelloNeeded: link.hello_needed,
    JournalBehind: link.journal_behind,
    Granted: printing.granted,
    CalledBack: recalling.called_back,
    Kept: _kept,
    Closed: _closed,
    Refused: _refused,
    NotUnderstood: _not_understood,
}

_IN_ANY_SESSION: dict[type[Event], Handler] = {
    LinkUp: link.link_up,
    LinkDown: link.link_down,
    Welcomed: link.welcomed,
    Answered: _answered,
    Pushed: _pushed,
    OrderOpened: _opened,
    OrderRevised: _revised,
    HoldHeard: _hold_heard,
    PrinterChanged: _printer_changed,
    ScannerChanged: _scanner_changed,
    ButtonPressed: _button_pressed,
    KeyTurned: badges.key_turned,
    BadgeScanned: badges.badge_scanned,
    BadgeRefused: badges.badge_refused,
    LabelsDrawn: printing.labels_drawn,
    LabelsImpossible: printing.labels_impossible,
    Passed: _passed,
}

# An event in a session that is not here means nothing there: a confirmation of a job that is nobody's any more,
# an answer of the printer to a question that was given up.
_IN_SESSION: dict[tuple[type[Session], type[Event]], Handler] = {
    (Idle, Scanned): scanning.scanned_idle,
    (Opening, Scanned): scanning.scanned_opening,
    (Packing, Scanned): scanning.scanned_packing,
    (Asking, Scanned): scanning.scanned_busy,
    (Withdrawing, Scanned): scanning.scanned_busy,
    (Printing, Scanned): scanning.scanned_busy,
    (Printing, PrintConfirmed): printing.confirmed,
    (Printing, PrintFailed): printing.failed,
    (Doubting, Scanned): doubting.scanned,
    (Doubting, BuffersCleared): doubting.cleared,
    (Doubting, ClearFailed): doubting.clear_failed,
    (Settling, Scanned): scanning.scanned_busy,
    (ScanningBack, Scanned): scan_back.scanned,
    (CallingBack, Scanned): recalling.scanned,
    (Voiding, Scanned): scanning.scanned_busy,
}
