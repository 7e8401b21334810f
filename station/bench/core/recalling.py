"""A label that came out is called back: its packer scans it, to void it, or says that its parcel is gone."""

from dataclasses import replace

from station.bench.core.cards import Card, card_of
from station.bench.core.codes import number_on
from station.bench.core.devices import Scanned, Sound
from station.bench.core.effects import EndScanBack
from station.bench.core.notices import Key
from station.bench.core.state import CallingBack, Idle, Intent, Opening, ScanningBack, Voiding
from station.bench.core.turn import Turn
from station.protocol.reply import CallBack, CallBacks, CalledBack, Recalls
from station.protocol.request import AnyRecord, Close, Gone, Swap, Void, Voided

STEPS_ON_LABELS: dict[Intent, type[Void | Swap]] = {Intent.VOID: Void, Intent.SWAP: Swap}
"""What the desk is asked about the label that is scanned next."""


def recalls_said(turn: Turn, push: Recalls) -> None:
    """What the desk wants found here; what it said before, or another desk, says nothing."""
    if push.epoch == turn.bench.epoch and push.number > turn.bench.recalls_number:
        take(turn, push.recalls, push.number)


def take(turn: Turn, recalls: CallBacks, number: int) -> None:
    """All that is to be found here, but for what was answered and is not kept yet."""
    answered = {record.grant.grant for record in turn.bench.outbox if isinstance(record, Voided | Gone)}
    wanted = tuple(each for each in recalls if each.grant.grant not in answered)
    turn.set(recalls=wanted, recalls_number=number)
    session = turn.bench.session
    if isinstance(session, CallingBack) and session.recall.grant not in [each.grant for each in wanted]:
        order = session.recall.grant.order
        turn.audit("recall over", order=order)
        turn.set(session=Idle())
        turn.tell(Key.RECALL_OVER, order, sound=Sound.ATTENTION)


def called_back(turn: Turn, reply: CalledBack) -> None:
    """The label in hand may be made void; it is scanned once more, with all others of its set."""
    session = turn.bench.session
    if not isinstance(session, Opening) or session.step.request != reply.request:
        return
    turn.set(pending=None, session=Idle())
    others = tuple(each for each in turn.bench.recalls if each.grant != reply.recall.grant)
    turn.set(recalls=(reply.recall, *others), recalls_number=max(reply.number, turn.bench.recalls_number))


def begin_if_due(turn: Turn) -> None:
    """Red, until its labels are scanned: as soon as nothing else is in hand, or at once where they wait to be scanned
    back. Those are asked for again should the recall end without a void."""
    session, recalls = turn.bench.session, turn.bench.recalls
    if isinstance(session, ScanningBack):
        recalls = tuple(each for each in recalls if each.grant.grant == session.grant.grant)
        if recalls:
            scan_back_later(turn, session)
    elif not isinstance(session, Idle):
        return
    if not recalls:
        return
    recall = recalls[0]
    turn.audit("label called back", order=recall.grant.order, detail=f"{recall.grant.grant} {recall.cause}")
    turn.set(session=CallingBack(recall))
    _tell(turn, turn.bench.session, Sound.STOP)


def scanned(turn: Turn, event: Scanned) -> None:
    """A label that is looked for, or the card that says that it is gone."""
    session, card = turn.bench.session, card_of(event.code.text)
    assert isinstance(session, CallingBack)  # noqa: S101  (the table calls this in no other session)
    grant = session.recall.grant
    if card is Card.GONE:
        turn.record(Gone, grant)
        turn.audit("gone from the bench, says the packer", order=grant.order)
        _answered(turn, session.recall, Idle())
        turn.tell(Key.RECALL_GONE, grant.order, sound=Sound.ACCEPTED)
    elif card is Card.CANCEL and not session.by_desk:
        cancel_void(turn)
    elif card is not None:
        turn.tell(Key.CARD_NOT_NOW, sound=Sound.WRONG)
    elif (number := number_on(event.code, grant)) is None:
        turn.tell(Key.RECALL_OTHER_LABEL, grant.order, sound=Sound.WRONG)
    else:
        _label(turn, session, number)


