import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest


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
