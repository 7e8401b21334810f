"""A layout as a file: read, put together from those that it is based on, and checked before a label is printed by it.

Every mistake is told with the file, the key, the value and what to do: an unknown field, a box outside of the paper,
two that overlap, a field without a box, sizes that do not fall, bars too narrow for a tracking number.
"""

from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Annotated, Any, TypeVar

import msgspec

from station.config.reading import ConfigError, config_of, read_table
from station.label.content import OPTIONAL, PLACED, Field
from station.label.layout import Align, Box, Caption, Frame, Layout, TextBox
from station.label.nw7 import widest_within

_T = TypeVar("_T")
_Dots = Annotated[int, msgspec.Meta(ge=0, le=10_000)]
_Size = Annotated[int, msgspec.Meta(ge=8, le=400)]
_Rectangle = tuple[_Dots, _Dots, _Dots, _Dots]
"""Left, top, width, height."""

READABLE_MM = 2.25
"""The smallest size of a text: below it kanji close up on thermal paper."""
LEAST_BARS_MM = 10.0
"""Lower bars are missed by a hand scanner that is held askew."""
LEAST_QR_DOTS = 82
"""Room for an order number of 64 characters at two dots a module: version 4, and four modules around it."""
_TRACKING_NUMBER = "A000000000000A"
"""Twelve digits; all are equally wide."""
_DEEPEST = 4


