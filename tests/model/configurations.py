"""Which faults are tried together, within which bounds. Each configuration is exhaustive for its own."""

from collections.abc import Mapping
from dataclasses import dataclass

HOLD_A, HOLD_B, REVISION_2 = 1, 2, 4


@dataclass(frozen=True)
class Configuration:
    """Bounds of the model, by their names there."""

    name: str
    bounds: Mapping[str, int]
    is_long: bool = False


def _short(name: str, **bounds: int) -> Configuration:
    return Configuration(name, {"STEPS": 11, "RECORDS": 5, **bounds})


def _long(name: str, **bounds: int) -> Configuration:
    return Configuration(name, {"STEPS": 13, "RECORDS": 7, **bounds}, is_long=True)


CONFIGURATIONS = (
    _short("take-over", SCANS_1=1, TAKE_OVERS=1, ASKED=HOLD_B),
    _short("station crashes", CRASHES=1, RESOLVES=1, ASKED=HOLD_B),
    _short("journal lost", CRASHES=1, JOURNALS_LOST=1, ASKED=HOLD_B),
    _short("desk crashes", DESK_CRASHES=1, ASKED=HOLD_B),
    _short("printer fails", JAMS=1, ASKED=HOLD_B),
    _short("supervisor's key", KEYS=1, RECONNECTS=1, ASKED=HOLD_B),
    _long("holds and revision", GIVE_UPS=1),
    _long("desk restored", RESTORES=1, ASKED=HOLD_B),
)
