"""The labels of one grant, as they lie on paper."""

from dataclasses import dataclass, field

from station.protocol.unit import Unit


@dataclass(eq=False)
class LabelSet:
    """The labels of one grant, as far as they are on paper."""

    station: str
    grant: str
    order: str
    revision: int
    reprint: int
    tracking_numbers: tuple[str, ...]
    """Of the whole set, as granted."""
    units: tuple[Unit, ...] = ()
    """What the codes of the packed units said, when the set went to the printer."""
    closed: bool = False
    """The station has it that the parcel is packed already: nothing is scanned into it for this label."""
    out: int = 0
    """Labels of the set that came out."""
    destroyed: bool = False
    void: bool = False
    """The desk has it that this set was scanned to void it."""
    scanned: set[str] = field(default_factory=set)
    """Those of its tracking numbers that a person scanned to void them."""

    @property
    def came_out(self) -> bool:
        """The whole set came out."""
        return self.out == len(self.tracking_numbers) and not self.destroyed

    @property
    def whole(self) -> bool:
        """The whole set lies there, and counts."""
        return self.came_out and not self.void

    @property
    def all_scanned(self) -> bool:
        """Every label of it was scanned to void it: the desk may have that, or hear of it any moment."""
        return self.scanned >= {*self.tracking_numbers}

    def goes_with(self, void: "LabelSet") -> bool:
        """Whether it does not count any more once that one is void: it has its numbers, and came no later."""
        is_same = not {*void.tracking_numbers}.isdisjoint(self.tracking_numbers)
        return is_same and self.reprint <= void.reprint

    @property
    def alone(self) -> bool:
        """Printed without permission, by the supervisor's key."""
        return is_alone(self.grant)


def is_alone(grant: str) -> bool:
    """Whether no desk gave this permission."""
    return ".alone" in grant
