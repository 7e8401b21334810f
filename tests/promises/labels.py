"""The labels of one grant, as they lie on paper."""

from dataclasses import dataclass

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
    out: int = 0
    """Labels of the set that came out."""
    destroyed: bool = False

    @property
    def whole(self) -> bool:
        """The whole set lies there."""
        return self.out == len(self.tracking_numbers) and not self.destroyed

    @property
    def alone(self) -> bool:
        """Printed without permission, by the supervisor's key."""
        return is_alone(self.grant)


def is_alone(grant: str) -> bool:
    """Whether no desk gave this permission."""
    return ".alone" in grant
