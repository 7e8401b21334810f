"""The fleet: its inventory, its table, and waves that stop; ssh is a program that answers as machines would."""

import io
import json
import os
import subprocess
import tarfile
from pathlib import Path

import pytest

from installation import fleet, inventory
from installation.changes import Refused
from installation.inventory import Entry
from installation.machine import Target
from installation.manifest import Manifest
from installation.remote import parse_standing

REPOSITORY = Path(__file__).parents[2]
PI = Target("12", "arm64", "3.11")

INVENTORY = """
[defaults]
user = "maintenance"
role = "station"

[[machines]]
host = "desk.lan"
role = ["desk"]

[[machines]]
host = "station-1.lan"
wave = 2

[[machines]]
host = "station-2.lan"
wave = 2
config = "station-2.toml"

[[machines]]
host = "station-3.lan"
wave = 3
"""


@pytest.fixture
def file(tmp_path: Path) -> Path:
    (tmp_path / "station-2.toml").touch()
    (tmp_path / "fleet.toml").write_text(INVENTORY)
    return tmp_path / "fleet.toml"


def test_an_inventory_has_machines_with_defaults_in_waves(file: Path) -> None:
    found = inventory.read(file)
    assert [(number, [machine.host for machine in wave]) for number, wave in found.waves()] == [
        (1, ["desk.lan"]),
        (2, ["station-1.lan", "station-2.lan"]),
        (3, ["station-3.lan"]),
    ]
    assert found.machines[0].roles == ("desk",)
    assert found.machines[2] == Entry(
        "station-2.lan", ("station",), 2, "maintenance", config=file.parent / "station-2.toml"
    )
    assert found.machines[2].address == "maintenance@station-2.lan"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[machines]\n", "cannot be read"),
        ("", "names no machine"),
        ("hosts = []\n[[machines]]\nhost = 'a'\nrole = 'desk'\n", "unknown: hosts"),
        ("ssh = 'x'\n[[machines]]\nhost = 'a'\nrole = 'desk'\n", "ssh is a list"),
        ("[[machines]]\nrole = 'desk'\n", "machine 1: host '' is none"),
        ("[[machines]]\nhost = '-oProxyCommand=x'\nrole = 'desk'\n", "host '-oProxyCommand=x' is none"),
        ("[[machines]]\nhost = 'a'\nrole = 'desk'\nuser = '-x'\n", "user '-x' is none"),
        ("[[machines]]\nhost = 'a'\nrole = 'broker'\n", 'role is "station", "desk"'),
        ("[[machines]]\nhost = 'a'\n", 'role is "station", "desk"'),
        ("[[machines]]\nhost = 'a'\nrole = 'desk'\nwaves = 1\n", "unknown: waves"),
        ("[[machines]]\nhost = 'a'\nrole = 'desk'\nwave = 0\n", "wave is a number"),
        ("[[machines]]\nhost = 'a'\nrole = 'desk'\nkeys = 'none'\n", "none is not there"),
        ("[[machines]]\nhost = 1\nrole = 'desk'\n", "host is a text"),
        ("[[machines]]\nhost = 'a'\nrole = 'desk'\n" * 2, "named more than once: a"),
    ],
)
def test_a_mistake_in_an_inventory_is_named(tmp_path: Path, text: str, said: str) -> None:
    (tmp_path / "fleet.toml").write_text(text)
    with pytest.raises(Refused) as refused:
        inventory.read(tmp_path / "fleet.toml")
    assert said in str(refused.value)


STANDING = """1.0+abc
packing-station.service
LoadState=loaded
ActiveState=active
SubState=running
NRestarts=2
StatusText=idle: 納品書 / Scan the packing slip
ActiveEnterTimestamp=Sun 2026-11-22 10:00:00 JST
packing-desk.service
LoadState=not-found
ActiveState=inactive
SubState=dead
"""


