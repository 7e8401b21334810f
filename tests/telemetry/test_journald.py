"""The lines in systemd's own journal, found by their fields and explained by its catalog."""

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.telemetry.limits import WINDOW_S
from tests.system.journald import Journald, why_not
from tests.telemetry.catalog import FILES, entries

_DAY = """
from station.telemetry.life import Line
from station.telemetry.logs import identify, start_logging
from station.telemetry.messages import BrokerLost, MessageRefused, PrinterNotReady, StationStarted
from station.telemetry.telling import tell, tell_life

def pack(order):
    tell_life(Line("station", "opened", order, detail="revision 1"))
    tell_life(Line("station", "item", order, "4901234567894", "1/1"))
    tell_life(Line("station", "hold active", order, detail="H-7 cancel"))
    tell_life(Line("station", "print begins", order, detail="1-abc.2 without_permission=False, supervisor sato"))
    tell_life(Line("station", "wrong label scanned back", order, "odd-1/12"))

start_logging("packing-station")
identify(STATION="station-3", SITE="osaka")
tell(StationStarted("station-3", "osaka", "0.1.0", 7, 0, 0))
pack("A-1001")
pack("A-1002")
tell(PrinterNotReady("paper_out", ""))
tell(BrokerLost("no connection\\n<0>forged"))
for _ in range(500):
    tell(MessageRefused("hold", "$.hold is missing"))
raise ValueError("髙橋一郎")
"""


@pytest.fixture(scope="module")
def journald(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Journald]:
    if reason := why_not():
        pytest.skip(reason)
    folder = tmp_path_factory.mktemp("journald")
    (folder / "day.py").write_text(_DAY)
    with Journald(folder) as running:
        assert running.run_service(sys.executable, str(folder / "day.py")) == 1
        yield running


def test_journalctl_tells_an_orders_story_by_its_number(journald: Journald) -> None:
    story = journald.lines("ORDER=A-1001")

    assert [(line["EVENT"], line["PRIORITY"]) for line in story] == [
        ("opened", "6"),
        ("item", "6"),
        ("hold active", "5"),
        ("print begins", "6"),
        ("wrong label scanned back", "4"),
    ]
    assert {(line["STATION"], line["SITE"], line["SYSLOG_IDENTIFIER"]) for line in story} == {
        ("station-3", "osaka", "packing-station")
    }
    assert [line.get("SCAN") for line in story] == [None, "4901234567894", None, None, "odd-1/12"]
    assert story[3]["GRANT"] == "1-abc.2"
    assert "sato" not in str(story)


def test_priorities_tell_what_has_to_be_looked_at(journald: Journald) -> None:
    serious = [line["EVENT"] for line in journald.lines("--priority=err", "STATION=station-3")]
    assert serious == ["crashed"]


def test_what_came_from_outside_forges_no_line_and_no_field(journald: Journald) -> None:
    (lost,) = journald.lines("EVENT=broker lost")
    assert lost["MESSAGE"] == "no connection | <0>forged; trying again"
    assert lost["REASON"] == "no connection\n<0>forged"
    assert lost["PRIORITY"] == "4"


def test_a_flood_leaves_twenty_lines_and_a_count(journald: Journald) -> None:
    assert len(journald.lines("EVENT=message refused")) == 20
    (told,) = journald.lines("EVENT=lines left out")
    assert (told["KIND"], told["COUNT"], told["WINDOW_S"]) == ("message refused", "480", str(WINDOW_S))


def test_a_crash_is_in_the_journal_with_its_places_and_without_its_values(journald: Journald) -> None:
    (crash,) = journald.lines("EVENT=crashed")
    assert crash["FAULT"] == "ValueError"
    assert "day.py:" in crash["TRACE"]
    assert "\n" in crash["TRACE"]
    assert "髙橋".encode() not in journald.export()


def test_journalctl_explains_each_line_with_its_values(journald: Journald) -> None:
    said = journald.explained("ORDER=A-1001", "EVENT=hold active")
    assert "A hold came for the open order" in said
    assert "Meaning: Order A-1001 is held: H-7 cancel." in said
    assert "To do: The contact center releases it, or cancels." in said
    assert not re.search(r"@[A-Z_]+@", journald.explained("STATION=station-3"))


@pytest.mark.parametrize("language", FILES)
def test_systemd_reads_every_entry_of_the_catalog(language: str, tmp_path: Path) -> None:
    if reason := why_not():
        pytest.skip(reason)
    with Journald(tmp_path, catalogs={"packing-station.catalog": FILES[language]}) as journald:
        updated = journald.run("journalctl", "--update-catalog", SYSTEMD_LOG_LEVEL="debug")
        assert updated.returncode == 0
        listed = journald.run("journalctl", "--dump-catalog").stdout

    read = dict(re.findall(r"^-- ([0-9a-f]{32})\n(.*?)(?=^-- |\Z)", listed, re.MULTILINE | re.DOTALL))
    assert set(read) == {entry.id for entry in entries(language)}
    for entry in entries(language):
        assert entry.headers["Subject"] in read[entry.id]
        assert entry.body.strip() in read[entry.id]
