"""The scanners' sheets: each says all that a station wants, and each is reached."""

import re
from pathlib import Path

import pytest

FOLDER = Path(__file__).resolve().parents[2] / "firmware_config" / "scanners"
README = (FOLDER / "README.md").read_text("utf-8")
SHEETS = sorted(path.name for path in FOLDER.glob("*.md") if path.name != "README.md")
EACH = (
    "interface",
    "keyboard layout",
    "terminator",
    "AIM identifiers",
    "FNC1",
    "GS1 codes",
    "NW-7 (Codabar)",
    "lengths",
)


def settings(text: str) -> list[str]:
    """The first column of a sheet's table."""
    return re.findall(r"^\| ([^|]+?) \|", text, re.MULTILINE)


def test_the_readme_names_every_sheet_and_no_other() -> None:
    assert sorted(set(re.findall(r"\]\(([a-z-]+\.md)\)", README))) == SHEETS


@pytest.mark.parametrize("sheet", SHEETS)
def test_a_sheet_says_of_every_setting_how_its_maker_calls_it(sheet: str) -> None:
    found = settings((FOLDER / sheet).read_text("utf-8"))
    assert [each for each in EACH if each not in found] == []


def test_the_settings_are_those_that_the_readme_wants() -> None:
    assert set(EACH) <= set(settings(README))
