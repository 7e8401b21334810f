"""Which character a key of a keyboard-wedge scanner means: the layouts, as tables.

A USB keyboard sends key positions, not characters; which layout the scanner assumes is its own setting, and
the station's must be the same one. Key codes: Linux, include/uapi/linux/input-event-codes.h. The JP layout is
xkeyboard-config's jp(106): the yen key is the backslash, as in every Japanese code page.
"""

from collections.abc import Mapping
from enum import IntEnum
from typing import Literal

Layout = Literal["us", "jp"]

UNKNOWN = "\N{REPLACEMENT CHARACTER}"
"""A key without a character. It stands in the scan, so that a code cannot pass for one that is shorter."""


class Key(IntEnum):
    """The keys that are more, or other, than a character."""

    TAB = 15
    ENTER = 28
    LEFT_CTRL = 29
    LEFT_SHIFT = 42
    RIGHT_SHIFT = 54
    LEFT_ALT = 56
    CAPS_LOCK = 58
    NUM_LOCK = 69
    SCROLL_LOCK = 70
    KEYPAD_ENTER = 96
    RIGHT_CTRL = 97
    RIGHT_ALT = 100
    LEFT_META = 125
    RIGHT_META = 126


SHIFT = frozenset({Key.LEFT_SHIFT, Key.RIGHT_SHIFT})
CTRL = frozenset({Key.LEFT_CTRL, Key.RIGHT_CTRL})
ALT = frozenset({Key.LEFT_ALT, Key.RIGHT_ALT})
MODIFIERS = SHIFT | CTRL | ALT
SILENT = frozenset({Key.NUM_LOCK, Key.SCROLL_LOCK, Key.LEFT_META, Key.RIGHT_META})
"""Keys that scanners press around a code and that add nothing to it."""

# Each row: the key code of its first key, then the row's characters plain and with shift.
_Row = tuple[int, str, str]
_EVERYWHERE: tuple[_Row, ...] = (
    (Key.TAB, "\t", "\t"),
    (Key.ENTER, "\n", "\n"),
    (57, " ", " "),
    (55, "*", "*"),
    (71, "789-456+1230.", "789-456+1230."),
    (Key.KEYPAD_ENTER, "\n", "\n"),
    (98, "/", "/"),
    (117, "=", "="),
    (121, ",", ","),
)
_US: tuple[_Row, ...] = (
    (2, "1234567890-=", "!@#$%^&*()_+"),
    (16, "qwertyuiop[]", "QWERTYUIOP{}"),
    (30, "asdfghjkl;'`", 'ASDFGHJKL:"~'),
    (43, "\\zxcvbnm,./", "|ZXCVBNM<>?"),
)
_JP: tuple[_Row, ...] = (
    (2, "1234567890-^", "!\"#$%&'()~=~"),
    (16, "qwertyuiop@[", "QWERTYUIOP`{"),
    (30, "asdfghjkl;:", "ASDFGHJKL+*"),
    (43, "]zxcvbnm,./", "}ZXCVBNM<>?"),
    (89, "\\", "_"),
    (124, "\\", "|"),
)


def _keys(rows: tuple[_Row, ...]) -> dict[int, tuple[str, str]]:
    return {
        first + place: pair
        for first, plain, shifted in rows
        for place, pair in enumerate(zip(plain, shifted, strict=True))
    }


LAYOUTS: Mapping[Layout, Mapping[int, tuple[str, str]]] = {
    "us": _keys(_EVERYWHERE + _US),
    "jp": _keys(_EVERYWHERE + _JP),
}
"""Key code to its character, plain and with shift."""

KEYPAD_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
"""For Alt with digits, which names a character by its number."""


def character(layout: Layout, key: int, *, shift: bool = False, caps: bool = False, ctrl: bool = False) -> str:
    """The character of a key, or `UNKNOWN`. Enter is LF."""
    plain, shifted = LAYOUTS[layout].get(key, (UNKNOWN, UNKNOWN))
    if ctrl:
        return _control(shifted if shift else plain)
    return shifted if shift != (caps and plain.isalpha()) else plain


def _control(key_top: str) -> str:
    """Ctrl with one of ``@A-Z[\\]^_`` is a control character: FNC1 comes as Ctrl+], which is GS."""
    upper = key_top.upper()
    return chr(ord(upper) - 0x40) if "@" <= upper <= "_" else UNKNOWN


def numbered(digits: str) -> str:
    """The character that Alt and these keypad digits name (Alt+029 is GS), within ASCII."""
    number = int(digits) if digits else 0
    return chr(number) if 0 < number < 0x80 else UNKNOWN
