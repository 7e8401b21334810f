"""A mistake in a configuration is told by its key, its value and the remedy."""

from pathlib import Path

import pytest

from station.config.contact import ContactConfig
from station.config.desk import DeskConfig
from station.config.reading import MAX_FILE_BYTES, ConfigError, read_config, secret
from station.config.station import StationConfig

DESK = """\
database = "/var/lib/desk.db"
stations = ["station-1"]

[site]
name = "tokyo-1"
"""
STATION = """\
station = "station-1"
journal = "/var/lib/station.db"

[site]
name = "tokyo-1"

[printer]
connection = "tcp"
host = "192.0.2.7"

[[scanners]]
kind = "serial"
name = "fixed"
port = "/dev/serial0"
"""


def mistake(tmp_path: Path, text: str | bytes, kind: type = DeskConfig) -> str:
    """What is said of a file, after its name."""
    path = tmp_path / "desk.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(ConfigError) as refused:
        read_config(path, kind)
    said = str(refused.value)
    assert said.startswith(f"{path}: ")
    return said.removeprefix(f"{path}: ")


def test_a_file_with_only_what_is_needed_is_taken(tmp_path: Path) -> None:
    path = tmp_path / "desk.toml"
    path.write_text(DESK)
    desk = read_config(path, DeskConfig)
    assert (desk.site.prefix, desk.keep.personal_data_days, desk.broker.port) == ("packing/tokyo-1", 7, 1883)
    path.write_text(STATION)
    assert read_config(path, StationConfig).scanning.repeat_window_ms == 400


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            f"databse = 1\n{DESK}",
            "databse: there is no such key; check its spelling against docs/configuration.md, or take it out",
        ),
        (
            f"{DESK}\n[broker]\nhots = 'desk'",
            "broker.hots: there is no such key; check its spelling against docs/configuration.md, or take it out",
        ),
        (DESK.replace("database", "# database"), "database: is missing; add it (docs/configuration.md)"),
        (DESK.replace("name", "# name"), "site.name: is missing; add it (docs/configuration.md)"),
        (f"{DESK}\n[broker]\nport = 99999", "broker.port = 99999: expected `int` <= 65535; correct it"),
        (f"{DESK}\n[broker]\nport = 0", "broker.port = 0: expected `int` >= 1; correct it"),
        (f"{DESK}\n[broker]\nport = '1883'", "broker.port = '1883': expected `int`, got `str`; correct it"),
        (f"{DESK}\n[broker]\nmqtt_version = '4'", "broker.mqtt_version = '4': invalid enum value '4'; correct it"),
        (f"{DESK}\n[keep]\norders_days = 6", "keep.orders_days = 6: expected `int` >= 7; correct it"),
        (DESK.replace('["station-1"]', "[]"), "stations = []: expected `array` of length >= 1; correct it"),
        (DESK.replace('["station-1"]', '["a", 3]'), "stations[1] = 3: expected `str`, got `int`; correct it"),
        (DESK.replace('"tokyo-1"', '"tokyo 1"'), "site.name = 'tokyo 1': expected `str` matching regex"),
        (DESK.replace('[site]\nname = "tokyo-1"', ""), "site: is missing; add it (docs/configuration.md)"),
        ("database = ", "is not valid TOML: "),
        ("a = 1\na = 2", "is not valid TOML: "),
        (f"a = {'[' * 5000}{']' * 5000}", "is not valid TOML: it is nested too deeply"),
        (b'database = "\xff"', "is not UTF-8 (byte 12); save it as UTF-8"),
        ("#" * (MAX_FILE_BYTES + 1), f"is larger than {MAX_FILE_BYTES} bytes; this is no configuration of ours"),
        ("#" * (MAX_FILE_BYTES - 1) + "注文", f"is larger than {MAX_FILE_BYTES} bytes"),
    ],
)
def test_a_mistake_in_a_file_is_told_by_key_value_and_remedy(tmp_path: Path, text: str | bytes, said: str) -> None:
    assert mistake(tmp_path, text).startswith(said)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('"tcp"', '"bluetooth"', "printer.connection = 'bluetooth': invalid value 'bluetooth'; correct it"),
        ('host = "192.0.2.7"', "", "printer.host: is missing"),
        ('"192.0.2.7"', '"192.0.2.7; rm"', "printer.host = '192.0.2.7; rm': expected `str` matching regex"),
        ('"serial"', '"camera"', "scanners[0].kind = 'camera': invalid value 'camera'"),
        ('"fixed"', '"手持ち"', "scanners[0].name = '手持ち': expected `str` matching regex"),
        ('"/dev/serial0"', '"/dev/serial0"\nparity = "mark"', "scanners[0].parity = 'mark': invalid enum value"),
        (
            '"/dev/serial0"',
            '"/dev/serial0"\n[[scanners]]\nkind = "serial"\nname = "fixed"\nport = "/dev/x"',
            "two scanners have one name among fixed, fixed: give each its own",
        ),
        (
            '"/dev/serial0"',
            '"/dev/serial0"\n[scanning]\nslip_pattern = "("',
            "slip_pattern is no regular expression",
        ),
        (
            '"/dev/serial0"',
            '"/dev/serial0"\n[panel]\nred = 4\ngreen = 4',
            "GPIO 4 is set for red and green: give each part a line of its own",
        ),
        (
            '"/dev/serial0"',
            '"/dev/serial0"\n[badges]\npublic_key = "secret"',
            "badges.public_key = 'secret': expected `str` matching regex",
        ),
        (
            '"/dev/serial0"',
            '"/dev/serial0"\n[printing]\nscan_back = "sometimes"',
            "printing.scan_back = 'sometimes': invalid enum value",
        ),
        (
            'kind = "serial"\nname = "fixed"\nport = "/dev/serial0"',
            'kind = "hid"\nname = "hand"\ndevice = "/dev/input/event3"',
            "scanners[0].device = '/dev/input/event3': expected `str` matching regex",
        ),
    ],
)
def test_a_mistake_in_a_stations_file_is_told_too(tmp_path: Path, before: str, after: str, said: str) -> None:
    assert said in mistake(tmp_path, STATION.replace(before, after), StationConfig)


