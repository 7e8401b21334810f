"""Develops a byte stream: ESC/POS commands in, motions and requests out.

Pure and incremental: pieces of any size, one byte included, yield the same marks on paper. Nothing here knows
time, paper or status; what a command needs of them it leaves to the printer as an operation.
A command whose bytes do not end waits for the rest, as real printers do: a job that is cut off inside a raster
makes the next job's first bytes image data, until ``abandon``.
Names of commands: Epson's ESC/POS reference.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

from station.emulator import barcodes, text
from station.emulator.bitmap import Bitmap
from station.emulator.commands import LONGEST_HEAD, find, needed_length
from station.emulator.graphics import Raster, stored_graphics
from station.emulator.model import Model
from station.emulator.operations import (
    Cut,
    CutLater,
    FeedRows,
    Finding,
    Flaw,
    Operation,
    PrintRows,
    RejectedError,
    ReportCounter,
    ReportIdentity,
    ReportPaper,
    ReportProcess,
    WatchStatus,
)

_Handler = Callable[[bytes], None]
_GETA = "〓"
"""Printed for a code without a character."""


@dataclass(slots=True)
class _Modes:
    """What ESC @ resets: every setting that a command leaves behind. Lengths are in dots."""

    line_spacing: int
    vertical_units_per_inch: int
    horizontal_units_per_inch: int
    justification: int = 0
    letters: text.Style = field(default_factory=text.Style)
    kanji: text.Style = field(default_factory=text.Style)
    kanji_on: bool = False
    katakana: bool = False
    shift_jis: bool = False
    barcode_height: int = 162
    barcode_narrow: int = 3
    barcode_caption: int = 0
    qr: barcodes.QrSymbol = field(default_factory=barcodes.QrSymbol)


class Interpreter:
    """One printer's command developer: settings, the line being put together, the command being read."""

    def __init__(self, model: Model, typeface: text.Typeface) -> None:
        self._model = model
        self._typeface = typeface
        self._line = text.Line(model.width_dots)
        self._pending = bytearray()
        self._lead: int | None = None
        self._raster: Raster | None = None
        self._raster_printed = True
        self._graphics: Bitmap | None = None
        self._operations: list[Operation] = []
        self._modes = self._defaults()
        self._handlers = self._commands()

    def feed(self, data: bytes) -> list[Operation]:
        """Develops all of ``data``."""
        operations = []
        while data:
            used, developed = self.take(data)
            operations += developed
            data = data[used:]
        return operations

    def take(self, data: bytes) -> tuple[int, list[Operation]]:
        """Develops from the front of ``data`` until something is to be done: how many bytes, and what."""
        used = 0
        while used < len(data) and not self._operations:
            if raster := self._raster:
                used += self._take_raster(raster, data, used)
            else:
                used += self._take_command(data, used)
        operations, self._operations = self._operations, []
        return used, operations

    def abandon(self) -> None:
        """Forgets what is not developed to its end, and the print buffer; settings stay (DLE DC4 function 8)."""
        self._line.clear()
        self._pending.clear()
        self._lead = None
        self._raster = None
        self._graphics = None

    @property
    def waits_for_image(self) -> bool:
        """The next bytes are image data."""
        return self._raster is not None

    def _defaults(self) -> _Modes:
        model = self._model
        return _Modes(model.default_line_spacing_rows, model.vertical_units_per_inch, model.dots_per_inch)

    def _tell(self, operation: Operation) -> None:
        self._operations.append(operation)

    # Reading

    def _take_raster(self, raster: Raster, data: bytes, at: int) -> int:
        used, rows = raster.take(data, at)
        if rows and self._raster_printed:
            self._print(rows)
        if raster.rows_left == 0:
            self._raster = None
        return used

    def _take_command(self, data: bytes, at: int) -> int:
        """Takes what the command being read still lacks, and carries it out when it is complete."""
        pending = self._pending
        if not pending and data[at] >= 0x20:
            self._character(data[at])
            return 1
        piece = data[at : at + needed_length(bytes(pending[:LONGEST_HEAD])) - len(pending)]
        pending += piece
        if needed_length(bytes(pending[:LONGEST_HEAD])) == len(pending):
            code = bytes(pending)
            pending.clear()
            try:
                self._execute(code)
            except RejectedError as error:
                self._tell(Finding(error.flaw, error.what))
        return len(piece)

    def _execute(self, code: bytes) -> None:
        if self._lead is not None:
            self._tell(Finding(Flaw.REFUSED, f"kanji: half a character, {self._lead:02X}"))
            self._lead = None
        found = find(code)
        if found is None:
            raise RejectedError(code.hex(" ").upper(), Flaw.UNKNOWN)
        command, size = found
        if handler := self._handlers.get(command.name):
            handler(code[size:])
        elif not command.name.startswith("DLE"):
            # A real-time command was executed on arrival; in the buffer it is "discarded as undefined code"
            # (RP-U420 manual, definitions).
            raise RejectedError(command.name, Flaw.UNSUPPORTED)

    # Text

    def _character(self, byte: int) -> None:
        modes = self._modes
        if self._lead is not None:
            code, self._lead = bytes([self._lead, byte]), None
            character = text.kanji(code, shift_jis=modes.shift_jis)
            if character is None:
                self._tell(Finding(Flaw.REFUSED, f"kanji: no character {code.hex(' ').upper()}"))
            self._put(character or _GETA, text.FULL_WIDTH, modes.kanji)
        elif modes.kanji_on and text.is_lead_byte(byte, shift_jis=modes.shift_jis):
            self._lead = byte
        else:
            katakana = modes.katakana or (modes.kanji_on and modes.shift_jis)
            self._put(text.letter(byte, katakana=katakana), text.HALF_WIDTH, modes.letters)

    def _put(self, character: str, cell_width: int, style: text.Style) -> None:
        glyph = self._typeface.glyph(character, cell_width)
        if not self._line.add(glyph, style):
            self._print_line(self._modes.line_spacing)
            self._line.add(glyph, style)

    def _print_line(self, feed_rows: int) -> None:
        """Prints the line, if there is one, and feeds ``feed_rows`` or the line's height, whichever is more."""
        height = 0
        if not self._line.empty:
            line = self._line.take()
            height = line.height_dots
            self._print(line)
        self._line.clear()
        if feed_rows > height:
            self._tell(FeedRows(feed_rows - height))

    def _feed_lines(self, parameters: bytes) -> None:
        """ESC d."""
        first = 0 if self._line.empty else 1
        if first:
            self._print_line(self._modes.line_spacing if parameters[0] else 0)
        if rows := (parameters[0] - first) * self._modes.line_spacing:
            self._print_line(rows)

    def _letter_modes(self, parameters: bytes) -> None:
        """ESC !: bold, double height, double width; font B and underline are not drawn."""
        bits = parameters[0]
        self._restyle(width=2 if bits & 0x20 else 1, height=2 if bits & 0x10 else 1, kanji=False)
        self._embolden(bool(bits & 0x08))
        if bits & 0x81:
            raise RejectedError("ESC ! with font B or underline", Flaw.UNSUPPORTED)

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
        modes = self._modes
        if letters:
            modes.letters = replace(modes.letters, width=width, height=height)
        if kanji:
            modes.kanji = replace(modes.kanji, width=width, height=height)

    def _embolden(self, bold: bool) -> None:
        self._modes.letters = replace(self._modes.letters, bold=bold)
        self._modes.kanji = replace(self._modes.kanji, bold=bold)

    def _letter_space(self, parameters: bytes) -> None:
        """ESC SP."""
        space = self._horizontal(parameters[0])
        self._modes.letters = replace(self._modes.letters, right_space=space)

    def _kanji_spaces(self, parameters: bytes) -> None:
        """FS S."""
        left, right = (self._horizontal(units) for units in parameters)
        self._modes.kanji = replace(self._modes.kanji, left_space=left, right_space=right)

    # Motion

    def _print(self, bitmap: Bitmap) -> None:
        """Prints across the paper, where ESC a puts something of this width."""
        room = max(0, self._model.width_dots - bitmap.width_dots)
        left = (0, room // 2, room)[self._modes.justification]
        self._tell(PrintRows(bitmap.placed(left, self._model.width_dots), bitmap.height_dots))

    def _vertical(self, units: int) -> int:
        return units * self._model.dots_per_inch // self._modes.vertical_units_per_inch

    def _horizontal(self, units: int) -> int:
        return units * self._model.dots_per_inch // self._modes.horizontal_units_per_inch

    def _motion_units(self, parameters: bytes) -> None:
        """GS P: 0 is the default."""
        default = self._defaults()
        self._modes.horizontal_units_per_inch = parameters[0] or default.horizontal_units_per_inch
        self._modes.vertical_units_per_inch = parameters[1] or default.vertical_units_per_inch

    def _cut(self, parameters: bytes) -> None:
        """GS V: A cuts here, B feeds to the cutter first, C waits for the cutter, D draws back after B."""
        if not self._line.empty:
            raise RejectedError("GS V: in mid-line")
        function, distance = parameters[0], self._model.cutter_distance_rows
        if function in {0, 1, 48, 49}:
            self._tell(Cut())
            return
        if len(parameters) < 2:
            raise RejectedError(f"GS V: m = {function}")
        rows = self._vertical(parameters[1])
        if function in {97, 98}:
            self._tell(CutLater(rows))
        else:
            if distance + rows:
                self._tell(FeedRows(distance + rows))
            self._tell(Cut(distance if function >= 103 else 0))

    # Images and codes

    def _begin_raster(self, parameters: bytes) -> None:
        """GS v 0. In mid-line it is read to its end and not printed."""
        self._raster = Raster.begun_by(parameters)
        self._raster_printed = self._line.empty
        if not self._raster_printed:
            raise RejectedError("GS v 0: in mid-line")

    def _graphics_command(self, parameters: bytes) -> None:
        """GS ( L functions 112 (store raster graphics) and 50 (print them)."""
        block = parameters[2:]
        if block in {b"\x30\x02", b"\x30\x32"}:
            graphics, self._graphics = self._graphics, None
            if graphics is not None:
                self._print_at_line_start("GS ( L function 50", graphics)
        elif block[:3] != b"\x30\x70\x30":
            raise RejectedError(f"GS ( L: {block[:3].hex(' ').upper()}", Flaw.UNSUPPORTED)
        elif self._graphics is not None:
            raise RejectedError("GS ( L function 112: graphics are stored already")
        else:
            self._graphics = stored_graphics(block)

    def _print_at_line_start(self, name: str, bitmap: Bitmap) -> None:
        """Prints nothing at all in mid-line, or where it is too wide: so do printers with codes."""
        if not self._line.empty:
            raise RejectedError(f"{name}: in mid-line")
        if bitmap.width_dots > self._model.width_dots:
            raise RejectedError(f"{name}: {bitmap.width_dots} dots are too wide")
        self._print(bitmap)

    def _barcode(self, parameters: bytes) -> None:
        """GS k with NW-7: function A (m = 6) and B (m = 71); GS H puts its characters above and below."""
        system, modes = parameters[0], self._modes
        if system not in {6, 71}:
            raise RejectedError(f"GS k: system {system}", Flaw.UNSUPPORTED)
        data = parameters[1:-1] if system == 6 else parameters[2:]
        bars = barcodes.nw7(data, modes.barcode_narrow, modes.barcode_height)
        caption = self._typeface.words(data.decode("latin-1"))
        if modes.barcode_caption & 1 and self._line.empty and bars.width_dots <= self._model.width_dots:
            self._print(caption)
        self._print_at_line_start("GS k NW-7", bars)
        if modes.barcode_caption & 2:
            self._print(caption)

    def _qr(self, parameters: bytes) -> None:
        """GS ( k."""
        if bitmap := self._modes.qr.execute(parameters[2:]):
            self._print_at_line_start("GS ( k QR", bitmap)

    # Printer

    def _initialize(self, _parameters: bytes) -> None:
        """ESC @: clears the print buffer and all settings, automatic status back among them."""
        self._line.clear()
        self._graphics = None
        self._modes = self._defaults()
        self._tell(WatchStatus(0))

    def _process_id(self, parameters: bytes) -> None:
        """GS ( H function 48."""
        block = parameters[2:]
        if not self._model.process_id or block[:1] != b"\x30":
            raise RejectedError(f"GS ( H function {block[0] if block else None}", Flaw.UNSUPPORTED)
        if len(block) != 6 or block[1] != 48 or not all(0x20 <= byte <= 0x7E for byte in block[2:]):
            raise RejectedError(f"GS ( H function 48: {block.hex(' ').upper()}")
        self._tell(ReportProcess(block[2:]))

    def _status_back(self, parameters: bytes) -> None:
        """GS a."""
        if not self._model.status_back:
            raise RejectedError("GS a", Flaw.UNSUPPORTED)
        self._tell(WatchStatus(parameters[0]))

    def _report_paper(self, parameters: bytes) -> None:
        """GS r 1."""
        if parameters[0] not in {1, 49}:
            raise RejectedError(f"GS r {parameters[0]}", Flaw.UNSUPPORTED)
        self._tell(ReportPaper())

    # What carries out which command

    def _choice(self, mode: str, values: Mapping[int, object]) -> _Handler:
        """For a command whose one parameter has so many meanings; any other is refused."""

        def handle(parameters: bytes) -> None:
            if parameters[0] not in values:
                raise RejectedError(f"{mode.replace('_', ' ')}: n = {parameters[0]}")
            setattr(self._modes, mode, values[parameters[0]])

        return handle

    def _commands(self) -> dict[str, _Handler]:
        model = self._model
        return {
            "LF": lambda _: self._print_line(self._modes.line_spacing),
            "CR": lambda _: None,  # ignored where automatic line feed is off
            "ESC @": self._initialize,
            "ESC !": self._letter_modes,
            "ESC SP": self._letter_space,
            "ESC $": lambda p: self._line.move_to(self._horizontal(p[0] + 256 * p[1])),
            "ESC 2": lambda _: setattr(self._modes, "line_spacing", model.default_line_spacing_rows),
            "ESC 3": lambda p: setattr(self._modes, "line_spacing", self._vertical(p[0])),
            "ESC E": lambda p: self._embolden(bool(p[0] & 1)),
            "ESC G": lambda p: self._embolden(bool(p[0] & 1)),
            "ESC J": lambda p: self._print_line(self._vertical(p[0])),
            "ESC a": self._choice("justification", _digits(3)),
            "ESC d": self._feed_lines,
            "ESC t": self._choice("katakana", {0: False, 1: True}),
            "FS !": self._kanji_modes,
            "FS &": lambda _: setattr(self._modes, "kanji_on", True),
            "FS .": lambda _: setattr(self._modes, "kanji_on", False),
            "FS C": self._choice("shift_jis", {0: False, 48: False, 1: True, 49: True}),
            "FS S": self._kanji_spaces,
            "FS W": lambda p: self._restyle(width=1 + (p[0] & 1), height=1 + (p[0] & 1), letters=False),
            "GS !": self._size,
            "GS H": self._choice("barcode_caption", _digits(4)),
            "GS I": lambda p: self._tell(ReportIdentity(p[0])),
            "GS P": self._motion_units,
            "GS V": self._cut,
            "GS a": self._status_back,
            "GS g 2": lambda p: self._tell(ReportCounter(p[1] + 256 * p[2])),
            "GS h": self._choice("barcode_height", {height: height for height in range(1, 256)}),
            "GS k": self._barcode,
            "GS r": self._report_paper,
            "GS v 0": self._begin_raster,
            "GS w": self._choice("barcode_narrow", {width: width for width in range(2, 7)}),
            "GS ( H": self._process_id,
            "GS ( L": self._graphics_command,
            "GS ( k": self._qr,
        }


def _digits(count: int) -> dict[int, int]:
    """0 to ``count`` - 1, as numbers or as the characters of their digits."""
    return {code: code % 48 for code in (*range(count), *range(48, 48 + count))}
