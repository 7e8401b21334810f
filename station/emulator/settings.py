"""What commands leave behind: sizes, fonts, code tables, units of length. ESC @ takes all of it back."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from station.emulator import barcodes, text
from station.emulator.model import Model
from station.emulator.operations import Flaw, RejectedError

Handler = Callable[[bytes], None]
"""Carries a command out; takes its parameters."""


class Settings:
    """Every setting of one printer, and the commands that change settings and nothing else. Lengths are in dots."""

    def __init__(self, model: Model) -> None:
        self._model = model
        self.reset()

    def reset(self) -> None:
        """As after power-on."""
        model = self._model
        self.line_spacing = model.default_line_spacing_rows
        self.vertical_units_per_inch = model.vertical_units_per_inch
        self.horizontal_units_per_inch = model.dots_per_inch
        self.justification = 0
        self.letters = text.Style()
        self.kanji = text.Style()
        self.kanji_on = False
        self.katakana = False
        self.nation = 0
        self.shift_jis = False
        self.barcode_height = 162
        self.barcode_narrow = 3
        self.barcode_caption = 0
        self.qr = barcodes.QrSymbol()

    def commands(self) -> dict[str, Handler]:
        """By their names in the reference."""
        return {
            "ESC !": self._letter_modes,
            "ESC SP": self._letter_space,
            "ESC 2": lambda _: setattr(self, "line_spacing", self._model.default_line_spacing_rows),
            "ESC 3": lambda p: setattr(self, "line_spacing", self.vertical(p[0])),
            "ESC E": lambda p: self._embolden(bool(p[0] & 1)),
            "ESC G": lambda p: self._embolden(bool(p[0] & 1)),
            "ESC M": self._letter_font,
            "ESC R": self._select_nation,
            "ESC a": self._choice("justification", _digits(3)),
            "ESC t": self._choice("katakana", {0: False, 1: True}),
            "FS !": self._kanji_modes,
            "FS ( A": self._kanji_font,
            "FS &": lambda _: setattr(self, "kanji_on", True),
            "FS .": lambda _: setattr(self, "kanji_on", False),
            "FS C": self._choice("shift_jis", {0: False, 48: False, 1: True, 49: True}),
            "FS S": self._kanji_spaces,
            "FS W": lambda p: self._restyle(width=1 + (p[0] & 1), height=1 + (p[0] & 1), letters=False),
            "GS !": self._size,
            "GS B": self._reverse,
            "GS H": self._choice("barcode_caption", _digits(4)),
            "GS P": self._motion_units,
            "GS h": self._choice("barcode_height", {height: height for height in range(1, 256)}),
            "GS w": self._choice("barcode_narrow", {width: width for width in range(2, 7)}),
        }

    def _letter_modes(self, parameters: bytes) -> None:
        """ESC !: font, bold, double height, double width; underline is not drawn."""
        bits = parameters[0]
        self._letter_font(bytes([2 if bits & 0x01 else 0]))
        self._restyle(width=2 if bits & 0x20 else 1, height=2 if bits & 0x10 else 1, kanji=False)
        self._embolden(bool(bits & 0x08))
        if bits & 0x80:
            raise RejectedError("ESC ! with underline", Flaw.UNSUPPORTED)

    def _letter_font(self, parameters: bytes) -> None:
        """ESC M: fonts A and C. ESC !'s second font is font C on the Japanese models."""
        cell = {0: text.CELL_A, 48: text.CELL_A, 2: text.CELL_C, 50: text.CELL_C}.get(parameters[0])
        if cell is None:
            raise RejectedError(f"ESC M {parameters[0]}", Flaw.UNSUPPORTED)
        self.letters = replace(self.letters, cell=cell)

    def _kanji_font(self, parameters: bytes) -> None:
        """FS ( A function 48: fonts A (24 x 24) and C (16 x 16)."""
        block = parameters[2:]
        cell = {0: text.CELL_A, 48: text.CELL_A, 2: text.CELL_C, 50: text.CELL_C}.get(
            block[1] if len(block) == 2 else 1
        )
        if block[:1] != b"0" or cell is None:
            raise RejectedError(f"FS ( A: {block.hex(' ').upper()}", Flaw.UNSUPPORTED)
        self.kanji = replace(self.kanji, cell=cell)

    def _reverse(self, parameters: bytes) -> None:
        """GS B: white on black."""
        on = bool(parameters[0] & 1)
        self.letters = replace(self.letters, reverse=on)
        self.kanji = replace(self.kanji, reverse=on)

    def _select_nation(self, parameters: bytes) -> None:
        """ESC R: the character sets of the USA and of Japan are drawn."""
        if parameters[0] not in {0, text.JAPAN}:
            raise RejectedError(f"ESC R {parameters[0]}", Flaw.UNSUPPORTED)
        self.nation = parameters[0]

    def _kanji_modes(self, parameters: bytes) -> None:
        """FS !: double width, double height; underline is not drawn."""
        bits = parameters[0]
        self._restyle(width=2 if bits & 0x04 else 1, height=2 if bits & 0x08 else 1, letters=False)
        if bits & 0x80:
            raise RejectedError("FS ! with underline", Flaw.UNSUPPORTED)

    def _size(self, parameters: bytes) -> None:
        """GS !: one to eight times as wide and high, kanji too."""
        self._restyle(width=1 + (parameters[0] >> 4 & 7), height=1 + (parameters[0] & 7))

    def _restyle(self, *, width: int, height: int, letters: bool = True, kanji: bool = True) -> None:
        if letters:
            self.letters = replace(self.letters, width=width, height=height)
        if kanji:
            self.kanji = replace(self.kanji, width=width, height=height)

    def _embolden(self, bold: bool) -> None:
        self.letters = replace(self.letters, bold=bold)
        self.kanji = replace(self.kanji, bold=bold)

    def _letter_space(self, parameters: bytes) -> None:
        """ESC SP."""
        space = self.horizontal(parameters[0])
        self.letters = replace(self.letters, right_space=space)

    def _kanji_spaces(self, parameters: bytes) -> None:
        """FS S."""
        left, right = (self.horizontal(units) for units in parameters)
        self.kanji = replace(self.kanji, left_space=left, right_space=right)

    def vertical(self, units: int) -> int:
        """Dots in so many vertical units."""
        return units * self._model.dots_per_inch // self.vertical_units_per_inch

    def horizontal(self, units: int) -> int:
        """Dots in so many horizontal units."""
        return units * self._model.dots_per_inch // self.horizontal_units_per_inch

    def _motion_units(self, parameters: bytes) -> None:
        """GS P: 0 is the default."""
        self.horizontal_units_per_inch = parameters[0] or self._model.dots_per_inch
        self.vertical_units_per_inch = parameters[1] or self._model.vertical_units_per_inch

    def _choice(self, mode: str, values: Mapping[int, object]) -> Handler:
        """For a command whose one parameter has so many meanings; any other is refused."""

        def handle(parameters: bytes) -> None:
            if parameters[0] not in values:
                raise RejectedError(f"{mode.replace('_', ' ')}: n = {parameters[0]}")
            setattr(self, mode, values[parameters[0]])

        return handle


def _digits(count: int) -> dict[int, int]:
    """0 to ``count`` - 1, as numbers or as the characters of their digits."""
    return {code: code % 48 for code in (*range(count), *range(48, 48 + count))}
