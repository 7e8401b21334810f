"""The lines of an order's life, as a station's journal and the desk's history have them, in the system's journal.

A line says what happened; the tables say how much it matters and what of it is told. Who did it (packers, supervisors)
stands in the databases alone: what the system's journal tells is read by more people, and shipped to other machines.
"""

from dataclasses import dataclass
from enum import Flag, auto
from typing import Literal

from station.telemetry.message import FROM_INSIDE, FROM_OUTSIDE, Level, message_id

Program = Literal["station", "desk"]


class Told(Flag):
    """What of a line is told beside the order."""

    NOTHING = 0
    SCAN = auto()
    """The scanned code: a slip's, an item's, a label's; a mark where it is none of the bench's own."""
    DETAIL = auto()
    GRANT = auto()
    """The grant that the detail begins with; where who did it follows, that alone is told."""
    STATION = auto()
    """At the desk: of which station it is told."""


SCAN, DETAIL, GRANT, STATION = Told.SCAN, Told.DETAIL, Told.GRANT, Told.STATION


@dataclass(frozen=True, slots=True)
class Kind:
    """A line's kind."""

    level: Level
    told: Told = Told.NOTHING
    most: int = FROM_INSIDE
    with_order_only: bool = False
    """Without an order in hand the device's own line says it."""


DEBUG, INFO, NOTICE, WARNING, ERR = Level.DEBUG, Level.INFO, Level.NOTICE, Level.WARNING, Level.ERR

KINDS: dict[Program, dict[str, Kind]] = {
    "station": {
        # Opening
        "slip": Kind(INFO, SCAN),
        "item before slip": Kind(INFO, SCAN),
        "unknown slip": Kind(INFO, SCAN),
        "scan while opening": Kind(INFO, SCAN),
        "opened": Kind(INFO, DETAIL),
        "open refused": Kind(INFO, SCAN | DETAIL),
        "taken over": Kind(NOTICE, DETAIL),
        "slip while an order is open": Kind(INFO, SCAN),
        "closed": Kind(INFO),
        "cancel": Kind(INFO),
        # Scanning
        "item": Kind(INFO, SCAN | DETAIL),
        "unit not taken": Kind(INFO, SCAN | DETAIL),
        "too many": Kind(INFO, SCAN | DETAIL),
        "one too many": Kind(INFO, SCAN),
        "wrong item": Kind(INFO, SCAN),
        "scan repeated": Kind(DEBUG, SCAN | DETAIL),
        "item without a scan": Kind(NOTICE),
        "acknowledged": Kind(INFO, DETAIL),
        "card lapsed": Kind(INFO),
        # Changes from outside
        "hold active": Kind(NOTICE, DETAIL),
        "hold released": Kind(NOTICE, DETAIL),
        "scan while held": Kind(INFO, SCAN),
        "revised": Kind(NOTICE, DETAIL),
        # Printing
        "print begins": Kind(INFO, GRANT),
        "print refused": Kind(INFO, DETAIL),
        "grant of another content": Kind(WARNING, GRANT | DETAIL),
        "scan while printing": Kind(INFO, SCAN),
        "withdrawn": Kind(INFO, GRANT),
        "label impossible": Kind(WARNING, DETAIL),
        "printed": Kind(INFO, GRANT | DETAIL),
        "print failed": Kind(WARNING, GRANT | DETAIL),
        "printer": Kind(INFO, DETAIL, with_order_only=True),
        "scanner": Kind(INFO, DETAIL, with_order_only=True),
        # In doubt
        "unknown": Kind(WARNING, GRANT | DETAIL),
        "unknown grant outstanding": Kind(WARNING, GRANT),
        "no label came out, says the packer": Kind(NOTICE),
        "printer not cleared": Kind(WARNING, DETAIL),
        "printer set aside": Kind(NOTICE),
        # After the print
        "scanned back": Kind(INFO, GRANT),
        "scan before the label is scanned back": Kind(INFO, SCAN),
        "wrong label scanned back": Kind(WARNING, SCAN),
        "let pass without being scanned back": Kind(NOTICE, GRANT),
        "label called back": Kind(NOTICE, GRANT | DETAIL),
        "recall over": Kind(NOTICE),
        "gone from the bench, says the packer": Kind(NOTICE),
        "label in hand": Kind(NOTICE, SCAN),
        "label scanned to void it": Kind(NOTICE, GRANT),
        # People
        "packer": Kind(DEBUG),
        "packer signs off": Kind(DEBUG),
        "unsigned badge refused": Kind(WARNING, most=FROM_OUTSIDE),
        "badge refused": Kind(WARNING, DETAIL, most=FROM_OUTSIDE),
        "supervisor's badge": Kind(NOTICE),
        "supervisor's key": Kind(NOTICE, DETAIL),
        "supervisor's time is over": Kind(NOTICE),
        # The desk
        "desk lost": Kind(WARNING, DETAIL),
        "not understood by the desk": Kind(ERR, DETAIL, most=FROM_OUTSIDE),
        "journal is an old copy": Kind(ERR, DETAIL),
    },
    "desk": {
        # Instructions
        "revision accepted": Kind(INFO, DETAIL),
        "revision pending": Kind(INFO, DETAIL),
        "revision too_late": Kind(NOTICE, DETAIL),
        "revision swap": Kind(NOTICE, DETAIL),
        "revision refused": Kind(WARNING, DETAIL, most=FROM_OUTSIDE),
        # Holds
        "hold active": Kind(NOTICE, DETAIL),
        "hold released": Kind(NOTICE, DETAIL),
        "hold refused": Kind(WARNING, DETAIL, most=FROM_OUTSIDE),
        # Steps of stations
        "opened": Kind(INFO, STATION),
        "opened for another label": Kind(NOTICE, STATION),
        "opened for a swap": Kind(NOTICE, STATION),
        "no label alone, pack anew": Kind(NOTICE, STATION),
        "granted": Kind(INFO, STATION | GRANT | DETAIL),
        "print refused": Kind(INFO, STATION | DETAIL),
        "not printed": Kind(INFO, STATION | GRANT),
        "closed": Kind(INFO, STATION),
        "serial number let pass": Kind(NOTICE, STATION),
        "serial number went out twice": Kind(WARNING, STATION | DETAIL),
        # What became of a grant
        "printed": Kind(INFO, STATION | GRANT | DETAIL),
        "printed without permission": Kind(NOTICE, STATION | GRANT | DETAIL),
        "unknown": Kind(WARNING, STATION | GRANT | DETAIL),
        "unknown beside another grant": Kind(WARNING, STATION | GRANT | DETAIL),
        "no label came out": Kind(NOTICE, STATION | GRANT),
        "resolved by a person": Kind(NOTICE, STATION),
        "scanned back": Kind(INFO, STATION | GRANT),
        # After the print
        "label in hand, to void it": Kind(NOTICE, STATION | GRANT),
        "label void": Kind(NOTICE, STATION | GRANT | DETAIL),
        "recall not answered": Kind(WARNING, STATION | GRANT),
        "gone from the bench": Kind(NOTICE, STATION | GRANT),
        "the label is not made void after all": Kind(NOTICE, STATION | GRANT),
        # The desk itself
        "a person does without a station": Kind(NOTICE, STATION),
        "the desk is a restored copy: new epoch": Kind(WARNING, DETAIL),
    },
}

