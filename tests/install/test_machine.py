"""The installation on a real Debian with systemd and without a network: what scripts/ do there, in the order of a life.

Each test begins where the one before it left the machine: an installation takes a minute.
"""

import json
import shutil
import subprocess
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.install import site
from tests.install.bundles import REPOSITORY, variant
from tests.install.machine import Machine, why_not
from tests.system.processes import wait_for

pytestmark = [pytest.mark.full, pytest.mark.timeout(900)]

UNIT = "packing-station.service"
CURRENT = "readlink /opt/packing-station/current"
INSTALL = "/srv/{}/scripts/install --role station"


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("machine")
    with Machine(folder, "packing") as running:
        _bring(running, "first", variant(folder / "first"))
        _bring(running, "second", variant(folder / "second", _is_another))
        _bring(running, "broken", variant(folder / "broken", _breaks_after_a_migration))
        shutil.copytree(site.keys_of("station-1", folder / "keys"), running.path / "srv/keys")
        (running.path / "srv/station.toml").write_text(site.station_toml())
        yield running


def _bring(machine: Machine, name: str, bundle: Path) -> None:
    shutil.copytree(bundle, machine.path / "srv" / name)


def _is_another(source: Path) -> None:
    with (source / "docs/set-up.md").open("a") as page:
        page.write("\nAnother version.\n")


def _breaks_after_a_migration(source: Path) -> None:
    app = source / "station/bench/app.py"
    broken = (
        "    __import__('sqlite3').connect(config.journal, isolation_level=None).execute('PRAGMA user_version = 99')\n"
    )
    text = app.read_text()
    assert "    rules = _rules(config)\n" in text
    app.write_text(
        text.replace("    rules = _rules(config)\n", f"{broken}    raise AssertionError('broken on purpose')\n", 1)
    )


def version(machine: Machine, name: str) -> str:
    return str(json.loads((machine.path / "srv" / name / "manifest.json").read_text())["version"])


def shown(machine: Machine, key: str) -> str:
    return machine.does(f"systemctl show {UNIT} --property={key} --value")


def test_a_dry_run_changes_nothing(machine: Machine) -> None:
    before = machine.does("find / -xdev -newer /etc/hostname -type f | sort | grep -v -E '^/(var/log|var/lib/systemd)'")
    said = machine.does(f"{INSTALL.format('first')} --config /srv/station.toml --keys /srv/keys --dry-run")
    assert "would write /usr/local/lib/systemd/system/packing-station.service" in said
    after = machine.does("find / -xdev -newer /etc/hostname -type f | sort | grep -v -E '^/(var/log|var/lib/systemd)'")
    assert before == after


def test_from_a_bundle_it_is_installed_without_a_network_and_ready_without_broker_clock_and_devices(
    machine: Machine,
) -> None:
    machine.does(f"{INSTALL.format('first')} --config /srv/station.toml --keys /srv/keys", 600)
    assert machine.does(CURRENT) == version(machine, "first")
    assert shown(machine, "ActiveState") == "active"
    assert "Scanner is not connected" in shown(machine, "StatusText")
    assert machine.does("stat -c %a:%U /etc/packing-station/keys/station/client.key") == "600:root"
    assert machine.does("systemctl is-enabled packing-station") == "enabled"


def test_a_second_run_changes_nothing(machine: Machine) -> None:
    process = shown(machine, "MainPID")
    said = machine.does(f"{INSTALL.format('first')} --config /srv/station.toml --keys /srv/keys")
    assert said == f"version {version(machine, 'first')} is installed: nothing to change"
    assert shown(machine, "MainPID") == process


def test_systemd_takes_every_line_of_the_units_and_finds_them_tight(machine: Machine) -> None:
    units = "packing-station.service packing-station-down.service packing-station-down.timer packing-screen.service"
    assert machine.does(f"systemd-analyze verify {units}") == ""
    for unit in units.split():
        if unit.endswith(".service"):
            machine.does(f"systemd-analyze security --threshold=15 --no-pager {unit}")


