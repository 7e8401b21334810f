import string

import pytest
from hypothesis import given
from hypothesis import strategies as st

from station.bench.core.codes import NO_ELEMENTS, Code, Elements
from station.devices.barcode import GS, item_key, read_code

JAN = "4901234567894"
GTIN = "04901234567894"


@pytest.mark.parametrize(
    ("raw", "gtin"),
    [
        (JAN, GTIN),
        ("]E0" + JAN, GTIN),
        ("]E3" + JAN + "12", GTIN),
        ("49123456", "00000049123456"),
        ("]E449123456", "00000049123456"),
        ("042100005264", "00042100005264"),
        ("]E00042100005264", "00042100005264"),
        ("04252614", "00042100005264"),
        ("14901234567891", "14901234567891"),
        ("]I114901234567891", "14901234567891"),
        ("]I0" + GTIN, GTIN),
        ("01" + GTIN, GTIN),
        ("]C101" + GTIN + "17260131" + "10LOT1", GTIN),
        ("]C110LOT1" + GS + "01" + GTIN, GTIN),
        ("10LOT1" + GS + "01" + GTIN, GTIN),
        (GS + "01" + GTIN + "10LOT1" + GS + "21S1", GTIN),
        ("]d217000000" + "01" + GTIN, GTIN),
        ("]d2" + GS + "01" + GTIN, GTIN),
        ("]Q301" + GTIN + "10A", GTIN),
        ("]e001" + GTIN, GTIN),
        ("]Q1https://id.gs1.org/01/" + GTIN + "?17=260131", GTIN),
    ],
)
def test_an_article_s_number_is_read_as_14_digits_whatever_carries_it(raw: str, gtin: str) -> None:
    assert read_code(raw).gtin == gtin
    assert read_code(raw).item == gtin


def test_a_gtin_that_stands_first_survives_what_a_scanner_without_fnc1_makes_of_the_rest() -> None:
    assert read_code("]C101" + GTIN + "17999999").gtin == GTIN
    assert read_code(GS + "01" + GTIN + "17999999").gtin == GTIN


def test_without_a_word_of_the_scanner_all_of_a_text_must_be_a_gs1_message_to_pass_for_one() -> None:
    assert read_code("01" + GTIN + "17999999").gtin is None


WHOLE = Elements(lot="LOT1", serial="S1", expiry="270131")


@pytest.mark.parametrize(
    "raw",
    [
        "]C101" + GTIN + "17270131" + "10LOT1" + GS + "21S1",
        "]d2" + GS + "01" + GTIN + "10LOT1" + GS + "17270131" + "21S1",
        "]Q3" + "21S1" + GS + "10LOT1" + GS + "01" + GTIN + "17270131" + GS,
        GS + "01" + GTIN + "17270131" + "21S1" + GS + "10LOT1",
        "01" + GTIN + "15270131" + "10LOT1" + GS + "21S1",
        "]d2" + "01" + GTIN + "15260101" + "17270131" + "10LOT1" + GS + "21S1",
        "]Q1https://id.gs1.org/01/" + GTIN + "/10/LOT1/21/S1?17=270131",
    ],
)
def test_lot_serial_and_expiry_are_read_in_any_order_with_or_without_aim_identifier(raw: str) -> None:
    assert read_code(raw).gtin == GTIN
    assert read_code(raw).elements == WHOLE


@pytest.mark.parametrize("substitute", ["|", "{GS}", "<FNC1>", "^", "~"])
@pytest.mark.parametrize("aim", ["", "]C1", "]d2"])
def test_fnc1_is_read_as_the_characters_that_the_scanner_is_set_to_send_for_it(aim: str, substitute: str) -> None:
    raw = aim + substitute + "01" + GTIN + "10LOT1" + substitute + "17270131" + "21S1"
    code = read_code(raw, substitute)
    assert (code.gtin, code.elements) == (GTIN, WHOLE)
    assert code.text == "01" + GTIN + "10LOT1" + GS + "1727013121S1"
    assert read_code(raw).elements != WHOLE


def test_a_substitute_for_fnc1_in_a_code_that_is_no_gs1_message_stays_what_it_is() -> None:
    assert read_code("SLIP|42", "|").text == "SLIP|42"
    assert read_code("]C0SLIP|42", "|").text == "SLIP|42"


@pytest.mark.parametrize(
    ("message", "known"),
    [
        ("17270131" + "10LOT1" + "21S1", Elements(expiry="270131", run_together=True)),
        ("10LOT1" + "17270131" + "21S1", Elements(run_together=True)),
        ("10LOT1" + "17270131", Elements(run_together=True)),
        ("17270131" + "10" + "L" * 20 + "21S1", Elements(expiry="270131", run_together=True)),
        ("10" + "2" * 12, Elements(run_together=True)),
        ("17270131" + "10LOT-A", Elements("LOT-A", expiry="270131")),
        ("10LOT1", Elements("LOT1")),
        ("17270131", Elements(expiry="270131")),
        ("17999999" + "10LOT1", Elements(run_together=True)),
    ],
)
@pytest.mark.parametrize("aim", ["]C1", "]d2"])
def test_where_fnc1_may_be_missing_what_is_certain_is_told_and_nothing_is_guessed(
    aim: str, message: str, known: Elements
) -> None:
    code = read_code(aim + "01" + GTIN + message)
    assert code.gtin == GTIN
    assert code.elements == known


