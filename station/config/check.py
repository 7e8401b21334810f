"""``station check-config``: reads a file as the program would, and says what is wrong, before anything is started."""

import argparse
import sys
from pathlib import Path

from station.config.contact import ContactConfig
from station.config.desk import DeskConfig
from station.config.label import LabelConfig
from station.config.reading import ConfigError, read_config
from station.config.station import StationConfig

KINDS: dict[str, type[StationConfig] | type[DeskConfig] | type[ContactConfig]] = {
    "station": StationConfig,
    "desk": DeskConfig,
    "contact": ContactConfig,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The file, and whose it is."""
    file = parser.add_mutually_exclusive_group(required=True)
    file.add_argument("file", type=Path, metavar="FILE", nargs="?", help="station.toml, desk.toml or contact.toml")
    file.add_argument("--config", type=Path, metavar="FILE", help="the same, as the other commands have it")
    parser.add_argument("--as", dest="kind", choices=KINDS, help="whose file it is (default: by its name)")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0 for a file that its program takes, 1 for one that it does not."""
    file: Path = arguments.file or arguments.config
    kind = arguments.kind or file.stem
    if kind not in KINDS:
        print(f"{file}: whose file is this? Say --as station, desk or contact", file=sys.stderr)
        return 2
    try:
        config = read_config(file, KINDS[kind])
        if not isinstance(config, ContactConfig) and config.label is not None:
            check_label(config.label)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 1
    print(f"{file}: good for {kind}")
    return 0


def check_label(label: LabelConfig) -> None:
    """The files that it names; raises ConfigError. Without the font: that one may be on another machine."""
    from station.label.configured import configured_layouts, configured_merchants

    configured_layouts(label)
    configured_merchants(label)
