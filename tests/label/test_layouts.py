"""The shipped layouts, and the reader that takes no layout by which texts could overlap, leave the paper or be lost."""

from collections.abc import Callable
from itertools import product
from pathlib import Path

import pytest
import zxingcpp

from station.config.label import LabelConfig
from station.config.reading import ConfigError
from station.label.configured import configured_press
from station.label.content import PLACED, Field, label_content
from station.label.fonts import Typeface
from station.label.layout import Box, Layout
from station.label.layout_file import read_layout
from station.label.layouts import LAYOUTS, PAPERS, SHIPPED, SHIPPED_CARRIERS, shipped_layout
from station.label.raster import caption_size
from station.protocol.instruction import Instruction, Service
from tests.label.orders import order, pieces

_ALL = list(product(SHIPPED_CARRIERS, PAPERS))
_LAYOUTS = pytest.mark.parametrize(("carrier", "paper"), _ALL, ids=[f"{carrier}-{paper}" for carrier, paper in _ALL])


def _full(carrier: str) -> Instruction:
    """An instruction that fills every box."""
    return order(
        carrier="福山通運" if carrier == "common" else carrier,
        pieces=pieces(3),
        service=Service(payment="cod", cod_amount_yen=9_999_999, temperature="frozen"),
        delivery_date="2026-12-31",
        time_slot="0812",
        sort_code="13-101-00",
        gift_note="お誕生日おめでとうございます",
    )


@_LAYOUTS
def test_every_file_is_a_layout_with_a_box_for_every_field(carrier: str, paper: str) -> None:
    layout = read_layout(SHIPPED / f"{carrier}-{paper}.toml", SHIPPED)
    assert sorted(box.field for box in layout.texts) == sorted(PLACED)
    assert layout.logo is not None
    assert layout == shipped_layout(carrier, paper)


def test_no_shipped_file_is_left_over() -> None:
    used = {f"{carrier}-{paper}.toml" for carrier, paper in _ALL} | {f"{word}.toml" for word in SHIPPED_CARRIERS[1:]}
    assert {path.name for path in SHIPPED.glob("*.toml")} == used


def test_a_carrier_without_a_layout_has_that_of_any(press_words: Callable[[Layout], set[str]]) -> None:
    assert shipped_layout("福山通運", "80x100") == LAYOUTS["80x100"]
    assert "配達希望日" in press_words(shipped_layout("yupack", "4x6"))
    assert "配達希望日" not in press_words(LAYOUTS["4x6"])


@pytest.fixture(name="press_words")
def _press_words() -> Callable[[Layout], set[str]]:
    return lambda layout: {caption.text for caption in layout.captions}


@_LAYOUTS
def test_captions_fit_into_their_boxes(carrier: str, paper: str, typeface: Typeface) -> None:
    for caption in shipped_layout(carrier, paper).captions:
        width, height = caption_size(caption, typeface)
        assert width <= caption.box.width, caption
        assert height <= caption.box.height, caption


@_LAYOUTS
def test_a_full_label_is_read_by_a_decoder_of_others_and_every_text_stands_in_its_box(carrier: str, paper: str) -> None:
    press, instruction = configured_press(LabelConfig(layout=paper)), _full(carrier)  # type: ignore[arg-type]
    layout = press.layout_of(instruction)
    assert layout == shipped_layout(carrier, paper)
    label, content = press.place(instruction, 2, 7), label_content(instruction, 2, 7, {})
    codes = {str(code.format): code.text for code in zxingcpp.read_barcodes(press.draw(instruction, 2, 7).convert("L"))}
    assert codes == {"Codabar": content.nw7, "QR Code": str(content.scan_back)}
    boxes = {box.field: box.inside for box in layout.texts}
    assert {line.field for line in label.placed} == PLACED - {Field.NOTE} - _unsaid(carrier)
    assert all(boxes[line.field].holds(line.ink) for line in label.placed)


def _unsaid(carrier: str) -> set[Field]:
    """A carrier that is not known has no codes."""
    return {Field.SERVICE} if carrier == "common" else set()


@pytest.mark.parametrize("paper", ["100x150", "4x6"])
def test_a_larger_paper_has_larger_letters(paper: str) -> None:
    small = {box.field: box.sizes[0] for box in LAYOUTS["80x100"].texts}
    assert all(box.sizes[0] > small[box.field] for box in LAYOUTS[paper].texts if box.field is not Field.SERVICE)


# A file of a site's own

_OWN = 'based_on = ["common-80x100"]\n'


def _mistake(folder: Path, text: str) -> str:
    path = folder / "own.toml"
    path.write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        read_layout(path, SHIPPED)
    assert str(refused.value).startswith(f"{path}: ")
    return str(refused.value).removeprefix(f"{path}: ")


