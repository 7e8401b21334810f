"""The page about setting up a site, against the files that we ship: one set of names, from the keys to the programs."""

import re
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest

from station.cli import main
from tests.firmware_config.site_broker import MAKE_KEYS, REPOSITORY

PAGE = (REPOSITORY / "docs/set-up.md").read_text("utf-8")
SHIPPED = REPOSITORY / "firmware_config"


def command_for_keys(text: str) -> list[str]:
    """The words of the documented ``make-broker-keys``."""
    one_line = re.sub(r"\\+\n", "", text)
    match = re.search(r"scripts/make-broker-keys (--directory .*)", one_line)
    assert match is not None
    return shlex.split(match[1])


@pytest.fixture(scope="module")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What that command makes."""
    folder = tmp_path_factory.mktemp("site")
    subprocess.run([sys.executable, str(MAKE_KEYS), *command_for_keys(PAGE)], cwd=folder, check=True)
    return folder / "keys"


def supervisors_file() -> str:
    """A supervisor's contact.toml."""
    return PAGE.split("```toml\n", 1)[1].split("```", 1)[0]


FILES = {name: (SHIPPED / f"{name}.toml").read_text("utf-8") for name in ("station", "desk", "contact")}
FILES["supervisor"] = supervisors_file()


def whose(name: str, settings: dict[str, Any]) -> str:
    """The name on the certificate of the program with this file."""
    return "desk" if name == "desk" else str(settings.get("station") or settings["name"])


def test_the_script_and_the_page_show_one_command() -> None:
    assert command_for_keys(MAKE_KEYS.read_text()) == command_for_keys(PAGE)


def test_a_supervisors_file_is_good(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "contact.toml").write_text(supervisors_file())
    assert main(["check-config", str(tmp_path / "contact.toml")]) == 0, capsys.readouterr().err


@pytest.mark.parametrize("name", FILES)
def test_every_program_has_a_key_and_rights_on_the_listener_that_it_calls(keys: Path, name: str) -> None:
    settings = tomllib.loads(FILES[name])
    listener = {8883: "floor", 8884: "publishers"}[settings["broker"]["port"]]
    rights = (keys / "broker/rights.acl").read_text()
    assert f"user {whose(name, settings)}\n" in rights
    assert f" packing/{settings['site']['name']}/" in rights
    own = keys / "clients" / whose(name, settings)
    assert (own / "client.key").exists()
    verify = ["openssl", "verify", "-CAfile", str(keys / f"broker/{listener}-ca.crt"), str(own / "client.crt")]
    subprocess.run(verify, check=True, capture_output=True)


@pytest.mark.parametrize("name", FILES)
def test_the_brokers_certificate_is_for_the_name_by_which_each_program_calls_it(keys: Path, name: str) -> None:
    host = tomllib.loads(FILES[name])["broker"]["host"]
    checked = ["openssl", "x509", "-in", str(keys / "broker/broker.crt"), "-noout", "-checkhost", host]
    said = subprocess.run(checked, capture_output=True, text=True, check=False).stdout
    assert "does match certificate" in said


def test_the_desk_knows_the_stations_and_the_supervisors_that_have_keys(keys: Path) -> None:
    desk, station = tomllib.loads(FILES["desk"]), tomllib.loads(FILES["station"])
    holders = re.findall(r"^# (\w+)\nuser (.+)$", (keys / "broker/rights.acl").read_text(), re.MULTILINE)
    assert {name for role, name in holders if role == "station"} == set(desk["stations"])
    assert {name for role, name in holders if role == "supervisor"} == set(desk["supervisors"])
    assert station["station"] in desk["stations"]


@pytest.mark.parametrize("name", ["contact", "supervisor"])
def test_a_persons_key_is_where_the_page_installs_it(name: str) -> None:
    files = tomllib.loads(FILES[name])["broker"]["tls"].values()
    assert {str(Path(file).parent) for file in files} == {"/etc/packing-station/keys/contact"}
    assert "/* /etc/packing-station/keys/contact/\n" in PAGE


def test_the_contact_centers_page_shows_the_shipped_file() -> None:
    page = (REPOSITORY / "docs/contact-center.md").read_text("utf-8")
    assert tomllib.loads(page.split("```toml\n", 1)[1].split("```", 1)[0]) == tomllib.loads(FILES["contact"])


def test_every_file_of_ours_that_the_page_installs_is_there() -> None:
    named = set(re.findall(r"(?<![\w/.])(?:systemd|firmware_config|scripts)/[\w./-]+\w", PAGE))
    assert len(named) >= 7
    assert [name for name in sorted(named) if not (REPOSITORY / name).exists()] == []
