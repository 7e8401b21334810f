"""The labels of the order on the bench: drawn ahead on a thread of their own. Here, and only here, are its addresses.

Personal data live in this object's memory from ``keep`` to ``forget``; the decisions handle an order's number only.
"""

import threading
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from station.bench.core.events import LabelsDrawn, LabelsImpossible
from station.label.content import DoesNotFit, Mark
from station.label.press import LabelPress
from station.protocol.instruction import Instruction

Drawn = LabelsDrawn | LabelsImpossible


class Labels:
    """Draws one set at a time; answers each ``prepare`` with an event."""

    def __init__(self, press: LabelPress, post: Callable[[Drawn], None]) -> None:
        """``post`` is called on this object's thread."""
        self._press = press
        self._post = post
        self._lock = threading.Lock()
        self._instructions: dict[str, Instruction] = {}
        self._jobs: dict[tuple[str, int, int], bytes] = {}
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix="labels")

    def close(self) -> None:
        """Forget everything and end the thread."""
        self._thread.shutdown(cancel_futures=True)
        with self._lock:
            self._instructions.clear()
            self._jobs.clear()

    def keep(self, instruction: Instruction) -> None:
        """Take the newest instruction of an order that is opened. One that is told again replaces nothing."""
        with self._lock:
            known = self._instructions.get(instruction.order)
            if known is None or instruction.revision > known.revision:
                self._instructions[instruction.order] = instruction

    def forget(self, order: str) -> None:
        """Drop everything of an order."""
        with self._lock:
            self._instructions.pop(order, None)
            for name in [name for name in self._jobs if name[0] == order]:
                del self._jobs[name]

    def prepare(self, order: str, revision: int, reprint: int) -> None:
        """Draw the labels; the answer comes as an event."""
        self._thread.submit(self._draw, order, revision, reprint)

    def job(self, order: str, revision: int, reprint: int) -> bytes:
        """The bytes of a set that was drawn. A set that was not is a broken invariant."""
        with self._lock:
            return self._jobs[order, revision, reprint]

    def _draw(self, order: str, revision: int, reprint: int) -> None:
        with self._lock:
            instruction = self._instructions.get(order)
        if instruction is None or instruction.revision != revision:
            return
        try:
            mark = Mark.REPLACEMENT if instruction.swap else Mark.REPRINT
            data = self._press.job(instruction, reprint, mark).data
        except DoesNotFit as error:
            self._post(LabelsImpossible(order, revision, str(error)))
            return
        except Exception as error:
            self._post(LabelsImpossible(order, revision, f"{type(error).__name__} while drawing"))
            return
        with self._lock:
            if self._instructions.get(order) is not instruction:
                return
            self._jobs[order, revision, reprint] = data
        self._post(LabelsDrawn(order, revision, reprint))
