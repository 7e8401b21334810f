"""The orders that are to be packed, handed from packer to packer."""

import threading
import time
from collections import deque
from collections.abc import Callable

from station.protocol.instruction import Instruction

ASIDE_S = 0.3
"""How long an order that cannot be packed now lies before somebody tries it again."""


class Trolley:
    """The orders that are to be packed, shared by all packers."""

    def __init__(self, on_taken: Callable[[str], None] = lambda _order: None) -> None:
        """``on_taken`` is told of each order the first time that a packer takes it."""
        self.done: set[str] = set()
        self.withdrawn: set[str] = set()
        self.errors: list[str] = []
        self._on_taken = on_taken
        self._lock = threading.Lock()
        self._orders: dict[str, Instruction] = {}
        self._waiting: deque[str] = deque()
        self._aside: list[tuple[float, str]] = []
        self._taken: set[str] = set()

    def add(self, order: Instruction) -> None:
        """One more order to pack."""
        with self._lock:
            self._orders[order.order] = order
            self._waiting.append(order.order)

    def take(self) -> Instruction | None:
        """The next order, if there is one."""
        with self._lock:
            self._bring_back()
            if not self._waiting:
                return None
            order = self._waiting.popleft()
            first = order not in self._taken
            self._taken.add(order)
        if first:
            self._on_taken(order)
        return self._orders[order]

    def put_aside(self, order: str) -> None:
        """Try it later, anybody."""
        with self._lock:
            if self._is_left(order):
                self._aside.append((time.monotonic() + ASIDE_S, order))

    def finish(self, order: str) -> None:
        """Its label is on the box."""
        with self._lock:
            self.done.add(order)

    def withdraw(self, order: str) -> None:
        """The contact center has cancelled it: nobody need try any more."""
        with self._lock:
            self.withdrawn.add(order)

    @property
    def left(self) -> set[str]:
        """Orders that somebody still has to pack."""
        with self._lock:
            return set(self._orders) - self.done - self.withdrawn

    @property
    def waiting(self) -> int:
        """Orders that a packer could take now."""
        with self._lock:
            self._bring_back()
            return len(self._waiting)

    def _bring_back(self) -> None:
        now = time.monotonic()
        due = [order for at, order in self._aside if at <= now]
        self._aside = [(at, order) for at, order in self._aside if at > now]
        self._waiting = deque(order for order in (*self._waiting, *due) if self._is_left(order))

    def _is_left(self, order: str) -> bool:
        return order not in self.done and order not in self.withdrawn
