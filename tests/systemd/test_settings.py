"""Settings of systemd's own programs: each key is one that the program knows, for a misspelt one is passed over."""

from configparser import ConfigParser
from pathlib import Path

import pytest

SYSTEMD = Path(__file__).parents[2] / "systemd"


@pytest.mark.parametrize(("folder", "program"), [("journald.conf.d", "journald"), ("timesyncd.conf.d", "timesyncd")])
def test_the_program_knows_every_key(folder: str, program: str) -> None:
    """Its table of keys stands in it, as Section.Key."""
    binary = Path(f"/lib/systemd/systemd-{program}")
    if not binary.exists():
        pytest.skip(f"systemd-{program} is not installed")
    settings = ConfigParser(strict=True, interpolation=None)
    settings.optionxform = str  # type: ignore[assignment,method-assign]
    assert settings.read(SYSTEMD / folder / "packing-station.conf")
    keys = [f"{section}.{key}" for section in settings.sections() for key in settings[section]]
    assert len(keys) >= 3
    assert [key for key in keys if key.encode() not in binary.read_bytes()] == []
