"""What a scan means, by where the packer is."""

from dataclasses import replace

from station.bench.core import counting
from station.bench.core.capture import NotTaken, captured
from station.bench.core.cards import Card, card_of, digit_of, packer_of
from station.bench.core.codes import Code, number_on
from station.bench.core.devices import Scanned, Sound
from station.bench.core.notices import Key, Tone, about_hold
from station.bench.core.order import Counting, Packed
from station.bench.core.printing import cancel_asking, close_order
from station.bench.core.recalling import STEPS_ON_LABELS, cancel_void, label_in_hand
from station.bench.core.state import (
    Asking,
    Bench,
    CallingBack,
    Doubting,
    Idle,
    Intent,
    NoBarcode,
    Opening,
    Packing,
    Printing,
    Quantity,
    Rules,
    Scan,
    ScanningBack,
    Session,
    Withdrawing,
)
from station.bench.core.supervision import answers, spend
from station.bench.core.turn import Turn, open_order
from station.protocol.request import GrantReference, NotPrinted, Open, Reprint

MAX_SLIP_CHARACTERS = 64
MAX_GTIN_CHARACTERS = 14


def is_own(code: Code, bench: Bench, rules: Rules) -> bool:
    """Whether a code is the bench's own: an article's number, a card, a badge, a slip, or what the work in hand has.

    Any other may say anything, an address too: a customer's own QR code, a carrier's label.
    """
    text, session = code.text, bench.session
    if code.gtin is not None and len(text) <= MAX_GTIN_CHARACTERS:
        return True
    grant = _looked_for(session)
    if grant is not None and number_on(code, grant) is not None:
        return True
    if len(text) > MAX_SLIP_CHARACTERS:
        return False
    if any(kind_of(text) for kind_of in (card_of, digit_of, packer_of)) or rules.is_slip(text):
        return True
    packed = open_order(bench)
    if packed is None:
        return False
    order = packed.order
    names = {text, code.tracking_number}
    if not names.isdisjoint(order.slips) or not names.isdisjoint(order.tracking_numbers):
        return True
    return any(text in line.codes for line in order.lines)


def _looked_for(session: Session) -> GrantReference | None:
    """The grant whose labels the packer is asked to scan."""
    match session:
        case Doubting(doubt=doubt):
            return doubt.grant
        case ScanningBack(grant=grant):
            return grant
        case CallingBack(recall=recall):
            return recall.grant
        case _:
            return None


def is_repeated(turn: Turn, scanner: str, text: str) -> bool:
    """The same code from the same scanner within the set time is one unit; each repeat begins the time anew.

    A trigger held down so never counts a unit that is not there; a packer who is told "read twice" scans again.
    """
    last = turn.bench.last_scans.get(scanner)
    scan = Scan(text, turn.now)
    turn.set(last_scans={**turn.bench.last_scans, scanner: scan})
    if last is None or last.text != scan.text or turn.now - last.at >= turn.rules.repeat_window_s:
        return False
    turn.audit("scan repeated", code=text, detail=scanner)
    if turn.bench.notice.tone is Tone.GO and isinstance(turn.bench.session, Packing):
        turn.tell(Key.REPEATED, sound=Sound.REPEATED)
    else:
        turn.tell(turn.bench.notice.key, *turn.bench.notice.about, sound=Sound.REPEATED)
    return True


def scanned_idle(turn: Turn, event: Scanned) -> None:
    """A slip opens an order; a card says what the next slip is for: that which is scanned next, and no later one."""
    session, card = turn.bench.session, card_of(event.code.text)
    assert isinstance(session, Idle)  # noqa: S101  (the table calls this in no other session)
    turn.set(session=Idle())
    if card is not None:
        _card_idle(turn, card)
    elif digit_of(event.code.text) is not None:
        turn.tell(Key.NOTHING_OPEN, sound=Sound.WRONG)
    elif turn.bench.pending is not None and isinstance(turn.bench.pending.step, NotPrinted):
        # Giving a grant back must not be given up for an open: the desk would believe it outstanding for ever.
        turn.tell(Key.NO_ANSWER, sound=Sound.WRONG)
    elif session.intent in STEPS_ON_LABELS and event.code.characters <= MAX_SLIP_CHARACTERS:
        label_in_hand(turn, session.intent, event.code.text, session.supervisor)
    elif not _may_be_slip(turn, event.code):
        turn.audit("item before slip", code=event.code.text)
        turn.tell(Key.ITEM_BEFORE_SLIP, sound=Sound.WRONG)
    elif event.code.characters > MAX_SLIP_CHARACTERS:
        turn.audit("unknown slip", code=event.code.text)
        turn.tell(Key.UNKNOWN_SLIP, event.code.text[:MAX_SLIP_CHARACTERS], sound=Sound.WRONG)
    elif turn.rules.packer_required and not turn.bench.packer:
        turn.tell(Key.NEEDS_PACKER, sound=Sound.WRONG)
    else:
        _open(turn, session, event.code.text)


