"""The guest that `scripts/virtual-station` built."""

import os
import tempfile
from pathlib import Path

import pytest

from tests.machine.qemu import Images, keep_installed


@pytest.fixture(scope="session")
def images() -> Images:
    """The guest, and the state in which it had booted and the station was installed."""
    built = os.environ.get("VIRTUAL_STATION")
    if built is None:
        pytest.skip("no virtual machine is built: scripts/virtual-station test builds one, and runs these")
    found = Images(Path(built))
    with tempfile.TemporaryDirectory(prefix="machine-", dir=built) as beside:
        kept = keep_installed(found, Path(beside))
    if kept is not None:
        print(f"booted in {kept.boot_s:.0f} s; scripts/install took {kept.install_s:.0f} s:\n{kept.said}")
    return found
