"""A spare machine takes over a bench: the commands of docs/data.md as they stand there, on a Debian with systemd."""

import re
import shutil
import time
from collections.abc import Iterator

import pytest

from tests.install import site
from tests.install.bundles import REPOSITORY, variant
from tests.install.machine import Machine, why_not

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

CHAPTER = re.compile(r"^## A spare Pi in five minutes\n(.*?)(?=^## |\Z)", re.MULTILINE | re.DOTALL)


@pytest.fixture
def spare(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """The programs installed, the unit enabled; no station.toml, no keys; off."""
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("spare")
    with Machine(folder, "spare") as running:
        shutil.copytree(variant(folder / "bundle"), running.path / "srv/bundle")
        running.does("/srv/bundle/scripts/install --role station", 600)
        running.does("rm -r /srv/bundle /etc/packing-station/station.toml")
        site.keys_of("station-1", folder / "keys")
        running.power_off()
        yield running


def test_a_spare_with_the_keys_and_the_file_of_a_station_is_ready_within_minutes(spare: Machine) -> None:
    chapter = CHAPTER.search((REPOSITORY / "docs/data.md").read_text())
    assert chapter is not None
    commands = re.findall(r"^ *```sh\n(.*?)^ *```", chapter[1], re.MULTILINE | re.DOTALL)
    assert len(commands) == 1
    began_s = time.monotonic()
    spare.boot()
    shutil.copytree(spare.path.parent / "keys/clients/station-1", spare.path / "srv/station-1")
    (spare.path / "srv/station-1.toml").write_text(site.station_toml())
    as_root = 'sudo() { "$@"; }'
    spare.does(f"set -e; export HOME=/srv; {as_root}\n{commands[0]}")
    took_s = time.monotonic() - began_s
    assert spare.does("systemctl is-active packing-station") == "active"
    assert spare.does("stat -c %a:%U /etc/packing-station/keys/station/client.key") == "600:root"
    assert spare.does("ls /srv") == ""
    print(f"from power-on to ready, with these commands: {took_s:.1f} s")