def scanned_opening(turn: Turn, event: Scanned) -> None:
    """Only cancelling makes sense while the desk looks the order up."""
    if card_of(event.code.text) is Card.CANCEL:
        cancelled(turn)
        return
    turn.audit("scan while opening", code=event.code.text)
    turn.tell(Key.OPENING, sound=Sound.WRONG)


def scanned_packing(turn: Turn, event: Scanned) -> None:
    """An item, this order's slip, another one's, or a card."""
    session = turn.bench.session
    assert isinstance(session, Packing)  # noqa: S101  (the table calls this in no other session)
    card, digit = card_of(event.code.text), digit_of(event.code.text)
    begun = session.card
    counting.drop(turn)  # what goes on with it begins it anew
    if card is Card.CANCEL:
        cancelled(turn)
    elif session.packed.active_holds:
        hold = session.packed.active_holds[0]
        turn.audit("scan while held", code=event.code.text)
        turn.tell(Key.HELD_NOW, *about_hold(hold), sound=Sound.STOP)
    elif card is Card.ACKNOWLEDGE:
        _acknowledge(turn, session)
    elif card is Card.QUANTITY or card is Card.NO_BARCODE:
        counting.begin(turn, session.packed, card)
    elif card is not None:
        turn.tell(Key.VOID_WHAT if card is Card.VOID else Key.CARD_NOT_NOW, sound=Sound.WRONG)
    elif digit is not None:
        counting.digit_scanned(turn, session.packed, begun, digit)
    elif {event.code.text, event.code.tracking_number} & set(session.packed.order.slips):
        turn.tell(Key.SAME_SLIP)
    else:
        _item(turn, session.packed, begun, event.code)


def scanned_busy(turn: Turn, event: Scanned) -> None:
    """While a label is asked for or printed nothing is counted; only cancelling an unanswered question is possible."""
    if card_of(event.code.text) is Card.CANCEL:
        cancelled(turn)
        return
    packed = open_order(turn.bench)
    turn.audit("scan while printing", code=event.code.text)
    if card_of(event.code.text) is not None or digit_of(event.code.text) is not None:
        turn.tell(Key.CARD_NOT_NOW, sound=Sound.WRONG)
    elif packed is not None:
        turn.tell(Key.OTHER_ORDER_OPEN, packed.order.order, sound=Sound.WRONG)


def cancelled(turn: Turn) -> None:
    """The cancel button or card: the order goes back, unless its label may be coming out."""
    turn.audit("cancel")
    match turn.bench.session:
        case Opening(voided=voided):
            # The question stays until it is answered: an order that is opened for nobody is closed again.
            turn.set(session=Idle())
            turn.tell(*((Key.VOIDED, voided) if voided else (Key.SCAN_SLIP,)))
        case Packing(packed):
            close_order(turn, packed)
        case Asking() | Withdrawing():
            cancel_asking(turn)
        case Printing():
            turn.tell(Key.CANNOT_CANCEL, sound=Sound.WRONG)
        case ScanningBack(grant=grant):
            turn.tell(Key.SCAN_BACK_FIRST, grant.order, sound=Sound.WRONG)
        case Idle():
            turn.set(session=Idle())
            turn.tell(Key.NOTHING_OPEN)
        case CallingBack(by_desk=False):
            cancel_void(turn)
        case _:
            turn.tell(Key.CARD_NOT_NOW, sound=Sound.WRONG)


def _open(turn: Turn, session: Idle, slip: str) -> None:
    intent, supervisor = session.intent, session.supervisor
    late_after = turn.now + turn.rules.grant_wait_s
    if intent is Intent.REPRINT:
        step: Open | Reprint = turn.ask(Reprint, slip=slip, packer=turn.bench.packer)
    else:
        step = turn.ask(
            Open,
            slip=slip,
            packer=turn.bench.packer,
            take_over=intent is Intent.TAKE_OVER,
            supervisor=bool(answers(turn.bench)),
        )
        if intent is Intent.TAKE_OVER:
            supervisor = spend(turn)
    answers_for = f", supervisor {supervisor}" if supervisor else ""
    turn.audit("slip", code=slip, detail=intent.name.lower() + answers_for)
    turn.set(session=Opening(step, slip, late_after, reprint=intent is Intent.REPRINT, supervisor=supervisor))
    turn.tell(Key.OPENING)


