"""What goes wrong, by chance, while it may; and the story of what did."""

import random
from collections import Counter
from dataclasses import dataclass, field

from tests.simulation.schedule import Schedule


class Crash(Exception):
    """The power of a program is cut, at this very place."""


@dataclass
class Faults:
    """Which faults a world has, and how often. After ``cease`` there are none."""

    schedule: Schedule
    chance: random.Random
    likelihood: dict[str, float]
    happened: Counter[str] = field(default_factory=Counter)
    story: list[str] = field(default_factory=list)
    active: bool = True

    def cease(self) -> None:
        """From now on all goes well."""
        self.active = False
        self.tell("world", "faults cease")

    def strikes(self, kind: str) -> bool:
        """Whether this fault happens here and now."""
        likelihood = self.likelihood.get(kind)
        if likelihood is None or not self.active or self.chance.random() >= likelihood:
            return False
        self.happened[kind] += 1
        return True

    def tell(self, who: str, what: str) -> None:
        """A line of the story."""
        self.story.append(f"{self.schedule.now:9.3f}  {who:<10} {what}")
