"""Which rendering a configuration asks for, and that it is what a station makes ahead of the match."""

import queue

import pytest

from station.bench.core.events import LabelsDrawn, LabelsImpossible
from station.bench.labels import Labels
from station.config.label import LabelConfig
from station.config.printer import FilePrinter, Printer, SerialPrinter, TcpPrinter
from station.config.reading import ConfigError
from station.label.configured import configured_press
from station.label.content import DoesNotFit, Field
from station.label.fonts import KNOWN_FALLBACKS
from tests.label.generated import RARE, SEQUENCES
from tests.label.orders import PLAIN, order, to

_PAGE_MODE = b"\x1bL"
_SERIAL = SerialPrinter(port="/dev/serial0", model="tm-l90")


@pytest.mark.parametrize(
    ("printer", "rendering", "in_page_mode", "native"),
    [
        (_SERIAL, "auto", True, True),
        (_SERIAL, "raster", False, False),
        (SerialPrinter(port="/dev/serial0"), "auto", False, False),
        (TcpPrinter(host="10.0.0.9", model="tm-l90"), "auto", False, False),
        (TcpPrinter(host="10.0.0.9", model="tm-l90"), "native", True, True),
        (FilePrinter(path="/dev/usb/lp0", model="tm-l90"), "raster", False, False),
        (None, "native", False, False),
    ],
)
def test_line_and_model_say_what_is_sent(
    printer: Printer | None, rendering: str, in_page_mode: bool, native: bool
) -> None:
    press = configured_press(LabelConfig(rendering=rendering), printer)  # type: ignore[arg-type]
    data = press.job(PLAIN).data
    assert (_PAGE_MODE in data, "山田太郎".encode("cp932") in data) == (in_page_mode, native)


def test_native_labels_of_a_printer_without_them_are_refused_with_the_remedy() -> None:
    with pytest.raises(ConfigError, match=r"label\.rendering = 'native': .*, generic; set printer\.model"):
        configured_press(LabelConfig(rendering="native"), SerialPrinter(port="/dev/serial0"))


def test_a_native_label_of_a_new_revision_is_made_anew_before_it_is_asked_for() -> None:
    posted: queue.SimpleQueue[LabelsDrawn | LabelsImpossible] = queue.SimpleQueue()
    labels = Labels(configured_press(LabelConfig(), _SERIAL), posted.put)
    try:
        jobs = []
        for revision, name in ((1, "山田太郎"), (2, "佐藤花子")):
            labels.keep(to(name=name) if revision == 1 else order(revision=2, ship_to=to(name=name).ship_to))
            labels.prepare(PLAIN.order, revision, 0)
            assert posted.get(timeout=20) == LabelsDrawn(PLAIN.order, revision, 0)
            jobs.append(labels.job(PLAIN.order, revision, 0))
    finally:
        labels.close()
    assert ["佐藤花子".encode("cp932") in job for job in jobs] == [False, True]


@pytest.mark.parametrize("name", ["".join(RARE[:8]), "".join(SEQUENCES), "ｶﾌﾞｼｷｶﾞｲｼｬ ﾔﾏﾀﾞ", "株式会社" + "山" * 36])
def test_what_the_desk_accepts_is_printed_either_way(name: str) -> None:
    """The desk knows no printer: it judges by the picture, and whatever has a picture has a native label."""
    instruction = to(name=name, lines=(name, f"{name}ビル"))
    configured_press(LabelConfig()).check(instruction)
    for rendering in ("raster", "native"):
        assert configured_press(LabelConfig(rendering=rendering), _SERIAL).job(instruction).labels == 1


def test_what_cannot_be_printed_is_refused_when_it_arrives_with_its_field() -> None:
    press = configured_press(LabelConfig())
    for instruction, field in (
        (to(name="山" * 160), Field.SHIP_TO_NAME),
        (to(lines=("山\U0001fae0",)), Field.SHIP_TO_LINES),
        (order(gift_note="a\u00adb"), Field.GIFT_NOTE),
    ):
        with pytest.raises(DoesNotFit) as refused:
            press.check(instruction)
        assert refused.value.field is field


def test_a_sites_own_fallback_fonts_are_taken() -> None:
    with pytest.raises(DoesNotFit, match=r"U\+2252"):
        configured_press(LabelConfig(fallback_fonts=[])).check(to(name="≒"))
    configured_press(LabelConfig(fallback_fonts=[str(KNOWN_FALLBACKS[1])])).check(to(name="≒"))