def _card_idle(turn: Turn, card: Card) -> None:
    until = turn.now + turn.rules.card_wait_s
    if card is Card.CANCEL:
        cancelled(turn)
    elif card is Card.TAKE_OVER:
        turn.set(session=Idle(Intent.TAKE_OVER, until=until))
        turn.tell(Key.TAKE_OVER_NEXT, sound=Sound.ACCEPTED)
    elif card is Card.SWAP and turn.rules.packer_required and not turn.bench.packer:
        turn.tell(Key.NEEDS_PACKER, sound=Sound.WRONG)
    elif card is Card.SWAP:
        turn.set(session=Idle(Intent.SWAP, until=until))
        turn.tell(Key.SWAP_NEXT, sound=Sound.ACCEPTED)
    elif card in _WITH_SUPERVISOR and answers(turn.bench):
        intent, key = _WITH_SUPERVISOR[card]
        turn.set(session=Idle(intent, spend(turn), until))
        turn.tell(key, sound=Sound.ACCEPTED)
    elif card in _WITH_SUPERVISOR:
        turn.tell(Key.NEEDS_SUPERVISOR, sound=Sound.WRONG)
    else:
        turn.tell(Key.NOTHING_OPEN, sound=Sound.WRONG)


_WITH_SUPERVISOR = {Card.REPRINT: (Intent.REPRINT, Key.REPRINT_NEXT), Card.VOID: (Intent.VOID, Key.VOID_NEXT)}


def _acknowledge(turn: Turn, session: Packing) -> None:
    packed = session.packed
    if packed.noted:
        turn.tell(Key.NOTHING_TO_ACKNOWLEDGE)
        return
    turn.audit("acknowledged", detail=str(packed.acknowledged + 1))
    turn.set(session=Packing(replace(packed, acknowledged=packed.acknowledged + 1)))
    turn.tell(Key.SCAN_ITEMS, sound=Sound.ACCEPTED)


def _item(turn: Turn, before: Packed, begun: Quantity | NoBarcode | None, code: Code) -> None:
    units = counting.units_of(turn, before, begun, code)
    if units is None:
        return
    packed, result = before.count(code.item, units)
    order = packed.order
    match result:
        case Counting.COUNTED:
            index = next(i for i, count in enumerate(packed.counts) if count != before.counts[i])
            line = order.lines[index]
            unit = captured(before, index, code)
            if isinstance(unit, NotTaken):
                turn.audit("unit not taken", code=code.text, detail=unit.key)
                turn.tell(unit.key, *unit.about, sound=Sound.WRONG)
                return
            if unit is not None:
                packed = replace(packed, units=(*packed.units, unit))
            times = f" x{units}" if units > 1 else ""
            turn.audit("item", code=code.text, detail=f"{packed.counts[index]}/{line.quantity}{times}")
            turn.set(session=Packing(packed))
            sound = Sound.COMPLETE if packed.complete else Sound.ACCEPTED
            turn.tell(Key.COUNTED, line.name, packed.counts[index], line.quantity, sound=sound)
        case Counting.ONE_TOO_MANY if units > 1:
            turn.audit("too many", code=code.text, detail=f"x{units}")
            lines = before.lines_of(code.item)
            lacking = sum(before.lacks(index) for index in lines)
            turn.tell(Key.QUANTITY_TOO_MANY, order.lines[lines[0]].name, lacking, units, sound=Sound.WRONG)
        case Counting.ONE_TOO_MANY:
            turn.audit("one too many", code=code.text)
            name = next(line.name for line in order.lines if code.item in line.codes)
            turn.tell(Key.ONE_TOO_MANY, name, sound=Sound.WRONG)
        case Counting.NOT_IN_ORDER if _is_surely_slip(turn, code):
            turn.audit("slip while an order is open", code=code.text)
            turn.tell(Key.OTHER_ORDER_OPEN, order.order, sound=Sound.WRONG)
        case Counting.NOT_IN_ORDER:
            turn.audit("wrong item", code=code.text)
            turn.tell(Key.WRONG_ITEM, code.text[:32], sound=Sound.WRONG)


def _may_be_slip(turn: Turn, code: Code) -> bool:
    return code.gtin is None if turn.rules.slip_pattern is None else _is_surely_slip(turn, code)


def _is_surely_slip(turn: Turn, code: Code) -> bool:
    return not code.marked and turn.rules.is_slip(code.text)