def test_how_a_machine_stands_is_a_line_for_each_of_its_daemons() -> None:
    station, desk = parse_standing(Entry("a", ("station", "desk")), STANDING)
    assert (station.version, station.state, station.restarts, station.well) == ("1.0+abc", "active", "2", True)
    assert station.says == "idle: 納品書 / Scan the packing slip"
    assert (desk.unit, desk.state, desk.well) == ("packing-desk.service", "not installed", False)
    crashed = STANDING.replace("ActiveState=active\nSubState=running", "ActiveState=activating\nSubState=auto-restart")
    (station,) = parse_standing(Entry("a", ("station",)), crashed)
    assert (station.state, station.since, station.well) == ("activating (auto-restart)", "", False)


def test_a_table_keeps_its_columns_beside_japanese() -> None:
    lines = fleet.table([("says", "x"), ("納品書", "y"), ("ab", "z")]).splitlines()
    assert lines == ["says    x", "納品書  y", "ab      z"]


SSH = r"""#!/bin/sh
# Answers as a machine would; notes whom it was asked, and for what.
while [ "$1" != -- ]; do shift; done
host=$2 command=$3
echo "$host $command" >>"$SSH_LOG"
case $command in
  *os-release*) printf 'ID=debian\nVERSION_ID="12"\nmachine=arm64\npython=3.11\n' ;;
  *readlink*) cat "$SSH_STANDING" ;;
  *mktemp*) echo /var/tmp/packing-station-1 ;;
  *scripts/install*)
    case $host in *"$SSH_FAILS") echo "the former version is back and well" && exit 1 ;; esac
    echo installed
    ;;
  *tar*) cat >/dev/null ;;
esac
"""


@pytest.fixture
def asked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What ssh was asked, in a file."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/ssh").write_text(SSH)
    (tmp_path / "bin/ssh").chmod(0o755)
    (tmp_path / "standing").write_text(STANDING.replace("not-found", "loaded"))
    monkeypatch.setenv("PATH", f"{tmp_path}/bin:{os.environ['PATH']}")
    for name, value in {"LOG": f"{tmp_path}/asked", "STANDING": f"{tmp_path}/standing", "FAILS": "nobody"}.items():
        monkeypatch.setenv(f"SSH_{name}", value)
    return tmp_path / "asked"


@pytest.fixture
def archive(tmp_path: Path) -> Path:
    """A bundle as far as the fleet looks."""
    (tmp_path / "b").mkdir()
    Manifest("1.1+def", ("station", "desk"), PI, {}).write(tmp_path / "b")
    with tarfile.open(tmp_path / "bundle.tar.gz", "w:gz") as tar:
        tar.add(tmp_path / "b", arcname="packing-station-1.1+def")
    return tmp_path / "bundle.tar.gz"