def test_a_file_that_cannot_be_read_is_told_with_the_reason(tmp_path: Path) -> None:
    for path, reason in ((tmp_path / "nowhere.toml", "No such file or directory"), (tmp_path, "Is a directory")):
        with pytest.raises(ConfigError) as refused:
            read_config(path, ContactConfig)
        assert str(refused.value) == f"{path}: cannot be read ({reason}); give the file with --config"


def test_a_secret_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "password"
    path.write_text("hidden")
    assert secret(str(path), "broker.password_file") == str(path)


def test_a_secret_is_a_credential_of_systemd(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "client.key").write_text("hidden")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    assert secret("credential:client.key", "broker.tls.key") == str(tmp_path / "client.key")


def test_a_secret_that_is_not_there_is_told_by_its_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    missing = str(tmp_path / "key")
    with pytest.raises(ConfigError, match=r"^broker\.tls\.key = '.*key': .*key is missing or not readable"):
        secret(missing, "broker.tls.key")
    monkeypatch.setenv("CREDENTIALS_DIRECTORY", str(tmp_path))
    with pytest.raises(ConfigError, match=r"^broker\.tls\.key = 'credential:key': .*/key is missing"):
        secret("credential:key", "broker.tls.key")


def test_a_credential_without_systemd_is_told_with_the_remedy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CREDENTIALS_DIRECTORY", raising=False)
    with pytest.raises(ConfigError, match=r"start by systemd with LoadCredential=client\.key:…, or give a path"):
        secret("credential:client.key", "broker.tls.key")
