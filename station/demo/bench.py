"""The packer of the demonstration: scans, and sees what the screen says."""

import threading
import time
from collections.abc import Callable

from station.bench.core.screen import Screen
from station.demo.programs import DidNotHappen
from station.demo.site import Site
from station.protocol.instruction import Instruction
from station.screen.reader import screens

BETWEEN_SCANS_S = 0.45
"""A little more than the time within which the same code counts once."""


class Packer:
    """Follows the screen on a thread, so that each scan is answered before the next."""

    def __init__(
        self, site: Site, seen: Callable[[Screen], None] = lambda _screen: None, *, patience_s: float = 15.0
    ) -> None:
        """``seen`` is called with every screen, on the packer's thread."""
        self._site = site
        self._patience_s = patience_s
        self._seen = seen
        self._changed = threading.Condition()
        self._screens: list[Screen] = []
        threading.Thread(target=self._follow, name="packer", daemon=True).start()

    @property
    def screen(self) -> Screen:
        """What the packer sees now."""
        self.wait_for("the screen shows something", lambda _screen: True)
        with self._changed:
            return self._screens[-1]

    def scan(self, code: str) -> None:
        """Hold a code before the scanner."""
        self._site.scan(code)
        time.sleep(BETWEEN_SCANS_S)

    def pack(self, instruction: Instruction, *, units: int | None = None) -> None:
        """Scan the slip, and then the items: all, or so many."""
        self.scan(instruction.slips[0])
        self.wait_for(f"order {instruction.order} is open", lambda screen: screen.order == instruction.order)
        for code in codes(instruction)[:units]:
            self.scan(code)

    def wait_for(self, what: str, seen: Callable[[Screen], bool]) -> Screen:
        """Wait until the newest screen is so; raises DidNotHappen with what it says instead."""
        with self._changed:
            if self._changed.wait_for(lambda: bool(self._screens) and seen(self._screens[-1]), self._patience_s):
                return self._screens[-1]
            shown = self._screens[-1].english if self._screens else "nothing"
        raise DidNotHappen(f"{what}: did not happen within {self._patience_s:.0f} s; the screen says: {shown}")

    def _follow(self) -> None:
        while True:
            try:
                for screen in screens(self._site.folder / "screen"):
                    with self._changed:
                        self._screens.append(screen)
                        self._changed.notify_all()
                    self._seen(screen)
            except OSError:
                time.sleep(0.1)
            else:
                time.sleep(0.1)


def codes(instruction: Instruction) -> list[str]:
    """Every unit of an order, as its code."""
    return [line.codes[0] for line in instruction.lines for _ in range(line.quantity)]
