"""Which character a key of a keyboard-wedge scanner means: layouts and Alt codes, read from the tables in ``keymaps``.

A USB keyboard sends key positions, not characters; which layout the scanner assumes is its own setting, and
the station's must be the same one. Key codes: Linux, include/uapi/linux/input-event-codes.h.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Annotated

from msgspec import Meta, Struct

from station.config.reading import ConfigError, config_of, read_config
from station.config.scanners import AltCodes

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

KEYPAD_DIGITS = {82: "0", 79: "1", 80: "2", 81: "3", 75: "4", 76: "5", 77: "6", 71: "7", 72: "8", 73: "9"}
"""For Alt with digits, which names a character by its number."""
MAX_ALT_DIGITS = 7
"""Of the highest Unicode code point."""

_HIGHEST_KEY = 255
_NEEDED = set("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-")
"""What a map has to have: without these no slip and no article could be read."""


class Row(Struct, frozen=True, forbid_unknown_fields=True):
    """Keys in a row, as they stand on a keyboard."""

    first: Annotated[int, Meta(ge=1, le=_HIGHEST_KEY)]
    """The first key's code."""
    plain: Annotated[str, Meta(min_length=1, max_length=20)]
    shifted: Annotated[str, Meta(min_length=1, max_length=20)]
    alt_gr: str = ""
    """With the right Alt key, where the layout has such characters; a blank for a key without one."""


class KeymapFile(Struct, frozen=True, forbid_unknown_fields=True):
    """A layout as a file has it."""

    name: Annotated[str, Meta(min_length=1, max_length=40)]
    rows: Annotated[tuple[Row, ...], Meta(min_length=1, max_length=60)]


class _AltTable(Struct, frozen=True, forbid_unknown_fields=True):
    without_zero: str
    with_zero: str
    above_255: str


@dataclass(frozen=True, slots=True)
class Keymap:
    """One layout: key code to its characters, plain, with shift and with the right Alt key."""

    name: str
    keys: Mapping[int, tuple[str, str, str]]

    def character(
        self, key: int, *, shift: bool = False, caps: bool = False, ctrl: bool = False, alt_gr: bool = False
    ) -> str:
        """The character of a key, or `UNKNOWN`. Enter is LF."""
        plain, shifted, third = self.keys.get(key, (UNKNOWN, UNKNOWN, UNKNOWN))
        if alt_gr:
            return third
        if ctrl:
            return _control(shifted if shift else plain)
        return shifted if shift != (caps and plain.isalpha()) else plain


@cache
def keymap(layout: str) -> Keymap:
    """The layout that a configuration names: one of ours, or the path of a site's own file.

    Raises ConfigError with the file and what is wrong in it.
    """
    if layout.startswith("/"):
        return _keymap(read_config(Path(layout), KeymapFile), layout)
    return _keymap(config_of(_shipped(layout), KeymapFile, f"{layout}.toml"), f"{layout}.toml")


def numbered(digits: str, alt_codes: AltCodes = "windows") -> str:
    """The character that Alt and these keypad digits name (Alt+029 is GS), or `UNKNOWN`."""
    number = int(digits) if digits else 0
    if number < 0x80:
        return chr(number) if number else UNKNOWN
    table = _alt_tables()[alt_codes]
    code_page = table.above_255 if number > 0xFF else table.with_zero if digits[0] == "0" else table.without_zero
    try:
        width = 1 if number <= 0xFF else 2
        found = chr(number) if code_page == "unicode" else number.to_bytes(width).decode(code_page)
    except (ValueError, OverflowError):  # UnicodeDecodeError is a ValueError
        return UNKNOWN
    return found if found.isprintable() else UNKNOWN


def _keymap(file: KeymapFile, source: str) -> Keymap:
    own = _keys(file, source)
    lacking = _NEEDED - {one for levels in own.values() for one in levels}
    if lacking:
        raise ConfigError(f"{source}: no key has {' '.join(sorted(lacking))}; complete the rows")
    return Keymap(file.name, {**_keys(config_of(_shipped("keypad"), KeymapFile, "keypad.toml"), "keypad.toml"), **own})


def _keys(file: KeymapFile, source: str) -> dict[int, tuple[str, str, str]]:
    keys: dict[int, tuple[str, str, str]] = {}
    for number, row in enumerate(file.rows, start=1):
        third = (row.alt_gr or " " * len(row.plain)).replace(" ", UNKNOWN)
        if not len(row.plain) == len(row.shifted) == len(third):
            raise ConfigError(f"{source}: row {number}: plain, shifted and alt_gr are not equally long; correct it")
        for key, levels in enumerate(zip(row.plain, row.shifted, third, strict=True), start=row.first):
            if key in keys or key > _HIGHEST_KEY:
                raise ConfigError(f"{source}: row {number}: key {key} is no key, or stands twice; correct first")
            keys[key] = levels
    return keys


@cache
def _alt_tables() -> dict[str, _AltTable]:
    return config_of(_shipped("alt_codes"), dict[str, _AltTable], "alt_codes.toml")


def _shipped(name: str) -> dict[str, object]:
    return tomllib.loads(files("station.devices").joinpath("keymaps", f"{name}.toml").read_text("utf-8"))


def _control(key_top: str) -> str:
    """Ctrl with one of ``@A-Z[\\]^_`` is a control character: FNC1 comes as Ctrl+], which is GS."""
    upper = key_top.upper()
    return chr(ord(upper) - 0x40) if "@" <= upper <= "_" else UNKNOWN
