"""When a station that was told to end ends: never with a label half printed if a short wait helps."""

from dataclasses import dataclass
from enum import Enum

from station.bench.core.state import Idle, Printing, Session

FINISH_S = 45.0
"""So long a label in hand is waited for: longer than a printer's confirmation (`confirm_timeout_s`), and less than
TimeoutStopSec= of the unit. A printer without paper does not hold up a shutdown for longer."""


class After(Enum):
    """What is finished first."""

    NOTHING = "nothing"
    LABEL = "the label in hand"
    ORDER = "the open order"


@dataclass(frozen=True, slots=True)
class Ending:
    """It was told to end."""

    after: After
    told_s: float
    """By the loop's clock."""

    def is_due(self, session: Session, now_s: float) -> bool:
        """Whether to end now."""
        match self.after:
            case After.NOTHING:
                return True
            case After.LABEL:
                return not isinstance(session, Printing) or now_s >= self.told_s + FINISH_S
            case After.ORDER:
                return isinstance(session, Idle)


def told(ending: Ending | None, after: After, now_s: float) -> Ending:
    """The ending after one more word: told to stop twice, a person means at once."""
    if after is After.LABEL and ending is not None and ending.after is not After.ORDER:
        return Ending(After.NOTHING, now_s)
    if after is After.ORDER and ending is not None:
        return ending
    return Ending(after, now_s)
