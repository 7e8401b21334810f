"""What stands still is ended: a daemon by systemd's watchdog, the machine by its own."""

from pathlib import Path

import pytest

from tests.machine.qemu import SLOW, Images, Machine
from tests.machine.site import Site

pytestmark = [pytest.mark.full, pytest.mark.machine, pytest.mark.timeout(3600)]


@pytest.mark.parametrize("unit", ["packing-station", "packing-desk"])
def test_a_daemon_that_stands_still_is_ended_and_started_again(images: Images, short_folder: Path, unit: str) -> None:
    with Site(images, short_folder, seed=2) as site:
        site.power_on()
        site.wait_until_ready()
        machine = site.machine
        assert machine is not None
        pid = machine.run(f"systemctl show {unit} -p MainPID --value")
        machine.run(f"kill -STOP {pid}")
        machine.wait_for(f'[ "$(systemctl show {unit} -p NRestarts --value)" = 1 ]', 60 * SLOW)
        said = machine.run(f"journalctl -b -u {unit} -o cat --no-pager")
        assert "Watchdog timeout" in said
        assert "is down" not in machine.run(f"journalctl -b _SYSTEMD_UNIT={unit}-down.service -o cat --no-pager")
        site.stock(1)
        site.work_off()
        assert site.judged() == []


def test_a_machine_whose_kernel_stands_still_is_reset_by_its_watchdog(images: Images, short_folder: Path) -> None:
    with Machine(images, short_folder, images.resumed()) as machine:
        machine.run("modprobe i6300esb && systemctl daemon-reexec", 60 * SLOW)  # in place of a boot
        machine.wait_for("journalctl -b --no-pager | grep -q 'Using hardware watchdog'", 30 * SLOW)
        machine.tell("echo 0 >/proc/sys/kernel/panic; echo c >/proc/sysrq-trigger")
        machine.wait(60 * SLOW)  # -no-reboot: QEMU ends where the machine would start again