def test_a_daemon_that_hangs_is_killed_by_the_watchdog_and_comes_back(machine: Machine) -> None:
    process = shown(machine, "MainPID")
    assert int(process) > 1
    machine.does(f"kill -STOP {process}")
    wait_for("it is another process", lambda: shown(machine, "MainPID") not in (process, "0"), 60)
    wait_for("it is ready", lambda: shown(machine, "ActiveState") == "active", 60)
    assert "watchdog" in machine.does(f"journalctl --unit {UNIT} --grep 'Failed with result' --output=cat")
    assert "is down" not in machine.does("journalctl _SYSTEMD_UNIT=packing-station-down.service --output=cat")


def test_past_its_limit_it_is_down_says_so_and_is_tried_again_until_it_works(machine: Machine) -> None:
    drop_in = machine.path / "run-away.conf"
    drop_in.write_text("[Service]\nRestartSec=100ms\nExecStart=\nExecStart=/bin/false\n")
    machine.does("install -D -m 644 /run-away.conf /etc/systemd/system/packing-station.service.d/run-away.conf")
    machine.does("systemctl daemon-reload; systemctl kill --signal=SIGKILL packing-station")
    wait_for("it is down", lambda: machine.tries("systemctl is-active packing-station-down.service") == 0, 60)
    told = machine.does("journalctl --unit packing-station-down --priority=crit --output=cat")
    assert "the station is down (exit-code, status 1) and is started again every minute" in told
    screen = machine.does("timeout 2 station screen --socket /run/packing-station/screen || true")
    assert "This station is down" in screen
    machine.does("rm /etc/systemd/system/packing-station.service.d/run-away.conf; systemctl daemon-reload")
    wait_for("it works again by itself", lambda: shown(machine, "ActiveState") == "active", 200)
    assert machine.tries("systemctl is-active packing-station-down.service packing-station-down.timer") != 0


def test_an_upgrade_waits_until_no_order_is_open(machine: Machine) -> None:
    shutil.copy(Path(__file__).with_name("stand_in.py"), machine.path / "opt/stand_in.py")
    drop_in = machine.path / "etc/systemd/system/packing-station.service.d/stand-in.conf"
    drop_in.write_text("[Service]\nExecStart=\nExecStart=/usr/bin/python3 /opt/stand_in.py\n")
    machine.does("systemctl daemon-reload; systemctl restart packing-station")
    process = shown(machine, "MainPID")
    too_soon = machine.asks(f"{INSTALL.format('second')} --wait 1", 300)
    assert too_soon.returncode == 1
    assert "an order is still open after 1 s (packing: Scan the items): nothing was stopped" in too_soon.stdout
    assert (shown(machine, "MainPID"), machine.does(CURRENT)) == (process, version(machine, "first"))

    said: list[str] = []
    upgrade = threading.Thread(target=lambda: said.append(machine.does(INSTALL.format("second"))))
    upgrade.start()
    upgrade.join(8.0)
    assert upgrade.is_alive()
    assert shown(machine, "MainPID") == process
    machine.does("touch /run/packing-station/done")
    upgrade.join(120.0)
    assert "waiting until no order is open; the station: packing: Scan the items" in said[0]
    assert machine.does(CURRENT) == version(machine, "second")
    shutil.rmtree(drop_in.parent)
    machine.does("systemctl daemon-reload; systemctl restart packing-station")
    assert shown(machine, "ActiveState") == "active"


def test_a_version_that_does_not_become_ready_is_taken_back_with_its_database(machine: Machine) -> None:
    schema = machine.does(f'python3 -c "{_SCHEMA}"')
    done = machine.asks(INSTALL.format("broken"), 600)
    assert done.returncode == 1
    assert f"the former version {version(machine, 'second')} is back and well" in done.stdout
    assert "broken on purpose" in done.stdout
    assert machine.does(CURRENT) == version(machine, "second")
    assert shown(machine, "ActiveState") == "active"
    assert machine.does(f'python3 -c "{_SCHEMA}"') == schema != "99"
    assert not (machine.path / "var/lib/packing-station/before-upgrade").exists()


