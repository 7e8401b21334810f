"""Real device nodes: a keyboard that the kernel makes, and GPIO lines read back from outside."""

from collections.abc import Callable, Iterator

import msgspec
import pytest

from station.bench.core.screen import Screen
from station.protocol.instruction import Instruction, Line
from tests.machine.qemu import SLOW, Images, Machine
from tests.machine.site import Site
from tests.system.goods import SHELF

pytestmark = [pytest.mark.full, pytest.mark.machine, pytest.mark.timeout(3600)]

RED, AMBER, GREEN, CANCEL = 17, 27, 22, 24
LINES = "/sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio"

_DEVICES = f"""
[panel]
chip = 0
red = {RED}
amber = {AMBER}
green = {GREEN}
buzzer = 23
cancel_button = {CANCEL}

[[scanners]]
kind = "hid"
name = "keyboard"
device = "05e0:1200"
gap_ms = 2000

"""

_PLUG = """set -e
chip=/sys/kernel/config/gpio-sim/header
mkdir -p $chip/bank0
echo 28 >$chip/bank0/num_lines
echo pinctrl-bcm2711 >$chip/bank0/label
echo 1 >$chip/live
for line in 24 25; do echo pull-up >/sys/devices/platform/gpio-sim.0/gpiochip0/sim_gpio$line/pull; done
install -d /etc/systemd/system/packing-station.service.d
{ cat /proc/cpuinfo; printf 'Revision\\t: c03115\\n'; } >/etc/cpuinfo
printf '[Service]\\nBindReadOnlyPaths=/etc/cpuinfo:/proc/cpuinfo\\n' \
  >/etc/systemd/system/packing-station.service.d/raspberry-pi-4.conf
systemctl daemon-reload
"""
"""A header of 28 lines, its inputs open; and gpiozero takes this for a Pi 4."""
_PYTHON = "/opt/packing-station/current/.venv/bin/python"
_KEYBOARD = f"systemd-run -q --unit=keyboard {_PYTHON} /opt/guest/keyboard.py /run/keyboard"


@pytest.fixture(scope="module")
def site(images: Images, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A bench with a panel and a keyboard, ready."""
    with Site(images, tmp_path_factory.mktemp("d"), seed=3, devices=_DEVICES, before_start=_PLUG + _KEYBOARD) as found:
        found.packer.resting = True  # or it would put back an order that another one opened
        found.power_on()
        found.wait_until_ready()
        yield found


def _machine(site: Site) -> Machine:
    assert site.machine is not None
    return site.machine


def _order(site: Site) -> Instruction:
    """One of two lines, a unit each, known at the desk; no packer takes it."""
    drawn = site.merchant.order()
    lines = tuple(Line(codes=(code,), name=name, quantity=1) for name, code in list(SHELF.items())[:2])
    order = msgspec.structs.replace(drawn, lines=lines, packer_notes=())
    site.contact.wait_until_settled([site.contact.ship(order)], 30 * SLOW)
    return order


def _has_counted(units: int) -> Callable[[Screen], bool]:
    return lambda screen: screen.session != "packing" or sum(line.counted for line in screen.lines) >= units


def _lit(machine: Machine) -> set[str]:
    names = {"red": RED, "amber": AMBER, "green": GREEN}
    return {name for name, line in names.items() if machine.run(f"cat {LINES}{line}/value") == "1"}


def _type(machine: Machine, code: str) -> None:
    machine.run(f"echo {code} >/run/keyboard", 30 * SLOW)


def test_a_keyboard_scans_a_whole_order(site: Site) -> None:
    machine, see = _machine(site), site.bench.view.wait_for
    order = _order(site)
    _type(machine, order.slips[0])
    see("the order is open", lambda screen: screen.session == "packing", 30 * SLOW)
    for number, line in enumerate(order.lines, start=1):
        _type(machine, line.codes[0])
        see(f"{number} counted", _has_counted(number), 30 * SLOW)
    see("printed", lambda screen: screen.notice == "printed" and not screen.unsent, 60 * SLOW)
    assert [sheet.label.name.order for sheet in site.bench.paper.sheets() if sheet.label] == [order.order]


def test_lamps_show_the_tone_of_the_screen_and_the_button_puts_an_order_back(site: Site) -> None:
    machine, see = _machine(site), site.bench.view.wait_for
    machine.wait_for(f"grep -q 1 {LINES}{GREEN}/value", 30 * SLOW)
    assert _lit(machine) == {"green"}
    _type(machine, _order(site).slips[0])
    see("the order is open", lambda screen: screen.session == "packing", 30 * SLOW)
    _type(machine, "4909999999994")
    see("a wrong item", lambda screen: screen.tone == "stop", 30 * SLOW)
    machine.wait_for(f"grep -q 1 {LINES}{RED}/value", 30 * SLOW)
    assert _lit(machine) == {"red"}
    machine.run(f"echo pull-down >{LINES}{CANCEL}/pull")
    see("the order is put back", lambda screen: screen.session == "idle", 30 * SLOW)
    machine.run(f"echo pull-up >{LINES}{CANCEL}/pull")


def test_a_keyboard_that_is_unplugged_is_missed_and_comes_back_by_itself(site: Site) -> None:
    machine, see = _machine(site), site.bench.view.wait_for
    machine.run("systemctl stop keyboard")
    see("it is missed", lambda screen: screen.scanners_down == ("keyboard",), 30 * SLOW)
    machine.run(_KEYBOARD)
    see("it is back", lambda screen: not screen.scanners_down, 30 * SLOW)
