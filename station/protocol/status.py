"""The retained words of a program about itself. The last will says ``up: false``."""

import msgspec

from station.protocol.codec import Count, Identifier, Instant, Message, decode


class StationStatus(Message, frozen=True, kw_only=True):
    """The truth about one station: "online" is never said of one whose printer is gone."""

    station: Identifier
    up: bool
    boot: str = ""
    ready: bool = False
    """It could pack and print an order now."""
    disk_full: bool = False
    """Its journal's disk: nothing can be decided until there is room again."""
    damaged_journal: str = ""
    """The file name of a damaged journal that was set aside for a new one, until a person takes it away."""
    printer: str = ""
    paper_near_end: bool = False
    scanners: dict[str, bool] = {}
    desk: bool = False
    unsent_records: Count = 0
    in_doubt: Count = 0
    not_scanned_back: Count = 0
    """Labels, or sets, that are on paper and that nobody has scanned on their boxes yet."""
    rejected: dict[str, int] = {}
    """Messages that were refused as invalid, counted by kind."""
    software: str = ""
    since: Instant = ""


class DeskStatus(Message, frozen=True, kw_only=True):
    """The truth about the desk. A new ``epoch`` asks publishers to publish again what is not settled."""

    up: bool
    disk_full: bool = False
    """Its database's disk: it decides nothing until there is room again."""
    database_lost: bool = False
    """Its database is damaged or gone: it decides nothing until a person puts back a backup, or begins with nothing."""
    epoch: str = ""
    incarnation: str = ""
    """New at every start: stations greet the desk again."""
    waits_for: tuple[str, ...] = ()
    rejected: dict[str, int] = {}
    software: str = ""
    since: Instant = ""


_station = msgspec.json.Decoder(StationStatus)
_desk = msgspec.json.Decoder(DeskStatus)


def decode_station_status(payload: bytes) -> StationStatus:
    """A station's status; raises Invalid."""
    return decode(payload, _station)


def decode_desk_status(payload: bytes) -> DeskStatus:
    """The desk's status; raises Invalid."""
    return decode(payload, _desk)
