"""``station``, with defects planted in it: each meets what a program has in hand, as a real one would.

    python -m tests.system.defective WORDS...

WORDS are ``station``'s own. Where a label is checked or drawn whose note says DRAWN, and where CRASH is scanned.
"""

import sys
from typing import Any
from unittest.mock import patch

from station.__main__ import main
from station.bench.core.devices import Scanned
from station.bench.loop import BenchLoop, Posted
from station.label.press import LabelPress
from station.protocol.instruction import Instruction

DRAWN = "珍しいのし"
CRASH = "CRASH-0001"


def run() -> int:
    """The station's exit status."""
    check, take = LabelPress.check, BenchLoop._distribute

    def checked(press: LabelPress, instruction: Instruction) -> None:
        check(press, instruction)
        if instruction.gift_note == DRAWN:
            raise KeyError(instruction.ship_to.name)

    def distributed(loop: BenchLoop, posted: Posted) -> None:
        if isinstance(posted, Scanned) and posted.code.text == CRASH:
            edges: Any = loop.world
            raise ValueError(f"cannot pack {edges.labels._instructions}")
        take(loop, posted)

    with patch.object(LabelPress, "check", checked), patch.object(BenchLoop, "_distribute", distributed):
        return main()


if __name__ == "__main__":
    sys.exit(run())
