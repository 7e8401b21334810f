"""One press and one font for all tests of labels, as a station has them."""

import pytest

from station.label.fonts import Typeface, open_typeface
from station.label.layouts import LAYOUTS
from station.label.press import LabelPress


@pytest.fixture(scope="session")
def typeface() -> Typeface:
    """The installed Japanese font."""
    return open_typeface()


@pytest.fixture(scope="session")
def press(typeface: Typeface) -> LabelPress:
    """For 80 x 100 mm, with the built-in carriers."""
    return LabelPress(typeface, LAYOUTS["80x100"], {})
