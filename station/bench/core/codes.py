"""A scanned code, as the decisions see it. Reading one from a scanner's characters is the edge's work."""

from dataclasses import dataclass

from station.protocol.request import GrantReference
from station.protocol.scanback import read_scan_back


@dataclass(frozen=True, slots=True)
class Elements:
    """What a GS1 code says beside the GTIN, as far as it is certain."""

    lot: str = ""
    """AI 10."""
    serial: str = ""
    """AI 21."""
    expiry: str = ""
    """AI 17, or AI 15 (best before) where there is no 17: YYMMDD as in the code, whose century and day 00 are the
    reader's to settle: the edge knows no date. Empty for a date that is not set (000000)."""
    run_together: bool = False
    """The code goes on, and where one element ends in it cannot be told: FNC1 is missing."""


NO_ELEMENTS = Elements()


@dataclass(frozen=True, slots=True)
class Code:
    """One scan, read in every role that its characters allow.

    One tracking number in ten is also a valid UPC-A, so no single reading is right before the role is known:
    the decisions compare the reading of the role that they expect.
    """

    text: str
    """The characters, without AIM identifier, terminator and surrounding blanks. At most 512 characters."""
    gtin: str | None = None
    """14 digits where the code is, or carries, a GTIN (JAN, UPC, ITF-14, GS1-128, GS1 DataMatrix, GS1 QR)."""
    nw7: str | None = None
    """The content between start and stop character, in upper case, where the code can be an NW-7."""

    elements: Elements = NO_ELEMENTS
    """Of a GS1 code that carries a GTIN."""

    marked: int = 0
    """Not 0 where ``text`` is only a mark that stands for a code which is none of the bench's own (``OddCodes``): the
    characters of that code."""

    @property
    def characters(self) -> int:
        """Of the code itself."""
        return self.marked or len(self.text)

    @property
    def item(self) -> str:
        """What order lines are compared with: the GTIN, or the text of an in-store code as it is."""
        return self.gtin or self.text

    @property
    def tracking_number(self) -> str:
        """What a printed label's tracking number is compared with."""
        return self.nw7 or self.text


def number_on(code: Code, grant: GrantReference) -> str | None:
    """The tracking number of the label of this grant that a code was scanned from; None for any other label.

    The NW-7 holds the number alone. The QR code also tells a reprint, and an older revision, from this label.
    """
    if code.tracking_number in grant.tracking_numbers:
        return code.tracking_number
    label = read_scan_back(code.text)
    if label is None or (label.order, label.revision, label.reprint) != (grant.order, grant.revision, grant.reprint):
        return None
    return dict(enumerate(grant.tracking_numbers, start=1)).get(label.piece)
