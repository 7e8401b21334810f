"""station.toml: the configuration of one packing station."""

import re
from typing import Annotated, Literal

import msgspec

from station.config.badges import Badges
from station.config.broker import Broker, Section, Site, SocketPath
from station.config.label import LabelConfig
from station.config.metrics import Metrics
from station.config.panel import Panel
from station.config.printer import Printer
from station.config.scanners import HidScanner, SerialScanner
from station.protocol.codec import Identifier


class Scanning(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How scans are understood."""

    repeat_window_ms: Annotated[int, msgspec.Meta(ge=0, le=5_000)] = 400
    """The same code from the same scanner within this time is one unit."""
    slip_pattern: Annotated[str, msgspec.Meta(min_length=1, max_length=200)] | None = None
    """A regular expression that every slip's code matches and no item's does. With it a slip that is scanned while
    another order is open is told from a wrong item."""
    packer_required: bool = False
    """No slip is opened before a packer's badge was scanned."""
    quantity_card: bool = True
    """Whether several units may be counted with one scan, by the card `PS-QTY` and number cards."""
    card_wait_s: Annotated[float, msgspec.Meta(ge=5, le=120)] = 20.0
    """How long a card waits for what has to be scanned after it."""

    def __post_init__(self) -> None:
        """The pattern has to be one."""
        try:
            re.compile(self.slip_pattern or "")
        except re.error as error:
            raise ValueError(f"slip_pattern is no regular expression: {error}") from error


class Printing(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """When a label may come out."""

    grant_wait_ms: Annotated[int, msgspec.Meta(ge=500, le=30_000)] = 3_000
    """A permission that comes later is given back; the packer is told, and it is asked for again."""
    without_permission: Literal["stop", "supervisor"] = "stop"
    """With the desk away nothing prints, or a supervisor's key or badge lets the open order print, on the record."""
    scan_back: Literal["always", "in_doubt", "never"] = "in_doubt"
    """When a label that came out is scanned (送り状検品): each, on its box, before the next slip; only where nobody
    knows whether it came out; or never, then cards say whether it did."""


class Keep(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the station's journal keeps what is settled."""

    journal_days: Annotated[int, msgspec.Meta(ge=1, le=3650)] = 30
    """Audit trail, recorded decisions, settled grants, kept records and holds go after this time."""


class StationConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One station."""

    site: Site
    station: Identifier
    """Its name at the desk, and its client id and certificate's name at the broker."""
    journal: Annotated[str, msgspec.Meta(min_length=1)]
    """The SQLite file of grants, records, holds, the audit trail, and what `station replay` needs."""
    printer: Printer
    scanners: Annotated[tuple[SerialScanner | HidScanner, ...], msgspec.Meta(min_length=1, max_length=8)]
    broker: Broker = Broker()
    panel: Panel | None = None
    label: LabelConfig = LabelConfig()
    scanning: Scanning = Scanning()
    badges: Badges | None = None
    printing: Printing = Printing()
    keep: Keep = Keep()
    metrics: Metrics | None = None
    screen_socket: SocketPath | None = None
    """A Unix socket on which the screen is published, a line of JSON a change."""
    status_socket: SocketPath | None = None
    """A Unix socket on which it is said what the station does now, for `station status` and `station doctor`."""

    def __post_init__(self) -> None:
        """Scanners are told apart by name."""
        names = [scanner.name for scanner in self.scanners]
        if len(set(names)) != len(names):
            raise ValueError(f"two scanners have one name among {', '.join(names)}: give each its own")
