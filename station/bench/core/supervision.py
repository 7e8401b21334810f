"""A supervisor's word: by the key switch while it is on, or by a badge for the next action that needs one."""

from station.bench.core.devices import Sound
from station.bench.core.notices import Key
from station.bench.core.state import Bench, Idle
from station.bench.core.turn import Turn

KEY = "key"
"""Who answers where the key switch is on: nobody's name is known."""


def answers(bench: Bench) -> str:
    """Who answers for what needs a supervisor now; empty where nobody does."""
    if bench.supervised is not None:
        return bench.supervised.holder
    return KEY if bench.key_on else ""


def spend(turn: Turn) -> str:
    """Use the word for one action: whose it is, empty where there is none. A badge's word is gone then."""
    who = answers(turn.bench)
    turn.set(supervised=None)
    return who


def end(turn: Turn) -> None:
    """A badge's word that nothing used counts for nothing any more."""
    if (supervised := turn.bench.supervised) is not None:
        turn.set(supervised=None)
        turn.audit("supervisor's time is over", detail=supervised.holder)


def lapse(turn: Turn) -> None:
    """A badge's word, and what a card said of the next slip, hold for a set time."""
    supervised, session = turn.bench.supervised, turn.bench.session
    if supervised is not None and supervised.until <= turn.now:
        end(turn)
        if turn.bench.notice.key is Key.SUPERVISED:
            turn.tell(Key.SUPERVISED_OVER, supervised.holder)
    if isinstance(session, Idle) and session.until is not None and session.until <= turn.now:
        turn.set(session=Idle())
        turn.tell(Key.CARD_LAPSED, sound=Sound.ATTENTION)
