"""``station cards`` and ``station badges``, as an administrator uses them."""

import stat
import tomllib
from pathlib import Path

import msgspec
import pytest
import zxingcpp
from PIL import Image

from station.bench.core.cards import CARDS, NUMBERS
from station.bench.core.devices import BadgeFault, BadgeKind, BadgeRefused, BadgeScanned, Scanned
from station.cards.reader import badge_of
from station.cli import main
from station.config.badges import Badges
from station.devices.barcode import read_code

Said = pytest.CaptureFixture[str]


@pytest.fixture
def key(tmp_path: Path, capsys: Said) -> Path:
    path = tmp_path / "badges.key"
    assert main(["badges", "new-key", str(path)]) == 0
    capsys.readouterr()
    return path


def _config(text: str) -> Badges:
    return msgspec.convert(tomllib.loads(text)["badges"], Badges)


def _badges_on(picture: Path) -> list[Scanned]:
    with Image.open(picture) as roll:
        read = [code.text for code in zxingcpp.read_barcodes(roll.convert("L"))]
    return [Scanned("hand", read_code(text)) for text in read]


def test_only_the_administrator_may_read_the_key_and_stations_get_another(key: Path, capsys: Said) -> None:
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    main(["badges", "config", "--key", str(key)])
    said = capsys.readouterr().out

    assert key.read_text().strip() not in said
    assert _config(said).revoked == ()


def test_a_badge_that_was_printed_is_taken_until_it_is_revoked(key: Path, tmp_path: Path, capsys: Said) -> None:
    picture = tmp_path / "boss.png"
    assert main(["badges", "make", "--key", str(key), "--supervisor", "田中", "--label", str(picture)]) == 0
    (scanned,) = _badges_on(picture)
    main(["badges", "config", "--key", str(key)])
    before = _config(capsys.readouterr().out.partition("[badges]")[2].join(("[badges]", "")))
    assert badge_of(scanned, before) == BadgeScanned("hand", BadgeKind.SUPERVISOR, "田中", 1)

    assert main(["badges", "revoke", "1", "--key", str(key)]) == 0
    after = _config("[badges]" + capsys.readouterr().out.partition("[badges]")[2])

    assert badge_of(scanned, after) == BadgeRefused("hand", BadgeFault.REVOKED, 1)


def test_numbers_go_on_whoever_was_revoked_and_the_list_names_all(key: Path, tmp_path: Path, capsys: Said) -> None:
    make = ["badges", "make", "--key", str(key), "--label", str(tmp_path / "badges.png")]
    main([*make, "--packer", "佐藤", "--packer", "鈴木"])
    main(["badges", "revoke", "2", "--key", str(key)])
    main([*make, "--packer", "高橋"])
    capsys.readouterr()

    main(["badges", "list", "--key", str(key)])

    lines = [line.split() for line in capsys.readouterr().out.splitlines()]
    assert lines == [["1", "packer", "佐藤"], ["2", "packer", "revoked", "鈴木"], ["3", "packer", "高橋"]]


def test_no_key_is_made_over_another(key: Path, capsys: Said) -> None:
    before = key.read_text()

    assert main(["badges", "new-key", str(key)]) == 1
    assert "name another file" in capsys.readouterr().err
    key.rename(key.with_name("away"))
    assert main(["badges", "new-key", str(key)]) == 1, "its register is still there"

    assert key.with_name("away").read_text() == before


@pytest.mark.parametrize(
    ("words", "reason"),
    [
        (["badges", "revoke", "5", "--key", "KEY"], "has no badge 5"),
        (["badges", "list", "--key", "nowhere"], "station badges new-key FILE"),
        (["badges", "make", "--key", "KEY", "x.pdf"], "no badge was asked for"),
        (["badges", "make", "--key", "KEY", "--packer", "山" * 17, "x.pdf"], "cannot stand on a badge"),
        (["cards", "x.pdf", "--supervisor", "田中"], "a supervisor's badge is signed"),
        (["cards", "x.pdf", "--packer", "佐藤"], "letters, digits and '-' only"),
        (["cards", "nowhere/x.pdf"], "No such file"),
    ],
)
def test_a_mistake_is_told_with_its_remedy(key: Path, capsys: Said, words: list[str], reason: str) -> None:
    assert main([str(key) if word == "KEY" else word for word in words]) == 1
    assert reason in capsys.readouterr().err


def test_a_damaged_register_is_told_and_not_begun_anew(key: Path, capsys: Said) -> None:
    register = key.with_name("badges.key.badges.json")
    register.write_text("{")

    assert main(["badges", "list", "--key", str(key)]) == 1
    assert "put back a backup" in capsys.readouterr().err
    assert register.read_text() == "{"


def test_the_sheet_has_the_cards_and_the_badges_that_were_asked_for(key: Path, tmp_path: Path, capsys: Said) -> None:
    sheet = tmp_path / "cards.pdf"

    assert main(["cards", str(sheet), "--packer", "sato"]) == 0
    count = len(CARDS) + len(NUMBERS) + 1
    pages = -(-count // 10)
    assert capsys.readouterr().out == f"{sheet}: {count} cards on {pages} A4 pages; print at 100 %\n"
    assert main(["cards", str(sheet), "--packer", "佐藤", "--supervisor", "田中", "--key", str(key)]) == 0

    assert "badge 2: supervisor 田中" in capsys.readouterr().out
    assert sheet.read_bytes().startswith(b"%PDF")


def test_labels_for_the_stations_own_printer_are_bytes_that_it_prints_and_cuts(tmp_path: Path) -> None:
    file = tmp_path / "cards.escpos"

    assert main(["cards", str(file), "--label"]) == 0

    assert file.read_bytes().startswith(b"\x1b@")
    assert file.read_bytes().count(b"\x1dVB\x00") == len(CARDS) + len(NUMBERS)
