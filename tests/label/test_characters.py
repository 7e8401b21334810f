"""Every character of JIS X 0213 on the label, sequences and variants of people's names included."""

import unicodedata
from pathlib import Path

import pytest
from PIL import ImageFont, features

from station.label.characters import characters, without_selectors
from station.label.content import Field
from station.label.fonts import KNOWN_FALLBACKS, FontMissing, Typeface, open_typeface
from station.label.press import LabelPress
from tests.label.orders import to
from tests.label.x0213 import KANJI, X0213

_SEQUENCES = tuple(character for character in X0213 if len(character) > 1)
_NO_CHARACTERS = {
    character for character in X0213 if len(character) == 1 and unicodedata.category(character) in {"Mn", "Cf"}
}
"""Marks without their letter, and the soft hyphen, which is nothing unless a word is torn there."""


def test_the_standard_is_all_there() -> None:
    assert len(X0213) == 11_233
    assert len(KANJI) == 10_050 + len("仝"), "which the standard has among its symbols"
    assert len(_SEQUENCES) == 25
    assert len(_NO_CHARACTERS) == 33


def test_every_character_of_the_standard_is_drawn(typeface: Typeface) -> None:
    """One that is missing here is refused by the desk, with its code."""
    missing = {character for character in X0213 if not typeface.draws(character)}
    assert missing == _NO_CHARACTERS


def test_the_first_font_has_every_kanji_and_the_fallback_the_rest(typeface: Typeface) -> None:
    first = Typeface(typeface.path)
    ones = [character for character in X0213 if len(characters(character)) == 1]
    lacking = [character for character in ones if character not in _NO_CHARACTERS and not first.draws(character)]
    assert not set(lacking) & set(KANJI)
    assert {"≒", "⅓", "Ł", "ş", "ɔ", "ɔ̀"} <= set(lacking)
    fallback = Typeface(KNOWN_FALLBACKS[0])
    assert [character for character in lacking if not fallback.draws(character)] == []


def test_no_two_kanji_look_the_same(typeface: Typeface) -> None:
    """None of them is another one's picture, nor a box. 24 dots tell all but very few apart."""
    pictures: dict[bytes, str] = {}
    alike = []
    for kanji in KANJI:
        glyph = typeface.glyph(kanji, 48)
        assert glyph.dots is not None
        dots = bytes([glyph.width]) + glyph.dots.packed
        if dots in pictures:
            alike.append(pictures[dots] + kanji)
        pictures[dots] = kanji
    assert alike == []


def test_every_character_of_the_standard_fits_an_address(press: LabelPress) -> None:
    drawn = [character for character in X0213 if character not in _NO_CHARACTERS and character.strip()]
    for at in range(0, len(drawn), 60):
        lines = tuple("".join(drawn[line : line + 20]) for line in range(at, min(at + 60, len(drawn)), 20))
        placed = press.place(to(lines=lines)).placed
        said = "".join(line.text for line in placed if line.field is Field.SHIP_TO_LINES)
        assert said.replace(" ", "") == "".join(lines).replace(" ", "")


@pytest.mark.parametrize("sequence", _SEQUENCES)
def test_a_letter_and_its_mark_are_one_character(typeface: Typeface, sequence: str) -> None:
    if sequence in {"˩˥", "˥˩"}:
        assert characters(sequence) == list(sequence), "two letters that the standard has as one"
        return
    assert characters(f"A{sequence}B") == ["A", sequence, "B"]
    path, text = typeface._source(sequence) or (typeface.path, "")
    assert text == sequence
    letter, whole = typeface._draw_from(path, sequence[0], 48), typeface._draw_from(path, sequence, 48)
    assert whole.dots is not None
    assert letter.dots is not None
    assert whole.dots.image().histogram()[0] > letter.dots.image().histogram()[0], "the mark is there"
    assert whole.advance <= letter.advance + 1, "and has no place of its own"


def test_a_sequence_is_never_torn_apart(press: LabelPress) -> None:
    text = "ㇷ゚" * 20 + "葛\U000e0100" * 20
    lines = [line.text for line in press.place(to(lines=(text,))).placed if line.field is Field.SHIP_TO_LINES]
    assert len(lines) > 1
    assert not any(line[0] in "\u309a\U000e0100" for line in lines)


@pytest.mark.parametrize("name", ["葛\U000e0100", "辻\U000e0100", "邉\U000e0105"])
def test_a_form_that_a_name_asks_for_is_drawn(typeface: Typeface, name: str) -> None:
    asked, usual = typeface.glyph(name, 48), typeface.glyph(name[0], 48)
    assert asked != usual
    assert asked.advance == usual.advance == 48


@pytest.mark.parametrize("name", ["葛\U000e0101", "山\U000e01ef", "A\ufe00"])
def test_a_form_that_no_font_knows_is_the_usual_one(typeface: Typeface, name: str) -> None:
    assert typeface.draws(name)
    assert typeface.glyph(name, 48) == typeface.glyph(name[0], 48)


def test_a_selector_or_a_mark_alone_is_no_character(typeface: Typeface) -> None:
    assert without_selectors("辻\U000e0100") == "辻"
    for alone in ("\U000e0100", "\ufe00", "\u309a", "\u0300"):
        assert not typeface.draws(alone)


def test_a_fallback_is_opened_when_it_is_needed(monkeypatch: pytest.MonkeyPatch) -> None:
    opened: list[Path] = []
    first = open_typeface()
    typeface = Typeface(first.path, KNOWN_FALLBACKS)

    def open_and_say(path: Path, size_dots: int, shaped: bool) -> ImageFont.FreeTypeFont:
        opened.append(path)
        return typeface._open(path, size_dots, shaped)

    monkeypatch.setattr(typeface, "_face", open_and_say)
    typeface.glyph("東", 24)
    assert set(opened) == {first.path}
    typeface.glyph("≒", 24)
    assert set(opened) == {first.path, KNOWN_FALLBACKS[0]}


def test_a_machine_that_would_print_another_form_of_a_name_prints_none_and_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(features, "check", lambda _feature: False)

    with pytest.raises(FontMissing, match="install the Debian package libfribidi0"):
        open_typeface()


def test_a_sites_own_fallback_takes_the_place_of_the_known_ones(tmp_path: Path) -> None:
    without = open_typeface(fallbacks=[])
    assert not without.draws("≒")
    assert open_typeface(fallbacks=[KNOWN_FALLBACKS[1]]).draws("≒")
    with pytest.raises(FontMissing, match=r"none\.ttf cannot be read as a font"):
        open_typeface(fallbacks=[tmp_path / "none.ttf"])