def test_a_file_changes_what_it_says_and_keeps_the_rest(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(_OWN + 'without = ["captions.gift_note"]\n[texts.gift_note]\nbox = [8, 615, 420, 42]\n', "utf-8")
    own, common = read_layout(path, SHIPPED), LAYOUTS["80x100"]
    before, after = ({box.field: box for box in layout.texts} for layout in (common, own))
    assert after[Field.GIFT_NOTE].box == Box(8, 615, 420, 42)
    assert after[Field.GIFT_NOTE].sizes == before[Field.GIFT_NOTE].sizes
    assert {field for field in after if after[field] != before[field]} == {Field.GIFT_NOTE}
    assert {caption.text for caption in common.captions} - {caption.text for caption in own.captions} == {"ギフト"}


def test_a_file_may_be_based_on_one_beside_it(tmp_path: Path) -> None:
    (tmp_path / "base.toml").write_text(_OWN + 'captions.order.text = "番号"\n', "utf-8")
    (tmp_path / "own.toml").write_text('based_on = ["base"]\n', "utf-8")
    assert "番号" in {caption.text for caption in read_layout(tmp_path / "own.toml", SHIPPED).captions}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("texts.ship_two.box = [1, 1, 9, 9]\ntexts.ship_two.sizes = [18]", "texts.ship_two: there is no such field"),
        ("texts.station.box = [1, 1, 9, 9]\ntexts.station.sizes = [18]", "texts.station: there is no such field"),
        ("texts.order.colour = 3", "texts.order: colour: there is no such key"),
        ("texts.order.box = [8, 9]", "texts.order: box = [8, 9]: expected `array` of length 4, got 2"),
        ('texts.order.box = "left"', "texts.order: box = 'left': expected `array`"),
        ("texts.order.sizes = []", "texts.order: sizes = []: expected `array` of length >= 1"),
        ("bars = [8, 687, 560]", "bars = [8, 687, 560]: expected `array` of length 4, got 3"),
        ("rules.above_bars = [0, 1, 2, true]", "rules.above_bars: box[3] = True: expected `int`"),
        ("captions.order.txt = 1", "captions.order: txt: there is no such key"),
        ("tekst = 1", "tekst: there is no such key"),
        ("width_dots = 575", "width_dots = 575: expected `int` that's a multiple of 8; correct it"),
        ('without = ["captions.nothing"]', "without = 'captions.nothing': there is nothing of that name"),
        ("texts.order.sizes = [24, 24]", "texts.order: sizes = [24, 24]: do not fall"),
        ("texts.order.sizes = [18, 24]", "texts.order: sizes = [18, 24]: do not fall"),
        ("texts.order.sizes = [24, 20, 16]", "texts.order: sizes = [24, 20, 16]: 16 dots cannot be read; the smallest"),
        ("texts.order.whole_from = 19", "texts.order: whole_from = 19: is none of its sizes"),
        ("texts.order.box = [64, 529, 364, 12]", "texts.order: box = [64, 529, 364, 12]: is too low"),
        ("bars = [8, 687, 300, 80]", "bars = [8, 687, 300, 80]: is too narrow for an NW-7 symbol of 12 digits"),
        ("bars = [8, 687, 560, 60]", "bars = [8, 687, 560, 60]: is lower than the 10.0 mm"),
        ("qr = [436, 482, 80, 80]", "qr = [436, 482, 80, 80]: is smaller than 82 dots"),
        ("qr = [436, 482, 134, 130]", "qr = [436, 482, 134, 130]: is not square"),
        ("bars = [20, 687, 560, 80]", "bars = [20, 687, 560, 80]: reaches beyond the paper of 576 x 800 dots"),
        ("logo = [212, 358, 130, 0]", "logo = [212, 358, 130, 0]: reaches beyond the paper of 576 x 800 dots"),
        (
            "texts.carrier.box = [8, 2, 300, 34]",
            "texts.carrier = [8, 2, 300, 34]: overlaps texts.sort_code = [264, 1, 304, 45]; move one of them",
        ),
        (
            "logo = [40, 358, 302, 26]",
            "texts.ship_from.postal_code = [44, 359, 160, 24]: overlaps logo = [40, 358, 302, 26]",
        ),
        ('without = ["texts.gift_note"]', "texts: has no box for gift_note, which an instruction may say"),
    ],
)
def test_a_mistake_is_told_with_file_key_value_and_remedy(tmp_path: Path, text: str, said: str) -> None:
    assert said in _mistake(tmp_path, _OWN + text)


def test_every_mistake_is_told_at_once(tmp_path: Path) -> None:
    said = _mistake(tmp_path, _OWN + "texts.order.sizes = [24, 20, 10]\nbars = [8, 687, 300, 80]").splitlines()
    assert len(said) == 2


def test_a_box_for_the_carriers_codes_and_the_merchants_note_may_be_left_out(tmp_path: Path) -> None:
    path = tmp_path / "own.toml"
    path.write_text(_OWN + 'without = ["texts.note", "texts.service"]', "utf-8")
    assert Field.NOTE not in {box.field for box in read_layout(path, SHIPPED).texts}


@pytest.mark.parametrize("base", ["common-a4", "../layouts/common-80x100", ""])
def test_a_base_that_is_not_there_is_told_with_those_that_are(tmp_path: Path, base: str) -> None:
    said = _mistake(tmp_path, f'based_on = ["{base}"]')
    assert said.startswith(f"based_on = {base!r}: there is no such layout")
    assert "common-100x150" in said


def test_files_that_are_based_on_each_other_are_told(tmp_path: Path) -> None:
    assert "without an end" in _mistake_within(tmp_path, 'based_on = ["own"]')


def _mistake_within(folder: Path, text: str) -> str:
    (folder / "own.toml").write_text(text, "utf-8")
    with pytest.raises(ConfigError) as refused:
        read_layout(folder / "own.toml", SHIPPED)
    return str(refused.value)


def test_a_file_that_says_nothing_lacks_everything(tmp_path: Path) -> None:
    assert _mistake(tmp_path, "") == "width_dots: is missing; add it (docs/configuration.md)"