class _File(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A file as it is written: what it does not say, those that it is based on say."""

    based_on: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    width_dots: int | None = None
    height_dots: int | None = None
    dots_per_inch: int | None = None
    texts: dict[str, dict[str, Any]] = {}
    captions: dict[str, dict[str, Any]] = {}
    rules: dict[str, list[Any]] = {}
    bars: list[Any] | None = None
    qr: list[Any] | None = None
    logo: list[Any] | None = None


class _Paper(msgspec.Struct, frozen=True, kw_only=True):
    width_dots: Annotated[int, msgspec.Meta(ge=200, le=2400, multiple_of=8)]
    height_dots: Annotated[int, msgspec.Meta(ge=200, le=4800)]
    dots_per_inch: Annotated[int, msgspec.Meta(ge=150, le=600)]
    bars: _Rectangle
    qr: _Rectangle
    logo: _Rectangle | None = None


class _Text(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    box: _Rectangle
    sizes: Annotated[tuple[_Size, ...], msgspec.Meta(min_length=1, max_length=12)]
    whole_from: _Dots = 0
    align: Align = Align.LEFT
    bold: bool = False
    frame: Frame = Frame.NONE
    margin: Annotated[int, msgspec.Meta(ge=0, le=50)] = 0


class _Rule(msgspec.Struct, frozen=True, kw_only=True):
    box: _Rectangle


class _Caption(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    text: Annotated[str, msgspec.Meta(min_length=1, max_length=30)]
    box: _Rectangle
    size: _Size
    bold: bool = False
    vertical: bool = False
    solid: bool = False


def read_layout(path: Path, shipped: Path) -> Layout:
    """The layout in a file; what it is based on stands beside it, or in the folder of the shipped ones.

    Raises ConfigError, with every mistake on a line of its own.
    """
    table = _whole(path, shipped, 0)
    layout, names = _layout_of(table, str(path))
    mistakes = [f"{path}: {mistake}" for mistake in _mistakes(layout, names)]
    if mistakes:
        raise ConfigError("\n".join(mistakes))
    return layout


def _whole(path: Path, shipped: Path, depth: int) -> dict[str, Any]:
    """A file's table over those of the files that it is based on, key by key; the last one counts."""
    if depth > _DEEPEST:
        raise ConfigError(f"{path}: based_on leads from file to file without an end; take one out")
    file = config_of(read_table(path), _File, str(path))
    table: dict[str, Any] = {}
    for name in file.based_on:
        _lay_over(table, _whole(_base(name, path, shipped), shipped, depth + 1))
    said = {key: value for key, value in msgspec.structs.asdict(file).items() if value}
    for key in ("based_on", "without"):
        said.pop(key, None)
    _lay_over(table, said)
    for key in file.without:
        section, _, name = key.partition(".")
        if section not in ("texts", "captions", "rules") or table.get(section, {}).pop(name, None) is None:
            raise ConfigError(
                f"{path}: without = {key!r}: there is nothing of that name to leave out; write it as captions.order"
            )
    return table


def _base(name: str, path: Path, shipped: Path) -> Path:
    places = [folder / f"{name}.toml" for folder in (path.parent, shipped)]
    found = next((place for place in places if place.exists() and "/" not in name), None)
    if found is None:
        known = ", ".join(sorted(each.stem for each in shipped.glob("*.toml")))
        raise ConfigError(f"{path}: based_on = {name!r}: there is no such layout beside this file; shipped are {known}")
    return found


def _lay_over(table: dict[str, Any], upper: Mapping[str, Any]) -> None:
    for key, value in upper.items():
        if isinstance(value, dict):
            _lay_over(table.setdefault(key, {}), value)
        else:
            table[key] = value


def _layout_of(table: Mapping[str, Any], source: str) -> tuple[Layout, dict[str, Box]]:
    """The layout, and each of its boxes by its key in the file."""
    paper = config_of({key: value for key, value in table.items() if not isinstance(value, dict)}, _Paper, source)
    texts = _entries(table, "texts", _Text, source)
    captions = _entries(table, "captions", _Caption, source)
    rules = {
        name: config_of({"box": rule}, _Rule, f"{source}: rules.{name}").box
        for name, rule in table.get("rules", {}).items()
    }
    for name in texts:
        if name not in PLACED:
            raise ConfigError(
                f"{source}: texts.{name}: there is no such field; one of {', '.join(sorted(PLACED))}, in quotation "
                "marks where it has a dot"
            )
    layout = Layout(
        width=paper.width_dots,
        height=paper.height_dots,
        dots_per_inch=paper.dots_per_inch,
        texts=tuple(_text_box(Field(name), text) for name, text in texts.items()),
        captions=tuple(_caption(caption) for caption in captions.values()),
        rules=tuple(Box(*rule) for rule in rules.values()),
        bars=Box(*paper.bars),
        qr=Box(*paper.qr),
        logo=None if paper.logo is None else Box(*paper.logo),
    )
    named = {f"texts.{name}": text.box for name, text in zip(texts, layout.texts, strict=True)}
    named |= {f"captions.{name}": caption.box for name, caption in zip(captions, layout.captions, strict=True)}
    named |= {f"rules.{name}": rule for name, rule in zip(rules, layout.rules, strict=True)}
    named |= {"bars": layout.bars, "qr": layout.qr}
    return layout, named if layout.logo is None else named | {"logo": layout.logo}


def _entries(table: Mapping[str, Any], section: str, kind: type[_T], source: str) -> dict[str, _T]:
    return {
        name: config_of(entry, kind, f"{source}: {section}.{name}") for name, entry in table.get(section, {}).items()
    }


def _text_box(field: Field, text: _Text) -> TextBox:
    return TextBox(field, Box(*text.box), text.sizes, text.whole_from, text.align, text.bold, text.frame, text.margin)


def _caption(caption: _Caption) -> Caption:
    return Caption(caption.text, Box(*caption.box), caption.size, caption.bold, caption.vertical, caption.solid)


def _mistakes(layout: Layout, named: Mapping[str, Box]) -> Iterator[str]:
    """All that is wrong with the boxes, by their keys."""
    paper = Box(0, 0, layout.width, layout.height)
    for name, box in named.items():
        if not (paper.holds(box) and box.width and box.height):
            yield (
                f"{name} = {_shown(box)}: reaches beyond the paper of {layout.width} x {layout.height} dots, or is "
                "empty; move it or change its size"
            )
    yield from _overlaps(layout, named)
    yield from _lacking(layout)
    for text in layout.texts:
        yield from _wrong_sizes(text, round(READABLE_MM / 25.4 * layout.dots_per_inch))
    if widest_within(_TRACKING_NUMBER, layout.bars.width) is None:
        yield f"bars = {_shown(layout.bars)}: is too narrow for an NW-7 symbol of 12 digits; make it wider"
    if layout.bars.height < LEAST_BARS_MM / 25.4 * layout.dots_per_inch:
        yield f"bars = {_shown(layout.bars)}: is lower than the {LEAST_BARS_MM} mm that a scanner needs; make it higher"
    if min(layout.qr.width, layout.qr.height) < LEAST_QR_DOTS:
        yield f"qr = {_shown(layout.qr)}: is smaller than {LEAST_QR_DOTS} dots a side; make it larger"
    if layout.qr.width != layout.qr.height:
        yield f"qr = {_shown(layout.qr)}: is not square; give it one width and height"


def _overlaps(layout: Layout, named: Mapping[str, Box]) -> Iterator[str]:
    solid = {id(caption.box) for caption in layout.captions if caption.solid}
    black = {name for name, box in named.items() if name.startswith("rules.") or id(box) in solid}
    for (one, its_box), (other, other_box) in combinations(named.items(), 2):
        if its_box.meets(other_box) and not {one, other} <= black:
            yield f"{one} = {_shown(its_box)}: overlaps {other} = {_shown(other_box)}; move one of them"


def _lacking(layout: Layout) -> Iterator[str]:
    given = {text.field for text in layout.texts}
    for field in Field:
        if field in PLACED - OPTIONAL - given:
            yield f'texts: has no box for {field.value}, which an instruction may say; add texts."{field.value}"'


def _wrong_sizes(text: TextBox, readable: int) -> Iterator[str]:
    key, sizes = f"texts.{text.field.value}", list(text.sizes)
    if sizes != sorted(set(sizes), reverse=True):
        yield f"{key}: sizes = {sizes}: do not fall; write the largest first, each once"
    if sizes[-1] < readable:
        yield f"{key}: sizes = {sizes}: {sizes[-1]} dots cannot be read; the smallest may be {readable}"
    if text.inside.height < sizes[-1] * 0.95:
        yield f"{key}: box = {_shown(text.box)}: is too low for its smallest size, {sizes[-1]} dots; make it higher"
    if text.whole_from and text.whole_from not in sizes:
        yield f"{key}: whole_from = {text.whole_from}: is none of its sizes; write one of {sizes}"


def _shown(box: Box) -> str:
    return f"[{box.x}, {box.y}, {box.width}, {box.height}]"
