"""Whose file it is: a station's or a desk's."""

from pathlib import Path

from station.config.desk import DeskConfig
from station.config.reading import config_of, read_table
from station.config.station import StationConfig

FILES = (Path("/etc/packing-station/station.toml"), Path("/etc/packing-station/desk.toml"))


def read_program(path: Path) -> StationConfig | DeskConfig:
    """Told by the key that only a desk's file has. Raises ConfigError."""
    table = read_table(path)
    return (
        config_of(table, DeskConfig, str(path)) if "database" in table else config_of(table, StationConfig, str(path))
    )


def installed() -> Path:
    """The file of the program that is set up on this machine; the station's, where both are or none is."""
    return next((path for path in FILES if path.exists()), FILES[0])
