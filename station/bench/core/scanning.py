"""What a scan means, by where the packer is."""

import re
from dataclasses import replace
from functools import lru_cache

from station.bench.core.cards import Card, card_of, packer_of
from station.bench.core.codes import Code
from station.bench.core.devices import Scanned, Sound
from station.bench.core.notices import Key, Tone, about_hold
from station.bench.core.order import Counting
from station.bench.core.printing import cancel_asking, close_order
from station.bench.core.recalling import cancel_void
from station.bench.core.state import (
    Asking,
    Bench,
    CallingBack,
    Doubting,
    Idle,
    Intent,
    Opening,
    Packing,
    Printing,
    Rules,
    Scan,
    Withdrawing,
)
from station.bench.core.turn import Turn, open_order
from station.protocol.request import NotPrinted, Open, Reprint, Swap, Void

MAX_SLIP_CHARACTERS = 64
MAX_GTIN_CHARACTERS = 14


def is_own(code: Code, bench: Bench, rules: Rules) -> bool:
    """Whether a code is the bench's own: an article's number, a card, a badge, a slip, or what the work in hand has.

    Any other may say anything, an address too: a customer's own QR code, a carrier's label.
    """
    text = code.text
    if code.gtin is not None and len(text) <= MAX_GTIN_CHARACTERS:
        return True
    if len(text) > MAX_SLIP_CHARACTERS:
        return False
    if card_of(text) is not None or packer_of(text) is not None or _matches(rules.slip_pattern, text):
        return True
    packed = open_order(bench)
    if packed is not None:
        order = packed.order
        names = {text, code.tracking_number}
        if not names.isdisjoint(order.slips) or not names.isdisjoint(order.tracking_numbers):
            return True
        if any(text in line.codes for line in order.lines):
            return True
    match bench.session:
        case Doubting(doubt=doubt):
            return code.tracking_number in doubt.grant.tracking_numbers
        case CallingBack(recall=recall):
            return code.tracking_number in recall.grant.tracking_numbers
        case _:
            return False


def is_repeated(turn: Turn, event: Scanned) -> bool:
    """The same code from the same scanner within the set time is one unit; each repeat begins the time anew.

    A trigger held down so never counts a unit that is not there; a packer who is told "read twice" scans again.
    """
    last = turn.bench.last_scans.get(event.scanner)
    scan = Scan(event.code.text, turn.now)
    turn.set(last_scans={**turn.bench.last_scans, event.scanner: scan})
    if last is None or last.text != scan.text or turn.now - last.at >= turn.rules.repeat_window_s:
        return False
    turn.audit("scan repeated", code=event.code.text, detail=event.scanner)
    if turn.bench.notice.tone is Tone.GO and isinstance(turn.bench.session, Packing):
        turn.tell(Key.REPEATED, sound=Sound.REPEATED)
    else:
        turn.tell(turn.bench.notice.key, *turn.bench.notice.about, sound=Sound.REPEATED)
    return True


def badge_scanned(turn: Turn, event: Scanned) -> bool:
    """A packer's badge, at any time; whether it was one."""
    packer = packer_of(event.code.text)
    if packer is None:
        return False
    turn.set(packer=packer)
    turn.audit("packer", detail=packer)
    if isinstance(turn.bench.session, Idle | Packing) and turn.bench.notice.tone is Tone.GO:
        turn.tell(Key.PACKER, packer, sound=Sound.ACCEPTED)
    return True


def scanned_idle(turn: Turn, event: Scanned) -> None:
    """A slip opens an order; a card says what the next slip is for."""
    session, card = turn.bench.session, card_of(event.code.text)
    assert isinstance(session, Idle)  # noqa: S101  (the table calls this in no other session)
    if card is not None:
        _card_idle(turn, card)
    elif turn.bench.pending is not None and isinstance(turn.bench.pending.step, NotPrinted):
        # Giving a grant back must not be given up for an open: the desk would believe it outstanding for ever.
        turn.tell(Key.NO_ANSWER, sound=Sound.WRONG)
    elif session.intent in _STEPS_ON_LABELS and event.code.characters <= MAX_SLIP_CHARACTERS:
        _label_in_hand(turn, session.intent, event.code.text)
    elif not _may_be_slip(turn, event.code):
        turn.audit("item before slip", code=event.code.text)
        turn.tell(Key.ITEM_BEFORE_SLIP, sound=Sound.WRONG)
    elif event.code.characters > MAX_SLIP_CHARACTERS:
        turn.audit("unknown slip", code=event.code.text)
        turn.tell(Key.UNKNOWN_SLIP, event.code.text[:MAX_SLIP_CHARACTERS], sound=Sound.WRONG)
    else:
        _open(turn, session.intent, event.code.text)


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
    card = card_of(event.code.text)
    if card is Card.CANCEL:
        cancelled(turn)
    elif session.packed.active_holds:
        hold = session.packed.active_holds[0]
        turn.audit("scan while held", code=event.code.text)
        turn.tell(Key.HELD_NOW, *about_hold(hold), sound=Sound.STOP)
    elif card is Card.ACKNOWLEDGE:
        _acknowledge(turn, session)
    elif card is not None:
        turn.tell(Key.CARD_NOT_NOW, sound=Sound.WRONG)
    elif {event.code.text, event.code.tracking_number} & set(session.packed.order.slips):
        turn.tell(Key.SAME_SLIP)
    else:
        _item(turn, session, event.code)


