"""Which database a configuration file is about."""

import tomllib
from pathlib import Path

from station.config.desk import DeskConfig
from station.config.reading import ConfigError, read_config
from station.config.station import StationConfig


def read_either(config: Path) -> StationConfig | DeskConfig:
    """A station's configuration or the desk's, whichever the file is. Raises ConfigError."""
    try:
        is_desk = "database" in tomllib.loads(config.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{config}: cannot be read: {error}") from error
    return read_config(config, DeskConfig) if is_desk else read_config(config, StationConfig)


def database_of(config: StationConfig | DeskConfig) -> Path:
    """Its file. Raises ConfigError where that is not there."""
    path = Path(config.database if isinstance(config, DeskConfig) else config.journal)
    if not path.exists():
        raise ConfigError(f"{path} does not exist: has the program of this configuration ever been started?")
    return path