_BARE = Kind(INFO)


@dataclass(frozen=True, slots=True)
class Line:
    """One line of an order's life."""

    by: Program
    event: str
    order: str = ""
    scan: str = ""
    detail: str = ""
    station: str = ""

    @property
    def kind(self) -> Kind:
        """One that stands in no table is told bare: for its sake no program stops. (A test looks for such.)"""
        return KINDS[self.by].get(self.event, _BARE)

    @property
    def level(self) -> Level:
        """How much it matters."""
        return self.kind.level

    @property
    def most(self) -> int:
        """So many in a window are written."""
        return self.kind.most

    @property
    def id(self) -> str:
        """MESSAGE_ID=. The same words of a station and of the desk are two kinds."""
        return message_id(self.by, self.event)

    @property
    def carried(self) -> dict[str, str]:
        """The journal's fields."""
        told = self.kind.told
        facts = {
            "ORDER": self.order,
            "SCAN": self.scan if SCAN in told else "",
            "DETAIL": self.detail if DETAIL in told else "",
            "GRANT": self.detail.partition(" ")[0].rstrip(":") if GRANT in told else "",
            "STATION": self.station if STATION in told else "",
        }
        return {name: value for name, value in facts.items() if value}

    @property
    def is_told(self) -> bool:
        """Whether it is a line of the journal at all."""
        return bool(self.order) or not self.kind.with_order_only

    def __str__(self) -> str:
        """The line in words."""
        said = self.carried
        order = f"order {self.order}" if self.order else ""
        what = said.get("DETAIL") or said.get("GRANT", "")
        parts = (order, said.get("STATION", ""), said.get("SCAN", ""), what)
        return ", ".join((self.event, *(part for part in parts if part)))
