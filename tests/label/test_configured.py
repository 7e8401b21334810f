"""The press that a configuration asks for: its layouts, its carriers, its merchants with sender, note and logo."""

import io
from collections.abc import Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from PIL import Image, ImageChops

from station.cli import main
from station.config.desk import DeskConfig
from station.config.label import LabelConfig
from station.config.reading import ConfigError, config_of
from station.desk.app import _printable
from station.label.configured import configured_press
from station.label.content import DoesNotFit, Field
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from tests.label.orders import PLAIN, order

_SENDER = {
    "postal_code": "604-8005",
    "lines": ["京都府京都市中京区架空町101"],
    "name": "みやこ茶舗",
    "phone": "075-000",
}
_SHOP = "みやこ工房"
_WITHOUT_SENDER = order(ship_from=None)


def _press(**label: Any) -> LabelPress:
    return configured_press(config_of(label, LabelConfig, "station.toml"))


def _refused(**label: Any) -> str:
    with pytest.raises(ConfigError) as refused:
        _press(**label)
    return str(refused.value)


def _lines(press: LabelPress, field: Field) -> str:
    return "".join(line.text for line in press.place(_WITHOUT_SENDER).placed if line.field is field)


# The sender and the note


def test_a_merchants_sender_stands_where_an_instruction_has_none() -> None:
    press = _press(merchants={_SHOP: {"sender": _SENDER}})
    assert _lines(press, Field.SHIP_FROM_NAME) == "みやこ茶舗"
    assert _lines(press, Field.SHIP_FROM_POSTAL_CODE) == "〒604-8005"
    assert press.place(PLAIN) == configured_press(LabelConfig()).place(PLAIN), "an instruction's own sender counts"


@pytest.mark.parametrize("merchants", [{}, {"ほかの店": {"sender": _SENDER}}, {_SHOP: {"note": "冷暗所"}}])
def test_an_instruction_without_a_sender_is_refused_where_its_merchant_has_none(merchants: dict[str, Any]) -> None:
    with pytest.raises(DoesNotFit, match=r"^ship_from: is missing, and this merchant has no sender"):
        _press(merchants=merchants).check(_WITHOUT_SENDER)


@pytest.mark.parametrize("label", [None, LabelConfig()], ids=["no labels", "labels"])
def test_a_desk_refuses_an_order_without_a_sender(label: LabelConfig | None) -> None:
    table = {"site": {"name": "x"}, "database": "desk.db", "stations": ["station-1"]}
    printable = _printable(msgspec.structs.replace(config_of(table, DeskConfig, "desk.toml"), label=label))
    assert printable(_WITHOUT_SENDER).startswith("ship_from: is missing")
    assert printable(PLAIN) == ""


def test_a_merchants_note_stands_on_each_of_its_labels_and_on_no_others() -> None:
    press = _press(merchants={_SHOP: {"note": "返品は30日以内", "sender": _SENDER}})
    assert _lines(press, Field.NOTE) == "返品は30日以内"
    others = press.place(order(merchant="ほかの店")).placed
    assert Field.NOTE not in {line.field for line in others}


def test_a_note_that_fits_on_no_label_is_a_mistake_in_the_configuration() -> None:
    said = _refused(merchants={_SHOP: {"note": "長" * 60}})
    assert said.startswith(f"label.merchants.{_SHOP}.note = ")
    assert "is too long" in said
    _press(layout="100x150", merchants={_SHOP: {"note": "長" * 42}})


# The logo


