"""For all tests."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# A shell that starts the tests in the background has them ignore it, and every program that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """``--timeout`` of the command line is the least that any test gets: under an emulator all take longer."""
    least_s = config.getoption("timeout")
    for item in items:
        own = item.get_closest_marker("timeout")
        if least_s is not None and own is not None and own.args[0] < least_s:
            item.add_marker(pytest.mark.timeout(least_s), append=False)


@pytest.fixture
def short_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder whose name is short enough for a Unix socket in it; kept where the test fails."""
    folder = Path(tempfile.mkdtemp(prefix="packing-"))
    failed_before = request.session.testsfailed
    yield folder
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)
