"""``station status``, asked of real programs: at work, waiting, hanging, and gone."""

import json
import os
import select
import signal
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import msgspec
import pytest

from station.cli import CANNOT_START, main
from station.clock import elapsed_s
from station.protocol.status import DeskStatus, StationStatus
from station.publication import MAX_READERS, Publication, publisher
from station.upkeep import now as now_module
from station.upkeep.now import DeskNow, Now, StationNow, Window, read_now
from station.upkeep.status import shown
from tests.sites import STATION, free_port, running_broker
from tests.system.processes import wait_for

START_S = 60.0
"""A program's start takes seconds where many share a machine."""

_STATION = """\
station = "station-1"
journal = "{folder}/station.db"
status_socket = "{folder}/status"
site = {{ name = "test" }}
broker = {{ host = "127.0.0.1", port = {port} }}
printer = {{ connection = "file", path = "{folder}/lp0" }}
scanners = [{{ kind = "serial", name = "hand", port = "{folder}/scanner" }}]
"""
_DESK = """\
database = "{folder}/desk.db"
stations = ["station-1", "station-2"]
status_socket = "{folder}/status"
site = {{ name = "test" }}
broker = {{ host = "127.0.0.1", port = {port} }}
"""
STATUS = StationStatus(station="station-1", up=True, ready=True, printer="ready", scanners={"hand": True}, desk=True)


@contextmanager
def program(folder: Path, text: str, port: int) -> Iterator["tuple[Path, subprocess.Popen[bytes]]"]:
    """A station or a desk, from when it says what it does."""
    desk = "database" in text
    config = folder / ("desk.toml" if desk else "station.toml")
    config.write_text(text.format(folder=folder, port=port))
    with (
        (folder / "log").open("wb") as log,
        subprocess.Popen([*STATION, "desk" if desk else "run", "--config", config], stderr=log) as process,
    ):
        try:
            wait_for("it says what it does", lambda: is_told(folder / "status"), START_S)
            yield config, process
        finally:
            process.kill()


def station_toml(folder: Path) -> Path:
    """The configuration of a station that does not run."""
    config = folder / "station.toml"
    config.write_text(_STATION.format(folder=folder, port=1))
    return config


@contextmanager
def saying(folder: Path, now: Now) -> Iterator[Window]:
    """A window at that station's socket, in the place of a program, that shows this."""
    with closing(Window(str(folder / "status"))) as window:
        window.start()
        window.show(now)
        yield window


def is_told(path: Path) -> bool:
    try:
        return next(read_now(path, silence_s=1), None) is not None
    except OSError:
        return False


def newest(path: Path) -> Now:
    return next(read_now(path))


