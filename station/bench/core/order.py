"""What the decisions know of the order on the bench: enough to count and to print it, nothing personal."""

from dataclasses import dataclass, field, replace
from enum import Enum, auto

from station.protocol.hold import Hold
from station.protocol.request import GrantReference
from station.protocol.unit import Captured, Unit


@dataclass(frozen=True, slots=True)
class LineFacts:
    """One line: any of its codes counts one unit. Codes are in the form of ``Code.item``."""

    codes: tuple[str, ...]
    name: str
    quantity: int
    capture: tuple[Captured, ...] = ()
    expires_from: str = ""
    """No unit that expires before this day is taken, where the line asks for the expiry: its own day, or the desk's."""

    @property
    def asks(self) -> tuple[object, ...]:
        """What a counted unit was held against, but for the day: that goes on by itself."""
        return self.codes, self.quantity, self.capture

    @property
    def scanned_singly(self) -> bool:
        """Each unit has to be scanned by itself, for what its code carries: no quantity, and no unit without a scan."""
        return bool(self.capture)


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """An order as the packer works on it. The address stays where the label is drawn."""

    order: str
    revision: int
    slips: tuple[str, ...]
    lines: tuple[LineFacts, ...]
    tracking_numbers: tuple[str, ...]
    notes: tuple[str, ...] = ()
    to_acknowledge: tuple[str, ...] = ()
    goods: str = ""
    """What is in its parcels, as grants name it."""
    content: str = ""
    """Of its instruction, likewise; empty where the desk does not say it."""

    def is_of(self, grant: GrantReference) -> bool:
        """Whether a grant of its revision is for its label. Where two publishers used one number, a desk from an old
        copy may have taken the other one's content."""
        same_content = not self.content or grant.content in ("", self.content)
        return same_content and grant.tracking_numbers == self.tracking_numbers


class Counting(Enum):
    """What an item scan came to."""

    COUNTED = auto()
    ONE_TOO_MANY = auto()
    NOT_IN_ORDER = auto()


