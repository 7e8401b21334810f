"""The shipped layouts as tables: whatever is placed by them can neither overlap nor leave the paper."""

from itertools import combinations

import pytest

from station.label.content import Field
from station.label.layout import Box, Layout
from station.label.layouts import LAYOUTS

_LAYOUTS = pytest.mark.parametrize("layout", LAYOUTS.values(), ids=LAYOUTS.keys())


@_LAYOUTS
def test_every_field_has_one_box(layout: Layout) -> None:
    assert sorted(box.field for box in layout.texts) == sorted(Field)


@_LAYOUTS
def test_no_two_things_share_a_dot(layout: Layout) -> None:
    solid_captions = [caption.box for caption in layout.captions if not caption.solid]
    boxes = [box.box for box in layout.texts] + solid_captions + [layout.bars, layout.qr, *layout.rules]
    crossings = [
        (one, other)
        for one, other in combinations(boxes, 2)
        if one.meets(other) and not (one in layout.rules and other in layout.rules)
    ]
    assert crossings == []


@_LAYOUTS
def test_everything_is_on_the_paper(layout: Layout) -> None:
    paper = Box(0, 0, layout.width, layout.height)
    boxes = [box.box for box in layout.texts] + [caption.box for caption in layout.captions]
    assert [box for box in (*boxes, layout.bars, layout.qr, *layout.rules) if not paper.holds(box)] == []
    assert layout.width % 8 == 0


@_LAYOUTS
def test_sizes_go_from_large_to_readable(layout: Layout) -> None:
    for box in layout.texts:
        assert list(box.sizes) == sorted(box.sizes, reverse=True)
        assert box.sizes[-1] >= 18, f"{box.field}: 18 dots are 2.25 mm, below which kanji close up on thermal paper"
        assert box.inside.height >= box.sizes[-1] * 0.95
        assert box.whole_from == 0 or box.whole_from in box.sizes
