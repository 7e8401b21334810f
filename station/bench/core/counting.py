"""Units that are counted by card: several with one scan, or one that has no barcode.

A card waits a set time for what has to follow it. Whatever does not go on with it drops it, and nothing is counted.
"""

from station.bench.core.cards import Card
from station.bench.core.codes import Code
from station.bench.core.devices import Sound
from station.bench.core.notices import Key
from station.bench.core.order import Packed
from station.bench.core.state import NoBarcode, Packing, Quantity
from station.bench.core.supervision import answers, spend
from station.bench.core.turn import Turn

MAX_DIGITS = 4
"""Of a quantity: an order line has no more (``Line.quantity``)."""
MAX_CHOICES = 9
"""Lines that can be chosen among by one number card."""


def begin(turn: Turn, packed: Packed, card: Card) -> None:
    """The card "quantity" or "no barcode"."""
    until = turn.now + turn.rules.card_wait_s
    choices = tuple(index for index in packed.open_lines if not packed.order.lines[index].scanned_singly)
    if not packed.open_lines:
        turn.tell(Key.NOTHING_LACKS, sound=Sound.WRONG)
    elif not choices:
        turn.tell(Key.HAS_TO_BE_SCANNED, packed.order.lines[packed.open_lines[0]].name, sound=Sound.WRONG)
    elif card is Card.NO_BARCODE:
        _offer(turn, packed, NoBarcode(until, choices[:MAX_CHOICES]))
    elif turn.rules.quantity_card:
        turn.set(session=Packing(packed, Quantity(until)))
        turn.tell(Key.QUANTITY_NEXT, sound=Sound.ACCEPTED)
    else:
        turn.tell(Key.QUANTITY_FORBIDDEN, sound=Sound.WRONG)


def digit_scanned(turn: Turn, packed: Packed, begun: Quantity | NoBarcode | None, digit: str) -> None:
    """A number card, and what it goes on with."""
    match begun:
        case None:
            turn.tell(Key.NUMBER_NOT_NOW, sound=Sound.WRONG)
        case Quantity(digits=digits):
            _enter(turn, packed, digits + digit)
        case NoBarcode(choices=choices):
            number, until = int(digit), turn.now + turn.rules.card_wait_s
            if 1 <= number <= len(choices):
                _choose(turn, packed, NoBarcode(until, choices, choices[number - 1]))
            else:
                turn.set(session=Packing(packed, NoBarcode(until, choices)))
                turn.tell(Key.NO_BARCODE_WHICH, len(choices), sound=Sound.WRONG)


def units_of(turn: Turn, packed: Packed, begun: Quantity | NoBarcode | None, code: Code) -> int | None:
    """As how many units a scanned item counts; None where it is told why it does not."""
    if not isinstance(begun, Quantity):
        return 1
    singly = [packed.order.lines[index] for index in packed.lines_of(code.item)]
    if any(line.scanned_singly for line in singly):
        turn.tell(Key.HAS_TO_BE_SCANNED, singly[0].name, sound=Sound.WRONG)
        return None
    if not begun.digits:
        turn.set(session=Packing(packed, Quantity(turn.now + turn.rules.card_wait_s)))
        turn.tell(Key.QUANTITY_NEXT, sound=Sound.WRONG)
        return None
    return int(begun.digits)


def confirmed(turn: Turn) -> bool:
    """A supervisor is there: whether a unit without a barcode waited for that."""
    session = turn.bench.session
    if not isinstance(session, Packing) or not isinstance(session.card, NoBarcode) or session.card.line is None:
        return False
    _take(turn, session.packed, session.card.line)
    return True


def lapse(turn: Turn) -> None:
    """A card waited long enough."""
    session = turn.bench.session
    if not isinstance(session, Packing) or session.card is None or session.card.until > turn.now:
        return
    turn.set(session=Packing(session.packed))
    turn.audit("card lapsed")
    turn.tell(Key.CARD_LAPSED, sound=Sound.ATTENTION)


def drop(turn: Turn) -> None:
    """What a card was begun for has changed."""
    session = turn.bench.session
    if isinstance(session, Packing) and session.card is not None:
        turn.set(session=Packing(session.packed))


def _enter(turn: Turn, packed: Packed, digits: str) -> None:
    if digits.startswith("0") or len(digits) > MAX_DIGITS:
        turn.tell(Key.QUANTITY_BAD, sound=Sound.WRONG)
        return
    turn.set(session=Packing(packed, Quantity(turn.now + turn.rules.card_wait_s, digits)))
    turn.tell(Key.QUANTITY_ENTERED, digits, sound=Sound.ACCEPTED)


def _offer(turn: Turn, packed: Packed, card: NoBarcode) -> None:
    if len(card.choices) == 1:
        _choose(turn, packed, NoBarcode(card.until, card.choices, card.choices[0]))
        return
    turn.set(session=Packing(packed, card))
    turn.tell(Key.NO_BARCODE_WHICH, len(card.choices), sound=Sound.ACCEPTED)


def _choose(turn: Turn, packed: Packed, card: NoBarcode) -> None:
    assert card.line is not None  # noqa: S101  (both callers have chosen)
    if answers(turn.bench):
        _take(turn, packed, card.line)
        return
    turn.set(session=Packing(packed, card))
    turn.tell(Key.NO_BARCODE_CONFIRM, packed.order.lines[card.line].name, sound=Sound.ACCEPTED)


def _take(turn: Turn, packed: Packed, index: int) -> None:
    who = spend(turn)
    line, packed = packed.order.lines[index], packed.without_scan(index, who)
    counted = packed.counts[index]
    turn.audit("item without a scan", detail=f"line {index + 1}, {counted}/{line.quantity}, supervisor {who}")
    turn.set(session=Packing(packed))
    sound = Sound.COMPLETE if packed.complete else Sound.ACCEPTED
    turn.tell(Key.COUNTED_WITHOUT_SCAN, line.name, counted, line.quantity, sound=sound)