def run_fleet(*words: str | Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run([REPOSITORY / "scripts/fleet", *words], capture_output=True, text=True, check=False)


def installed_on(asked: Path) -> set[str]:
    lines = asked.read_text().splitlines()
    return {line.split()[0].partition("@")[2] for line in lines if "scripts/install" in line}


def test_an_upgrade_goes_wave_after_wave(file: Path, archive: Path, asked: Path) -> None:
    done = run_fleet("upgrade", "--inventory", file, "--bundle", archive)
    assert done.returncode == 0, done.stdout + done.stderr
    waves = [line for line in done.stdout.splitlines() if line.startswith("wave")]
    assert waves == ["wave 1: desk.lan", "wave 2: station-1.lan, station-2.lan", "wave 3: station-3.lan"]
    assert installed_on(asked) == {"desk.lan", "station-1.lan", "station-2.lan", "station-3.lan"}
    order = [line.split("@")[1].split()[0] for line in asked.read_text().splitlines() if "scripts/install" in line]
    assert (order[0], order[-1]) == ("desk.lan", "station-3.lan")
    assert all("sudo -n" in line for line in asked.read_text().splitlines() if "scripts/install" in line)
    assert asked.read_text().count("rm -rf /var/tmp/packing-station-1 ") == 4


def test_it_stops_at_the_first_wave_that_fails_and_says_what_is_untouched(
    file: Path, archive: Path, asked: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SSH_FAILS", "station-2.lan")
    done = run_fleet("upgrade", "--inventory", file, "--bundle", archive)
    assert done.returncode == 1
    assert "station-2.lan: FAILED: station-2.lan: the former version is back and well" in done.stdout
    assert "wave 2 failed at station-2.lan; untouched: station-3.lan" in done.stdout
    assert installed_on(asked) == {"desk.lan", "station-1.lan", "station-2.lan"}


def test_a_dry_run_asks_every_machine_for_one(file: Path, archive: Path, asked: Path) -> None:
    assert run_fleet("upgrade", "--inventory", file, "--bundle", archive, "--dry-run").returncode == 0
    installs = [line for line in asked.read_text().splitlines() if "scripts/install" in line]
    assert len(installs) == 4
    assert all("--dry-run" in line for line in installs)


def test_an_upgrade_installs_nothing_where_nothing_is(file: Path, archive: Path, asked: Path, tmp_path: Path) -> None:
    (tmp_path / "standing").write_text("\n" + STANDING.partition("\n")[2])
    done = run_fleet("upgrade", "--inventory", file, "--bundle", archive)
    assert "nothing is installed there yet: scripts/fleet install" in done.stdout
    assert installed_on(asked) == set()
    assert run_fleet("install", "--inventory", file, "--bundle", archive).returncode == 0
    assert "--config /var/tmp/packing-station-1-own/config" in asked.read_text()


def test_one_machine_can_be_chosen_and_a_stranger_not(file: Path, archive: Path, asked: Path) -> None:
    done = run_fleet("upgrade", "--inventory", file, "--bundle", archive, "--only", "station-3.lan")
    assert (done.returncode, installed_on(asked)) == (0, {"station-3.lan"})
    stranger = run_fleet("status", "--inventory", file, "--only", "nobody.lan")
    assert (stranger.returncode, stranger.stderr) == (1, "fleet: not in the inventory: nobody.lan\n")


def test_the_status_of_all_is_one_table_and_a_machine_that_is_off_a_line_of_it(
    file: Path, asked: Path, tmp_path: Path
) -> None:
    done = run_fleet("status", "--inventory", file)
    assert done.stdout.splitlines()[0].split() == list(fleet.COLUMNS)
    assert len(done.stdout.splitlines()) == 5
    assert asked.exists()
    (tmp_path / "bin/ssh").write_text("#!/bin/sh\necho 'ssh: connect to host: No route to host' >&2\nexit 255\n")
    off = run_fleet("status", "--inventory", file, "--json")
    assert off.returncode == 1
    rows = [json.loads(line) for line in off.stdout.splitlines()]
    assert {(row["state"], row["says"]) for row in rows} == {("not reached", "ssh: connect to host: No route to host")}


def test_a_machine_without_a_bundle_of_its_kind_is_told() -> None:
    fits = fleet.Archive(Path("x"), Manifest("1", ("station",), PI, {}))
    assert fleet.fitting([fits], Entry("a", ("station",)), PI) is fits
    for roles, target in ((("desk",), PI), (("station",), Target("13", "arm64", "3.13"))):
        with pytest.raises(Refused, match="no bundle is for a"):
            fleet.fitting([fits], Entry("a", roles), target)


def test_what_is_no_bundle_is_named(file: Path, tmp_path: Path, asked: Path) -> None:
    del asked
    with tarfile.open(tmp_path / "other.tar.gz", "w:gz") as tar:
        tar.addfile(tarfile.TarInfo("a/b"), io.BytesIO())
    done = run_fleet("upgrade", "--inventory", file, "--bundle", tmp_path / "other.tar.gz")
    assert (done.returncode, "is no bundle of scripts/bundle" in done.stderr) == (1, True)
