"""For all tests."""

import shutil
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

# A shell that starts the tests in the background has them ignore it, and every program that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture
def short_folder(request: pytest.FixtureRequest) -> Iterator[Path]:
    """A folder whose name is short enough for a Unix socket in it; kept where the test fails."""
    folder = Path(tempfile.mkdtemp(prefix="packing-"))
    failed_before = request.session.testsfailed
    yield folder
    if request.session.testsfailed == failed_before:
        shutil.rmtree(folder)