@dataclass(frozen=True, slots=True)
class Packed:
    """How far the packer is with an order, and what stands in the way of its label."""

    order: OrderFacts
    counts: tuple[int, ...]
    units: tuple[Unit, ...] = ()
    """What the codes of counted units said, where their line asks for it."""
    shipped_serials: frozenset[tuple[str, str]] = frozenset()
    """Articles and serial numbers that went out before, as the desk said here: a supervisor may answer for these."""
    reprint: int = 0
    """0 for the first label, else the number that it is marked with."""
    acknowledged: int = 0
    holds: tuple[Hold, ...] = field(default=())
    """All that are known on this order, active and released."""
    drawn: tuple[int, int] | None = None
    """The revision and reprint number that the labels at hand are drawn with."""
    impossible: str = ""
    """Why the labels of this revision cannot be drawn: the field's name and the reason."""
    ask_after: float = 0.0
    """Not asked again before this moment, after a refusal that another try may mend."""
    unscanned: int = 0
    """Units that a supervisor let pass without a scan."""
    supervisor: str = ""
    """Who answers for it: a reprint, a print without permission, a unit without a scan."""
    closed: bool = False
    """The parcel is packed already: it gets another label, and no item is scanned."""
    relabelled: bool = False
    """On the parcel is a label that is void: this one takes its place."""

    @property
    def complete(self) -> bool:
        """Every unit is scanned. A closed parcel needs none."""
        return all(count == line.quantity for count, line in zip(self.counts, self.order.lines, strict=True))

    @property
    def noted(self) -> bool:
        """Every note that has to be acknowledged is."""
        return self.acknowledged >= len(self.order.to_acknowledge)

    @property
    def active_holds(self) -> tuple[Hold, ...]:
        """The holds that keep this order from being printed."""
        return tuple(hold for hold in self.holds if hold.state == "active")

    @property
    def label_at_hand(self) -> bool:
        """Nothing is left to be drawn after the match."""
        return self.drawn == (self.order.revision, self.reprint)

    def with_hold(self, hold: Hold) -> "Packed":
        """With a hold as it stands now. Released is final, whichever message came last."""
        standing = next((other for other in self.holds if other.hold == hold.hold), None)
        if standing is not None and standing.state == "released":
            return self
        others = tuple(other for other in self.holds if other.hold != hold.hold)
        return replace(self, holds=(*others, hold))

    @property
    def open_lines(self) -> tuple[int, ...]:
        """The lines, by index, that lack units."""
        return tuple(index for index in range(len(self.counts)) if self.lacks(index))

    def lacks(self, index: int) -> int:
        """Units that are still to be counted on a line."""
        return self.order.lines[index].quantity - self.counts[index]

    def lines_of(self, item: str) -> tuple[int, ...]:
        """The lines, by index, that an item counts on."""
        return tuple(index for index, line in enumerate(self.order.lines) if item in line.codes)

    def count(self, item: str, units: int = 1) -> tuple["Packed", Counting]:
        """Count units, on the first lines that have room for them: all, or none."""
        lines = self.lines_of(item)
        if not lines:
            return self, Counting.NOT_IN_ORDER
        counts = list(self.counts)
        for index in lines:
            taken = min(units, self.lacks(index))
            counts[index] += taken
            units -= taken
        if units:
            return self, Counting.ONE_TOO_MANY
        return replace(self, counts=tuple(counts)), Counting.COUNTED

    def without_scan(self, index: int, supervisor: str) -> "Packed":
        """With one more unit of a line, which a supervisor answers for."""
        counts = (*self.counts[:index], self.counts[index] + 1, *self.counts[index + 1 :])
        return replace(self, counts=counts, unscanned=self.unscanned + 1, supervisor=supervisor)

    def without(self, unit: Unit) -> "Packed":
        """With one unit taken out of the box again."""
        place = unit.line
        counts = (*self.counts[:place], self.counts[place] - 1, *self.counts[place + 1 :])
        return replace(self, counts=counts, units=tuple(other for other in self.units if other != unit))

    def revised(self, order: OrderFacts) -> "Packed":
        """With a new revision. Scans stand as long as the lines do, and a parcel is closed as long as its goods are the
        same; what has to be acknowledged is asked anew."""
        still_closed = self.closed and order.goods == self.order.goods
        same_lines = not self.closed and self._asks_the_same(order)
        same_notes = order.to_acknowledge == self.order.to_acknowledge
        return replace(
            self,
            order=order,
            counts=self.counts if same_lines else _counts(order, closed=still_closed),
            closed=still_closed,
            units=self.units if same_lines else (),
            acknowledged=self.acknowledged if same_notes else 0,
            impossible="",
            ask_after=0.0,
            unscanned=self.unscanned if same_lines else 0,
            supervisor=self.supervisor if same_lines or not self.unscanned else "",
        )

    def _asks_the_same(self, order: OrderFacts) -> bool:
        return [line.asks for line in order.lines] == [line.asks for line in self.order.lines] and all(
            not unit.expiry or unit.expiry >= order.lines[unit.line].expires_from for unit in self.units
        )


def begun(order: OrderFacts, *, reprint: int, closed: bool, relabelled: bool) -> Packed:
    """An order as it comes onto the bench; ``closed`` and ``relabelled`` as of what is packed.

    What its revision wants acknowledged was, where the label before was of the same revision.
    """
    acknowledged = len(order.to_acknowledge) if closed and not relabelled else 0
    counts = _counts(order, closed=closed)
    return Packed(order, counts, reprint=reprint, acknowledged=acknowledged, closed=closed, relabelled=relabelled)


def _counts(order: OrderFacts, *, closed: bool) -> tuple[int, ...]:
    return tuple(line.quantity if closed else 0 for line in order.lines)