_SCHEMA = (
    "import sqlite3; print(sqlite3.connect('/var/lib/packing-station/station.db').execute('PRAGMA user_version')"
    ".fetchone()[0])"
)


def test_the_fleet_sees_it_over_ssh_and_says_what_an_upgrade_would_change(machine: Machine, tmp_path: Path) -> None:
    inventory = _reachable(machine, tmp_path)
    fleet = [str(REPOSITORY / "scripts/fleet")]
    seen = subprocess.run([*fleet, "status", "--inventory", inventory], capture_output=True, text=True, check=False)
    assert seen.returncode == 0, seen.stdout + seen.stderr
    assert version(machine, "second") in seen.stdout
    assert "Scanner is not connected" in seen.stdout
    archive = tmp_path / "bundle.tar.gz"
    subprocess.run(["tar", "-czf", archive, "-C", machine.path / "srv", "first"], check=True)
    words = ["upgrade", "--inventory", inventory, "--bundle", str(archive)]
    dry = subprocess.run([*fleet, *words, "--dry-run"], capture_output=True, text=True, check=False)
    assert f"would switch from {version(machine, 'second')} to {version(machine, 'first')}" in dry.stdout
    done = subprocess.run([*fleet, *words], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert machine.does(CURRENT) == version(machine, "first")
    assert machine.does("ls -d /var/tmp/packing-station-* || true").endswith("No such file or directory")


def _reachable(machine: Machine, folder: Path) -> str:
    """An inventory of this one machine; ssh enters it as it would come from a network."""
    key = folder / "key"
    subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", key], check=True)
    shutil.copy(key.with_suffix(".pub"), machine.path / "srv/authorized_keys")
    machine.does("mkdir -p /run/sshd")
    way = f"nsenter --target {machine.leader} --all /usr/sbin/sshd -i -o AuthorizedKeysFile=/srv/authorized_keys"
    options = (
        "IdentityFile " + str(key),
        "StrictHostKeyChecking no",
        "UserKnownHostsFile /dev/null",
        f"ProxyCommand {way}",
    )
    (folder / "ssh_config").write_text("".join(f"{option}\n" for option in (*options, "LogLevel ERROR")))
    inventory = folder / "fleet.toml"
    inventory.write_text(
        f'ssh = ["-F", "{folder}/ssh_config"]\n[[machines]]\nhost = "packing"\nuser = "root"\nrole = "station"\n'
    )
    return str(inventory)


def test_after_a_reboot_it_is_ready_by_itself(machine: Machine) -> None:
    machine.power_off()
    machine.boot()
    wait_for("it is ready", lambda: shown(machine, "ActiveState") == "active", 60)


def test_uninstalled_it_leaves_configuration_and_data_and_purged_nothing(machine: Machine) -> None:
    ours = "find / -xdev -name '*packing*' -not -path '/srv/*' -not -path '/var/log/*' -not -path '/proc/*'"
    said = machine.does("/srv/first/scripts/uninstall")
    assert "kept: /etc/packing-station, /var/lib/packing-station" in said
    left = set(machine.does(ours).split())
    assert {path for path in left if path.count("/") < 4} == {"/etc/packing-station", "/var/lib/packing-station"}
    machine.does("test -s /var/lib/packing-station/station.db && test -s /etc/packing-station/keys/station/client.key")
    machine.does("/srv/first/scripts/uninstall --purge")
    assert machine.does(ours) == ""
    assert machine.tries("getent passwd packing-station") != 0
    assert machine.does("/srv/first/scripts/uninstall --purge") == "nothing is installed here"
    assert machine.does("systemctl --failed --no-legend") == ""
