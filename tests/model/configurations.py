"""Which faults are tried together, within which bounds. Each configuration is exhaustive for its own."""

from collections.abc import Mapping
from dataclasses import dataclass

HOLD_A, HOLD_B, REVISION_2 = 1, 2, 4
"""What the contact center may say: ``ASKED`` in the model. A is released in the end, B is not."""
NOTHING = 0


@dataclass(frozen=True)
class Configuration:
    """Bounds of the model, by their names there."""

    name: str
    bounds: Mapping[str, int]
    is_long: bool = False

    @property
    def bound(self) -> str:
        """For people."""
        return " ".join(f"{name}={value}" for name, value in self.bounds.items())


def _short(name: str, asked: int, **bounds: int) -> Configuration:
    return Configuration(name, {"ASKED": asked, **bounds})


def _long(name: str, asked: int, **bounds: int) -> Configuration:
    return Configuration(name, {"ASKED": asked, **bounds}, is_long=True)


CONFIGURATIONS = (
    _short("a hold that is released", HOLD_A),
    _short("a new revision, and the printer fails", REVISION_2, JAMS=1),
    _short("a hold, and the printer fails", HOLD_B, JAMS=1),
    _short("a station does not wait, and the printer fails", NOTHING, GIVE_UPS=1, JAMS=1),
    _short("a packer puts the order back", NOTHING, SCANS_0=2, CANCELS=1),
    _short("another label is asked for", NOTHING, SCANS_0=2, REPRINTS=1),
    _short("take-over", HOLD_B, SCANS_1=1, TAKE_OVERS=1),
    _short("supervisor's key", HOLD_B, KEYS=1, RECONNECTS=1),
    _short("a station crashes", NOTHING, CRASHES=1, LATE_HELLOS=1),
    _short("a station crashes and does not come back", NOTHING, CRASHES=1, RESOLVES=1),
    _short("journal lost", NOTHING, CRASHES=1, JOURNALS_LOST=1),
    _short("the desk crashes", NOTHING, DESK_CRASHES=1),
    _short("desk restored", NOTHING, RESTORES=1),
    _long("both holds and a revision", HOLD_A | HOLD_B | REVISION_2),
    _long("a hold, and a station crashes", HOLD_B, CRASHES=1, JAMS=1),
    _long("a station crashes, its hello is late, and the printer fails", NOTHING, CRASHES=1, JAMS=1, LATE_HELLOS=1),
    _long("a hold, and a journal is lost", HOLD_B, CRASHES=1, JOURNALS_LOST=1),
    _long("the desk crashes, and the printer fails", NOTHING, DESK_CRASHES=1, JAMS=1),
    _long("a hold, and the desk crashes", HOLD_B, DESK_CRASHES=1),
    _long("supervisor's key, and a station crashes", NOTHING, KEYS=1, RECONNECTS=1, CRASHES=1),
    _long("desk restored, with two stations", NOTHING, RESTORES=1, SCANS_1=1),
    _long("desk restored, with a hold", HOLD_B, RESTORES=1),
    _long("desk restored, with a revision", REVISION_2, RESTORES=1),
    _long("desk restored, and the printer fails", NOTHING, RESTORES=1, JAMS=1),
)
