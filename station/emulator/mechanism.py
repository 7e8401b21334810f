"""Print head, motor and cutter: the print buffer's motions, carried out at the printer's speed."""

from collections import deque

from station.emulator.model import MM_PER_INCH, Model
from station.emulator.operations import Cut, CutLater, FeedRows, Motion, PrintRows, ReportProcess
from station.emulator.paper import Paper

_STEP_ROWS = 24
"""How much paper moves at once, as far as an observer can tell."""
_WHOLE = 1e-6
"""A row that is finished but for rounding is finished."""


class Mechanism:
    """The print buffer and the paper. ``speed_mm_s`` 0 prints at once."""

    def __init__(self, model: Model, rows_left: int | None, speed_mm_s: float) -> None:
        self.paper = Paper(model.row_bytes, model.cutter_distance_rows, rows_left)
        self.speed_mm_s = speed_mm_s
        self.rows = 0
        """Rows of paper that the print buffer will move."""
        self._row_bytes = model.row_bytes
        self._rows_per_mm = model.dots_per_inch / MM_PER_INCH
        self._motions: deque[Motion] = deque()
        self._worked_until = 0.0

    @property
    def idle(self) -> bool:
        """The print buffer is empty."""
        return not self._motions

    @property
    def cuts_next(self) -> bool:
        """The next motion is a cut."""
        return bool(self._motions) and isinstance(self._motions[0], Cut)

    def add(self, motion: Motion) -> None:
        """Puts a motion into the print buffer."""
        self._motions.append(motion)
        if isinstance(motion, PrintRows | FeedRows):
            self.rows += motion.count

    def clear(self) -> None:
        """Empties the print buffer."""
        self._motions.clear()
        self.rows = 0

    def stand_still(self, now: float) -> None:
        """No time until ``now`` was spent on printing."""
        self._worked_until = now

    def next_deadline(self) -> float | None:
        """When ``step`` has something to do again."""
        if not self.rows:
            return None
        if not self.speed_mm_s:
            return self._worked_until
        return self._worked_until + min(self.rows, _STEP_ROWS) / (self.speed_mm_s * self._rows_per_mm)

    def step(self, now: float) -> Motion | None:
        """Carries out the next motion, or the part of it that time and paper allow; None if that is nothing."""
        if not self._motions:
            return None
        motion = self._motions[0]
        if isinstance(motion, PrintRows | FeedRows):
            return motion if self._move(motion, now) else None
        self._motions.popleft()
        match motion:
            case Cut(retract_rows):
                self.paper.cut(retract_rows)
            case CutLater(after_rows):
                self.paper.cut_later(after_rows)
            case ReportProcess():
                pass  # all before it is on paper: the printer answers
        return motion

    def _move(self, motion: PrintRows | FeedRows, now: float) -> int:
        rows_per_s = self.speed_mm_s * self._rows_per_mm
        allowed = motion.count
        if rows_per_s:
            allowed = min(allowed, int((now - self._worked_until) * rows_per_s + _WHOLE))
        if allowed <= 0:
            return 0
        if isinstance(motion, PrintRows):
            done = self.paper.print(motion.rows[: allowed * self._row_bytes])
            rest: Motion = PrintRows(motion.rows[done * self._row_bytes :], motion.count - done)
        else:
            done = self.paper.feed(allowed)
            rest = FeedRows(motion.count - done)
        if rows_per_s:
            self._worked_until += done / rows_per_s
        self.rows -= done
        if done == motion.count:
            self._motions.popleft()
        else:
            self._motions[0] = rest
        return done
