"""A shift: a warehouse with its packers, its contact center and its customers, and what is asked of it afterwards."""

import json
import random
import time
from collections import Counter
from types import TracebackType
from typing import Self

from station.protocol.hold import Hold
from station.protocol.topics import Topics
from tests.system.contact import ContactCenter
from tests.system.customers import Customers
from tests.system.goods import PERSONAL, Merchant
from tests.system.packer import Packer
from tests.system.processes import DidNotHappen
from tests.system.trace import Trace
from tests.system.trolley import Trolley
from tests.system.warehouse import PREFIX, Warehouse

ORDERS_AHEAD = 8
"""So many wait on the trolley."""
STUCK_S = 45.0
"""So long without one more order finished, and it is said that orders are stuck."""


class Shift:
    """Everybody at work, from entering to leaving."""

    def __init__(
        self, warehouse: Warehouse, seed: int, *, eventful: bool = True, contact: ContactCenter | None = None
    ) -> None:
        """Everything that is drawn by chance is drawn from ``seed``. Not ``eventful``: no customer changes his mind.

        ``contact``: one that reaches the broker in another way than without TLS.
        """
        print(f"seed {seed}")
        self.seed = seed
        self.chance = random.Random(seed)
        self.warehouse = warehouse
        self.contact = contact or warehouse.contact_center()
        self._eventful = eventful

    def __enter__(self) -> Self:
        """Start all processes, and the packers."""
        self.warehouse.__enter__()
        try:
            self.contact.__enter__()
            self.trolley = Trolley(self._taken)
            self.customers = Customers(
                self.contact,
                Merchant(self._chance()),
                self._chance(),
                withdraw=self.trolley.withdraw,
                eventful=self._eventful,
            )
            self.packers = [
                Packer(bench, self.trolley, self._chance(), self.customers.pieces_of)
                for bench in self.warehouse.benches
            ]
            for packer in self.packers:
                packer.start()
        except BaseException:
            self.warehouse.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for packer in self.packers:
            packer.stop()
        self.customers.close()
        self.contact.__exit__(kind, error, trace)
        self.warehouse.__exit__(kind, error, trace)

    def add_orders(self, count: int) -> None:
        """So many new orders on the trolley, known at the desk or on their way there."""
        for _ in range(count):
            instruction, _ = self.customers.order()
            self.trolley.add(instruction)

    def feed(self, count: int) -> None:
        """So many new orders, published no faster than they are packed."""
        for _ in range(count):
            while not self.stock(1):
                time.sleep(0.005)

    def stock(self, count: int) -> bool:
        """So many new orders if the trolley has room for more; whether it had."""
        has_room = self.trolley.waiting < ORDERS_AHEAD
        if has_room:
            self.add_orders(count)
        return has_room

    def work_off(self) -> None:
        """Until every order is packed or cancelled and everybody is answered. Raises DidNotHappen for stuck ones."""
        left, since = len(self.trolley.left), time.monotonic()
        while self.trolley.left:
            time.sleep(0.05)
            if len(self.trolley.left) != left:
                left, since = len(self.trolley.left), time.monotonic()
            elif time.monotonic() - since > STUCK_S:
                raise DidNotHappen(self._what_is_stuck())
        self.customers.settle()

    def judged(self) -> list[str]:
        """Every breach of a promise, and everything that nobody had asked for."""
        self._wait_until_all_is_told()
        trace = self._trace()
        endings = [
            f"{end.name} ended by itself, {end.status}: {end.last_words}"
            for end in self.warehouse.systemd.endings
            if not end.excused
        ]
        lost = [f"{order}: packed, says the packer; no label" for order in self.trolley.done - trace.packed()]
        return [*trace.judged(), *self._personal_data(), *endings, *lost, *self.trolley.errors]

    def _trace(self) -> Trace:
        lines = self.warehouse.lines
        return Trace(
            Topics(PREFIX),
            self.customers.instructions,
            self.contact.questions,
            words=None if lines is None else lines.words("desk"),
            sheets=[sheet for bench in self.warehouse.benches for sheet in bench.paper.sheets()],
            destroyed=set().union(*(packer.destroyed for packer in self.packers)),
            shipments=self.contact.all_shipments(),
            happened=self.warehouse.happened,
        )

    def _personal_data(self) -> list[str]:
        """Promise 6: with no order open, nobody's name, street or telephone is on a station's disk or in a log."""
        benches = self.warehouse.benches
        disks = [path for bench in benches for path in bench.disk.folder.iterdir() if path.is_file()]
        logs = [bench.station.log for bench in benches] + [self.warehouse.desk.log]
        return [
            f"promise 6: {path} holds {found[0].decode()}"
            for path in (*disks, *logs)
            if (found := PERSONAL.search(path.read_bytes()))
        ]

    def figures(self) -> dict[str, object]:
        """What happened, counted."""
        questions = self.contact.questions
        outcomes = Counter(
            f"{answer.outcome.of} {answer.outcome.outcome}" for each in questions for answer in each.answers
        )
        holds = [each for each in questions if isinstance(each.message, Hold) and each.answers]
        waits_ms = sorted((each.answers[0].at_s - each.asked_s) * 1000 for each in holds)
        return {
            "seed": self.seed,
            "orders": len(self.trolley.done) + len(self.trolley.withdrawn),
            "packed": len(self.trolley.done),
            "sheets": sum(len(bench.paper.sheets()) for bench in self.warehouse.benches),
            "asked": len(questions),
            "asked again": sum(each.times_asked - 1 for each in questions),
            "superseded before the answer": sum(not each.answers for each in questions),
            "hold answered after ms (median, p99, most)": _quantiles(waits_ms),
            "answers": dict(sorted(outcomes.items())),
            "screens": dict(sorted(sum((packer.met for packer in self.packers), Counter()).items())),
        }

    def report(self) -> None:
        """Print the figures; pytest shows them with -s, and with a failure."""
        print(json.dumps(self.figures(), ensure_ascii=False, indent=1, default=str))

    def _taken(self, order: str) -> None:
        self.customers.order_taken(order)

    def _chance(self) -> random.Random:
        return random.Random(self.chance.random())

    def _wait_until_all_is_told(self) -> None:
        for bench in self.warehouse.benches:
            bench.view.wait_for("nothing left to tell", lambda screen: not screen.unsent and screen.session == "idle")

    def _what_is_stuck(self) -> str:
        screens = [str(bench.view.newest()[1]) for bench in self.warehouse.benches]
        hands = [f"{packer.bench.name} has {packer.in_hand}" for packer in self.packers]
        logs = [bench.station.last_words() for bench in self.warehouse.benches]
        return "\n".join(["orders are stuck: " + str(sorted(self.trolley.left)[:20]), *hands, *screens, *logs])


def _quantiles(values: list[float]) -> list[float]:
    return [round(values[int(share * (len(values) - 1))], 1) for share in (0.5, 0.99, 1)] if values else []
