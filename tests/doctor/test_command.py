"""``station doctor`` as it is typed: its lines, its JSON, its exit status; and that its page says what it can find."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from station.cli import CANNOT_START, main
from station.clock import elapsed_s
from station.doctor import checks, service
from station.doctor.checks import CHECKS
from station.doctor.findings import Mark, status_of
from station.upkeep.now import StationNow
from tests.doctor.document import TARGET, placed
from tests.doctor.tree import BY_NAME, REPOSITORY, SERVICE, STATUS, Tree, faults_of, modules

MADE_OF_FILES = ["config", "keymap", "serial", "disk", "disk-health", "power", "boot", "system", "memory"]


def doctor(tree: Tree, *words: str) -> int:
    tree.examine("keymap")  # which writes the configuration
    return main(["doctor", "--config", str(tree.config), "--root", str(tree.root), *words])


def test_a_fit_machine_is_fit(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(tree, "--only", *MADE_OF_FILES) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "fit"
    assert {line.split()[0] for line in lines[:-1]} == {"ok"}
    assert [line.split()[1] for line in lines[:-1]] == sorted(
        (line.split()[1] for line in lines[:-1]), key=[check.name for check in CHECKS].index
    )


def test_a_fault_is_one_line_with_its_remedy_behind_it(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.replace(SERVICE, "LimitCORE=0", "")
    assert doctor(tree, "--only", *MADE_OF_FILES) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[-1] == "NOT FIT: 1 faults"
    assert [line for line in lines if line.startswith("FAULT")] == [
        "FAULT memory       a crash of packing-station.service may leave a core file, with names and addresses in it. "
        "LimitCORE=0 in the unit, as the one of scripts/install has it; then systemctl daemon-reload and restart"
    ]


def test_what_could_not_be_looked_at_is_neither_fit_nor_a_fault(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    assert doctor(tree, "--only", "broker") == 2
    assert capsys.readouterr().out.endswith("no fault seen, but not all could be looked at\n")


@pytest.mark.parametrize(
    ("marks", "status"),
    [
        (set(), 0),
        ({Mark.OK, Mark.NOTE, Mark.NOT_HERE}, 0),
        ({Mark.OK, Mark.UNSEEN}, 2),
        ({Mark.UNSEEN, Mark.FAULT}, 1),
    ],
)
def test_the_exit_status_goes_by_the_worst(marks: set[Mark], status: int) -> None:
    assert status_of(marks) == status


def test_json_says_the_same_with_names_that_stay(tree: Tree, capsys: pytest.CaptureFixture[str]) -> None:
    tree.replace(SERVICE, "LimitCORE=0", "")
    assert doctor(tree, "--json", "--only", "memory", "power") == 1
    told = json.loads(capsys.readouterr().out)
    assert told["status"] == 1
    assert [(each["check"], each["mark"], each["name"]) for each in told["findings"]] == [
        ("power", "ok", ""),
        ("memory", "FAULT", "memory-core"),
        ("memory", "ok", ""),
    ]
    assert told["findings"][1]["remedy"].startswith("LimitCORE=0")


def test_a_configuration_that_cannot_be_used_is_said_as_ever(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "station.toml").write_text("station = 1\n")
    assert main(["doctor", "--config", str(tmp_path / "station.toml")]) == CANNOT_START
    assert "station.toml: " in capsys.readouterr().err


def test_an_examination_changes_nothing(tree: Tree) -> None:
    def seen() -> dict[str, object]:
        files = [path for path in tree.root.rglob("*") if path.is_file() and not path.is_symlink()]
        return {str(path): path.read_bytes() for path in files}

    before = seen()
    doctor(tree)
    added = {name for name in seen() if name not in before}
    assert {name: text for name, text in seen().items() if name not in added} == before
    assert {Path(name).name for name in added} <= {"station-printer.lock"}


def test_a_whole_examination_of_this_very_machine_ends_without_a_traceback(
    capsys: pytest.CaptureFixture[str],
) -> None:
    for name in ("station", "desk"):
        assert main(["doctor", "--config", str(REPOSITORY / f"firmware_config/{name}.toml")]) in (1, 2)
        assert capsys.readouterr().out.count("\n") > 10


def test_while_the_program_runs_its_devices_are_no_faults(tree: Tree) -> None:
    with tree.running(StationNow(at_s=elapsed_s(), doing="idle", broker=True, status=STATUS)):
        found = tree.examine("service", "scanner", "gpio", "broker", "printer")
    assert {finding.mark for finding in found} == {Mark.OK, Mark.NOTE}


# --- The page --------------------------------------------------------------------------------------------


def test_the_page_says_every_check_fault_and_remedy() -> None:
    ended = subprocess.run(
        [sys.executable, REPOSITORY / "scripts/make-maintenance-doc", "--check"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (0, "")
    assert placed(TARGET.read_text("utf-8")) == TARGET.read_text("utf-8")


def test_every_fault_has_a_name_of_its_own_and_a_remedy() -> None:
    faults = [fault for module in modules() for fault in faults_of(module).values()]
    assert len(faults) == len(BY_NAME) > 80
    for fault in faults:
        assert fault.remedy
        assert re.fullmatch(r"[a-z0-9]+(-[a-z0-9]+)*", fault.name)
        assert not fault.words.endswith("."), fault


def test_every_fault_is_found_in_a_test() -> None:
    tests = "\n".join(path.read_text() for path in Path(__file__).parent.glob("test_*.py"))
    names = [f"{module.__name__.rpartition('.')[2]}.{name}" for module in modules() for name in faults_of(module)]
    assert [name for name in names if not re.search(rf"\b{name}\b", tests)] == []
    assert {service, checks} <= set(modules())
