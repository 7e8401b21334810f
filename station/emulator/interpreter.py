"""Develops a byte stream: ESC/POS commands in, motions and requests out.

Pure and incremental: pieces of any size, one byte included, yield the same marks on paper. Nothing here knows
time, paper or status; what a command needs of them it leaves to the printer as an operation.
A command whose bytes do not end waits for the rest, as real printers do: a job that is cut off inside a raster
makes the next job's first bytes image data, until ``abandon``.
Names of commands: Epson's ESC/POS reference.
"""

from PIL import Image

from station.emulator import barcodes, text
from station.emulator.bitmap import Bitmap
from station.emulator.commands import LONGEST_HEAD, find, needed_length
from station.emulator.graphics import BitImage, Raster, stored_graphics
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
from station.emulator.page import Kind, Page, Watcher
from station.emulator.settings import Handler, Settings

_GETA = "〓"
"""Printed for a code without a character."""


class Interpreter:
    """One printer's command developer: settings, the line being put together, the command being read."""

    def __init__(self, model: Model, typeface: text.Typeface, watch: Watcher = lambda _sheet, _mark: None) -> None:
        """``watch`` is told what is put on a sheet in page mode, and where."""
        self._model = model
        self._page = Page(model.width_dots, model.page_mode_rows, watch)
        self._page_on = False
        self._typeface = typeface
        self._line = text.Line(model.width_dots)
        self._pending = bytearray()
        self._lead: int | None = None
        self._raster: Raster | None = None
        self._raster_printed = True
        self._graphics: Bitmap | None = None
        self._operations: list[Operation] = []
        self._modes = Settings(model)
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
        if self._page_on:
            self._page.clear()

    @property
    def waits_for_image(self) -> bool:
        """The next bytes are image data."""
        return self._raster is not None or (len(self._pending) >= 5 and self._pending[:2] == b"\x1b*")

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
            character = text.kanji(code, shift_jis=modes.shift_jis, extensions=self._model.kanji_extensions)
            if character is None:
                self._tell(Finding(Flaw.REFUSED, f"kanji: no character {code.hex(' ').upper()}"))
            self._put(character or _GETA, modes.kanji, full_width=True)
        elif modes.kanji_on and text.is_lead_byte(byte, shift_jis=modes.shift_jis):
            self._lead = byte
        else:
            katakana = modes.katakana or (modes.kanji_on and modes.shift_jis)
            letter = text.letter(byte, katakana=katakana, nation=modes.nation)
            self._put(letter, modes.letters, full_width=False)

    def _put(self, character: str, style: text.Style, *, full_width: bool) -> None:
        cell = style.drawn(self._typeface.glyph(character, full_width=full_width, cell=style.cell))
        self._append("text", character, cell, style.ascent, reverse=style.reverse)

    def _append(self, kind: Kind, what: str, cell: Image.Image, ascent: int, *, reverse: bool = False) -> None:
        """Puts a cell on the sheet or into the line, into the next one where this one is full."""
        for _ in range(2):
            if self._page_on:
                done = self._page.put(kind, what, cell, ascent, reverse=reverse)
            else:
                done = self._line.add(cell, ascent)
            if done:
                return
            self._print_line(self._modes.line_spacing)

    def _print_line(self, feed_rows: int) -> None:
        """Prints the line, if there is one, and feeds ``feed_rows`` or the line's height, whichever is more.

        In page mode the place alone moves.
        """
        if self._page_on:
            self._page.feed(feed_rows)
            return
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
        if self._page_on:
            self._page.feed(parameters[0] * self._modes.line_spacing)
            return
        first = 0 if self._line.empty else 1
        if first:
            self._print_line(self._modes.line_spacing if parameters[0] else 0)
        if rows := (parameters[0] - first) * self._modes.line_spacing:
            self._print_line(rows)

    # Page mode

    def _select_page_mode(self, _parameters: bytes) -> None:
        """ESC L."""
        if not self._page_on:
            if not self._line.empty:
                raise RejectedError("ESC L: in mid-line")
            self._page_on = True
            self._page.clear()

    def _select_standard_mode(self, _parameters: bytes) -> None:
        """ESC S: what stands on the sheet is gone."""
        self._need_page_mode("ESC S")
        self._page_on = False

    def _print_page(self, _parameters: bytes) -> None:
        """ESC FF: prints the sheet and keeps it."""
        self._need_page_mode("ESC FF")
        bitmap = self._page.picture()
        self._tell(PrintRows(bitmap.placed(0, self._model.width_dots), bitmap.height_dots))

    def _form_feed(self, parameters: bytes) -> None:
        """FF in page mode: prints the sheet and returns to standard mode. In standard mode it is for label paper."""
        self._need_page_mode("FF")
        self._print_page(parameters)
        self._page_on = False

    def _cancel_page(self, _parameters: bytes) -> None:
        """CAN."""
        self._need_page_mode("CAN")
        self._page.cancel()

    def _need_page_mode(self, name: str) -> None:
        if not self._page_on:
            raise RejectedError(f"{name}: in standard mode")

    def _print_area(self, parameters: bytes) -> None:
        """ESC W."""
        x, y, width, height = (_number(parameters[at : at + 2]) for at in range(0, 8, 2))
        area = (
            self._modes.horizontal(x),
            self._modes.vertical(y),
            self._modes.horizontal(width),
            self._modes.vertical(height),
        )
        if not self._page_on:
            raise RejectedError("ESC W: in standard mode", Flaw.UNSUPPORTED)
        if not self._page.choose(*area):
            raise RejectedError(f"ESC W: {area[2]} x {area[3]} dots at {area[0]}, {area[1]}")

    def _direction(self, parameters: bytes) -> None:
        """ESC T: left to right alone."""
        if parameters[0] not in {0, 48}:
            raise RejectedError(f"ESC T {parameters[0]}", Flaw.UNSUPPORTED)

    def _to_column(self, parameters: bytes) -> None:
        """ESC $."""
        column = self._modes.horizontal(_number(parameters))
        if not self._page_on:
            self._line.move_to(column)
        elif not self._page.move_to(column):
            raise RejectedError(f"ESC $: column {column} is outside of the print area")

    def _to_row(self, parameters: bytes) -> None:
        """GS $."""
        self._need_page_mode("GS $")
        row = self._modes.vertical(_number(parameters))
        if not self._page.move_down_to(row):
            raise RejectedError(f"GS $: row {row} is outside of the print area")

    def _down(self, parameters: bytes) -> None:
        """GS \\: 65536 - n moves up."""
        self._need_page_mode("GS \\")
        units = _number(parameters)
        units -= 0x10000 if units >= 0x8000 else 0
        rows = self._modes.vertical(abs(units)) * (1 if units >= 0 else -1)
        if not self._page.move_down(rows):
            raise RejectedError(f"GS \\: {rows} rows lead out of the print area")

    # Motion on paper

    def _print(self, bitmap: Bitmap) -> None:
        """Prints across the paper, where ESC a puts something of this width."""
        room = max(0, self._model.width_dots - bitmap.width_dots)
        left = (0, room // 2, room)[self._modes.justification]
        self._tell(PrintRows(bitmap.placed(left, self._model.width_dots), bitmap.height_dots))

    def _cut(self, parameters: bytes) -> None:
        """GS V: A cuts here, B feeds to the cutter first, C waits for the cutter, D draws back after B."""
        if self._page_on:
            raise RejectedError("GS V: in page mode", Flaw.UNSUPPORTED)
        if not self._line.empty:
            raise RejectedError("GS V: in mid-line")
        function, distance = parameters[0], self._model.cutter_distance_rows
        if function in {0, 1, 48, 49}:
            self._tell(Cut())
            return
        if len(parameters) < 2:
            raise RejectedError(f"GS V: m = {function}")
        rows = self._modes.vertical(parameters[1])
        if function in {97, 98}:
            self._tell(CutLater(rows))
        else:
            if distance + rows:
                self._tell(FeedRows(distance + rows))
            self._tell(Cut(distance if function >= 103 else 0))

    # Images and codes

    def _begin_raster(self, parameters: bytes) -> None:
        """GS v 0. In mid-line and in page mode it is read to its end and not printed (TM-T88III, ESC L)."""
        self._raster = Raster.begun_by(parameters)
        self._raster_printed = self._line.empty and not self._page_on
        if not self._raster_printed:
            raise RejectedError(f"GS v 0: in {'page mode' if self._page_on else 'mid-line'}")

    def _bit_image(self, parameters: bytes) -> None:
        """ESC *: stands on the base line, beside characters. What is too long for the line is ignored."""
        image = BitImage.of(parameters).image()
        if self._page_on:
            self._append("image", "", image, image.height)
        else:
            self._line.add_image(image)

    def _graphics_command(self, parameters: bytes) -> None:
        """GS ( L functions 112 (store raster graphics) and 50 (print them).

        In page mode function 112 puts them on the sheet, and function 50 is not to be used (TM-L90 manual).
        """
        block = parameters[2:]
        if self._page_on and block[:3] == b"\x30\x70\x30":
            self._page.stamp(stored_graphics(block).image())
        elif self._page_on:
            raise RejectedError(f"GS ( L: {block[:3].hex(' ').upper()} in page mode")
        elif block in {b"\x30\x02", b"\x30\x32"}:
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
        if self._page_on:
            self._code_on_page("nw7", data.decode("latin-1"), bars)
            return
        caption = self._typeface.words(data.decode("latin-1"))
        if modes.barcode_caption & 1 and self._line.empty and bars.width_dots <= self._model.width_dots:
            self._print(caption)
        self._print_at_line_start("GS k NW-7", bars)
        if modes.barcode_caption & 2:
            self._print(caption)

    def _qr(self, parameters: bytes) -> None:
        """GS ( k."""
        symbol = self._modes.qr
        bitmap = symbol.execute(parameters[2:])
        if bitmap and self._page_on:
            self._code_on_page("qr", symbol.data.decode("latin-1"), bitmap)
        elif bitmap:
            self._print_at_line_start("GS ( k QR", bitmap)

    def _code_on_page(self, kind: Kind, what: str, bitmap: Bitmap) -> None:
        """In page mode a code stands on the base line; one that is too wide prints nothing. GS H is not drawn there."""
        if self._modes.barcode_caption and kind == "nw7":
            self._tell(Finding(Flaw.UNSUPPORTED, "GS H in page mode"))
        if not self._page.put(kind, what, bitmap.image(), bitmap.height_dots):
            raise RejectedError(f"{kind}: no room for {bitmap.width_dots} dots")

    # Printer

    def _initialize(self, _parameters: bytes) -> None:
        """ESC @: clears the print buffer and all settings, automatic status back among them."""
        self._line.clear()
        self._page_on = False
        self._graphics = None
        self._modes.reset()
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

    def _commands(self) -> dict[str, Handler]:
        return self._modes.commands() | {
            "LF": lambda _: self._print_line(self._modes.line_spacing),
            "FF": self._form_feed,
            "CR": lambda _: None,  # ignored where automatic line feed is off
            "CAN": self._cancel_page,
            "ESC FF": self._print_page,
            "ESC $": self._to_column,
            "ESC *": self._bit_image,
            "ESC @": self._initialize,
            "ESC J": lambda p: self._print_line(self._modes.vertical(p[0])),
            "ESC L": self._select_page_mode,
            "ESC S": self._select_standard_mode,
            "ESC T": self._direction,
            "ESC W": self._print_area,
            "ESC d": self._feed_lines,
            "GS $": self._to_row,
            "GS \\": self._down,
            "GS I": lambda p: self._tell(ReportIdentity(p[0])),
            "GS V": self._cut,
            "GS a": self._status_back,
            "GS g 2": lambda p: self._tell(ReportCounter(p[1] + 256 * p[2])),
            "GS k": self._barcode,
            "GS r": self._report_paper,
            "GS v 0": self._begin_raster,
            "GS ( H": self._process_id,
            "GS ( L": self._graphics_command,
            "GS ( k": self._qr,
        }


def _number(parameter: bytes) -> int:
    """nL nH."""
    return parameter[0] + 256 * parameter[1]
