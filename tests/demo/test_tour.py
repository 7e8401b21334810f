"""The newcomer's first command."""

import subprocess
from pathlib import Path

import pytest

from station.demo import site
from station.demo.bench import Packer
from station.demo.programs import STATION, DidNotHappen
from station.demo.samples import sample_orders
from station.demo.site import Site
from station.demo.tour import Tour


def test_the_tour_happens_and_says_where_the_labels_are(tmp_path: Path) -> None:
    ended = subprocess.run(
        [*STATION, "demo", "--auto", "--folder", str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
        timeout=110,
    )

    assert ended.returncode == 0, ended.stdout + ended.stderr
    named = [Path(line.split("label: ")[1]) for line in ended.stdout.splitlines() if line.startswith("  label: ")]
    assert len(named) == 6
    assert all(picture.read_bytes().startswith(b"\x89PNG") for picture in named)
    assert "recalled: the label that came out is void" in ended.stdout
    assert "too late: printed at station-1" in ended.stdout


def test_the_tour_fails_where_a_held_label_comes_out(tmp_path: Path) -> None:
    with Site(tmp_path) as warehouse:
        tour = Tour(warehouse, Packer(warehouse, patience_s=3.0), lambda _line: None)
        orders = sample_orders()
        tour.load(orders)
        tour.packer.pack(orders[1], units=1)
        _deaf_to_holds(warehouse)

        with pytest.raises(DidNotHappen):
            tour.hold_in_time(orders[1])


def test_a_missing_broker_is_told_with_its_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(site, "BROKER_FOLDERS", str(tmp_path))

    with pytest.raises(DidNotHappen, match="apt-get install mosquitto"), Site(tmp_path / "run"):
        pass


def _deaf_to_holds(warehouse: Site) -> None:
    """Every hold of the tour is released behind its back as soon as it stands."""
    really = warehouse.command

    def command(*words: str) -> tuple[int, list[str]]:
        answered = really(*words)
        if words[0] == "hold":
            really("release", words[1], words[-1])
        return answered

    warehouse.command = command  # type: ignore[method-assign]
