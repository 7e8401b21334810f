"""A label that nobody is sure of: only a person who looks can say whether it came out (hold protocol, section 4)."""

from dataclasses import replace

from station.bench.core.cards import Card, card_of
from station.bench.core.codes import number_on
from station.bench.core.devices import BuffersCleared, ClearFailed, PrinterState, Proof, Scanned, Sound
from station.bench.core.effects import ClearPrinter, DropGrant, Forget, Prepare
from station.bench.core.notices import Key
from station.bench.core.state import (
    Asking,
    Bench,
    Doubt,
    Doubting,
    Idle,
    Packing,
    Printing,
    ScanBackRule,
    Settling,
    Withdrawing,
)
from station.bench.core.supervision import end, spend
from station.bench.core.turn import Turn
from station.protocol.request import NoLabel, NotPrinted, Printed, Unknown

_CANNOT_BE_CLEARED = (PrinterState.NO_ANSWER, PrinterState.DISCONNECTED, PrinterState.WRONG_MODEL)
"""There is no printer to ask, or the label is not in the one that is there."""


def begin_doubt(turn: Turn, doubt: Doubt, reason: str) -> None:
    """The line to the printer was lost, or no confirmation came: ask the packer to look."""
    turn.record(Unknown, doubt.grant, reason=reason[:200])
    turn.audit("unknown", order=doubt.grant.order, detail=f"{doubt.grant.grant}: {reason}")
    ask_to_look(turn, doubt)


def ask_to_look(turn: Turn, doubt: Doubt) -> None:
    """Red, until a label or the card is scanned."""
    turn.set(session=Doubting(doubt))
    turn.tell(_question(turn), doubt.grant.order, sound=Sound.ATTENTION)


def scanned(turn: Turn, event: Scanned) -> None:
    """A label that came out, or the card that says that none did."""
    session = _doubting(turn)
    if session.clearing:
        return
    grant, card = session.doubt.grant, card_of(event.code.text)
    wanted, number = frozenset(grant.tracking_numbers), number_on(event.code, grant)
    if card is Card.NO_LABEL:
        _no_label(turn, session)
        return
    if card is Card.LABEL_OUT and turn.rules.scan_back is ScanBackRule.NEVER:
        _came_out(turn, session, Proof.PERSON)
        return
    if card is not None:
        turn.tell(_question(turn), grant.order, sound=Sound.WRONG)
        return
    if number is None:
        turn.tell(Key.IN_DOUBT_OTHER_LABEL, grant.order, sound=Sound.WRONG)
        return
    seen = session.scanned | {number}
    if seen != wanted:
        turn.set(session=replace(session, scanned=seen))
        turn.tell(Key.IN_DOUBT_MORE, len(seen), len(wanted), sound=Sound.ACCEPTED)
        return
    _came_out(turn, session, Proof.LABEL_SCANNED)


def cleared(turn: Turn, _event: BuffersCleared) -> None:
    """The printer holds nothing of the label any more: it cannot come out later."""
    session = _doubting(turn)
    if session.clearing:
        _settle(turn, session)


def clear_failed(turn: Turn, event: ClearFailed) -> None:
    """The printer may still hold it: not before that is sure."""
    session = _doubting(turn)
    if not session.clearing:  # another label's
        return
    turn.audit("printer not cleared", order=session.doubt.grant.order, detail=event.reason)
    _tell_not_cleared(turn, session)


def settled_if_kept(turn: Turn) -> None:
    """Once the desk has the packer's word, the order goes on where it was, marked as a reprint."""
    session = turn.bench.session
    if not isinstance(session, Settling):
        return
    if turn.bench.outbox and turn.bench.outbox[0].sequence <= session.sequence:
        return
    packed = session.doubt.packed
    if packed is None:
        turn.set(session=Idle())
        turn.tell(Key.SCAN_SLIP)
        return
    packed = replace(packed, reprint=session.doubt.grant.reprint + 1, ask_after=0.0)
    turn.set(session=Packing(packed))
    turn.wish(Prepare(packed.order.order, packed.order.revision, packed.reprint))


