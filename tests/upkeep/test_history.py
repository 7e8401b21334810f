"""``station history ORDER``, from a station's journal and from the desk's database."""

import json
from pathlib import Path

import pytest

from station.bench.core.effects import Audit
from station.bench.journal import Journal
from station.cli import CANNOT_START, TRY_AGAIN, main
from station.clock import as_text
from tests.clocks import Time
from tests.config.test_reading import DESK, STATION
from tests.database.earlier import left, version_in
from tests.desk.conftest import greeted
from tests.desk.driver import ORDER, instruction, running
from tests.label.orders import PLAIN


@pytest.fixture
def desk_toml(tmp_path: Path) -> Path:
    """A desk that packed an order."""
    with running(tmp_path / "desk.db") as desk:
        desk.instruct(instruction())
        bench = greeted(desk, "station-1")
        bench.printed(bench.granted())
    path = tmp_path / "desk.toml"
    path.write_text(DESK.replace("/var/lib/desk.db", str(tmp_path / "desk.db")))
    return path


@pytest.fixture
def station_toml(tmp_path: Path) -> Path:
    """A station that scanned a slip and an item."""
    time = Time(wall_s=1)
    journal = Journal(tmp_path / "station.db", time.clock)
    journal.begin_boot()
    journal.commit([Audit("slip scanned", order=ORDER, code=ORDER, packer="Suzuki")])
    time.pass_s(1)
    journal.commit([Audit("item scanned", order=ORDER, code="4901234567894"), Audit("other", order="B-1")])
    journal.close()
    path = tmp_path / "station.toml"
    path.write_text(STATION.replace("/var/lib/station.db", str(tmp_path / "station.db")))
    return path


def test_the_desk_tells_an_orders_life(desk_toml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", ORDER, "--config", str(desk_toml)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split("  ")[1] for line in lines] == ["revision accepted", "opened", "granted", "printed"]
    assert all("station=station-1" in line for line in lines[1:])
    assert PLAIN.ship_to.name not in repr(lines)


def test_a_station_tells_an_orders_life(station_toml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", ORDER, "--config", str(station_toml)]) == 0
    first, second = capsys.readouterr().out.splitlines()
    assert first.split() == [as_text(1), "slip", "scanned", f"order={ORDER}", f"code={ORDER}", "packer=Suzuki"]
    assert second.split() == [as_text(2), "item", "scanned", f"order={ORDER}", "code=4901234567894"]


def test_history_in_json_is_one_object_a_line(station_toml: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", ORDER, "--config", str(station_toml), "--json"]) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(each["at"], each["what"]) for each in told] == [(as_text(1), "slip scanned"), (as_text(2), "item scanned")]


def test_an_order_of_which_nothing_is_known_is_said_so(
    desk_toml: Path, station_toml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for config in (desk_toml, station_toml):
        assert main(["history", "nobody's", "--config", str(config)]) == 1
        assert capsys.readouterr().err == "nothing is known of order nobody's here\n"


def test_a_database_that_is_not_there_is_not_made(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    config = tmp_path / "desk.toml"
    config.write_text(DESK.replace("/var/lib/desk.db", str(tmp_path / "desk.db")))
    assert main(["history", ORDER, "--config", str(config)]) == CANNOT_START
    assert "does not exist: has the program of this configuration ever been started?" in capsys.readouterr().err
    assert not (tmp_path / "desk.db").exists()


@pytest.mark.parametrize("content", [b"database = ", b"\xff"])
def test_a_configuration_that_cannot_be_read_is_refused(
    tmp_path: Path, content: bytes, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "desk.toml"
    config.write_bytes(content)
    assert main(["history", ORDER, "--config", str(config)]) == CANNOT_START
    assert str(config) in capsys.readouterr().err


def test_who_only_looks_changes_nothing(desk_toml: Path, station_toml: Path, tmp_path: Path) -> None:
    files = (tmp_path / "desk.db", tmp_path / "station.db")
    before = [file.read_bytes() for file in files]
    for config in (desk_toml, station_toml):
        assert main(["history", ORDER, "--config", str(config)]) == 0
    assert [file.read_bytes() for file in files] == before
    assert {each.name for each in tmp_path.iterdir()} == {"desk.db", "station.db", "desk.toml", "station.toml"}


def test_a_database_of_an_earlier_version_is_not_brought_forward_by_looking(
    desk_toml: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (desk_toml.parent / "desk.db").unlink()
    path = left("desk", 3, desk_toml.parent / "desk.db")
    assert main(["history", ORDER, "--config", str(desk_toml)]) == TRY_AGAIN
    assert "has schema 3, and 4 is looked for" in capsys.readouterr().err
    assert version_in(path) == 3
