"""Who packs, and who answers for what a packer may not do alone: badges, and the supervisor's key."""

from station.bench.core import counting
from station.bench.core.cards import packer_of
from station.bench.core.devices import BadgeFault, BadgeKind, BadgeRefused, BadgeScanned, KeyTurned, Scanned, Sound
from station.bench.core.notices import Key, Tone
from station.bench.core.printing import print_alone
from station.bench.core.scanning import is_repeated
from station.bench.core.state import Idle, Intent, Packing, Supervised
from station.bench.core.supervision import KEY
from station.bench.core.turn import Turn

_FAULTS = {
    BadgeFault.UNREADABLE: Key.BADGE_UNREADABLE,
    BadgeFault.NOT_OURS: Key.BADGE_NOT_OURS,
    BadgeFault.REVOKED: Key.BADGE_REVOKED,
    BadgeFault.NO_KEY: Key.BADGE_NO_KEY,
}
_MADE_WAY_FOR = frozenset(
    {Key.NEEDS_PACKER, Key.NEEDS_SUPERVISOR, Key.SUPERVISED, Key.BADGE_UNSIGNED, *_FAULTS.values()}
)
"""What a badge's answer takes the place of, though all is not well."""
_REFUSALS = frozenset({Key.BADGE_UNSIGNED, *_FAULTS.values()})


def unsigned_badge(turn: Turn, event: Scanned) -> bool:
    """A packer's badge that anybody can make, at any time; whether it was one."""
    holder = packer_of(event.code.text)
    if holder is None:
        return False
    if turn.rules.signed_badges:
        turn.audit("unsigned badge refused", detail=holder)
        _answer(turn, Key.BADGE_UNSIGNED, sound=Sound.WRONG)
    else:
        _packs(turn, holder, holder)
    return True


def badge_scanned(turn: Turn, event: BadgeScanned) -> None:
    """A badge whose signature is good."""
    if is_repeated(turn, event.scanner, f"badge {event.number}"):
        return
    who = f"{event.holder}, badge {event.number}"
    if event.kind is BadgeKind.PACKER:
        _packs(turn, event.holder, who)
        return
    turn.set(supervised=Supervised(event.holder, turn.now + turn.rules.supervised_s))
    turn.audit("supervisor's badge", detail=who)
    if not _word_given(turn):
        _answer(turn, Key.SUPERVISED, event.holder, round(turn.rules.supervised_s), sound=Sound.ACCEPTED)


def badge_refused(turn: Turn, event: BadgeRefused) -> None:
    """A badge that is not taken, and why."""
    turn.audit("badge refused", detail=f"{event.fault} {event.number or ''}".strip())
    _answer(turn, _FAULTS[event.fault], event.number, sound=Sound.WRONG)


def key_turned(turn: Turn, event: KeyTurned) -> None:
    """The supervisor's key. Turned on, it is a supervisor's word for what waits for one.

    Turned off, it takes a reprint or a void that was not begun with it: the next code is scanned by somebody else.
    """
    turn.set(key_on=event.on)
    turn.audit("supervisor's key", detail="on" if event.on else "off")
    session = turn.bench.session
    if event.on:
        _word_given(turn)
    elif isinstance(session, Idle) and session.intent in (Intent.REPRINT, Intent.VOID) and session.supervisor == KEY:
        turn.set(session=Idle())
        turn.tell(Key.SCAN_SLIP)


def _word_given(turn: Turn) -> bool:
    """What waited for a supervisor goes on; whether anything did."""
    return counting.confirmed(turn) or print_alone(turn)


def _packs(turn: Turn, holder: str, who: str) -> None:
    """The same badge again, with no order open, is the end of the shift."""
    if isinstance(turn.bench.session, Idle) and turn.bench.packer == holder:
        turn.audit("packer signs off", detail=who)
        turn.set(packer="")
        _answer(turn, Key.PACKER_OFF, holder, sound=Sound.ACCEPTED)
        return
    turn.set(packer=holder)
    turn.audit("packer", detail=who)
    _answer(turn, Key.PACKER, holder, sound=Sound.ACCEPTED)


def _answer(turn: Turn, key: Key, *about: object, sound: Sound) -> None:
    """Said where it covers nothing that the packer has to know; else what stands there is said again."""
    session, notice = turn.bench.session, turn.bench.notice
    free = notice.tone is Tone.GO or notice.key in _MADE_WAY_FOR or (key in _REFUSALS and notice.tone is Tone.WAIT)
    if isinstance(session, Idle | Packing) and free:
        turn.tell(key, *about, sound=sound)
    else:
        turn.tell(notice.key, *notice.about, sound=sound)
