"""Finding the font, and knowing what it lacks."""

from pathlib import Path

import pytest
from PIL import ImageFont

from station.label import fonts
from station.label.fonts import FontMissing, Typeface, open_typeface
from tests.label.orders import RARE


def test_characters_that_people_have_in_their_names_are_drawn(typeface: Typeface) -> None:
    assert [character for character in RARE if not typeface.draws(character)] == []


@pytest.mark.parametrize(
    "character",
    ["\U0001fae0", "\ue000", "\n", "\t", "\u200b", "\u202e", "\u0301", "\u3099", "\ufffe", "\U000e0100", "\u3164"],
)
def test_what_would_be_a_box_or_invisible_is_not_drawn(typeface: Typeface, character: str) -> None:
    assert not typeface.draws(character)


@pytest.mark.parametrize("blank", [" ", "\u00a0", "\u3000"])
def test_blanks_need_no_ink(typeface: Typeface, blank: str) -> None:
    assert typeface.draws(blank)
    glyph = typeface.glyph(blank, 24)
    assert glyph.dots is None
    assert glyph.advance > 0


@pytest.fixture
def latin(tmp_path: Path) -> Path:
    """The font that Pillow brings: Latin letters only."""
    default = ImageFont.load_default(10)
    assert isinstance(default, ImageFont.FreeTypeFont)
    path = tmp_path / "latin.ttf"
    path.write_bytes(default.font_bytes)
    return path


def test_a_font_knows_what_it_lacks(latin: Path) -> None:
    face = Typeface(latin)
    assert face.draws("A")
    assert [character for character in "様あ〒髙é𠮷" if face.draws(character)] == []


def test_the_collections_first_face_is_the_japanese_one(typeface: Typeface) -> None:
    assert typeface.path == fonts.KNOWN_FONTS[0]
    face = typeface._open(typeface.path, 24, shaped=False)
    assert face.getname() == ("Noto Sans CJK JP", "Regular")


def test_an_emphasised_glyph_has_more_ink_at_the_same_advance(typeface: Typeface) -> None:
    plain, bold = typeface.glyph("様", 34), typeface.glyph("様", 34, True)
    assert plain.dots is not None
    assert bold.dots is not None
    assert bold.dots.image().histogram()[0] > 1.15 * plain.dots.image().histogram()[0]
    assert bold.advance == plain.advance == 34


def test_without_a_font_the_error_names_the_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fonts, "KNOWN_FONTS", (Path("/nowhere/a.ttc"),))
    with pytest.raises(FontMissing, match=r"no Japanese font at /nowhere/a\.ttc; install .* fonts-noto-cjk"):
        open_typeface()


def test_a_configured_file_that_is_no_font_is_named(tmp_path: Path) -> None:
    (tmp_path / "font.ttf").write_bytes(b"not a font")
    for path in (tmp_path / "font.ttf", tmp_path / "missing.ttf"):
        with pytest.raises(FontMissing, match=rf"{path.name} cannot be read as a font.*label\.font"):
            open_typeface(path)


def test_a_configured_font_without_japanese_is_refused(latin: Path) -> None:
    with pytest.raises(FontMissing, match="it is not a Japanese font"):
        open_typeface(latin)
