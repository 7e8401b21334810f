"""Real-time commands: found in the bytes as they come in, wherever they stand, image data included.

The TM-L90 manual warns of just that: "bit image data accidentally might include a data string with this command".
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

_FOUND = re.compile(rb"\x10\x04[\x01-\x04]|\x10\x05[\x01\x02]|\x10\x14\x08\x01\x03\x14\x01\x06\x02\x08")
_LONGEST = 10


@dataclass(frozen=True, slots=True)
class RealTimeCommand:
    """A real-time command and where in the piece it stands. ``start`` is negative if it began in an earlier one."""

    start: int
    end: int
    code: bytes


class RealTimeScanner:
    """Finds DLE EOT 1 to 4, DLE ENQ 1 and 2 and DLE DC4 function 8, also where pieces divide them."""

    def __init__(self) -> None:
        self._tail = b""

    def find(self, piece: bytes) -> Iterator[RealTimeCommand]:
        """The commands that end in this piece, in order."""
        before, text = len(self._tail), self._tail + piece
        seen = 0
        for match in _FOUND.finditer(text):
            seen = match.end()
            yield RealTimeCommand(match.start() - before, seen - before, match.group())
        self._tail = text[max(seen, len(text) - _LONGEST + 1) :]
