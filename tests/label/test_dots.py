"""What is drawn packed, beside the same drawn by Pillow dot by dot."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image, ImageChops

from station.label.dots import Canvas, Dots
from station.label.layout import Box

_WIDTH, _HEIGHT = 48, 30
_places = st.tuples(st.integers(-20, 60), st.integers(-20, 40))
_sizes = st.tuples(st.integers(1, 40), st.integers(1, 24))


@st.composite
def _pictures(draw: st.DrawFn) -> Image.Image:
    width, height = draw(_sizes)
    dots = draw(st.binary(min_size=(width + 7) // 8 * height, max_size=(width + 7) // 8 * height))
    return Image.frombytes("1", (width, height), dots)


@given(st.lists(st.tuples(st.lists(st.tuples(_places, _pictures()), max_size=3), st.booleans()), max_size=4))
def test_pictures_are_drawn_as_by_pillow_also_over_the_edges(
    drawn: list[tuple[list[tuple[tuple[int, int], Image.Image]], bool]],
) -> None:
    canvas, paper = Canvas(_WIDTH, _HEIGHT), Image.new("1", (_WIDTH, _HEIGHT), 255)
    for pictures, white in drawn:
        canvas.draw([(*place, Dots.of(picture)) for place, picture in pictures], white=white)
        for place, picture in pictures:
            paper.paste(255 * white, place, ImageChops.invert(picture))
    assert canvas.dots().image().tobytes() == paper.tobytes()


@given(st.lists(st.tuples(_places, _sizes, st.booleans()), max_size=4))
def test_rectangles_are_filled_as_by_pillow(boxes: list[tuple[tuple[int, int], tuple[int, int], bool]]) -> None:
    canvas, paper = Canvas(_WIDTH, _HEIGHT), Image.new("1", (_WIDTH, _HEIGHT), 255)
    for place, size, white in boxes:
        box = Box(*place, *size)
        canvas.fill(box, white=white)
        paper.paste(255 * white, (box.x, box.y, box.right, box.bottom))
    assert canvas.dots().image().tobytes() == paper.tobytes()


@given(_pictures())
def test_a_picture_is_the_same_after_being_packed(picture: Image.Image) -> None:
    assert Dots.of(picture).image().tobytes() == picture.tobytes()


def test_a_copy_is_drawn_on_alone() -> None:
    form = Canvas(16, 2).dots()
    canvas = Canvas.on(form)
    canvas.fill(Box(0, 0, 4, 1))
    assert (form.rows(), canvas.dots().rows()) == ([b"\0\0", b"\0\0"], [b"\xf0\0", b"\0\0"])


def test_a_label_that_is_not_whole_bytes_wide_is_a_broken_invariant() -> None:
    with pytest.raises(ValueError, match="whole bytes wide"):
        Canvas(570, 8)
