"""Which database a configuration file is about."""

from pathlib import Path

from station.config.desk import DeskConfig
from station.config.reading import ConfigError
from station.config.station import StationConfig


def database_of(config: StationConfig | DeskConfig) -> Path:
    """Its file. Raises ConfigError where that is not there."""
    path = Path(config.database if isinstance(config, DeskConfig) else config.journal)
    if not path.exists():
        raise ConfigError(f"{path} does not exist: has the program of this configuration ever been started?")
    return path
