"""Customers who change their minds: holds, cancellations and new revisions at random moments of an order's life."""

import heapq
import itertools
import random
import threading
import time
from collections.abc import Callable

from station.protocol.instruction import Instruction
from station.protocol.outcome import OutcomeKind
from tests.system.contact import ContactCenter, Question
from tests.system.goods import MAX_REVISIONS, Merchant

_PLANS = ("nothing", "hold", "cancel", "revision", "held revision")
_CHANGES = ("hold", "revision", "held revision")
_WEIGHTS = (30, 28, 10, 20, 12)
_NOBODY = (1, 0, 0, 0, 0)
_PACKING_S = 0.15
"""About how long an order is on the bench: what happens to it is spread over a little more than that."""
_UNDECIDED_S = 0.8
"""The longest that a customer takes to decide."""

_Action = Callable[[], None]


class Customers:
    """Every order's customer, in one thread. All that is published of instructions goes through here."""

    def __init__(
        self,
        contact: ContactCenter,
        merchant: Merchant,
        chance: random.Random,
        *,
        withdraw: Callable[[str], None],
        eventful: bool,
        pace: float = 1.0,
    ) -> None:
        """``withdraw`` is told of each order that was cancelled in time. Not ``eventful``: nobody changes his mind.

        ``pace``: so many times longer than here do packers take for an order, and customers to decide.
        """
        self.instructions: dict[tuple[str, int], Instruction] = {}
        """All that were published, by order and revision."""
        self._contact = contact
        self._merchant = merchant
        self._chance = chance
        self._withdraw = withdraw
        self._packing_s, self._undecided_s = _PACKING_S * pace, _UNDECIDED_S * pace
        self._weights = _WEIGHTS if eventful else _NOBODY
        self._newest: dict[str, Instruction] = {}
        self._plans: dict[str, str] = {}
        self._cancellations: list[Question] = []
        self._holds = itertools.count(1)
        self._due: list[tuple[float, int, _Action]] = []
        self._count = itertools.count()
        self._lock = threading.Lock()
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._run, name="customers", daemon=True)
        self._thread.start()

    def order(self) -> tuple[Instruction, Question]:
        """A new order, published; one customer in twelve interferes before it is."""
        with self._lock:
            instruction = self._merchant.order()
            self._plans[instruction.order] = self._chance.choices(_PLANS, self._weights)[0]
            early = self._chance.random() < 0.08
        if early:
            self._act(instruction.order)
        return instruction, self._publish(instruction)

    def revision(self, order: str) -> Question:
        """The next revision of an order, published."""
        return self._publish(self._merchant.revision(self._newest[order]))

    def order_taken(self, order: str) -> None:
        """A packer has it in hand: from now on anything may happen to it."""
        with self._lock:
            moment = self._chance.uniform(0, 1.3 * self._packing_s)
        self._after(moment, lambda: self._act(order))

    def meddle(self, order: str) -> None:
        """Now of all times, this order's customer changes his mind."""
        with self._lock:
            self._plans[order] = self._chance.choice(_CHANGES)
        self._act(order)

    def pieces_of(self, order: str, revision: int) -> int:
        """How many labels a set of this revision has."""
        return len(self.instructions[order, revision].pieces)

    def settle(self, timeout_s: float = 60.0) -> None:
        """Wait until everybody has decided and is answered."""
        until = time.monotonic() + timeout_s
        while self._due and time.monotonic() < until:
            time.sleep(0.05)
        assert not self._due, "customers are still undecided"
        self._contact.wait_until_settled(self._contact.questions, timeout_s)
        self._look_at_cancellations()

    def close(self) -> None:
        """Nobody says anything any more."""
        self._closing.set()
        self._thread.join()

    def _run(self) -> None:
        while not self._closing.wait(0.01):
            while (action := self._next_due()) is not None:
                action()
            self._look_at_cancellations()

    def _next_due(self) -> _Action | None:
        with self._lock:
            if self._due and self._due[0][0] <= time.monotonic():
                return heapq.heappop(self._due)[2]
        return None

    def _after(self, seconds: float, action: _Action) -> None:
        with self._lock:
            heapq.heappush(self._due, (time.monotonic() + seconds, next(self._count), action))

    def _act(self, order: str) -> None:
        """Carry out the customer's plan, once."""
        match self._plans.pop(order, "nothing"):
            case "hold":
                self._hold_for_a_while(order)
            case "cancel":
                hold = f"h{next(self._holds)}"
                self._cancellations.append(self._contact.hold(order, hold, "cancel"))
            case "revision":
                self._revise(order)
            case "held revision":
                decided_s = self._hold_for_a_while(order)
                self._after(self._chance.uniform(0, decided_s), lambda: self._revise(order))

    def _hold_for_a_while(self, order: str) -> float:
        hold, decided_s = f"h{next(self._holds)}", self._chance.uniform(0, self._undecided_s)
        self._contact.hold(order, hold)
        self._after(decided_s, lambda: _done(self._contact.release(order, hold)))
        return decided_s

    def _revise(self, order: str) -> None:
        newest = self._newest.get(order)
        if newest is not None and newest.revision < MAX_REVISIONS:
            self.revision(order)
            if self._chance.random() < 0.15:
                self._after(self._chance.uniform(0, self._packing_s), lambda: self._revise(order))

    def _publish(self, instruction: Instruction) -> Question:
        self.instructions[instruction.order, instruction.revision] = instruction
        self._newest[instruction.order] = instruction
        return self._contact.ship(instruction)

    def _look_at_cancellations(self) -> None:
        for question in list(self._cancellations):
            if question.newest is OutcomeKind.STOPPED:
                self._withdraw(question.order)
            if question.settled and question in self._cancellations:
                self._cancellations.remove(question)


def _done(_result: object) -> None:
    """An action has no result."""
