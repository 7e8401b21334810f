"""The script's own refusals and what it leaves behind; what its keys and rights are worth is tried on a real broker."""

import subprocess
import sys
from pathlib import Path

import pytest

from tests.firmware_config.site_broker import MAKE_KEYS, make_keys, say_keys


def refused(directory: Path, *arguments: str) -> str:
    """What the script says when it refuses; it must then have written nothing."""
    command = [sys.executable, str(MAKE_KEYS), "--directory", str(directory), *arguments]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    assert not directory.exists()
    return done.stderr


@pytest.mark.parametrize("name", ["+", "#", "bench/1", "bench 1", "ベンチ", "%u", "-x", "", "x" * 65])
def test_a_name_that_would_be_another_right_is_refused(tmp_path: Path, name: str) -> None:
    site = ("--site", "osaka", "--broker-names", "localhost", "--publishers", "c")
    assert "--stations" in refused(tmp_path / "keys", *site, f"--stations={name}")


def test_a_name_in_two_roles_is_refused(tmp_path: Path) -> None:
    site = ("--site", "osaka", "--broker-names", "localhost", "--publishers", "c")
    assert "more than once: c" in refused(tmp_path / "keys", *site, "--stations", "bench-1", "c")


def test_a_prefix_with_a_wildcard_is_refused(tmp_path: Path) -> None:
    who = ("--broker-names", "localhost", "--publishers", "c", "--stations", "b")
    assert "--prefix" in refused(tmp_path / "keys", "--prefix", "packing/+", *who)


def test_no_key_can_be_read_by_anyone_else(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    found = list(keys.glob("**/*.key"))
    assert {file.parent.name for file in found} >= {"broker", "floor", "publishers", "bench-1", "contact-center"}
    assert all(file.stat().st_mode & 0o077 == 0 for file in found)


def test_nothing_half_made_is_left_behind_when_openssl_fails(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    failing = tmp_path / "bin" / "openssl"
    failing.parent.mkdir()
    failing.write_text("#!/bin/sh\necho no such curve >&2\nexit 1\n")
    failing.chmod(0o755)
    monkeypatch.setenv("PATH", str(failing.parent))
    with pytest.raises(subprocess.CalledProcessError) as failure:
        make_keys(tmp_path / "keys")
    assert "no such curve" in failure.value.stderr.decode()
    assert list((tmp_path / "keys").iterdir()) == []


def contents(keys: Path) -> dict[str, bytes]:
    """Every file of a site's keys."""
    return {str(file.relative_to(keys)): file.read_bytes() for file in keys.glob("**/*") if file.is_file()}


def changed(keys: Path, before: dict[str, bytes]) -> set[str]:
    """The files that are not as they were."""
    return {name for name, content in contents(keys).items() if before.get(name) != content}


def test_what_serves_is_kept_however_the_brokers_names_are_spelled_and_ordered(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    say_keys(keys, broker_names=("broker.lan", "192.0.2.10", "2001:db8::1"))
    before = contents(keys)
    said = say_keys(keys, broker_names=("2001:DB8:0::1", "broker.lan", "192.0.2.10"))
    assert changed(keys, before) == set()
    assert "made anew" not in said


def test_a_broker_of_other_names_gets_another_certificate_for_its_key_and_it_is_said(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    before = contents(keys)
    said = say_keys(keys, broker_names=("broker.lan", "localhost"))
    assert changed(keys, before) == {"broker/broker.crt"}
    assert "broker/broker.crt: made anew, for broker.lan, localhost (it was for 127.0.0.1, localhost)" in said


def test_a_certificate_near_its_end_is_made_anew_for_the_key_that_is_there(tmp_path: Path) -> None:
    keys = tmp_path / "keys"
    say_keys(keys, days=59)
    before = contents(keys)
    said = say_keys(keys)
    clients = {f"clients/{name}/client.crt" for name in ("desk", "bench-1", "bench-2", "lead", "contact-center")}
    assert changed(keys, before) == {"broker/broker.crt", *clients}
    assert said.count("less than 60 days left") == 6
    before = contents(keys)
    say_keys(keys)
    assert changed(keys, before) == set()


def test_an_address_that_is_none_is_refused(tmp_path: Path) -> None:
    site = ("--site", "osaka", "--publishers", "c", "--stations", "b")
    assert "1.2.3" in refused(tmp_path / "keys", *site, "--broker-names", "1.2.3")
