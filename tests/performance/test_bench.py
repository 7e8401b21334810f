"""scripts/bench, with few samples: that it measures everything and judges rightly; not how fast anything is."""

import json
import subprocess
import sys
from pathlib import Path

from tests.performance.report import Aim, Figure, Report, as_table, spread

FEW = ("--orders", "2", "--holds", "5", "--rounds", "1", "--starts", "1", "--labels", "2")


def test_every_figure_is_measured_on_the_real_processes(tmp_path: Path) -> None:
    out = tmp_path / "figures.json"
    words = (sys.executable, "-m", "tests.performance", *FEW, "--folder", str(tmp_path), "--json", str(out))
    ended = subprocess.run(words, capture_output=True, text=True, check=False, timeout=100)
    assert out.exists(), ended.stderr
    report = json.loads(out.read_bytes())
    names = " | ".join(figure["name"] for figure in report["figures"])
    for part in (
        "last matching scan to first byte",
        "hold published to outcome",
        "requests answered",
        "holds and releases answered",
        "station: start to ready",
        "resident: station with its font",
        "resident: desk without [label]",
        "a label",
    ):
        assert part in names
        assert part in ended.stdout
    assert all(figure["product"]["median"] > 0 for figure in report["figures"])
    missed = "MISSED" in ended.stdout
    assert ended.returncode == int(missed)


def _report(*figures: Figure) -> Report:
    loads = (0.1, 0.1, 0.1)
    return Report(at="now", machine="2 cores", load_before=loads, load_after=loads, figures=figures)


def test_the_99th_percentile_of_two_hundred_samples_leaves_out_the_largest() -> None:
    found = spread([*range(199), 1_000_000])
    assert (found.samples, found.median, found.p99) == (200, 99.5, 198)


def test_a_ratio_over_its_aim_is_missed_and_one_under_it_is_met() -> None:
    floor = spread([1.0] * 100)
    slow = Figure(name="slow", unit="ms", product=spread([1.6] * 100), floor=floor, aims=(Aim("median ratio", 1.5),))
    fast = Figure(name="fast", unit="ms", product=spread([1.4] * 100), floor=floor, aims=(Aim("median ratio", 1.5),))
    assert not _report(slow, fast).all_met
    assert _report(fast).all_met
    assert "median ratio at most 1.5: MISSED" in as_table(_report(slow))
    assert "median ratio at most 1.5: met" in as_table(_report(fast))


def test_a_rate_under_its_aim_is_missed() -> None:
    aims = (Aim("median", 1_000, "at least"),)
    assert not _report(Figure(name="rate", unit="a second", product=spread([999.0]), aims=aims)).all_met
    assert _report(Figure(name="rate", unit="a second", product=spread([1_000.0]), aims=aims)).all_met
