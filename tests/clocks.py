"""Time that a test lets pass."""

from dataclasses import dataclass

from station.clock import Clock, as_text


@dataclass
class Time:
    """A machine's two clocks: one runs, the other can be set."""

    elapsed_s: float = 0.0
    wall_s: float = 0.0

    @property
    def clock(self) -> Clock:
        """As the programs ask it."""
        return Clock(lambda: self.elapsed_s, lambda: as_text(self.wall_s), lambda: self.wall_s)

    def pass_s(self, seconds: float) -> None:
        """Both go on."""
        self.elapsed_s += seconds
        self.wall_s += seconds
