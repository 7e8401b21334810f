"""What every test of the system lane stands on: a folder, and a broker."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.brokers import BACKPORTED, BROKERS, BrokerKind


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """As ``short_folder``, for all tests of a file."""
    with tempfile.TemporaryDirectory(prefix="packing-") as folder:
        yield Path(folder)


@pytest.fixture(
    params=[name if name == "mosquitto" else pytest.param(name, marks=pytest.mark.full) for name in BROKERS],
    scope="session",
)
def broker(request: pytest.FixtureRequest) -> BrokerKind:
    """Debian's mosquitto; in the long lane every other broker, too."""
    name: str = request.param
    if name == "mosquitto-backported" and not BACKPORTED.exists():
        pytest.skip(f"{BACKPORTED} is not there; scripts/setup full installs it where Debian has one")
    return BROKERS[name]
