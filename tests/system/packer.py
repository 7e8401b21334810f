"""A packer: reads the screen, scans, puts orders aside, and tells the truth about what came out of the printer."""

import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from station.bench.core.cards import Card
from station.bench.core.screen import Screen
from station.protocol.instruction import Instruction
from tests.system.bench import REPEAT_WINDOW_S, Bench
from tests.system.goods import SHELF
from tests.system.paper import Label, Sheet
from tests.system.trolley import Trolley

LOOK_AGAIN_S = 1.0
"""A packer who sees nothing happen scans again."""
PATIENCE_S = 1.5
"""How long a packer stands before a held order before putting it back."""
_HANDED_ON = 0.3
"""How often a packer whose screen is dark hands the order to whoever takes it."""

_PUT_ASIDE = {
    "order_held",
    "unknown_slip",
    "open_elsewhere",
    "printing_elsewhere",
    "order_in_doubt",
    "no_instruction",
    "catching_up",
    "unresolved_here",
}
_DONE = {"printed", "shipped"}
_NAMELESS = {"catching_up", "unresolved_here"}
"""Answers to a slip that do not name its order."""
_DEAD = "open_at_dead_station"


Mark = tuple[str, int, int]
"""What stands on a label, and on the screen of who is asked for it: order, revision, reprint number."""


