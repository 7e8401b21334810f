"""What a machine shares with its site: broker, certificates, clock; and the program itself. Each broken in turn."""

import os
import shutil
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from station.clock import elapsed_s, wall_clock_s
from station.doctor import backups, broker, certificates, checks, clock, service
from station.doctor.findings import Fault, Mark
from station.upkeep.now import DeskNow, StationNow
from tests.doctor.tree import DESK_NOW, REPOSITORY, SERVICE, STATUS, Tree
from tests.firmware_config.site_broker import Site, make_keys, running_broker

KEYS = "/etc/packing-station/keys/station"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """The broker, the rights and the keys that we ship."""
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    with running_broker(keys, tmp_path_factory.mktemp("broker")) as found:
        yield found


def install_keys(tree: Tree, keys: Path, name: str = "bench-1") -> None:
    shutil.copytree(keys / "clients" / name, tree.path(KEYS))
    for file in tree.path(KEYS).iterdir():
        file.chmod(0o600)


# --- Broker ----------------------------------------------------------------------------------------------


def test_rights_as_they_should_be_are_well(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    tree.port = site.floor
    assert tree.faults("broker") == []
    assert "can say 2 of 2 topics that are its own, 0 of" in tree.said("broker")


def test_a_right_too_few_is_found(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys, "bench-2")  # which the broker knows, and has given other topics
    tree.port = site.floor
    assert tree.faults("broker") == [broker.RIGHTS]
    assert "bench-1 (station) cannot say desk/requests/bench-1, stations/bench-1/status" in tree.said("broker")


@pytest.mark.full
def test_a_right_too_many_is_found(tree: Tree, tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    rights = keys / "broker/rights.acl"
    text = rights.read_text()
    mine = "user bench-1\n"
    assert mine in text
    status = "topic write packing/osaka/stations/bench-1/status\n"
    assert status in text
    rights.write_text(text.replace(status, "").replace(mine, f"{mine}topic write packing/osaka/orders/+/instruction\n"))
    (tmp_path / "broker").mkdir()
    install_keys(tree, keys)
    with running_broker(keys, tmp_path / "broker") as other:
        tree.port = other.floor
        assert tree.faults("broker") == [broker.RIGHTS]
        assert "cannot say stations/bench-1/status; can say orders/+/instruction, which it must not" in tree.said(
            "broker"
        )


def test_a_broker_that_is_not_there_is_said(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    assert tree.faults("broker") == [broker.NO_CONNECTION]
    assert "localhost:1" in tree.said("broker")


def test_while_the_station_runs_nobody_takes_its_place(tree: Tree, site: Site) -> None:
    tree.port = site.floor  # and no keys: nothing is tried
    with tree.running():
        assert tree.faults("broker") == [broker.NOT_NOW]
        assert "the program is connected to localhost" in tree.said("broker")
        assert "systemctl stop packing-station; station doctor --only broker" in tree.said("broker")


def test_a_running_station_without_a_connection_is_told_why(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    with tree.running(StationNow(at_s=elapsed_s(), doing="idle", broker=False, status=STATUS)):
        assert tree.faults("broker") == [broker.NO_CONNECTION]
        assert "no broker answers at localhost:1" in tree.said("broker")


def test_keys_that_this_user_may_not_use_were_not_tried(tree: Tree) -> None:
    assert tree.faults("broker") == [broker.UNSEEN]
    tree.replace(SERVICE, "LoadCredential=client.key:", "LoadCredential=other.key:")
    assert "has no LoadCredential= for credential:client.key" in tree.said("broker")


def test_a_broker_that_speaks_only_the_old_version_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    from station.brokercheck.findings import Finding
    from station.brokercheck.findings import Mark as Tried

    install = [Finding(Tried.NOTE, "version", "it speaks MQTT 3.1.1", "", "Set mqtt_version")]
    monkeypatch.setattr(broker, "checked", lambda _visit, _only: install)
    tree.change('tls = { ca = "credential:broker-ca.crt", certificate', '# tls = { ca = "", certificate')
    assert tree.faults("broker") == [broker.NOTE]


# --- Certificates ----------------------------------------------------------------------------------------


def test_certificates_as_we_make_them_are_well_and_their_days_are_counted(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    assert tree.faults("certificate") == []
    told = [certificates.read_certificate(path.read_text()) for path in tree.path(KEYS).glob("*.crt")]
    said = []
    for path in tree.path(KEYS).glob("*.crt"):
        words = ("openssl", "x509", "-in", str(path), "-noout", "-dates", "-dateopt", "iso_8601")
        lines = subprocess.run(words, capture_output=True, text=True, check=True).stdout.splitlines()
        dates = [line.partition("=")[2] for line in lines]
        said.append(
            tuple(time.strftime("%Y-%m-%d %H:%M:%SZ", time.strptime(date, "%Y-%m-%d %H:%M:%SZ")) for date in dates)
        )
    assert [
        tuple(time.strftime("%Y-%m-%d %H:%M:%SZ", time.gmtime(at)) for at in (each.since_s, each.until_s))
        for each in told
    ] == said
    assert "client.crt: bench-1, 729 days left" in tree.said("certificate")


@pytest.mark.parametrize(
    ("days", "fault"), [(10, certificates.EXPIRES), (-10, certificates.EXPIRED), (4000, certificates.NOT_YET)]
)
def test_a_certificate_near_or_past_its_end_is_told(
    tree: Tree, site: Site, monkeypatch: pytest.MonkeyPatch, days: int, fault: object
) -> None:
    """By a clock that is set to that many days before its end."""
    install_keys(tree, site.keys)
    until_s = certificates.read_certificate(tree.path(f"{KEYS}/client.crt").read_text()).until_s
    monkeypatch.setattr(certificates, "wall_clock_s", lambda: until_s - days * certificates.DAY_S)
    assert fault in tree.faults("certificate")
    assert "client.crt" in tree.said("certificate")


def test_another_stations_certificate_is_told(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys, "bench-2")
    assert tree.faults("certificate") == [certificates.OTHER_NAME]
    assert "is bench-2's, and this is bench-1" in tree.said("certificate")


def test_a_key_that_others_can_read_is_found(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    tree.path(f"{KEYS}/client.key").chmod(0o640)
    assert tree.faults("certificate") == [certificates.OPEN]


def test_a_key_of_another_certificate_is_found(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    shutil.copy(site.keys / "clients/bench-2/client.key", tree.path(f"{KEYS}/client.key"))
    assert tree.faults("certificate") == [certificates.MISMATCH]


def test_what_is_missing_or_no_certificate_is_named(tree: Tree, site: Site) -> None:
    install_keys(tree, site.keys)
    tree.write(f"{KEYS}/broker-ca.crt", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
    tree.remove(f"{KEYS}/client.key")
    assert tree.faults("certificate") == [certificates.UNREADABLE, certificates.MISSING]
    tree.replace(SERVICE, "LoadCredential=client.crt:", "LoadCredential=other.crt:")
    assert tree.faults("certificate") == [certificates.UNREADABLE] + [certificates.NO_CREDENTIAL] * 2


def test_a_file_that_this_user_may_not_read_was_not_looked_at(
    tree: Tree, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    install_keys(tree, site.keys)
    opened = Path.open

    def refused(path: Path, *words: object, **more: object) -> object:
        if str(path).startswith(str(tree.path(KEYS))):
            raise PermissionError(13, "", str(path))
        return opened(path, *words, **more)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refused)
    assert tree.faults("certificate") == [certificates.UNSEEN] * 3


def test_without_tls_there_is_nothing_to_look_at(tree: Tree) -> None:
    tree.change('tls = { ca = "credential:broker-ca.crt", certificate', '# tls = { ca = "", certificate')
    assert [finding.mark for finding in tree.examine("certificate")] == [Mark.NOT_HERE]


def test_a_certificate_valid_beyond_2049_is_read(tmp_path: Path) -> None:
    """Its time has another form (RFC 5280, section 4.1.2.5)."""
    made = tmp_path / "long.crt"
    key = ("-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", "/dev/null")
    words = ("openssl", "req", "-x509", *key, "-days", "20000", "-subj", "/O=Osaka/CN=bench-1", "-out", str(made))
    subprocess.run(words, check=True, capture_output=True)
    found = certificates.read_certificate(made.read_text())
    assert found.name == "bench-1"
    assert abs(found.until_s - time.time() - 20_000 * certificates.DAY_S) < 600


# --- Clock -----------------------------------------------------------------------------------------------


@pytest.fixture
def unset(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> Tree:
    monkeypatch.setattr(clock, "is_synchronised", lambda: False)
    tree.remove("/run/systemd/timesync/synchronized")
    return tree


def test_a_clock_that_was_set_is_well(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    assert tree.faults("clock") == []
    tree.remove("/run/systemd/timesync/synchronized")
    monkeypatch.setattr(clock, "is_synchronised", lambda: True)
    assert tree.faults("clock") == []


def test_a_clock_that_nobody_has_set_is_told_from_one_that_nobody_sets(unset: Tree) -> None:
    assert unset.faults("clock") == [clock.NOT_SYNCHRONISED]
    unset.remove("/etc/systemd/system/sysinit.target.wants/systemd-timesyncd.service")
    assert unset.faults("clock") == [clock.NOBODY]
    unset.write("/etc/systemd/system/multi-user.target.wants/chrony.service", "")
    assert unset.faults("clock") == [clock.NOT_SYNCHRONISED]


def test_the_kernel_is_asked_and_nothing_set() -> None:
    before = time.time() - time.monotonic()
    assert clock.is_synchronised() in (True, False)
    assert abs(time.time() - time.monotonic() - before) < 1


@pytest.mark.parametrize(("ahead_s", "words"), [(0, ""), (7200, "forward by 7,200 s"), (-90, "back by 90 s")])
def test_a_leap_since_the_machine_started_is_a_note(tree: Tree, ahead_s: int, words: str) -> None:
    wall_s = time.time() - ahead_s
    told = f"t {int(wall_s * 1e6)}\nt {int(time.monotonic() * 1e6)}"
    tree.program("busctl", f"[ $# = 6 ] && printf '{told}\\n'".replace("\n", "\\n"))
    assert tree.faults("clock") == ([clock.LEAPT] if words else [])
    assert words in tree.said("clock")


def test_where_systemd_does_not_run_no_leap_is_told(tree: Tree) -> None:
    tree.program("busctl", "echo 'Failed to connect to bus' >&2; exit 1")
    assert tree.faults("clock") == []


# --- The program -----------------------------------------------------------------------------------------


def test_the_configurations_files_are_looked_at(tree: Tree) -> None:
    assert tree.faults("config") == []
    tree.change("[panel]", f'[label.layouts]\n"80x100" = "{tree.folder}/none.toml"\n\n[panel]')
    assert tree.faults("config") == [service.LABEL]


def test_a_program_that_runs_is_said_with_what_it_does(tree: Tree) -> None:
    with tree.running():
        assert tree.faults("service") == []
        assert "idle: scan a slip" in tree.said("service")


def test_a_program_that_does_not_run_is_a_fault_where_it_is_meant_to(tree: Tree) -> None:
    assert tree.faults("service") == [service.IDLE]
    tree.write("/etc/systemd/system/multi-user.target.wants/packing-station.service", "")
    assert tree.faults("service") == [service.STOPPED]


def test_a_machine_without_the_unit_or_its_user_is_told(tree: Tree) -> None:
    tree.write("/etc/passwd", "root:x:0:0::/:/bin/sh\n")
    assert tree.faults("service") == [service.NO_USER, service.IDLE]
    tree.remove(SERVICE)
    assert tree.faults("service") == [service.NO_UNIT, service.IDLE]


def test_a_program_that_hangs_waits_for_room_or_says_nothing_is_told(tree: Tree) -> None:
    now = StationNow(at_s=elapsed_s() - 60, doing="packing", broker=True, status=STATUS)
    with tree.running(now):
        assert tree.faults("service") == [service.HANGS]
    full = msgspec.structs.replace(STATUS, disk_full=True)
    with tree.running(StationNow(at_s=elapsed_s(), doing="the disk is full", broker=True, status=full)):
        assert tree.faults("service") == [service.DISK_FULL]
    tree.socket = ""
    tree.write("/proc/41/cgroup", "0::/system.slice/packing-station.service\n")
    assert tree.faults("service") == [service.SILENT]
    assert "packing-station (41) runs" in tree.said("service")


def test_an_old_program_that_still_runs_is_told(tree: Tree) -> None:
    assert tree.faults("versions") == []
    assert "Debian GNU/Linux 13" in tree.said("versions")
    old = msgspec.structs.replace(STATUS, software="0.0.9")
    with tree.running(StationNow(at_s=elapsed_s(), doing="idle", broker=True, status=old)):
        assert tree.faults("versions") == [service.OLD]


def test_packages_in_other_versions_are_told(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    named = ["msgspec==0.0.1", "nothing-of-ours==1; extra == 'hid'", "pytest==0.1; extra == 'test'"]
    monkeypatch.setattr(service, "requires", lambda _name: named)
    assert tree.faults("versions") == [service.PACKAGES]
    assert f"msgspec {msgspec.__version__} for 0.0.1" in tree.said("versions")
    assert "pytest" not in tree.said("versions")


# --- Desks, and what goes while it is looked at ----------------------------------------------------------


DESK = 'database = "/var/lib/packing-station/desk.db"\nstations = ["bench-1"]\nsite = { name = "osaka" }\n'


@pytest.mark.parametrize(
    ("ages_h", "fault"), [((), backups.NONE), ((30, 3.1), backups.OLD), ((30, 2.9), None), ((-1,), None)]
)
def test_a_desk_without_a_fresh_backup_is_told(tree: Tree, ages_h: tuple[float, ...], fault: Fault | None) -> None:
    tree.own_text = DESK
    tree.write(f"{backups.FOLDER}/desk-00.db-journal", "")
    for number, age_h in enumerate(ages_h):
        copy = tree.write(f"{backups.FOLDER}/desk-{number:02}.db", "")
        os.utime(copy, times=(0, wall_clock_s() - age_h * 3600))
    assert tree.faults("backup") == ([fault] if fault else [])


def test_a_site_with_a_backup_of_its_own_masks_ours(tree: Tree) -> None:
    tree.own_text = DESK
    tree.path("/etc/systemd/system").mkdir(parents=True, exist_ok=True)
    tree.path(f"/etc/systemd/system/{backups.TIMER}").symlink_to("/dev/null")
    assert tree.faults("backup") == []


def test_a_desk_is_examined_without_devices(tree: Tree) -> None:
    tree.own_text = DESK
    tree.write("/etc/systemd/system/packing-desk.service", (REPOSITORY / "systemd/packing-desk.service").read_text())
    tree.write(f"{backups.FOLDER}/desk-00.db", "")
    names = {finding.check for finding in tree.examine()}
    assert names == {check.name for check in checks.CHECKS} - {"scanner", "keymap", "serial", "gpio", "printer"}
    with tree.running(msgspec.structs.replace(DESK_NOW, at_s=elapsed_s())):
        assert isinstance(DESK_NOW, DeskNow)
        assert "packing-desk" in tree.said("service")
        assert "runs since" in tree.said("service")


def test_what_goes_or_is_refused_while_it_is_looked_at_is_said(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    for error, fault in (
        (OSError(19, "No such device"), checks.GONE),
        (PermissionError(13, "", "/x"), checks.NO_PERMISSION),
    ):

        def goes(_examination: object, error: OSError = error) -> list[object]:
            raise error

        monkeypatch.setattr(checks, "CHECKS", (checks.Check("x", "", goes),))  # type: ignore[arg-type]
        assert tree.faults("x") == [fault]
