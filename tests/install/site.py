"""What a site brings to its machines: keys, and files that are edited."""

import subprocess
from pathlib import Path

from tests.install.bundles import REPOSITORY

_NAMES = ("--site", "tokyo-1", "--broker-names", "broker.lan", "--stations", "station-1", "--publishers", "shop")


def keys_of(client: str, folder: Path) -> Path:
    """The directory of its keys, as scripts/make-broker-keys makes them in ``folder``."""
    subprocess.run([REPOSITORY / "scripts/make-broker-keys", "--directory", folder, *_NAMES], check=True)
    return folder / "clients" / client


def station_toml() -> str:
    """As shipped, but for what no container has: GPIO lines."""
    shipped = (REPOSITORY / "firmware_config/station.toml").read_text()
    return shipped.partition("[panel]")[0] + '[label]\nlayout = "80x100"\n'


def desk_toml() -> str:
    """As shipped, and not the example any more."""
    return (REPOSITORY / "firmware_config/desk.toml").read_text() + "\n# Edited.\n"
