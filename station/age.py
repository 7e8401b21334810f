"""The age of what a database keeps, counted so that a clock which is set wrong, or set right at last, drops nothing.

A Raspberry Pi has no clock that a battery keeps: it may start in the year of its image and leap to today. Had retention
gone by that clock, a leap of some months would have dropped every order, the holds on it, and that it was shipped.
"""

import sqlite3

from station.clock import Clock

MOST_AWAY_S = 7 * 86_400.0
"""What one start counts at most for the time since the last note: there only the wall clock can be asked."""
NOTE_INTERVAL_S = 3_600.0


class Age:
    """Seconds that a database has been in use: while it is open by a clock that is never set, else by the wall's."""

    def __init__(self, db: sqlite3.Connection, clock: Clock) -> None:
        """Go on from the last note."""
        self._db = db
        self._clock = clock
        row = db.execute("SELECT counted_s, wall_s FROM age").fetchone()
        counted_s, wall_s = row or (0.0, clock.wall_s())
        away_s = min(max(clock.wall_s() - wall_s, 0.0), MOST_AWAY_S)
        self._opened_s = counted_s + away_s - clock.elapsed_s()
        self._noted_s = self.now_s

    @property
    def now_s(self) -> float:
        """Now; what was stamped with a smaller number is older."""
        return self._opened_s + self._clock.elapsed_s()

    def note_sometimes(self) -> None:
        """In the open transaction: what a power cut may lose is an hour.

        Not at the start, when a clock may not have been set yet: what is noted then would be counted as time away.
        """
        if self.now_s - self._noted_s >= NOTE_INTERVAL_S:
            self._noted_s = self.now_s
            self._db.execute("INSERT OR REPLACE INTO age VALUES (1, ?, ?)", (self.now_s, self._clock.wall_s()))