def drop_doubt(turn: Turn, grant: str) -> None:
    """A person settled this grant at the desk: nobody need look here."""
    bench = turn.bench
    turn.enter(DropGrant(grant))
    turn.set(doubts=tuple(doubt for doubt in bench.doubts if doubt.grant.grant != grant))
    session = bench.session
    if isinstance(session, Doubting | Settling) and session.doubt.grant.grant == grant:
        order = session.doubt.grant.order
        turn.wish(Forget(order))
        turn.set(session=Idle())
        turn.tell(Key.SETTLED, order)
        # Who said so at the desk may have left the printer on, with the label in it and no paper.
        if turn.bench.printer.state not in _CANNOT_BE_CLEARED:
            turn.wish(ClearPrinter())


def is_known(bench: Bench, grant: str) -> bool:
    """Whether this process has this grant in hand, or has said how it ended and only waits for the desk to keep it."""
    step = bench.pending.step if bench.pending is not None else None
    match bench.session:
        case Asking(step=step):
            own = step.request
        case Withdrawing(step=withdrawal):
            own = withdrawal.grant
        case Printing(grant=reference):
            own = reference.grant
        case Doubting(doubt=doubt) | Settling(doubt=doubt):
            own = doubt.grant.grant
        case _:
            own = ""
    return (
        own == grant
        or (isinstance(step, NotPrinted) and step.grant == grant)
        or any(doubt.grant.grant == grant for doubt in bench.doubts)
        or any(record.grant.grant == grant for record in bench.outbox)
    )


def _question(turn: Turn) -> Key:
    return Key.IN_DOUBT_CARDS if turn.rules.scan_back is ScanBackRule.NEVER else Key.IN_DOUBT


def _came_out(turn: Turn, session: Doubting, proof: Proof) -> None:
    grant = session.doubt.grant
    turn.record(Printed, grant, proof=proof.value, without_permission=grant.without_permission)
    turn.audit("printed", order=grant.order, detail=f"{grant.grant}: proof {proof}")
    turn.wish(Forget(grant.order))
    turn.set(session=Idle())
    relabelled = session.doubt.packed is not None and session.doubt.packed.relabelled
    turn.tell(Key.SWAPPED if relabelled else Key.PRINTED, grant.order, sound=Sound.COMPLETE)


def _no_label(turn: Turn, session: Doubting) -> None:
    turn.audit("no label came out, says the packer", order=session.doubt.grant.order)
    if session.is_told and (who := spend(turn)):
        turn.audit("printer set aside", order=session.doubt.grant.order, detail=f"supervisor {who}")
        _settle(turn, session)
    elif turn.bench.printer.state in _CANNOT_BE_CLEARED:
        _tell_not_cleared(turn, session)
    else:
        turn.set(session=replace(session, clearing=True))
        turn.tell(Key.CLEARING)
        turn.wish(ClearPrinter())


def _tell_not_cleared(turn: Turn, session: Doubting) -> None:
    """Whoever sets the printer aside says so now: a word that was given for something else does not count for it."""
    end(turn)
    turn.set(session=replace(session, clearing=False, is_told=True))
    turn.tell(Key.NOT_CLEARED, sound=Sound.ATTENTION)


def _settle(turn: Turn, session: Doubting) -> None:
    open_in = turn.bench.identity.boot if session.doubt.packed else ""
    sequence = turn.record(NoLabel, session.doubt.grant, open_in=open_in)
    turn.set(session=Settling(session.doubt, sequence))
    turn.tell(Key.SETTLING)


def _doubting(turn: Turn) -> Doubting:
    session = turn.bench.session
    assert isinstance(session, Doubting), session  # noqa: S101  (the table calls this in no other session)
    return session
