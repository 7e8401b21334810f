import string

import pytest
from evdev import ecodes

from station.devices.keymap import KEYPAD_DIGITS, LAYOUTS, UNKNOWN, Key, Layout, character, numbered

PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
BOTH: list[Layout] = ["us", "jp"]


@pytest.mark.parametrize("layout", BOTH)
def test_every_character_that_a_barcode_holds_has_a_key(layout: Layout) -> None:
    reachable = {one for pair in LAYOUTS[layout].values() for one in pair}
    assert set(PRINTABLE) <= reachable


@pytest.mark.parametrize(
    ("key", "shift", "us", "jp"),
    [
        ("KEY_2", True, "@", '"'),
        ("KEY_6", True, "^", "&"),
        ("KEY_7", True, "&", "'"),
        ("KEY_8", True, "*", "("),
        ("KEY_9", True, "(", ")"),
        ("KEY_MINUS", True, "_", "="),
        ("KEY_EQUAL", False, "=", "^"),
        ("KEY_EQUAL", True, "+", "~"),
        ("KEY_LEFTBRACE", False, "[", "@"),
        ("KEY_LEFTBRACE", True, "{", "`"),
        ("KEY_RIGHTBRACE", False, "]", "["),
        ("KEY_SEMICOLON", True, ":", "+"),
        ("KEY_APOSTROPHE", False, "'", ":"),
        ("KEY_APOSTROPHE", True, '"', "*"),
        ("KEY_BACKSLASH", False, "\\", "]"),
        ("KEY_BACKSLASH", True, "|", "}"),
        ("KEY_RO", False, UNKNOWN, "\\"),
        ("KEY_RO", True, UNKNOWN, "_"),
        ("KEY_YEN", False, UNKNOWN, "\\"),
        ("KEY_YEN", True, UNKNOWN, "|"),
        ("KEY_GRAVE", False, "`", UNKNOWN),
    ],
)
def test_the_layouts_differ_where_the_keyboards_do(key: str, shift: bool, us: str, jp: str) -> None:
    assert character("us", ecodes.ecodes[key], shift=shift) == us
    assert character("jp", ecodes.ecodes[key], shift=shift) == jp


@pytest.mark.parametrize("layout", BOTH)
def test_letters_and_digits_are_where_the_kernel_says(layout: Layout) -> None:
    for one in string.ascii_uppercase + string.digits:
        assert character(layout, ecodes.ecodes[f"KEY_{one}"]) == one.lower()
    for one in string.digits:
        assert character(layout, ecodes.ecodes[f"KEY_KP{one}"]) == one
        assert KEYPAD_DIGITS[ecodes.ecodes[f"KEY_KP{one}"]] == one


@pytest.mark.parametrize("layout", BOTH)
def test_caps_lock_turns_letters_over_and_nothing_else(layout: Layout) -> None:
    assert character(layout, ecodes.KEY_A, caps=True) == "A"
    assert character(layout, ecodes.KEY_A, caps=True, shift=True) == "a"
    assert character(layout, ecodes.KEY_1, caps=True) == "1"
    assert character(layout, ecodes.KEY_1, caps=True, shift=True) == "!"


def test_control_with_a_closing_bracket_is_fnc1_wherever_the_layout_has_the_bracket() -> None:
    assert character("us", ecodes.KEY_RIGHTBRACE, ctrl=True) == "\x1d"
    assert character("jp", ecodes.KEY_BACKSLASH, ctrl=True) == "\x1d"
    assert character("us", ecodes.KEY_6, ctrl=True, shift=True) == "\x1e"
    assert character("us", ecodes.KEY_M, ctrl=True) == "\r"
    assert character("us", ecodes.KEY_1, ctrl=True) == UNKNOWN


@pytest.mark.parametrize("layout", BOTH)
def test_enter_on_either_side_and_tab_end_a_scan(layout: Layout) -> None:
    assert character(layout, ecodes.KEY_ENTER) == "\n"
    assert character(layout, ecodes.KEY_KPENTER) == "\n"
    assert character(layout, ecodes.KEY_TAB) == "\t"


def test_the_keys_with_names_are_the_kernel_s() -> None:
    spelled = {Key.KEYPAD_ENTER: "KPENTER"}
    for key in Key:
        assert ecodes.ecodes["KEY_" + spelled.get(key, key.name.replace("_", ""))] == key


@pytest.mark.parametrize(
    ("digits", "meant"),
    [("029", "\x1d"), ("0065", "A"), ("13", "\r"), ("", UNKNOWN), ("0", UNKNOWN), ("0233", UNKNOWN)],
)
def test_alt_with_a_number_is_the_ascii_character_of_that_number(digits: str, meant: str) -> None:
    assert numbered(digits) == meant
