"""From an instruction to a job, and the configuration that a press is built from."""

import msgspec
import pytest

from station.config.label import LabelConfig
from station.label.carriers import CarrierStyle, styles_of
from station.label.content import MAX_REPRINT, Mark
from station.label.fonts import Typeface
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress
from tests.label.orders import PLAIN, order, pieces


def test_the_pieces_of_an_order_are_one_job(press: LabelPress) -> None:
    job = press.job(order(pieces=pieces(3)))
    assert job.labels == 3
    assert job.tracking_numbers == ("400012345670", "400012345681", "400012345692")
    assert job.data.count(b"\x1dVB\x00") == 3
    assert job.data.startswith(b"\x1b@")


def test_a_job_is_the_same_bytes_each_time_and_others_for_a_reprint(press: LabelPress) -> None:
    assert press.job(PLAIN) == press.job(PLAIN)
    assert press.job(PLAIN).data != press.job(PLAIN, reprint=1).data != press.job(PLAIN, reprint=2).data


def test_a_replacement_is_another_label_than_a_reprint_and_fits_wherever_that_does(press: LabelPress) -> None:
    assert press.job(PLAIN, 1, Mark.REPLACEMENT).data != press.job(PLAIN, 1).data
    assert press.job(PLAIN, MAX_REPRINT, Mark.REPLACEMENT).labels == 1


def test_a_carriers_delimiters_come_from_the_configuration(typeface: Typeface) -> None:
    carriers = {"yamato": CarrierStyle(name="ヤマト運輸", nw7_start="B", nw7_stop="B")}
    configured = LabelPress(typeface, LAYOUTS["80x100"], carriers)
    built_in = LabelPress(typeface, LAYOUTS["80x100"], {})
    assert configured.place(PLAIN).bars != built_in.place(PLAIN).bars


def test_the_configuration_reads_as_it_is_written() -> None:
    written = {"font": "/srv/a.otf", "carriers": {"fukutsu": {"name": "福山通運", "nw7_start": "C", "nw7_stop": "C"}}}
    config = msgspec.convert(written, LabelConfig)
    assert styles_of(config.carriers)["fukutsu"].check_digit == "none"
    assert config.layout in LAYOUTS
    assert msgspec.convert({}, LabelConfig).font is None


@pytest.mark.parametrize(
    ("wrong", "place"),
    [
        ({"fnt": "x"}, "fnt"),
        ({"layout": "90x90"}, r"\$\.layout"),
        ({"carriers": {"yamato": {"name": "ヤマト", "nw7_start": "E"}}}, r"\$\.carriers\[\.\.\.\]\.nw7_start"),
    ],
)
def test_a_wrong_setting_is_refused_with_its_place(wrong: dict[str, object], place: str) -> None:
    with pytest.raises(msgspec.ValidationError, match=place):
        msgspec.convert(wrong, LabelConfig)
