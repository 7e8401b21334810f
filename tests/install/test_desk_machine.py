"""The desk on a real Debian with systemd and without a network: installed, backed up by its timer, put back, purged.

Each test begins where the one before it left the machine.
"""

import shutil
from collections.abc import Iterator

import pytest

from tests.install import site
from tests.install.bundles import variant
from tests.install.machine import Machine, why_not
from tests.system.processes import wait_for

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

UNITS = (
    "packing-desk.service packing-desk-down.service packing-desk-down.timer"
    " packing-desk-backup.service packing-desk-backup.timer"
)
BACKUPS = "/var/backups/packing-desk"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("machine")
    with Machine(folder, "packing-desk") as running:
        shutil.copytree(variant(folder / "bundle"), running.path / "srv/bundle")
        shutil.copytree(site.keys_of("desk", folder / "keys"), running.path / "srv/keys")
        (running.path / "srv/desk.toml").write_text(site.desk_toml())
        yield running


def status(machine: Machine) -> str:
    return machine.does("systemctl show packing-desk --property=StatusText --value")


def last_words(machine: Machine) -> str:
    return machine.does("journalctl --unit packing-desk --lines 20 --output=cat")


def test_the_desk_is_installed_without_a_network_and_ready_without_a_broker(machine: Machine) -> None:
    machine.does("/srv/bundle/scripts/install --role desk --config /srv/desk.toml --keys /srv/keys", 600)
    assert machine.does("systemctl is-active packing-desk packing-desk-backup.timer") == "active\nactive"
    assert "broker" in status(machine)
    assert machine.does(f"systemd-analyze verify {UNITS}") == ""
    assert machine.does("systemctl show --property=NeedDaemonReload --value packing-desk") == "no"


def test_every_module_was_compiled_at_the_installation_for_nothing_may_write_there_later(machine: Machine) -> None:
    packages = "/opt/packing-station/current/.venv/lib/python3*/site-packages"
    sources = machine.does(f"find {packages} -name '*.py' -path '*/station/*' | wc -l")
    compiled = machine.does(f"find {packages} -name '*.pyc' -path '*/station/*' | wc -l")
    assert int(sources) == int(compiled) > 100


def test_the_timers_unit_copies_the_database_of_the_running_desk_and_the_doctor_sees_it(machine: Machine) -> None:
    doctor = "station doctor --config /etc/packing-station/desk.toml --only backup"
    assert "backup-none" in machine.asks(f"{doctor} --json").stdout
    machine.does("systemctl start packing-desk-backup")
    copy = machine.does(f"ls {BACKUPS}/desk-??.db")
    assert machine.does(f"stat -c %a:%U {copy} {BACKUPS}") == "600:packing-desk\n700:packing-desk"
    assert "checked, of /var/lib/packing-desk/desk.db" in machine.does(
        "journalctl --unit packing-desk-backup --output=cat"
    )
    assert "1 copies, the newest 0 minutes old" in machine.does(doctor)


def test_a_copy_of_the_timer_is_put_back_as_the_page_says(machine: Machine) -> None:
    machine.does("systemctl stop packing-desk")
    assert machine.tries("systemctl is-active packing-desk-backup.timer") != 0
    machine.does(f"station restore {BACKUPS}/desk-??.db --config /etc/packing-station/desk.toml")
    machine.does("systemctl start packing-desk")
    wait_for("the journal says so", lambda: "this database is a restored copy" in last_words(machine), 20)
    assert "have said what they know: station-1, station-2" in last_words(machine)


def test_uninstalled_the_copies_stay_and_purged_they_go(machine: Machine) -> None:
    said = machine.does("/srv/bundle/scripts/uninstall")
    assert f"kept: /etc/packing-station, /var/lib/packing-desk, {BACKUPS}" in said
    machine.does(f"ls {BACKUPS}/desk-??.db")
    machine.does("/srv/bundle/scripts/uninstall --purge")
    ours = "find / -xdev -name '*packing*' -not -path '/srv/*' -not -path '/var/log/*' -not -path '/proc/*'"
    left = machine.does(f"{ours} -not -path '/var/lib/systemd/*'")
    assert left == ""
    assert machine.does("systemctl --failed --no-legend") == ""
