"""The sheet of command cards, on A4 and as labels."""

import re
from pathlib import Path

import pytest
import zxingcpp
from PIL import Image

from station.bench.core.cards import CARDS, NUMBERS
from station.label.fonts import Typeface
from station.label.sheet import (  # fmt: skip
    A4_CARD,
    LABEL_CARD,
    Form,
    PrintedCard,
    command_cards,
    draw_card,
    draw_pages,
    write_labels,
    write_pdf,
)

BADGE = PrintedCard("PS-BADGE-" + "A2B3C4D5E6" * 19, "責任者 No. 12", "Supervisor 12", holder="田中 太郎")


def _read(image: Image.Image) -> list[tuple[str, str]]:
    return sorted((str(code.format), code.text) for code in zxingcpp.read_barcodes(image.convert("L")))


def test_every_card_is_read_as_qr_code_and_as_code_128(typeface: Typeface) -> None:
    read = [code for page in draw_pages(command_cards(), typeface) for code in _read(page)]
    assert sorted(read) == sorted((kind, card) for kind in ("Code 128", "QR Code") for card in (*CARDS, *NUMBERS))


@pytest.mark.parametrize("form", [A4_CARD, LABEL_CARD])
def test_a_badge_of_the_greatest_length_is_read_as_qr_code_on_either_paper(typeface: Typeface, form: Form) -> None:
    assert _read(draw_card(BADGE, form, typeface)) == [("QR Code", BADGE.code)]


def test_labels_are_as_wide_as_the_printer_and_read_alike(typeface: Typeface, tmp_path: Path) -> None:
    write_labels(tmp_path / "cards.png", command_cards(), typeface)
    with Image.open(tmp_path / "cards.png") as roll:
        height = roll.height // len(command_cards())
        read = [_read(roll.crop((0, at, roll.width, at + height))) for at in range(0, roll.height, height)]
        assert roll.width == 576
    assert read == [[("Code 128", card.code), ("QR Code", card.code)] for card in command_cards()]


def test_more_than_ten_cards_take_another_page_of_one_pdf(typeface: Typeface, tmp_path: Path) -> None:
    pages = draw_pages([PrintedCard(f"PS-{number}", "見本", "Sample") for number in range(11)], typeface)
    write_pdf(tmp_path / "cards.pdf", pages)
    pdf = (tmp_path / "cards.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == len(pages) == 2
    assert {tuple(round(side / A4_CARD.dots_per_inch * 25.4) for side in page.size) for page in pages} == {(210, 297)}


@pytest.mark.parametrize(
    ("card", "reason"),
    [
        (PrintedCard("PS-X", "長" * 40, "Long"), "too long for a card: at most 25 full-width"),
        (PrintedCard("PS-" + "X" * 40, "短", "Short"), "too long for"),
    ],
)
def test_a_card_that_would_not_be_readable_is_refused(typeface: Typeface, card: PrintedCard, reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        draw_pages([card], typeface)
