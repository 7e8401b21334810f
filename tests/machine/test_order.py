"""A real order on a real kernel: units under systemd, a serial scanner, an emulated printer."""

from pathlib import Path

import pytest

from tests.machine.qemu import SLOW, Images
from tests.machine.site import Site

pytestmark = [pytest.mark.full, pytest.mark.machine, pytest.mark.timeout(3600)]


def test_a_station_under_systemd_packs_an_order_and_its_label_comes_out(images: Images, short_folder: Path) -> None:
    with Site(images, short_folder, seed=1) as site:
        site.power_on()
        site.wait_until_ready()
        machine = site.machine
        assert machine is not None
        for unit in ("packing-station", "packing-desk"):
            machine.wait_for(f"systemctl is-active --quiet {unit}", 30 * SLOW)
        assert machine.run("systemctl show packing-station -p StatusText --value")
        site.stock(1)
        site.work_off()
        assert site.judged() == []
        assert len(site.bench.paper.sheets()) >= 1
        assert machine.run("systemctl show packing-station packing-desk -p NRestarts --value").split() == ["0", "0"]
