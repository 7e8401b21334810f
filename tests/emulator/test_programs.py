"""The emulators as programs of their own."""

import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from station.cli import main
from station.emulator.wordsocket import LineReader
from tests.emulator.hosts import Host
from tests.emulator.jobs import label_job, process_reply


@contextmanager
def running(module: str, *arguments: str) -> Iterator[tuple[subprocess.Popen[str], dict[str, str]]]:
    """The program and what it said when it was ready."""
    command = [sys.executable, "-m", module, *arguments]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            word, *facts = process.stdout.readline().split()
            assert word == "ready"
            yield process, dict(fact.split("=", 1) for fact in facts)
        finally:
            process.kill()


def say(control: str, *lines: str) -> list[str]:
    """Sends lines of words, and reads the answers."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(control)
        with connection.makefile("rw") as stream:
            answers = []
            for line in lines:
                stream.write(line + "\n")
                stream.flush()
                answers.append(stream.readline().rstrip("\n"))
    return answers


def test_the_printer_says_where_it_listens_and_ends_cleanly(tmp_path: Path) -> None:
    control = str(tmp_path / "control")
    options = ["--tcp", "127.0.0.1:0", "--control", control, "--out", str(tmp_path / "labels"), "--speed", "0"]
    with running("station.emulator", *options, "--model", "TM-T88VI") as (process, facts):
        host, port = facts["tcp"].split(":")
        assert facts["control"] == control
        line = Host.on_tcp((host, int(port)))
        assert line.ask(label_job(), 7) == process_reply(b"0001")
        assert line.ask(b"\x1dI\x43", 10) == b"_TM-T88VI\x00"
        assert say(control, "cover open", "nonsense")[0] == "ok"
        (answer,) = say(control, "status")
        assert (json.loads(answer)["cover_open"], json.loads(answer)["labels"]) == (True, 1)
        process.send_signal(signal.SIGTERM)
        assert process.wait(5) == 0
    assert not Path(control).exists()


def test_what_was_cut_before_a_kill_is_on_disk_and_the_next_printer_goes_on(tmp_path: Path) -> None:
    options = ["--tcp", "127.0.0.1:0", "--out", str(tmp_path), "--speed", "0"]
    for run in (1, 2):
        with running("station.emulator", *options) as (process, facts):
            line = Host.on_tcp(("127.0.0.1", int(facts["tcp"].rpartition(":")[2])))
            line.ask(label_job() * 3, 21)
            process.kill()
            process.wait()
        records = [json.loads(line) for line in (tmp_path / "labels.jsonl").read_text().splitlines()]
        assert [record["n"] for record in records] == list(range(1, 3 * run + 1))
        assert all((tmp_path / record["file"]).read_bytes().endswith(b"IEND\xaeB\x60\x82") for record in records)


def test_a_printer_on_a_pty_without_process_id_and_status_back(tmp_path: Path) -> None:
    link = tmp_path / "printer"
    options = ["--pty", str(link), "--out", str(tmp_path), "--process-id", "off", "--asb", "off", "--png", "off"]
    with running("station.emulator", *options, "--speed", "0", "--control", str(tmp_path / "c")) as (_, facts):
        assert facts["pty"] == str(link)
        line = Host.on_pty(link)
        assert line.ask(b"\x1da\xff" + label_job() + b"\x10\x04\x01", 1) == b"\x12"
        (answer,) = say(facts["control"], "status")
        findings = json.loads(answer)["findings"]
        assert findings == {"unsupported: GS a": 1, "unsupported: GS ( H function 48": 1}
        assert not line.has_something_to_read


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--tcp", "9100x"], "is not HOST:PORT"),
        (["--tcp", "127.0.0.1:0", "--pty", "link"], "not allowed with"),
        (["--tcp", "127.0.0.1:0", "--speed", "-3"], "is not a number from 0 on"),
        (["--tcp", "127.0.0.1:0", "--buffer", "3"], "is not a number of bytes"),
        (["--tcp", "203.0.113.1:9100"], "emulated printer: "),
        (["--tcp", "127.0.0.1:0", "--font", "/no/such/font"], "emulated printer: "),
    ],
)
def test_what_is_wrong_with_the_options_is_said(options: list[str], message: str, tmp_path: Path) -> None:
    command = [sys.executable, "-m", "station.emulator", *options]
    result = subprocess.run(command, capture_output=True, text=True, check=False, cwd=tmp_path, timeout=20)
    assert result.returncode != 0
    assert message in result.stderr
    assert "Traceback" not in result.stderr


def test_the_terminal_takes_the_same_words(tmp_path: Path) -> None:
    master, slave = os.openpty()
    command = [sys.executable, "-m", "station.emulator", "--tcp", "127.0.0.1:0", "--out", str(tmp_path)]
    with subprocess.Popen(command, stdin=slave, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("ready tcp=")
        os.write(master, b"paper out\nstatus\n")
        assert process.stdout.readline() == "ok\n"
        assert json.loads(process.stdout.readline())["paper_out"] is True
        process.terminate()
        assert process.wait(5) == 0
    os.close(master)
    os.close(slave)


def test_a_line_of_words_that_is_too_long_is_thrown_away_and_the_next_one_counts() -> None:
    reader = LineReader()
    pieces = [b"status\r\npap", b"er out\n" + b"x" * 5000, b"y" * 5000, b"end\ncover", b" open\n"]
    assert [line for piece in pieces for line in reader.feed(piece)] == ["status", "paper out", "cover open"]


# The scanner


def test_each_typed_line_is_one_scan(tmp_path: Path) -> None:
    link = tmp_path / "scanner"
    with running("station.emulator.scanner", "--link", str(link)) as (process, facts):
        assert facts["pty"] == str(link)
        assert process.stdin is not None
        for code in ("4901234567894", "A123456789012B", "送り状"):
            line = Host.on_pty(link)
            process.stdin.write(code + "\n")
            process.stdin.flush()
            expected = code.encode() + b"\r"
            assert line.read(len(expected)) == expected
            line.close()
        process.stdin.close()
        assert process.wait(5) == 0
    assert not link.is_symlink()


def test_a_scanner_is_unplugged_and_plugged_in_again(tmp_path: Path) -> None:
    link, control = tmp_path / "scanner", str(tmp_path / "control")
    options = ["--link", str(link), "--control", control, "--ending", "crlf"]
    with running("station.emulator.scanner", *options) as (process, _):
        line = Host.on_pty(link)
        assert say(control, "4901234567894") == ["ok"]
        assert line.read(15) == b"4901234567894\r\n"
        assert say(control, "!unplug") == ["ok"]
        line.wait_until_closed()
        assert not link.exists()
        answers = say(control, "lost", "!plug", "!fly")
        assert answers[:2] == ["error: the scanner is unplugged: !plug", "ok"]
        assert "There are: !plug, !unplug" in answers[2]
        line = Host.on_pty(link)
        assert say(control, "42") == ["ok"]
        assert line.read(4) == b"42\r\n"
        process.terminate()
        assert process.wait(5) == 0


def test_a_model_that_has_no_record_is_refused_with_those_that_have_one(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["emulate", "printer", "--tcp", "127.0.0.1:0", "--model", "tm-x1"]) == 1
    assert "'tm-x1' is no printer model of ours: take one of" in capsys.readouterr().err
