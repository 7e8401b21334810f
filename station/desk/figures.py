"""What stands at a value at a desk, for `station.telemetry.figures`."""

from collections.abc import Collection, Mapping

from station.telemetry.measures import Gauge


def gauges(up: Mapping[str, bool], roster: Collection[str], waits_for: Collection[str]) -> tuple[Gauge, ...]:
    """Of one moment."""
    return (
        Gauge(
            "packing_station_up",
            "Whether the station says that it is up.",
            {station: float(up.get(station, False)) for station in sorted(roster)},
            "station",
        ),
        Gauge(
            "packing_stations_awaited",
            "Stations that a restored desk waits for before it grants anything.",
            {"": float(len(waits_for))},
        ),
    )
