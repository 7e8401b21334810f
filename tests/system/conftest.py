"""What every test of the system lane stands on: a folder, and a broker."""

import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.system.brokers import BACKPORTED, BROKERS, BrokerKind


@pytest.fixture
def short_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder whose name is short enough for a Unix socket in it; kept where the test fails."""
    folder = Path(tempfile.mkdtemp(prefix="packing-"))
    failed_before = request.session.testsfailed
    yield folder
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)


@pytest.fixture(scope="module")
def module_folder() -> Iterator[Path]:
    """The same for all tests of a file."""
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
