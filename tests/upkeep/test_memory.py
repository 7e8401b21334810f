"""Personal data stay in memory: no core file, and a word where memory may be swapped out."""

import subprocess
import sys
from pathlib import Path

import pytest

from station.cli import main
from station.upkeep.memory import swap_advice
from tests.config.test_reading import DESK, STATION

HEAD = "Filename\tType\tSize\tUsed\tPriority\n"
_LOOKS = """\
import ctypes, resource
from station.upkeep.memory import keep_in_memory
libc = ctypes.CDLL(None)
try:
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
except ValueError:
    pass  # whoever runs this may not raise a limit that is set already
before = libc.prctl(3, 0, 0, 0, 0)
keep_in_memory()
print(before, libc.prctl(3, 0, 0, 0, 0), *resource.getrlimit(resource.RLIMIT_CORE))
"""


def test_a_program_that_was_hardened_leaves_no_core() -> None:
    told = subprocess.run([sys.executable, "-c", _LOOKS], check=True, capture_output=True, text=True).stdout
    assert told.split() == ["1", "0", "0", "0"], "PR_GET_DUMPABLE before and after; the limit, soft and hard"


@pytest.mark.parametrize(
    ("words", "text", "program"),
    [("run", STATION, "station.bench.app.run_station"), ("desk", DESK, "station.desk.app.run_desk")],
)
def test_both_daemons_begin_with_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, text: str, program: str
) -> None:
    happened: list[str] = []

    def runs(*_: object, **__: object) -> int:
        happened.append("runs")
        return 0

    monkeypatch.setattr("station.cli.keep_in_memory", lambda: happened.append("hardened"))
    monkeypatch.setattr(program, runs)
    (tmp_path / "a.toml").write_text(text)
    assert main([words, "--config", str(tmp_path / "a.toml")]) == 0
    assert happened == ["hardened", "runs"]


@pytest.mark.parametrize(
    ("swaps", "limit", "warns"),
    [
        ("/dev/mmcblk0p3\tpartition\t1\t0\t-2\n", "max", True),
        ("/var/swap\tfile\t1\t0\t-2\n", None, True),
        ("/var/swap\tfile\t1\t0\t-2\n", "0", False),
        ("/dev/zram0\tpartition\t1\t0\t100\n", "max", False),
        ("", "max", False),
    ],
)
def test_swap_on_a_disk_is_warned_of_unless_the_unit_forbids_it(
    tmp_path: Path, swaps: str, limit: str | None, warns: bool
) -> None:
    group = tmp_path / "cgroup/system.slice/packing-desk.service"
    group.mkdir(parents=True)
    (tmp_path / "self").mkdir()
    (tmp_path / "swaps").write_text(HEAD + swaps)
    (tmp_path / "self/cgroup").write_text("0::/system.slice/packing-desk.service\n")
    if limit is not None:
        (group / "memory.swap.max").write_text(limit + "\n")
    advice = swap_advice(tmp_path, tmp_path / "cgroup")
    assert bool(advice) == warns
    if warns:
        assert swaps.split(maxsplit=1)[0] in advice
        assert "MemorySwapMax=0" in advice


def test_what_cannot_be_seen_is_not_warned_of(tmp_path: Path) -> None:
    assert swap_advice(tmp_path, tmp_path) == ""
