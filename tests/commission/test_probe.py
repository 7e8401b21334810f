"""``station printer probe`` on the emulated printer: what it asks, says, keeps and refuses."""

import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from station.cli import main
from station.devices.printer.kept import PrinterLock, kept_beside, read_kept
from station.devices.printer.probing import probe
from station.emulator.model import Model
from station.emulator.server import EmulatedPrinter, Settings
from station.printers.answers import Answers


@pytest.fixture(autouse=True)
def _quick(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is not answered on a line without wire is not answered soon."""
    monkeypatch.setattr("station.commission.printer.probe", partial(probe, answer_s=0.3))


@contextmanager
def printer(directory: Path, model: Model | None = None, *, pty: bool = False) -> Iterator[EmulatedPrinter]:
    settings = Settings(
        out=directory / "labels",
        tcp=None if pty else ("127.0.0.1", 0),
        pty=directory / "lp0" if pty else None,
        speed_mm_s=0,
        model=model or Model.of("tm-l90"),
        roll_mm=5000,
    )
    with EmulatedPrinter(settings) as emulated:
        yield emulated


def station(directory: Path, emulated: EmulatedPrinter, model: str = "tm-l90") -> Path:
    """A station's configuration with this printer."""
    host, port = emulated.address
    path = directory / "station.toml"
    path.write_text(
        f"""
station = "station-1"
journal = "{directory}/station.db"
site = {{ name = "tokyo-1" }}
printer = {{ connection = "tcp", host = "{host}", port = {port}, model = "{model}" }}
scanners = [{{ kind = "serial", name = "fixed", port = "/dev/ttyAMA0" }}]
"""
    )
    return path


def test_a_printer_that_is_what_is_configured_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with printer(tmp_path) as emulated:
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated))]) == 0
        assert emulated.wait_for_labels(0) == []

    answers = read_kept(kept_beside(tmp_path / "station.db"))
    assert isinstance(answers, Answers)
    assert (answers.name, answers.maker, answers.serial_number) == ("TM-L90", "EPSON", "EMULATOR")
    assert (answers.firmware, answers.language) == ("1.00 ESC/POS", "KANJI JAPANESE")
    assert (answers.model_id, answers.type_id, answers.cut_count) == (0x20, 0x03, 0)
    assert (answers.real_time_status, answers.status_back, answers.paper_status) == (True, True, True)
    assert (answers.process_id, answers.clear_buffers, answers.paper_near_end) == (True, True, False)
    told = capsys.readouterr().out
    assert "process ID (GS ( H)         yes                  yes                  プロセスID\n" in told
    assert "differs" not in told
    assert "confirmed by process ID" in told


def test_an_old_model_is_told_from_a_new_one_by_what_it_does_not_answer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with printer(tmp_path, Model.of("tm-t88iii"), pty=True):
        assert main(["printer", "probe", "--file", str(tmp_path / "lp0"), "--model", "tm-t88iii"]) == 0
    told = capsys.readouterr().out
    assert "process ID (GS ( H)         no                   no" in told
    assert "cut counter (GS g 2, 178)   no                   no" in told
    assert "clear buffers (DLE DC4 8)   yes                  -" in told
    assert "confirmed by GS r and a status" in told
    assert not list(tmp_path.glob("*.json"))


def test_a_printer_without_clearing_or_status_back_is_said_to_need_the_switch(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with printer(tmp_path, replace(Model.of("tm-l90"), clear_buffers=False, status_back=False)) as emulated:
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated))]) == 1
    told = capsys.readouterr().out
    assert "clear buffers (DLE DC4 8)   no                   yes                  バッファクリア  <- differs" in told
    assert "automatic status (GS a)     no                   yes                  自動ステータス  <- differs" in told
    assert "電源を入れ直してください" in told


def test_another_model_than_configured_is_refused_and_not_kept(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with printer(tmp_path, Model.of("tm-t90")) as emulated:
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated))]) == 1
    told = capsys.readouterr().out
    assert "configured is tm-l90 (Epson TM-L90), but the printer says that it is a TM-T90" in told
    assert not kept_beside(tmp_path / "station.db").exists()


def test_what_was_answered_otherwise_before_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for model in (Model(), Model(serial_number="J2")):
        with printer(tmp_path, model) as emulated:
            assert main(["printer", "probe", "--config", str(station(tmp_path, emulated, "generic"))]) == 0
    assert (
        "J2                   -                    製造番号  (was EMULATOR / 前回と違います)" in capsys.readouterr().out
    )


@pytest.mark.parametrize(
    ("words", "complaint"), [("paper out", "the roll is at its end"), ("silent on", "nothing answers")]
)
def test_a_printer_that_cannot_be_probed_now_is_said_with_a_remedy(
    tmp_path: Path, words: str, complaint: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with printer(tmp_path) as emulated:
        emulated.control(words)
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated))]) == 75
    assert complaint in capsys.readouterr().err


def test_while_the_station_runs_its_printer_is_left_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with printer(tmp_path) as emulated:
        config = station(tmp_path, emulated)
        with PrinterLock(tmp_path / "station.db"):
            assert main(["printer", "probe", "--config", str(config)]) == 75
        emulated.wait_until(lambda each: each.received_bytes == 0)
    assert "the station itself or a probe of its printer runs; stop it first" in capsys.readouterr().err


def test_a_model_that_has_no_record_is_a_mistake_in_the_configuration(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with printer(tmp_path) as emulated:
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated, "tm-x1"))]) == 78
    assert "'tm-x1' is no printer model of ours" in capsys.readouterr().err


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_what_root_probes_belongs_to_the_stations_user(tmp_path: Path) -> None:
    os.chown(tmp_path, 65534, 65534)
    with printer(tmp_path) as emulated:
        assert main(["printer", "probe", "--config", str(station(tmp_path, emulated))]) == 0
    assert {file.stat().st_uid for file in tmp_path.glob("station-printer.*")} == {65534}


@pytest.mark.parametrize("content", [b"", b"{", b'{"process_id": "perhaps"}', json.dumps([1]).encode()])
def test_a_damaged_file_counts_as_nothing_kept_and_is_logged(
    tmp_path: Path, content: bytes, caplog: pytest.LogCaptureFixture
) -> None:
    path = tmp_path / "station-printer.json"
    path.write_bytes(content)
    assert read_kept(path) is None
    assert "run station printer probe again" in caplog.text
