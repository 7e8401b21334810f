import re
import string
from pathlib import Path

import pytest
from evdev import ecodes

from station.config.reading import ConfigError
from station.config.scanners import AltCodes
from station.devices.keymap import KEYPAD_DIGITS, UNKNOWN, Key, keymap, numbered

PRINTABLE = string.ascii_letters + string.digits + string.punctuation + " "
BOTH = ["us", "jp"]


@pytest.mark.parametrize("layout", BOTH)
def test_every_character_that_a_barcode_holds_has_a_key(layout: str) -> None:
    reachable = {one for levels in keymap(layout).keys.values() for one in levels}
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
    assert keymap("us").character(ecodes.ecodes[key], shift=shift) == us
    assert keymap("jp").character(ecodes.ecodes[key], shift=shift) == jp


@pytest.mark.parametrize("layout", BOTH)
def test_letters_and_digits_are_where_the_kernel_says(layout: str) -> None:
    for one in string.ascii_uppercase + string.digits:
        assert keymap(layout).character(ecodes.ecodes[f"KEY_{one}"]) == one.lower()
    for one in string.digits:
        assert keymap(layout).character(ecodes.ecodes[f"KEY_KP{one}"]) == one
        assert KEYPAD_DIGITS[ecodes.ecodes[f"KEY_KP{one}"]] == one


@pytest.mark.parametrize("layout", BOTH)
def test_caps_lock_turns_letters_over_and_nothing_else(layout: str) -> None:
    assert keymap(layout).character(ecodes.KEY_A, caps=True) == "A"
    assert keymap(layout).character(ecodes.KEY_A, caps=True, shift=True) == "a"
    assert keymap(layout).character(ecodes.KEY_1, caps=True) == "1"
    assert keymap(layout).character(ecodes.KEY_1, caps=True, shift=True) == "!"


def test_control_with_a_closing_bracket_is_fnc1_wherever_the_layout_has_the_bracket() -> None:
    assert keymap("us").character(ecodes.KEY_RIGHTBRACE, ctrl=True) == "\x1d"
    assert keymap("jp").character(ecodes.KEY_BACKSLASH, ctrl=True) == "\x1d"
    assert keymap("us").character(ecodes.KEY_6, ctrl=True, shift=True) == "\x1e"
    assert keymap("us").character(ecodes.KEY_M, ctrl=True) == "\r"
    assert keymap("us").character(ecodes.KEY_1, ctrl=True) == UNKNOWN


@pytest.mark.parametrize("layout", BOTH)
def test_enter_on_either_side_and_tab_end_a_scan(layout: str) -> None:
    assert keymap(layout).character(ecodes.KEY_ENTER) == "\n"
    assert keymap(layout).character(ecodes.KEY_KPENTER) == "\n"
    assert keymap(layout).character(ecodes.KEY_TAB) == "\t"


def test_the_keys_with_names_are_the_kernel_s() -> None:
    spelled = {Key.KEYPAD_ENTER: "KPENTER"}
    for key in Key:
        assert ecodes.ecodes["KEY_" + spelled.get(key, key.name.replace("_", ""))] == key


@pytest.mark.parametrize(
    ("digits", "meant"),
    [
        ("029", "\x1d"),
        ("0065", "A"),
        ("13", "\r"),
        ("", UNKNOWN),
        ("0", UNKNOWN),
        ("0129", UNKNOWN),
        ("9999999", UNKNOWN),
    ],
)
def test_alt_with_a_number_is_the_ascii_character_of_that_number(digits: str, meant: str) -> None:
    assert numbered(digits) == meant


@pytest.mark.parametrize(
    ("digits", "alt_codes", "meant"),
    [
        ("0233", "windows", "é"),
        ("130", "windows", "é"),
        ("26481", "windows", "東"),
        ("0233", "unicode", "é"),
        ("134071", "unicode", "𠮷"),
        ("0177", "cp932", "ｱ"),
        ("37772", "cp932", "東"),
        ("64508", "cp932", "髙"),
        ("0129", "cp932", UNKNOWN),
        ("65535", "cp932", UNKNOWN),
        ("55296", "unicode", UNKNOWN),
    ],
)
def test_above_ascii_the_number_is_looked_up_in_the_code_page_that_is_configured(
    digits: str, alt_codes: AltCodes, meant: str
) -> None:
    assert numbered(digits, alt_codes) == meant


@pytest.mark.parametrize("alt_codes", ["windows", "cp932", "unicode"])
def test_ascii_is_the_same_number_in_every_table(alt_codes: AltCodes) -> None:
    for one in PRINTABLE:
        assert numbered(f"{ord(one):03}", alt_codes) == numbered(f"{ord(one):04}", alt_codes) == one


OWN = """
name = "DE"
[[rows]]
first = 2
plain = "1234567890"
shifted = '!"§$%&/()='
alt_gr = "  ³   {[]}"
[[rows]]
first = 16
plain = "qwertzuiop"
shifted = "QWERTZUIOP"
alt_gr = "@         "
[[rows]]
first = 30
plain = "asdfghjkl"
shifted = "ASDFGHJKL"
[[rows]]
first = 44
plain = "yxcvbnm,.-"
shifted = "YXCVBNM;:_"
"""


def test_a_site_s_own_map_is_read_from_its_file_with_a_third_level(tmp_path: Path) -> None:
    path = tmp_path / "de.toml"
    path.write_text(OWN)
    own = keymap(str(path))
    assert own.character(ecodes.KEY_Y) == "z"
    assert own.character(ecodes.KEY_Q, alt_gr=True) == "@"
    assert own.character(ecodes.KEY_W, alt_gr=True) == UNKNOWN
    assert own.character(ecodes.KEY_KP7) == "7"
    assert own.character(ecodes.KEY_ENTER) == "\n"


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ('"yxcvbnm,.-"', '"yxcvbnm,."', "row 4: plain, shifted and alt_gr are not equally long"),
        ('"  ³   {[]}"', '"  ³"', "row 1: plain, shifted and alt_gr are not equally long"),
        ("first = 30", "first = 25", "row 3: key 25 is no key, or stands twice"),
        ("first = 30", "first = 0", "rows[2].first"),
        ("asdfghjkl", "osdfghjkl", "no key has a"),
        ("plain", "plane", "there is no such key"),
        ("[[rows]]", "[rows", "is not valid TOML"),
    ],
)
def test_a_map_that_cannot_be_used_is_refused_with_its_file_and_the_place(
    tmp_path: Path, old: str, new: str, reason: str
) -> None:
    path = tmp_path / "own.toml"
    path.write_text(OWN.replace(old, new))
    with pytest.raises(ConfigError, match=re.escape(reason)) as refused:
        keymap(str(path))
    assert str(path) in str(refused.value)
