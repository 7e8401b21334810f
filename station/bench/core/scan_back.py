"""The label that came out, scanned again on its box (送り状検品): two neighbours cannot swap theirs unseen."""

from dataclasses import replace

from station.bench.core.cards import Card, card_of, digit_of
from station.bench.core.codes import Code, number_on
from station.bench.core.devices import Scanned, Sound
from station.bench.core.effects import AwaitScanBack, EndScanBack
from station.bench.core.notices import Key
from station.bench.core.recalling import label_in_hand, scan_back_later
from station.bench.core.state import Idle, Intent, ScanBackRule, ScanningBack
from station.bench.core.supervision import spend
from station.bench.core.turn import Turn
from station.protocol.request import GrantReference, ScannedBack


def printed(turn: Turn, grant: GrantReference, *, relabelled: bool) -> None:
    """The labels are on paper and recorded: the next slip, or first these labels on their boxes.

    ``relabelled``: there is an old label on each.
    """
    if turn.rules.scan_back is not ScanBackRule.ALWAYS:
        turn.set(session=Idle())
        turn.tell(Key.SWAPPED if relabelled else Key.PRINTED, grant.order, sound=Sound.COMPLETE)
        return
    turn.enter(AwaitScanBack(grant))
    _ask(turn, grant, Key.SCAN_BACK_SWAPPED if relabelled else Key.SCAN_BACK, Sound.COMPLETE)


def _ask(turn: Turn, grant: GrantReference, key: Key, sound: Sound) -> None:
    """Amber, until every label of the set is scanned."""
    turn.set(session=ScanningBack(grant))
    turn.tell(key, grant.order, len(grant.tracking_numbers), sound=sound)


def scanned(turn: Turn, event: Scanned) -> None:
    """A label, the right one or not; or something that has to wait until it is scanned."""
    session, code = turn.bench.session, event.code
    assert isinstance(session, ScanningBack)  # noqa: S101  (the table calls this in no other session)
    number = number_on(code, session.grant)
    card = card_of(code.text)
    if number is not None:
        _right(turn, session, number)
    elif card is Card.ACKNOWLEDGE:
        _let_pass(turn, session)
    elif card is Card.VOID:
        _void(turn, session)
    elif card is not None or digit_of(code.text) is not None or _is_no_label(turn, code):
        turn.audit("scan before the label is scanned back", order=session.grant.order, code=code.text)
        turn.tell(Key.SCAN_BACK_FIRST, session.grant.order, sound=Sound.WRONG)
    else:
        turn.audit("wrong label scanned back", order=session.grant.order, code=code.text)
        turn.set(session=replace(session, is_wrong=True, wrong=session.wrong + 1))
        turn.tell(Key.WRONG_LABEL, session.grant.order, code.text[:64], sound=Sound.STOP)


def begin_if_due(turn: Turn) -> None:
    """What a restart found unscanned is asked for before anything else is begun."""
    if isinstance(turn.bench.session, Idle) and turn.bench.scan_backs:
        grant, *rest = turn.bench.scan_backs
        turn.set(scan_backs=tuple(rest))
        _ask(turn, grant, Key.SCAN_BACK, Sound.ATTENTION)


def _right(turn: Turn, session: ScanningBack, number: str) -> None:
    seen, wanted = session.scanned | {number}, frozenset(session.grant.tracking_numbers)
    if seen != wanted:
        turn.set(session=replace(session, scanned=seen, is_wrong=False))
        turn.tell(Key.SCAN_BACK_MORE, len(seen), len(wanted), sound=Sound.ACCEPTED)
        return
    turn.audit("scanned back", order=session.grant.order, detail=session.grant.grant)
    _end(turn, session)
    turn.tell(Key.SCANNED_BACK, session.grant.order, sound=Sound.COMPLETE)


def _let_pass(turn: Turn, session: ScanningBack) -> None:
    """A supervisor looked at the box; without one it stays as it is."""
    grant = session.grant
    if not (who := spend(turn)):
        turn.tell(Key.SCAN_BACK_NEEDS_SUPERVISOR, grant.order, sound=Sound.WRONG)
        return
    turn.audit("let pass without being scanned back", order=grant.order, detail=f"{grant.grant}: supervisor {who}")
    _end(turn, session, supervisor=who)
    turn.tell(Key.SCAN_BACK_PASSED, grant.order, who, sound=Sound.ACCEPTED)


def _void(turn: Turn, session: ScanningBack) -> None:
    """The label is not to be used: torn, stuck on wrongly. It is asked for again should it not become void."""
    if not (who := spend(turn)):
        turn.tell(Key.NEEDS_SUPERVISOR, sound=Sound.WRONG)
        return
    scan_back_later(turn, session)
    label_in_hand(turn, Intent.VOID, session.grant.tracking_numbers[0], who)


def _end(turn: Turn, session: ScanningBack, supervisor: str = "") -> None:
    turn.record(ScannedBack, session.grant, wrong=session.wrong, supervisor=supervisor)
    turn.enter(EndScanBack(session.grant.grant))
    turn.set(session=Idle())


def _is_no_label(turn: Turn, code: Code) -> bool:
    """A slip, where a slip can be told: whoever scans that has not mistaken a label."""
    return not code.marked and turn.rules.is_slip(code.text)