def test_a_station_says_what_it_lacks(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with program(tmp_path, _STATION, free_port()) as (config, process):
        wait_for(
            "it knows of its devices",
            lambda: "hand DOWN" in shown(newest(tmp_path / "status"), as_json=False),
            START_S,
            seen=lambda: shown(newest(tmp_path / "status"), as_json=False),
        )
        assert main(["status", "--config", str(config)]) == 0
        told = capsys.readouterr().out
        assert publisher(tmp_path / "status") == process.pid
    assert told.startswith("station-1: idle: ")
    assert "broker    NO CONNECTION\n" in told
    assert "desk      NOT REACHED\n" in told
    assert "ready     NO: no order can be packed" in told
    assert "printer   disconnected\n" in told


def test_a_desk_says_for_whom_it_decides_and_that_its_broker_is_gone(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with running_broker(tmp_path) as site, program(tmp_path, _DESK, site.port) as (config, _):
        wait_for("the broker is there", lambda: newest(tmp_path / "status").broker, START_S)
        assert main(["status", "--config", str(config), "--json"]) == 0
        told = json.loads(capsys.readouterr().out)
        site.kill_broker()
        wait_for("it is gone", lambda: not newest(tmp_path / "status").broker, START_S)
        assert newest(tmp_path / "status").doing == "no connection to the broker: nothing can be decided"
    assert (told["program"], told["doing"]) == ("desk", "deciding for 2 stations, 0 of them up")
    assert told["status"]["up"]


def test_a_program_that_does_not_run_is_said_with_the_commands_that_help(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for text, name, unit in ((_STATION, "station", "packing-station"), (_DESK, "desk", "packing-desk")):
        config = tmp_path / f"{name}.toml"
        config.write_text(text.format(folder=tmp_path, port=1))
        assert main(["status", "--config", str(config)]) == 1
        told = capsys.readouterr().err
        assert f"{unit} is not running" in told
        assert f"systemctl start {unit}. Why it ended: journalctl -u {unit} -e" in told


def test_a_stopped_program_is_said_to_hang_and_what_a_killed_one_leaves_is_no_program(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("station.upkeep.status.read_now", lambda path: read_now(path, silence_s=0.3))
    with program(tmp_path, _STATION, free_port()) as (config, process):
        process.send_signal(signal.SIGSTOP)
        assert main(["status", "--config", str(config)]) == 1
        assert f"(process {process.pid}) has said nothing for 10 s: it hangs" in capsys.readouterr().err
        process.kill()
        process.wait()
        assert (tmp_path / "status").exists()
        assert main(["status", "--config", str(config)]) == 1
        assert "is not running" in capsys.readouterr().err


def test_a_loop_that_hangs_is_noticed_though_its_socket_answers(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with saying(tmp_path, StationNow(at_s=elapsed_s() - 60, doing="packing", broker=True, status=STATUS)):
        assert main(["status", "--config", str(station_toml(tmp_path))]) == 1
    assert "HANGS     it has come to nothing for 60 s" in capsys.readouterr().out


def test_a_loop_that_goes_on_says_so_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(now_module, "AGAIN_S", 0.0)
    with saying(tmp_path, StationNow(at_s=0.0, doing="idle", broker=True, status=STATUS)) as window:
        window.progress(lambda before: msgspec.structs.replace(before, doing="looked at anew"))
        wait_for("it is said again", lambda: newest(tmp_path / "status").at_s > 0)
        assert newest(tmp_path / "status").doing == "looked at anew"


def test_one_reader_too_many_is_not_told_that_the_program_is_down(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with saying(tmp_path, StationNow(at_s=elapsed_s(), doing="idle", broker=True, status=STATUS)):
        others = [read_now(tmp_path / "status") for _ in range(MAX_READERS)]
        assert [next(other).doing for other in others] == ["idle"] * MAX_READERS
        assert main(["status", "--config", str(station_toml(tmp_path))]) == 1
    assert f"(process {os.getpid()}) runs and hangs up: 8 ask it already" in capsys.readouterr().err


def test_everybody_on_the_machine_may_ask(tmp_path: Path) -> None:
    window = Window(str(tmp_path / "status"))
    try:
        assert (tmp_path / "status").stat().st_mode & 0o777 == 0o666
    finally:
        window.close()


def test_without_a_socket_in_the_configuration_it_is_said_what_to_add(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "station.toml"
    config.write_text(_STATION.format(folder=tmp_path, port=1).replace(f'status_socket = "{tmp_path}/status"', ""))
    assert main(["status", "--config", str(config)]) == CANNOT_START
    assert 'add status_socket = "/run/packing-station/status"' in capsys.readouterr().err


def test_a_program_of_another_version_is_said_to_be_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = Publication(tmp_path / "status")
    other.start()
    other.show({"program": "station", "says": "what nobody knows"})
    try:
        assert main(["status", "--config", str(station_toml(tmp_path))]) == 1
    finally:
        other.close()
    assert "another version than this command" in capsys.readouterr().err


def test_watch_shows_every_change_and_that_the_program_ends(tmp_path: Path) -> None:
    words = [*STATION, "status", "--watch", "--config", str(station_toml(tmp_path))]
    with (
        saying(tmp_path, StationNow(at_s=elapsed_s(), doing="first", broker=True, status=STATUS)) as window,
        subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as watching,
    ):
        assert watching.stdout is not None
        assert "station-1: first" in read_until(watching.stdout.fileno(), b"running")
        for doing in ("second", "second"):  # the second one changes nothing
            window.show(StationNow(at_s=elapsed_s(), doing=doing, broker=False, status=STATUS))
        assert "station-1: second" in read_until(watching.stdout.fileno(), b"running")
        window.close()
        rest = read_until(watching.stdout.fileno(), b"-e\n")
        watching.send_signal(signal.SIGINT)
        assert watching.wait(10) == 130
    assert "second" not in rest
    assert "packing-station is not running" in rest


def read_until(descriptor: int, end: bytes) -> str:
    heard = b""
    while end not in heard:
        assert select.select([descriptor], [], [], 20)[0], heard
        heard += os.read(descriptor, 4096)
    return heard.decode()


@pytest.mark.parametrize(
    ("now", "words"),
    [
        (
            StationNow(at_s=1e9, doing="d", broker=True, status=msgspec.structs.replace(STATUS, in_doubt=2)),
            "2 labels of",
        ),
        (
            StationNow(at_s=1e9, doing="d", broker=True, status=msgspec.structs.replace(STATUS, unsent_records=3)),
            "3 not",
        ),
        (StationNow(at_s=1e9, doing="d", broker=True, status=msgspec.structs.replace(STATUS, disk_full=True)), "FULL"),
        (
            StationNow(at_s=1e9, doing="d", broker=True, status=msgspec.structs.replace(STATUS, rejected={"hold": 4})),
            "hold 4",
        ),
        (
            StationNow(at_s=1e9, doing="d", broker=True, status=msgspec.structs.replace(STATUS, paper_near_end=True)),
            "near its",
        ),
        (
            DeskNow(at_s=1e9, doing="d", broker=True, status=DeskStatus(up=True, waits_for=("station-2",))),
            "station-2 (",
        ),
        (DeskNow(at_s=1e9, doing="d", broker=True, status=DeskStatus(up=False, disk_full=True)), "nothing is decided"),
    ],
)
def test_what_a_person_has_to_know_stands_in_a_line_of_its_own(now: Now, words: str) -> None:
    assert words in shown(now, as_json=False)
