"""``station check-config``, on the files that we ship and on broken ones; and the page about every key."""

import subprocess
import sys
from pathlib import Path

import pytest

from station.cli import CANNOT_START, main

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted((ROOT / "firmware_config").glob("*.toml"))


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_shipped_file_is_good(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", str(path)]) == 0
    assert capsys.readouterr().out == f"{path}: good for {path.stem}\n"


def test_the_file_may_be_given_as_to_every_other_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check-config", "--config", str(SHIPPED[0])]) == 0
    assert capsys.readouterr().out == f"{SHIPPED[0]}: good for {SHIPPED[0].stem}\n"


@pytest.mark.parametrize("words", [[], [str(SHIPPED[0]), "--config", str(SHIPPED[1])]], ids=["none", "two"])
def test_no_file_or_two_are_refused(words: list[str]) -> None:
    with pytest.raises(SystemExit) as refusal:
        main(["check-config", *words])
    assert refusal.value.code == 2


def test_all_three_programs_have_a_shipped_file() -> None:
    assert [path.stem for path in SHIPPED] == ["contact", "desk", "station"]


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.stem)
def test_a_broken_file_is_refused_with_status_1(path: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = tmp_path / path.name
    broken.write_text(path.read_text("utf-8").replace("[site]", "[sight]"), "utf-8")
    assert main(["check-config", str(broken)]) == 1
    said = capsys.readouterr()
    assert said.err.startswith(f"{broken}: sight: there is no such key")
    assert not said.out


def test_a_file_of_another_name_is_checked_as_it_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    other = tmp_path / "bench-7.toml"
    other.write_bytes((ROOT / "firmware_config/station.toml").read_bytes())
    assert main(["check-config", str(other)]) == 2
    assert "Say --as station, desk or contact" in capsys.readouterr().err
    assert main(["check-config", "--as", "station", str(other)]) == 0
    assert main(["check-config", "--as", "desk", str(other)]) == 1


@pytest.mark.parametrize("program", ["run", "desk"])
def test_a_daemon_does_not_start_with_a_file_that_cannot_be_used(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([program, "--config", str(tmp_path / "nowhere.toml")]) == CANNOT_START
    assert "cannot be read (No such file or directory); give the file with --config" in capsys.readouterr().err


@pytest.mark.parametrize("program", ["station", "desk", "contact"])
def test_the_smallest_example_on_the_page_is_good_and_nothing_in_it_can_be_left_out(
    program: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    page = (ROOT / "docs/configuration.md").read_text("utf-8")
    example = page.split(f"## {program}.toml\n", 1)[1].split("```toml\n", 1)[1].split("```", 1)[0]
    file = tmp_path / f"{program}.toml"
    file.write_text(example, "utf-8")
    assert main(["check-config", str(file)]) == 0, capsys.readouterr().err
    lines = example.splitlines(keepends=True)
    for number, line in enumerate(lines):
        if "=" in line:
            file.write_text("".join(lines[:number] + lines[number + 1 :]), "utf-8")
            assert main(["check-config", str(file)]) == 1, line


def test_the_page_about_every_key_is_current() -> None:
    command = [sys.executable, str(ROOT / "scripts/make-configuration-doc"), "--check"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