@pytest.fixture(name="logo")
def _logo(tmp_path: Path) -> Callable[..., Path]:
    def save(size: tuple[int, int], *, mode: str = "RGB") -> Path:
        picture = Image.new(mode, size, "white" if mode != "RGBA" else (0, 0, 0, 0))
        picture.paste("black", (0, 0, max(1, size[0] // 2), size[1]))
        picture.save(tmp_path / "logo.png")
        return tmp_path / "logo.png"

    return save


@pytest.mark.parametrize("mode", ["RGB", "RGBA", "L", "1"])
def test_a_logo_is_made_as_large_as_its_box_and_stands_there_in_black_and_white(
    logo: Callable[..., Path], mode: str
) -> None:
    press = _press(merchants={_SHOP: {"logo": str(logo((1300, 650), mode=mode))}})
    box = LAYOUTS["80x100"].logo
    assert box is not None
    placed = press.place(PLAIN).logo
    assert placed is not None
    assert placed.image.mode == "1"
    assert (placed.image.width, placed.image.height) == (52, 26)
    assert box.x <= placed.x
    assert placed.x + 52 <= box.right
    with_logo, without = press.draw(PLAIN), configured_press(LabelConfig()).draw(PLAIN)
    changed = ImageChops.logical_xor(with_logo, without).getbbox()
    assert changed == (placed.x, placed.y, placed.x + 26, placed.y + 26), "its black half, and nothing else"


def test_a_small_logo_is_not_enlarged(logo: Callable[..., Path]) -> None:
    placed = _press(merchants={_SHOP: {"logo": str(logo((40, 20)))}}).place(PLAIN).logo
    assert placed is not None
    assert placed.image.size == (40, 20)


def _saved(width: int, height: int, kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.effect_noise((width, height), 50).save(file, kind)
    return file.getvalue()


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "cannot be read (No such file or directory)"),
        (_saved(4001, 10), "is 4001 x 10 dots; save it with 8 to 4000 a side"),
        (_saved(100, 7), "is 100 x 7 dots"),
        (_saved(100, 100, "BMP"), "is no PNG picture"),
        (b"\x89PNG\r\n\x1a\n rubbish", "is no PNG picture"),
        (_saved(300, 300)[:-4_000], "is no PNG picture"),
        (bytes(1_048_577), "is larger than 1048576 bytes"),
    ],
    ids=["absent", "wide", "low", "bitmap", "rubbish", "torn", "large"],
)
def test_a_logo_that_cannot_be_used_is_told_with_its_key(tmp_path: Path, content: bytes | None, reason: str) -> None:
    path = tmp_path / "logo.png"
    if content is not None:
        path.write_bytes(content)
    said = _refused(merchants={_SHOP: {"logo": str(path)}})
    assert said.startswith(f"label.merchants.{_SHOP}.logo = {str(path)!r}: {reason}")


# Layouts and carriers


def test_a_carrier_may_have_a_layout_of_the_sites_own(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('based_on = ["sagawa-100x150"]\nbars = [12, 1014, 700, 108]\n', "utf-8")
    press = _press(layout="100x150", layouts={"sagawa": str(own)})
    assert press.layout_of(order(carrier="佐川急便")).bars.width == 700
    assert press.layout_of(order(carrier="yamato")).bars.width == 760
    assert press.layout_of(order(carrier="福山通運")) == LAYOUTS["100x150"]


def test_a_layout_of_a_sites_own_may_be_that_of_every_carrier_without_one(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('based_on = ["common-4x6"]\nheight_dots = 1216\n', "utf-8")
    press = _press(layout="4x6", layouts={"common": str(own)})
    assert press.layout_of(order(carrier="福山通運")).height == 1216
    assert press.layout_of(order(carrier="yupack")).height == 1200


def test_a_layout_for_a_carrier_that_nobody_knows_is_a_mistake_in_the_configuration(tmp_path: Path) -> None:
    own = tmp_path / "own.toml"
    own.write_text('based_on = ["common-80x100"]\n', "utf-8")
    assert "label.layouts.yamoto" in _refused(layouts={"yamoto": str(own)})
    press = _press(layouts={"fukutsu": str(own)}, carriers={"fukutsu": {"name": "福山通運"}})
    assert press.layout_of(order(carrier="福山通運")) == LAYOUTS["80x100"]


def test_a_carriers_words_that_fit_on_no_label_are_a_mistake_in_the_configuration() -> None:
    terms = {"prepaid": {"words": "運賃発払い扱い"}}
    assert _refused(carriers={"yamato": {"payments": terms}}).startswith(
        "label.carriers.yamato.payments.prepaid = '運賃発払い扱い': is too long"
    )


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('layouts.yamato = "{folder}/absent.toml"', "absent.toml: cannot be read"),
        ('merchants."店".logo = "{folder}/absent.png"', "label.merchants.店.logo = "),
        ('carriers.yamato.slots.08 = {{ words = "朝" }}', "label.carriers"),
    ],
)
def test_check_config_tells_what_a_program_would_stumble_over(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], line: str, said: str
) -> None:
    file = tmp_path / "desk.toml"
    text = f'database = "x.db"\nstations = ["station-1"]\nsite.name = "x"\n[label]\n{line.format(folder=tmp_path)}\n'
    file.write_text(text, "utf-8")
    assert main(["check-config", str(file)]) == 1
    assert said in capsys.readouterr().err