def test_of_a_scanner_that_is_known_to_send_fnc1_a_message_without_one_needs_none() -> None:
    digits = "]C101" + GTIN + "10" + "2" * 12
    assert read_code(digits).elements == Elements(run_together=True)
    assert read_code(digits, "gs").elements == Elements("2" * 12)
    assert read_code("]C101" + GTIN + "10" + "2" * 12 + GS + "21" + "3" * 12).elements == Elements("2" * 12, "3" * 12)


def test_an_element_that_must_be_ended_and_is_not_runs_together_whatever_is_known_of_the_scanner() -> None:
    assert read_code("]C101" + GTIN + "10" + "L" * 20 + "21S1", "gs").elements == Elements(run_together=True)


def test_what_is_no_element_ends_what_can_be_known() -> None:
    assert read_code("]C101" + GTIN + "17270131" + "05XX").elements == Elements(expiry="270131", run_together=True)


@pytest.mark.parametrize("raw", [JAN, "]E0" + JAN, "A" + "01" + GTIN, "]C110LOT1" + GS + "21S1"])
def test_a_code_without_gs1_elements_of_an_article_has_none(raw: str) -> None:
    assert read_code(raw).elements == NO_ELEMENTS


def test_a_date_that_is_not_set_is_none() -> None:
    assert read_code("]C101" + GTIN + "17000000" + "10A").elements == Elements("A")
    assert read_code("]C101" + GTIN + "17000000" + "15270131").elements == Elements(expiry="270131")


@pytest.mark.parametrize("raw", ["2000000000008", "0200000000002", "2912345678901", "20000004", "]E02000000000008"])
def test_an_in_store_code_stays_as_it_is(raw: str) -> None:
    code = read_code(raw)
    assert code.gtin is None
    assert code.item == raw.removeprefix("]E0")


@pytest.mark.parametrize("raw", ["4901234567895", "49123457", "042100005265", "14901234567892", "0104901234567895"])
def test_a_wrong_check_digit_gives_no_article_but_keeps_the_text(raw: str) -> None:
    assert read_code(raw).gtin is None
    assert read_code(raw).text == raw


@pytest.mark.parametrize(
    "raw", ["４９０１２３４５６７８９４", "49012345678٩4", "http://[", "https://a/01/x", "]", "]E"]
)
def test_what_only_looks_like_a_number_or_a_link_is_text(raw: str) -> None:
    assert read_code(raw) == Code(text=raw)


@pytest.mark.parametrize(
    ("raw", "text", "nw7"),
    [
        ("A123456789012A", "A123456789012A", "123456789012"),
        ("a123456789012b", "A123456789012B", "123456789012"),
        ("]F0d12-34$d", "D12-34$D", "12-34$"),
        ("]F0123456789012", "123456789012", "123456789012"),
        ("123456789012", "123456789012", "123456789012"),
        ("A123", "A123", None),
        ("AB1234B", "AB1234B", None),
        ("]C0A123A", "A123A", None),
        ("]E0" + JAN, JAN, None),
    ],
)
def test_nw7_is_read_with_its_start_and_stop_characters_or_without(raw: str, text: str, nw7: str | None) -> None:
    assert read_code(raw).text == text
    assert read_code(raw).nw7 == nw7


def test_a_tracking_number_that_is_also_a_upc_is_read_in_both_roles() -> None:
    code = read_code("123456789012")
    assert code.tracking_number == "123456789012"
    assert code.gtin == "00123456789012"


def test_blanks_and_control_characters_around_a_code_are_no_part_of_it() -> None:
    assert read_code(" \x02" + JAN + "\x03 ") == read_code(JAN)
    assert read_code("[)>\x1e06\x1d1PABC\x1e\x04").text == "[)>06\x1d1PABC"
    assert read_code(" \x00\x1b ") == Code(text="")


def test_a_code_longer_than_any_is_refused_with_its_length() -> None:
    assert read_code("9" * 512).text == "9" * 512
    with pytest.raises(ValueError, match="513 characters"):
        read_code("9" * 513)


@given(st.text(max_size=512))
def test_whatever_characters_come_a_code_is_read(raw: str) -> None:
    code = read_code(raw)
    assert code.gtin is None or (len(code.gtin) == 14 and code.gtin.isascii() and code.gtin.isdigit())
    assert len(code.text) <= len(raw)


@given(st.text("0123456789]CEdQ\x1dAh/:.", max_size=60))
def test_whatever_nearly_is_a_gs1_message_a_code_is_read(raw: str) -> None:
    read_code(raw)


PLAIN = st.text(string.ascii_letters + string.digits + "-./", min_size=1, max_size=20)


@given(
    PLAIN | st.from_regex(r"[0-9]{8}|[0-9]{12,14}|[a-d][0-9]{1,8}[a-d]", fullmatch=True),
    st.sampled_from(["A0", "C0", "G0", "F0", "Q1"]),
)
def test_the_same_characters_are_the_same_item_in_any_symbology(characters: str, symbology: str) -> None:
    assert read_code(f"]{symbology}{characters}").item == item_key(characters)


@given(PLAIN)
def test_an_item_s_key_is_its_own_key(characters: str) -> None:
    assert item_key(item_key(characters)) == item_key(characters)
