"""desk.toml: the configuration of the desk."""

from typing import Annotated

import msgspec

from station.config.broker import Broker, Section, Site, SocketPath
from station.config.encryption import Encryption
from station.config.label import LabelConfig
from station.config.metrics import Metrics
from station.protocol.codec import Identifier


class Keep(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How long the desk keeps what."""

    personal_data_days: Annotated[int, msgspec.Meta(ge=0, le=365)] = 7
    """After the shipment, names and addresses are dropped. Until then a label can be printed again."""
    orders_days: Annotated[int, msgspec.Meta(ge=7, le=3650)] = 90
    """After the last change, the order goes with its history."""


class RecallConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Calling a label back to its bench, after the print."""

    at_bench_s: Annotated[int, msgspec.Meta(ge=0, le=86_400)] = 900
    """So long after the print, and until another order is opened there, a parcel may still be at its bench: a hold or a
    newer revision calls it back. 0: none is called back."""
    answer_s: Annotated[int, msgspec.Meta(ge=5, le=3600)] = 120
    """So long the bench has to find it; then the hold is answered: too late."""


class DeskConfig(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk of a site."""

    site: Site
    database: Annotated[str, msgspec.Meta(min_length=1)]
    """The SQLite file of orders, holds, grants and shipments."""
    stations: Annotated[tuple[Identifier, ...], msgspec.Meta(min_length=1, max_length=500)]
    """The roster: a restored desk waits for each of them, or for a person's word."""
    supervisors: tuple[Identifier, ...] = ()
    """Clients whose word settles what a station cannot (``station resolve``)."""
    broker: Broker = Broker()
    keep: Keep = Keep()
    encryption: Encryption | None = None
    recall: RecallConfig = RecallConfig()
    metrics: Metrics | None = None
    label: LabelConfig | None = None
    """As the stations print it: an instruction that cannot be printed is refused when it arrives."""
    status_socket: SocketPath | None = None
    """A Unix socket on which it is said what the desk does now, for `station status` and `station doctor`."""
