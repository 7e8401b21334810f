"""The label's QR code: which label this is, to be scanned back after it is stuck on.

``order/revision/reprint/piece``, for example ``A-1001/2/0/1``: order A-1001, its revision 2, not a reprint, its first
piece. The order is percent-encoded as in a topic; characters outside of ASCII are, too, because a keyboard-wedge
scanner types no others. No personal data.
"""

import re
from dataclasses import dataclass
from string import printable
from urllib.parse import quote, unquote

from station.protocol.identifiers import encode_level

_SCAN_BACK = re.compile(r"([!-.0-~]{1,800})/([0-9]{1,7})/([0-9]{1,3})/([0-9]{1,2})")


@dataclass(frozen=True, slots=True)
class ScanBack:
    """One label among all that an order ever had."""

    order: str
    revision: int
    reprint: int
    """0 is the first print; each reprint has the next number."""
    piece: int
    """Counted from 1."""

    def __str__(self) -> str:
        """As the QR code holds it."""
        order = quote(encode_level(self.order), safe=printable)
        return f"{order}/{self.revision}/{self.reprint}/{self.piece}"


def read_scan_back(text: str) -> ScanBack | None:
    """The label that a scanned text names, or None when it is another code."""
    match = _SCAN_BACK.fullmatch(text)
    if match is None:
        return None
    order, *numbers = match.groups()
    label = ScanBack(unquote(order), *(int(number) for number in numbers))
    return label if str(label) == text else None
