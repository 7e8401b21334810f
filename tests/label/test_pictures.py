"""The pictures of labels in the documentation, and the page that they stand on."""

import re
import subprocess
import sys
from pathlib import Path

from station.cli import main
from station.label.carriers import CARRIERS
from station.label.content import OPTIONAL, PLACED
from station.label.layouts import PAPERS, SHIPPED_CARRIERS

ROOT = Path(__file__).resolve().parents[2]
PAGE = (ROOT / "docs/labels.md").read_text("utf-8")


def test_the_pictures_are_those_that_the_layouts_make() -> None:
    command = [sys.executable, str(ROOT / "scripts/make-label-picture"), "--check"]
    ended = subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)
    assert ended.returncode == 0, ended.stderr


def test_the_page_has_a_picture_of_every_layout() -> None:
    shown = set(re.findall(r'<img src="labels/([^"]+)\.png"', PAGE))
    assert shown == {f"{carrier}-{paper}" for carrier in SHIPPED_CARRIERS for paper in PAPERS} | {
        "test",
        "head",
        "void",
    }
    assert {path.stem for path in (ROOT / "docs/labels").iterdir()} == shown


def test_the_page_names_every_field_and_those_that_need_no_box() -> None:
    (fields,) = re.findall(r"^Fields: (.+?)\. All but (.+?) need a box", PAGE, re.MULTILINE)
    assert set(re.findall(r'`"?([a-z_.]+)"?`', fields[0])) == PLACED
    assert set(re.findall(r"`([a-z_.]+)`", fields[1])) == OPTIONAL


def test_the_page_names_every_carriers_slots_words_and_codes() -> None:
    rows = [
        line.split("|")[2:] for line in PAGE.splitlines() if line.startswith(("| time s", "| payment", "| tempera"))
    ]
    for column, style in enumerate(CARRIERS.values()):
        said = " ".join(row[column] for row in rows)
        for slot in style.slots or {}:
            assert slot in said
        for term in (*style.payments.values(), *style.temperatures.values()):
            assert not term.words or f"{term.words} {term.code}" in said


def test_the_layout_on_the_page_is_a_good_one(tmp_path: Path) -> None:
    (example,) = re.findall(r"```toml\n# \S+/yamato\.toml\n(.*?)```", PAGE, re.DOTALL)
    (tmp_path / "yamato.toml").write_text(example, "utf-8")
    assert main(["label", "check", str(tmp_path / "yamato.toml")]) == 0
