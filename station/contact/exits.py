"""The exit statuses of the contact center's commands. docs/contact-center.md has them as a table."""

from collections.abc import Iterable
from enum import IntEnum

from station.protocol.outcome import OutcomeKind


class Exit(IntEnum):
    """What a script learns of a command. Of several orders it learns the highest."""

    IN_TIME = 0
    """Stopped, recalled, freed, accepted, kept: it came in time."""
    USAGE = 2
    """The command line is wrong; nothing was said to anyone."""
    TOO_LATE = 3
    """The label came out before."""
    PRINTING = 4
    """A label may be coming out at this moment; how it ended was not known within the time to wait."""
    UNKNOWN = 5
    """Nobody knows whether the label came out; a person is asked to look."""
    REFUSED = 6
    """The desk will not do it, or a row of the file cannot be read; the reason is said."""
    NO_ANSWER = 7
    """Nothing is known: say it again."""
    NO_SUCH_HOLD = 8
    """Of a release: no such hold was known, so it freed nothing; the id or the order's number may be mistyped."""
    RECALLING = 9
    """The label came out, and its parcel is looked for at its bench; how that ended was not known within the time."""
    SWAP_ORDERED = 10
    """The label came out; another is printed in its place as soon as somebody has the parcel in hand."""
    NO_INPUT = 66
    """The file cannot be read at all (EX_NOINPUT of sysexits.h)."""
    NOT_ALLOWED = 77
    """The broker refuses what this client publishes (EX_NOPERM of sysexits.h)."""
    CONFIGURATION = 78
    """The configuration cannot be used (EX_CONFIG of sysexits.h)."""


_OF_OUTCOMES = {
    OutcomeKind.STOPPED: Exit.IN_TIME,
    OutcomeKind.FREED: Exit.IN_TIME,
    OutcomeKind.ACCEPTED: Exit.IN_TIME,
    OutcomeKind.RECALLED: Exit.IN_TIME,
    OutcomeKind.TOO_LATE: Exit.TOO_LATE,
    OutcomeKind.RECALLING: Exit.RECALLING,
    OutcomeKind.SWAP_ORDERED: Exit.SWAP_ORDERED,
    OutcomeKind.PRINTING: Exit.PRINTING,
    OutcomeKind.UNKNOWN: Exit.UNKNOWN,
    OutcomeKind.REFUSED: Exit.REFUSED,
}


def exit_of(outcome: OutcomeKind) -> Exit:
    """The exit status of an outcome."""
    return _OF_OUTCOMES[outcome]


def worst(exits: Iterable[Exit]) -> Exit:
    """Of several orders: the highest, which is the one that needs a person most."""
    return max(exits, default=Exit.IN_TIME)
