"""The units as systemd's own tools read them, and as the rest of what we ship relies on them."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from station.bench.core.ending import FINISH_S
from station.cli import CANNOT_START

REPOSITORY = Path(__file__).parents[2]
UNITS = REPOSITORY / "systemd"
SERVICES = ("packing-station", "packing-desk")
PROGRAM = "/opt/packing-station/current/.venv/bin/station"
ALL = sorted(path.name for path in UNITS.iterdir() if path.suffix in (".service", ".timer"))


def values(service: str, key: str) -> list[str]:
    """All values of a key, in order."""
    text = (UNITS / f"{service}.service").read_text()
    return re.findall(rf"^{key}=(.*)$", text, re.MULTILINE)


def analyze(*arguments: str) -> subprocess.CompletedProcess[str]:
    """Runs systemd-analyze."""
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)


def test_systemd_knows_every_line_of_the_units(tmp_path: Path) -> None:
    for name in ALL:
        (tmp_path / name).write_text((UNITS / name).read_text().replace(PROGRAM, sys.executable))  # one that is there
    verified = analyze("verify", *(str(tmp_path / name) for name in ALL))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@pytest.mark.parametrize("name", [name for name in ALL if name.endswith(".service")])
def test_the_sandbox_stays_as_tight_as_it_is(name: str) -> None:
    rated = analyze("security", "--offline=true", "--threshold=15", str(UNITS / name))
    assert rated.returncode == 0, rated.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_every_point_that_the_sandbox_leaves_open_is_explained(service: str) -> None:
    table = analyze("security", "--offline=true", "--no-pager", str(UNITS / f"{service}.service")).stdout
    open_points = {line.split()[1].rstrip("=").rstrip(":") for line in table.splitlines() if line.startswith("✗")}
    page = (UNITS / "README.md").read_text()
    assert {point for point in open_points if point.partition("=")[0] not in page} == set()


@pytest.mark.parametrize("service", SERVICES)
def test_personal_data_in_memory_reach_neither_a_core_file_nor_swap(service: str) -> None:
    assert values(service, "LimitCORE") == values(service, "MemorySwapMax") == ["0"]


@pytest.mark.parametrize("service", SERVICES)
def test_a_program_that_hangs_or_ends_always_comes_back(service: str) -> None:
    assert values(service, "Type") == ["notify"]
    assert values(service, "Restart") == ["always"]
    assert int(values(service, "WatchdogSec")[0]) <= 30


@pytest.mark.parametrize("service", SERVICES)
def test_past_its_limit_another_unit_says_so_and_a_timer_tries_it_again(service: str) -> None:
    interval_s, burst = int(values(service, "StartLimitIntervalSec")[0]), int(values(service, "StartLimitBurst")[0])
    assert burst * int(values(service, "RestartSec")[0]) < interval_s  # else the limit is never reached
    assert values(service, "OnFailure") == [f"{service}-down.service"]
    assert values(f"{service}-down", "ExecCondition") == [f"+/usr/bin/systemctl is-failed --quiet {service}.service"]
    assert values(f"{service}-down", "Upholds") == [f"{service}-down.timer"]
    timer = (UNITS / f"{service}-down.timer").read_text()
    assert f"Unit={service}.service\n" in timer
    assert "OnCalendar=minutely\n" in timer
    assert values(service, "ExecStartPre") == [f"-+/usr/bin/systemctl stop {service}-down.service"]


def test_a_stop_leaves_time_for_the_label_in_hand() -> None:
    assert int(values("packing-station", "TimeoutStopSec")[0]) >= FINISH_S + 10


@pytest.mark.parametrize("service", SERVICES)
def test_what_no_restart_mends_stays_down(service: str) -> None:
    assert values(service, "RestartPreventExitStatus") == [str(CANNOT_START)]


@pytest.mark.parametrize("service", SERVICES)
def test_the_units_user_is_one_that_we_create(service: str) -> None:
    created = re.findall(r"^u (\S+)", (UNITS / "sysusers.d/packing-station.conf").read_text(), re.MULTILINE)
    assert values(service, "User")[0] in created


def test_every_group_of_the_station_exists_on_debian_or_is_created() -> None:
    # input, dialout and lp: systemd's own sysusers.d/basic.conf, and Debian's base-passwd.
    created = re.findall(r"^g (\S+)", (UNITS / "sysusers.d/packing-station.conf").read_text(), re.MULTILINE)
    groups = values("packing-station", "SupplementaryGroups")[0].split()
    assert set(groups) == {"input", "dialout", "lp", *created}


def drop_ins() -> dict[str, str]:
    """The drop-ins that the page about setting up writes, by the unit's directory and the file's name."""
    page = (REPOSITORY / "docs/set-up.md").read_text()
    return dict(re.findall(r"sudo tee /(?:etc|run)/systemd/system/(\S+) <<'END'\n(.*?)END\n", page, re.DOTALL))


@pytest.mark.parametrize("name", drop_ins())
def test_systemd_takes_a_documented_drop_in_with_its_unit(name: str, tmp_path: Path) -> None:
    unit = Path(name).parent.name.removesuffix(".d")
    (tmp_path / name).parent.mkdir()
    (tmp_path / unit).write_text((UNITS / unit).read_text().replace(PROGRAM, sys.executable))
    (tmp_path / name).write_text(drop_ins()[name].replace(PROGRAM, sys.executable))
    verified = analyze("verify", str(tmp_path / unit))
    assert (verified.returncode, verified.stdout + verified.stderr) == (0, "")


@pytest.mark.parametrize("program", ["station", "desk"])
def test_the_credentials_are_those_that_the_shipped_configuration_names(program: str) -> None:
    credentials = dict(value.split(":") for value in values(f"packing-{program}", "LoadCredential"))
    assert {Path(path).name for path in credentials.values()} == set(credentials)
    shipped = (REPOSITORY / f"firmware_config/{program}.toml").read_text()
    assert set(re.findall(r'"credential:(\S+?)"', shipped)) == set(credentials)
