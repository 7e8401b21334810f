"""The text of the label's QR code, there and back."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.protocol.scanback import ScanBack, read_scan_back


def test_it_reads_order_revision_reprint_piece() -> None:
    assert str(ScanBack("A-1001", 2, 0, 1)) == "A-1001/2/0/1"


@given(
    order=st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=64),
    numbers=st.tuples(st.integers(1, 1_000_000), st.integers(0, 999), st.integers(1, 20)),
)
def test_every_order_comes_back_and_a_keyboard_can_type_it(order: str, numbers: tuple[int, int, int]) -> None:
    label = ScanBack(order, *numbers)
    assert str(label).isascii()
    assert str(label).isprintable()
    assert " " not in str(label)
    assert read_scan_back(str(label)) == label


@pytest.mark.parametrize(
    "other",
    [
        "",
        "4901234567894",
        "A400012345670A",
        "A/1/0",
        "A/1/0/1/2",
        "/1/0/1",
        "A/01/0/1",
        "A%zz/1/0/1",
        "a%41/1/0/1",
        "%FF/1/0/1",
        "A/1/0/１",
    ],
)
def test_another_code_is_no_label(other: str) -> None:
    assert read_scan_back(other) is None
