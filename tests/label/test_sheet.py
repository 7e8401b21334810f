"""The sheet of command cards."""

import re
import subprocess
import sys
from pathlib import Path

import pytest
import zxingcpp

from station.bench.core.cards import CARDS
from station.label.fonts import Typeface
from station.label.sheet import DOTS_PER_INCH, draw_pages, write_pdf


def test_every_card_is_read_as_qr_code_and_as_code_128(typeface: Typeface) -> None:
    (page,) = draw_pages({card.value: words for card, words in CARDS.items()}, typeface)
    read = sorted((str(code.format), code.text) for code in zxingcpp.read_barcodes(page.convert("L")))
    assert read == sorted((kind, card.value) for kind in ("Code 128", "QR Code") for card in CARDS)


def test_more_than_ten_cards_take_another_page_of_one_pdf(typeface: Typeface, tmp_path: Path) -> None:
    pages = draw_pages({f"PS-{number}": ("見本", "Sample") for number in range(11)}, typeface)
    write_pdf(tmp_path / "cards.pdf", pages)
    pdf = (tmp_path / "cards.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == len(pages) == 2
    assert {tuple(round(side / DOTS_PER_INCH * 25.4) for side in page.size) for page in pages} == {(210, 297)}


@pytest.mark.parametrize(
    ("cards", "reason"),
    [
        ({"PS-X": ("長" * 40, "Long")}, "too long for a card: at most 19 full-width"),
        ({"PS-" + "X" * 40: ("短", "Short")}, "too long for"),
    ],
)
def test_a_card_that_would_not_be_readable_is_refused(
    typeface: Typeface, cards: dict[str, tuple[str, str]], reason: str
) -> None:
    with pytest.raises(ValueError, match=reason):
        draw_pages(cards, typeface)


def test_the_command_says_what_it_wrote(tmp_path: Path) -> None:
    file = tmp_path / "cards.pdf"
    command = [sys.executable, "-m", "station.label.sheet", str(file)]
    said = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert said == f"{file}: {len(CARDS)} cards on 1 A4 page; print at 100 %\n"
    assert file.read_bytes().startswith(b"%PDF")
