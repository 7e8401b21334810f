"""NW-7 symbols, and tracking numbers' check digits."""

import pytest
import zxingcpp
from PIL import Image, ImageDraw

from station.label.nw7 import QUIET_MODULES, check_digit, has_check_digit, widest_within, widths


def _drawn(elements: tuple[int, ...], quiet_dots: int) -> Image.Image:
    image = Image.new("L", (sum(elements) + 2 * quiet_dots, 60), 255)
    draw = ImageDraw.Draw(image)
    x = quiet_dots
    for number, width in enumerate(elements):
        if number % 2 == 0:
            draw.rectangle((x, 0, x + width - 1, 59), 0)
        x += width
    return image


def _read(image: Image.Image) -> list[str]:
    return [code.text for code in zxingcpp.read_barcodes(image)]


@pytest.mark.parametrize("delimiters", ["AA", "BB", "CC", "DD", "AB"])
def test_every_digit_and_every_start_and_stop_letter_is_read_by_another_decoder(delimiters: str) -> None:
    text = f"{delimiters[0]}012345678901{delimiters[1]}"
    assert _read(_drawn(widths(text, 2, 5), 20)) == [text]


@pytest.mark.parametrize("digits", [8, 10, 12, 16, 20])
def test_a_symbol_of_any_tracking_number_fits_the_label_with_its_quiet_zones(digits: int) -> None:
    text = f"A{'1234567890' * 2}"[: digits + 1] + "A"
    symbol = widest_within(text, 560)
    assert symbol is not None
    quiet_dots, elements = symbol
    narrow, wide = min(elements), max(elements)
    assert quiet_dots >= QUIET_MODULES * narrow
    assert sum(elements) + 2 * quiet_dots <= 560
    assert narrow >= 2
    assert 2.2 <= wide / narrow <= 3, "JIS X 0506 allows 2.0 to 3.0; below 2.2 readers need narrow bars of 0.5 mm"
    assert _read(_drawn(elements, quiet_dots)) == [text]


def test_twelve_digits_have_bars_of_three_and_eight_dots() -> None:
    symbol = widest_within("A400012345670A", 560)
    assert symbol is not None
    assert set(symbol[1]) == {3, 8}


def test_a_symbol_that_no_bar_width_makes_fit_is_none() -> None:
    assert widest_within("A" + "1" * 20 + "A", 400) is None


def test_the_check_digit_is_the_rest_of_the_number_modulo_seven() -> None:
    assert check_digit("40001234567") == "0"
    assert check_digit("30001234567") == "3"
    assert has_check_digit("400012345670")
    assert not has_check_digit("400012345671")