def scanned_busy(turn: Turn, event: Scanned) -> None:
    """While a label is asked for or printed nothing is counted; only cancelling an unanswered question is possible."""
    if card_of(event.code.text) is Card.CANCEL:
        cancelled(turn)
        return
    packed = open_order(turn.bench)
    turn.audit("scan while printing", code=event.code.text)
    if packed is not None:
        turn.tell(Key.OTHER_ORDER_OPEN, packed.order.order, sound=Sound.WRONG)


def cancelled(turn: Turn) -> None:
    """The cancel button or card: the order goes back, unless its label may be coming out."""
    turn.audit("cancel")
    match turn.bench.session:
        case Opening():
            # The question stays until it is answered: an order that is opened for nobody is closed again.
            turn.set(session=Idle())
            turn.tell(Key.SCAN_SLIP)
        case Packing(packed):
            close_order(turn, packed)
        case Asking() | Withdrawing():
            cancel_asking(turn)
        case Printing():
            turn.tell(Key.CANNOT_CANCEL, sound=Sound.WRONG)
        case Idle():
            turn.set(session=Idle())
            turn.tell(Key.NOTHING_OPEN)
        case CallingBack(by_desk=False):
            cancel_void(turn)
        case _:
            turn.tell(Key.CARD_NOT_NOW, sound=Sound.WRONG)


def _open(turn: Turn, intent: Intent, slip: str) -> None:
    late_after = turn.now + turn.rules.grant_wait_s
    turn.audit("slip", code=slip, detail=intent.name.lower())
    if intent is Intent.REPRINT:
        step: Open | Reprint = turn.ask(Reprint, slip=slip, packer=turn.bench.packer)
    else:
        step = turn.ask(
            Open,
            slip=slip,
            packer=turn.bench.packer,
            take_over=intent is Intent.TAKE_OVER,
            supervisor=turn.bench.key_on,
        )
    turn.set(session=Opening(step, slip, late_after, reprint=intent is Intent.REPRINT))
    turn.tell(Key.OPENING)


_STEPS_ON_LABELS: dict[Intent, type[Void | Swap]] = {Intent.VOID: Void, Intent.SWAP: Swap}


def _label_in_hand(turn: Turn, intent: Intent, label: str) -> None:
    step = turn.ask(_STEPS_ON_LABELS[intent], label=label, packer=turn.bench.packer)
    turn.audit("label in hand", code=label, detail=intent.name.lower())
    turn.set(session=Opening(step, label, turn.now + turn.rules.grant_wait_s, reprint=True))
    turn.tell(Key.OPENING)


def _card_idle(turn: Turn, card: Card) -> None:
    if card is Card.CANCEL:
        cancelled(turn)
    elif card is Card.TAKE_OVER:
        turn.set(session=Idle(Intent.TAKE_OVER))
        turn.tell(Key.TAKE_OVER_NEXT, sound=Sound.ACCEPTED)
    elif card is Card.SWAP:
        turn.set(session=Idle(Intent.SWAP))
        turn.tell(Key.SWAP_NEXT, sound=Sound.ACCEPTED)
    elif card in _WITH_KEY and turn.bench.key_on:
        intent, key = _WITH_KEY[card]
        turn.set(session=Idle(intent))
        turn.tell(key, sound=Sound.ACCEPTED)
    elif card in _WITH_KEY:
        turn.tell(Key.NEEDS_KEY, sound=Sound.WRONG)
    else:
        turn.tell(Key.NOTHING_OPEN, sound=Sound.WRONG)


_WITH_KEY = {Card.REPRINT: (Intent.REPRINT, Key.REPRINT_NEXT), Card.VOID: (Intent.VOID, Key.VOID_NEXT)}


def _acknowledge(turn: Turn, session: Packing) -> None:
    packed = session.packed
    if packed.noted:
        turn.tell(Key.NOTHING_TO_ACKNOWLEDGE)
        return
    turn.audit("acknowledged", detail=str(packed.acknowledged + 1))
    turn.set(session=Packing(replace(packed, acknowledged=packed.acknowledged + 1)))
    turn.tell(Key.SCAN_ITEMS, sound=Sound.ACCEPTED)


def _item(turn: Turn, session: Packing, code: Code) -> None:
    packed, counting = session.packed.count(code.item)
    order = packed.order
    match counting:
        case Counting.COUNTED:
            index = next(i for i, count in enumerate(packed.counts) if count != session.packed.counts[i])
            line = order.lines[index]
            turn.audit("item", code=code.text, detail=f"{packed.counts[index]}/{line.quantity}")
            turn.set(session=Packing(packed))
            sound = Sound.COMPLETE if packed.complete else Sound.ACCEPTED
            turn.tell(Key.COUNTED, line.name, packed.counts[index], line.quantity, sound=sound)
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
    return not code.marked and _matches(turn.rules.slip_pattern, code.text)


def _matches(pattern: str | None, text: str) -> bool:
    return pattern is not None and _compiled(pattern).search(text) is not None


@lru_cache(maxsize=4)
def _compiled(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)
