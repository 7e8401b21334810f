"""The doctor beside a real station at work: what that holds is told as held by it, and stays in its hands."""

import os
import pty
import subprocess
from pathlib import Path

import pytest

from station.cli import main
from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from station.upkeep.now import StationNow, read_now
from tests.sites import STATION, running_broker
from tests.system.processes import wait_for

_CONFIG = """\
station = "station-1"
journal = "{folder}/station.db"
status_socket = "{folder}/status"
site = {{ name = "test" }}
broker = {{ host = "127.0.0.1", port = {port} }}
printer = {{ connection = "tcp", host = "{printer[0]}", port = {printer[1]} }}
scanners = [{{ kind = "serial", name = "hand", port = "{scanner}" }}]
"""


def newest(path: Path) -> StationNow | None:
    try:
        now = next(read_now(path, silence_s=1), None)
    except OSError:
        return None
    return now if isinstance(now, StationNow) else None


def is_at_work(path: Path) -> bool:
    now = newest(path)
    return now is not None and now.broker and now.status.printer == "ready" and now.status.scanners == {"hand": True}


def test_a_station_at_work_is_examined_and_goes_on(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    theirs, ours = pty.openpty()
    scanner = os.ttyname(ours)
    os.close(ours)
    settings = Settings(
        out=tmp_path / "labels", tcp=("127.0.0.1", 0), speed_mm_s=0, model=Model.of("tm-l90"), roll_mm=5000
    )
    config = tmp_path / "station.toml"
    with running_broker(tmp_path) as site, EmulatedPrinter(settings) as printer:
        config.write_text(
            _CONFIG.format(folder=tmp_path, port=site.port, printer=printer.address, scanner=scanner), "utf-8"
        )
        with (
            (tmp_path / "log").open("wb") as log,
            subprocess.Popen([*STATION, "run", "--config", config], stderr=log) as process,
        ):
            try:
                wait_for("it is at work", lambda: is_at_work(tmp_path / "status"), 60)
                status = main(["doctor", "--config", str(config), "--only", "service", "scanner", "printer", "broker"])
                told = capsys.readouterr().out
                assert is_at_work(tmp_path / "status")
            finally:
                process.kill()
    os.close(theirs)
    assert status == 0, told
    assert f"ok    service      packing-station ({process.pid}) runs since " in told
    assert f"ok    scanner      hand: {scanner}, held by the station\n" in told
    assert ": ready, held by the station\n" in told
    assert "ok    broker       the program is connected to 127.0.0.1:" in told
    assert "note  broker       the rights were not tried: the program runs" in told