def scan_back_later(turn: Turn, session: ScanningBack) -> None:
    """Something else is done with these labels first."""
    turn.set(scan_backs=(session.grant, *turn.bench.scan_backs), session=Idle())


def label_in_hand(turn: Turn, intent: Intent, label: str, supervisor: str) -> None:
    """Ask the desk which label this is, to void it or to put another in its place."""
    step = turn.ask(STEPS_ON_LABELS[intent], label=label, packer=turn.bench.packer)
    answers_for = f", supervisor {supervisor}" if supervisor else ""
    turn.audit("label in hand", code=label, detail=intent.name.lower() + answers_for)
    late_after = turn.now + turn.rules.grant_wait_s
    turn.set(session=Opening(step, label, late_after, reprint=True, supervisor=supervisor))
    turn.tell(Key.OPENING)


def cancel_void(turn: Turn) -> None:
    """The person who wanted it void has thought better of it."""
    session = turn.bench.session
    assert isinstance(session, CallingBack)  # noqa: S101  (the caller has looked)
    order = session.recall.grant.order
    turn.ask(Close, order=order)
    _answered(turn, session.recall, Idle(), over=False)
    turn.tell(Key.RECALL_OVER, order, sound=Sound.ACCEPTED)


def voided_if_kept(turn: Turn) -> None:
    """Once the desk has it, the label may be destroyed; and a new one printed, where that was ordered."""
    session = turn.bench.session
    if not isinstance(session, Voiding):
        return
    if turn.bench.outbox and turn.bench.outbox[0].sequence <= session.sequence:
        return
    turn.set(session=Idle())
    if session.recall.cause == "dock_swap":
        label = session.recall.grant.tracking_numbers[0]
        step = turn.ask(Swap, label=label, packer=turn.bench.packer)
        late_after, order = turn.now + turn.rules.grant_wait_s, session.recall.grant.order
        turn.set(session=Opening(step, label, late_after, reprint=True, voided=order))


def record_kept(turn: Turn, record: AnyRecord) -> None:
    """The desk knows that a label is void: now it may be destroyed, and not before."""
    if isinstance(record, Voided):
        turn.tell(Key.VOIDED, record.grant.order, sound=Sound.COMPLETE)


def _label(turn: Turn, session: CallingBack, number: str) -> None:
    recall, seen = session.recall, session.scanned | {number}
    if seen != frozenset(recall.grant.tracking_numbers):
        turn.set(session=replace(session, scanned=seen))
        _tell(turn, turn.bench.session, Sound.ACCEPTED)
        return
    sequence = turn.record(Voided, recall.grant, cause=recall.cause)
    turn.audit("label scanned to void it", order=recall.grant.order, detail=recall.grant.grant)
    _answered(turn, recall, Voiding(recall, sequence))
    turn.tell(Key.SETTLING)


def _answered(turn: Turn, recall: CallBack, session: Idle | Voiding, *, over: bool = True) -> None:
    """``over``: nobody scans this label on its box any more."""
    kept = tuple(each for each in turn.bench.scan_backs if each.grant != recall.grant.grant)
    if over and kept != turn.bench.scan_backs:
        turn.set(scan_backs=kept)
        turn.enter(EndScanBack(recall.grant.grant))
    rest = tuple(each for each in turn.bench.recalls if each.grant != recall.grant)
    turn.set(recalls=rest, session=session)


def _tell(turn: Turn, session: object, sound: Sound) -> None:
    if isinstance(session, CallingBack):
        numbers = session.recall.grant.tracking_numbers
        key = Key.RECALL if session.by_desk else Key.VOID_SCAN
        turn.tell(key, session.recall.grant.order, len(session.scanned), len(numbers), sound=sound)
