"""Virtual time: what happens, and when."""

import heapq
import itertools
from collections.abc import Callable

Happening = Callable[[], None]


class Schedule:
    """Happenings in the order of their times; those of one moment in the order in which they were planned."""

    def __init__(self) -> None:
        """At zero."""
        self.now = 0.0
        self._planned: list[tuple[float, int, Happening]] = []
        self._count = itertools.count()

    def at(self, moment_s: float, happening: Happening) -> None:
        """Plan for a moment; one that has passed is now."""
        heapq.heappush(self._planned, (max(moment_s, self.now), next(self._count), happening))

    def after(self, delay_s: float, happening: Happening) -> None:
        """Plan for later."""
        self.at(self.now + delay_s, happening)

    def run(self, until_s: float, done: Callable[[], bool] = lambda: False) -> None:
        """Let it all happen, until a moment, or until done."""
        while self._planned and self._planned[0][0] <= until_s and not done():
            self.now, _, happening = heapq.heappop(self._planned)
            happening()
        if not done():
            self.now = until_s