@dataclass
class Packer:
    """One packer at one bench, in a thread of its own from ``start`` to ``stop``."""

    bench: Bench
    trolley: Trolley
    chance: random.Random
    pieces_of: Callable[[str, int], int]
    """How many labels a set has, by order and revision: it stands on each label."""
    look_again_s: float = LOOK_AGAIN_S
    met: Counter[str] = field(default_factory=Counter)
    """The notices that stood on the screen, and the cards that were scanned."""
    resting: bool = False
    """Takes no new order, and leaves the bench to others."""
    destroyed: set[tuple[str, int]] = field(default_factory=set)
    """Sheets, by printer and number, that were torn up: their set was not complete when this packer looked."""
    _order: Instruction | None = None
    _held_since: float | None = None
    _clearing: Mark | None = None
    """Of what no label came out: what the printer ejects of it while it is cleared is torn up too."""
    _stopping: threading.Event = field(default_factory=threading.Event)
    _thread: threading.Thread | None = None

    def start(self) -> None:
        """Begin to work."""
        self._thread = threading.Thread(target=self._work, name=f"packer at {self.bench.name}", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Go home; raises AssertionError with what went wrong at this bench."""
        self._stopping.set()
        if self._thread is not None:
            self._thread.join(20)
            assert not self._thread.is_alive(), f"the packer at {self.bench.name} hangs"

    @property
    def in_hand(self) -> str | None:
        """The order that this packer works on."""
        order = self._order
        return None if order is None else order.order

    def _work(self) -> None:
        while not self._stopping.is_set():
            try:
                self._look_and_act()
            except (OSError, AssertionError) as error:
                # A printer or a station that has just been cut off: look again. Else the oracle sees it.
                self.trolley.errors.append(f"{self.bench.name}: {type(error).__name__}: {error}")
                self._stopping.wait(0.05)

    def _look_and_act(self) -> None:
        count, screen = self.bench.view.newest()
        if screen is not None and screen.session == "callingback":
            # Here every parcel goes straight on from the bench; tests/system/test_recall.py finds them.
            self.met["card: gone"] += 1
            self._scan_and_see(Card.GONE, count)
            return
        if self.resting and self._order is None:
            self.bench.view.after(count, 0.05)
            return
        if screen is None:
            if self.chance.random() < _HANDED_ON:
                self._put_aside()
            self.bench.view.after(count, self.look_again_s)
            return
        self.met[screen.notice] += 1
        if self._clearing is not None and screen.session not in ("doubting", "settling"):
            self._destroy(self._clearing)
            self._clearing = None
        match screen.session:
            case "idle":
                self._idle(count, screen)
            case "packing":
                self._pack(count, screen)
            case "doubting" if screen.notice != "clearing":
                self._doubt(count, screen)
            case _:
                self.bench.view.after(count, self.look_again_s)

    # The slip

    def _idle(self, count: int, screen: Screen) -> None:
        if self._order is not None and screen.notice == "printed" and self._order.order in screen.english:
            self._finish(self._order.order)
        if self._order is None:
            self._order = self.trolley.take()
        if self._order is None:
            self.bench.view.after(count, 0.05)
            return
        order = self._order
        count, answer = self._scan_and_see(order.slips[0], count, lambda seen: _is_answer(seen, order))
        if answer is None or answer.session != "idle":
            return
        self.met[answer.notice] += 1
        if answer.notice == _DEAD:
            self._scan_and_see(Card.TAKE_OVER, count)
        elif answer.notice in _DONE:
            self._finish(order.order)
        else:
            self._put_aside()

    def _finish(self, order: str) -> None:
        self.trolley.finish(order)
        if self._order is not None and self._order.order == order:
            self._order = None

    def _put_aside(self) -> None:
        if self._order is not None:
            self.trolley.put_aside(self._order.order)
            self._order = None
        self._held_since = None

    # The goods

    def _pack(self, count: int, screen: Screen) -> None:
        if self._order is None or self._order.order != screen.order:
            self.met["opened after it was put aside"] += 1
            self._scan_and_see(Card.CANCEL, count)
            return
        if screen.holds:
            self._stand_before_hold(count)
            return
        self._held_since = None
        missing = [line.name for line in screen.lines if line.counted < line.quantity]
        if missing and self.chance.random() < 0.02:
            self._scan_and_see(self.chance.choice(("4909999999994", "NS-UNKNOWN", "IN-9999")), count)
        elif missing:
            self._scan_item(SHELF[missing[0]], count)
        elif screen.notice == "acknowledge":
            self._scan_and_see(Card.ACKNOWLEDGE, count)
            self._stopping.wait(REPEAT_WINDOW_S * 1.2)  # one refused for a hold that has just ended counts as read
        elif screen.notice == "label_impossible":
            self.trolley.errors.append(f"{screen.order}: {screen.english}")
            self._scan_and_see(Card.CANCEL, count)
        else:
            self.bench.view.after(count, self.look_again_s)

    def _scan_item(self, code: str, count: int) -> None:
        _, seen = self._scan_and_see(code, count)
        if seen is not None and (seen.notice == "repeated" or any(line.quantity > 1 for line in seen.lines)):
            self._stopping.wait(REPEAT_WINDOW_S * 1.2)

    def _stand_before_hold(self, count: int) -> None:
        """Red: wait a while for the release, then put the order back."""
        now = time.monotonic()
        if self._held_since is None:
            self._held_since = now - self.chance.random() * PATIENCE_S
        if now - self._held_since < PATIENCE_S:
            self.bench.view.after(count, 0.1)
        else:
            self._scan_and_see(Card.CANCEL, count)
            self._put_aside()

    # The paper

    def _doubt(self, count: int, screen: Screen) -> None:
        """Did the label come out? Look when nothing moves any more; scan all of the set, or the card."""
        at_rest = self._nothing_moves()
        if self.bench.view.newest()[0] != count or not at_rest:
            self._stopping.wait(0.02)
            return
        sought = (screen.order, screen.revision, screen.reprint)
        labels = self._whole_set(sought)
        if labels is None:
            self._destroy(sought)
            self._clearing = sought
            self.met["card: no label"] += 1
            self._scan_and_see(Card.NO_LABEL, count)
            return
        self._clearing = None
        self.met["labels scanned"] += 1
        for label in labels:
            count, seen = self._scan_and_see(label.nw7, count)
            if seen is None:
                return
            if seen.session == "idle" and seen.notice == "printed":
                self._finish(screen.order)

    def _nothing_moves(self) -> bool:
        def still() -> tuple[bool, object]:
            status = self.bench.printer_status()
            at_rest = not status["buffered_rows"] and (not status["buffered_bytes"] or status["waits_for_image"])
            return bool(status["powered"]) and at_rest, status["labels"]

        first = still()
        self._stopping.wait(0.1)
        return first[0] and still() == first

    def _whole_set(self, mark: Mark) -> list[Label] | None:
        """The set with this mark, if it lies there whole."""
        lying = {
            label.name.piece: label
            for sheet, label in self._labels_of(mark)
            if (sheet.printer, sheet.number) not in self.destroyed
        }
        whole = set(lying) == set(range(1, self.pieces_of(*mark[:2]) + 1))
        return [lying[piece] for piece in sorted(lying)] if whole else None

    def _destroy(self, mark: Mark) -> None:
        self.destroyed.update((sheet.printer, sheet.number) for sheet, _ in self._labels_of(mark))

    def _labels_of(self, mark: Mark) -> list[tuple[Sheet, Label]]:
        return [
            (sheet, label)
            for sheet in self.bench.paper.sheets()
            if (label := sheet.label) is not None
            and (label.name.order, label.name.revision, label.name.reprint) == mark
        ]

    # Scanning

    def _scan_and_see(
        self, code: str, count: int, is_answer: Callable[[Screen], bool] = lambda _screen: True
    ) -> tuple[int, Screen | None]:
        """Scan, and what the screen shows after it; None where it stays as it was, or is dark."""
        self.bench.scan(code)
        until = time.monotonic() + self.look_again_s
        while (left_s := until - time.monotonic()) > 0 and not self._stopping.is_set():
            later, screen = self.bench.view.after(count, left_s)
            if later == count or screen is None:
                break
            count = later
            if is_answer(screen):
                return count, screen
        return count, None


def _is_answer(screen: Screen, order: Instruction) -> bool:
    """Whether the screen shows what became of this order's slip."""
    if screen.session != "idle":
        return screen.session != "opening"
    named = order.order in screen.english or order.slips[0] in screen.english
    return screen.notice in _NAMELESS or (named and screen.notice in _PUT_ASIDE | _DONE | {_DEAD})
