"""``station label``: see an order's label without a printer, print a test label or a void slip, check a layout file."""

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
from PIL import Image

from station.clock import wall_clock
from station.config.desk import DeskConfig
from station.config.label import LabelConfig
from station.config.reading import ConfigError, config_of, read_table
from station.config.station import StationConfig
from station.contact.orders_file import read_orders
from station.contact.text_file import Unusable
from station.label.carriers import CarrierStyle, known_carrier, styles_of
from station.label.configured import configured_layouts, configured_press, configured_typeface
from station.label.content import DoesNotFit, Mark
from station.label.escpos import encode_job
from station.label.fonts import FontMissing, open_typeface
from station.label.layout import Layout
from station.label.layout_file import read_layout
from station.label.layouts import ANY_CARRIER, PAPERS, SHIPPED, SHIPPED_CARRIERS, shipped_layout
from station.label.raster import caption_size
from station.label.specimen import draw_head_sheet, draw_specimen
from station.label.void_slip import VoidSlip, draw_void_slip
from station.protocol.codec import Invalid
from station.protocol.instruction import Instruction, decode_instruction

MARKS = {"reprint": Mark.REPRINT, "replacement": Mark.REPLACEMENT}


class NotPossible(Exception):
    """What was asked for cannot be drawn. The text says why, and what would do."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """A subcommand each."""
    actions = parser.add_subparsers(required=True, metavar="ACTION")
    preview = actions.add_parser("preview", help="an order's labels as pictures", description=preview_order.__doc__)
    preview.add_argument("order", metavar="ORDER", help="a file with the order; with --file its number there")
    preview.add_argument("--file", type=Path, metavar="FILE", help="orders as JSON lines or CSV (docs/orders-file.md)")
    preview.add_argument("--png", type=Path, required=True, metavar="FILE", help="of several pieces FILE-1, FILE-2, …")
    preview.add_argument("--number", type=int, default=0, metavar="N", help="as reprint N (default: the first print)")
    preview.add_argument("--mark", choices=MARKS, default="reprint", help="what that is called (default: %(default)s)")
    _add_look(preview)
    preview.set_defaults(action=preview_order)
    test = actions.add_parser("test", help="a test label and a sheet for the head", description=print_test.__doc__)
    test.add_argument("--carrier", default=ANY_CARRIER, metavar="WORD", help="yamato, sagawa, yupack or any other")
    test.add_argument("--printer", metavar="NAME", help="as printed (default: as --config names its connection)")
    _add_output(test)
    _add_look(test)
    test.set_defaults(action=print_test)
    void = actions.add_parser("void", help="a void slip (無効票)", description=print_void_slip.__doc__)
    void.add_argument("order", metavar="ORDER", help="its number")
    void.add_argument("--tracking-number", action="append", required=True, metavar="NUMBER", help="one that is void")
    void.add_argument("--station", default="", metavar="NAME", help="default: as --config names it")
    _add_output(void)
    _add_look(void)
    void.set_defaults(action=print_void_slip)
    layouts = actions.add_parser("layouts", help="the layouts that there are", description=list_layouts.__doc__)
    layouts.add_argument("--config", type=Path, metavar="FILE", help="station.toml or desk.toml: those in use, too")
    layouts.set_defaults(action=list_layouts)
    check = actions.add_parser("check", help="check a layout file", description=check_layout.__doc__)
    check.add_argument("file", type=Path, metavar="FILE")
    check.set_defaults(action=check_layout)


def _add_look(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--config", type=Path, metavar="FILE", help="station.toml or desk.toml: its section [label]")
    parser.add_argument("--layout", metavar="LAYOUT", help=f"{', '.join(PAPERS)}, or a layout file")


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--png", type=Path, metavar="FILE", help="as a picture; of several FILE-1, FILE-2")
    parser.add_argument("--bytes", metavar="FILE", help="as ESC/POS, for cat FILE > /dev/usb/lp0; - is the output")


def run(arguments: argparse.Namespace) -> int:
    """Exit status 0, or 1 where something is wrong with the order or the layout. Raises ConfigError."""
    try:
        arguments.action(arguments)
    except (NotPossible, DoesNotFit) as error:
        print(f"station label: {error}", file=sys.stderr)
        return 1
    except FontMissing as error:
        raise ConfigError(str(error)) from error
    return 0


def preview_order(arguments: argparse.Namespace) -> None:
    """Draw the labels of all pieces of an order, as the station would print them, and say what does not fit."""
    instruction = _order_in(arguments.file, arguments.order) if arguments.file else _only_order(Path(arguments.order))
    press = configured_press(_label_config(arguments))
    mark = MARKS[arguments.mark]
    if not 0 <= arguments.number <= 999:
        raise NotPossible(f"--number {arguments.number}: is not between 0 and 999")
    press.check(instruction)
    labels = [press.draw(instruction, piece, arguments.number, mark) for piece in range(1, len(instruction.pieces) + 1)]
    _save(labels, arguments.png)


def print_test(arguments: argparse.Namespace) -> None:
    """Draw a label with every box filled, and a sheet with a millimetre scale and a stroke from each dot."""
    config = _label_config(arguments)
    word, style = _style(arguments.carrier, config)
    layouts, typeface = configured_layouts(config), configured_typeface(config)
    layout = layouts.get(word, layouts[ANY_CARRIER])
    printer = arguments.printer or _connection(arguments.config)
    _put([draw_specimen(layout, style, typeface), draw_head_sheet(layout, printer, typeface)], layout, arguments)


def print_void_slip(arguments: argparse.Namespace) -> None:
    """Draw a slip that says which tracking numbers of an order are void, where and since when."""
    config = _label_config(arguments)
    layout = configured_layouts(config)[ANY_CARRIER]
    station = arguments.station or str(_table(arguments.config).get("station", "")) or "?"
    slip = VoidSlip(arguments.order, tuple(arguments.tracking_number), station, wall_clock()[:19].replace("T", " "))
    _put([draw_void_slip(slip, layout.width, configured_typeface(config))], layout, arguments)


def list_layouts(arguments: argparse.Namespace) -> None:
    """Name each shipped layout with its size; with --config, those that a station or a desk would use."""
    for carrier in SHIPPED_CARRIERS:
        for paper in PAPERS:
            print(f"{carrier}-{paper:<8} {_size(shipped_layout(carrier, paper))}")
    if arguments.config is not None:
        for carrier, layout in configured_layouts(_label_config(arguments)).items():
            print(f"in use for {carrier}: {_size(layout)}")


def check_layout(arguments: argparse.Namespace) -> None:
    """Read a layout file, and draw a label by it with every box filled."""
    layout = read_layout(arguments.file, SHIPPED)
    typeface = open_typeface()
    for caption in layout.captions:
        width, height = caption_size(caption, typeface)
        if width > caption.box.width or height > caption.box.height:
            raise NotPossible(
                f"{arguments.file}: the caption {caption.text} takes {width} x {height} dots, and its box has "
                f"{caption.box.width} x {caption.box.height}; shorten it, or make its size smaller or its box larger"
            )
    draw_specimen(layout, _style(ANY_CARRIER, LabelConfig())[1], typeface)
    print(f"{arguments.file}: good, {_size(layout)}")


def _style(carrier: str, config: LabelConfig) -> tuple[str, CarrierStyle]:
    return known_carrier(carrier, {ANY_CARRIER: CarrierStyle(name="その他の運送"), **styles_of(config.carriers)})


def _size(layout: Layout) -> str:
    across, down = (dots / layout.dots_per_inch * 25.4 for dots in (layout.width, layout.height))
    return f"{layout.width} x {layout.height} dots at {layout.dots_per_inch} dpi, {across:.0f} x {down:.0f} mm"


def _only_order(path: Path) -> Instruction:
    """That of a file of its own, however its JSON is broken into lines, or of a file of orders with one."""
    try:
        return decode_instruction(path.read_bytes())
    except OSError as error:
        raise NotPossible(f"{path}: cannot be read ({error.strerror}); give a file, or the order's --file") from error
    except Invalid as invalid:
        taken = _orders(path)
        if not taken:
            raise NotPossible(f"{path}: {invalid}") from invalid
    if len(taken) > 1:
        raise NotPossible(f"{path}: has {len(taken)} orders; name one: station label preview ORDER --file {path}")
    return taken[0]


def _order_in(path: Path, order: str) -> Instruction:
    found = next((each for each in _orders(path) if each.order == order), None)
    if found is None:
        raise NotPossible(f"{path}: has no order {order} that can be read; station orders load says what is wrong")
    return found


def _orders(path: Path) -> list[Instruction]:
    try:
        return [taken.instruction for taken in read_orders(path).reading.taken]
    except Unusable as error:
        raise NotPossible(f"{path}: {error}") from error


def _label_config(arguments: argparse.Namespace) -> LabelConfig:
    """That of the configuration, with the layout that was asked for."""
    config = LabelConfig()
    if arguments.config is not None:
        config = _of_program(arguments.config) or config
    asked = getattr(arguments, "layout", None)
    if asked is None:
        return config
    if asked in PAPERS:
        return msgspec.structs.replace(config, layout=asked, layouts={})
    return msgspec.structs.replace(config, layouts=dict.fromkeys((*SHIPPED_CARRIERS, *config.carriers), asked))


def _of_program(path: Path) -> LabelConfig | None:
    """Of a desk's file, which names its database, or else of a station's."""
    table = _table(path)
    if "database" in table:
        return config_of(table, DeskConfig, str(path)).label
    return config_of(table, StationConfig, str(path)).label


def _table(path: Path | None) -> dict[str, Any]:
    return {} if path is None else read_table(path)


def _connection(path: Path | None) -> str:
    """How a station's configuration reaches its printer, in a line."""
    printer = _table(path).get("printer")
    if not isinstance(printer, dict):
        return "?"
    told = ("connection", "host", "path", "vendor_id", "product_id", "serial_number", "port")
    return " ".join(str(printer[key]) for key in told if key in printer) or "?"


def _put(pictures: Sequence[Image.Image], layout: Layout, arguments: argparse.Namespace) -> None:
    """As pictures, as bytes, or both."""
    if arguments.png is None and arguments.bytes is None:
        raise NotPossible("where to? Give --png FILE, --bytes FILE or both")
    if arguments.png is not None:
        _save(pictures, arguments.png)
    if arguments.bytes == "-":
        sys.stdout.buffer.write(encode_job(pictures, layout.dots_per_inch))
        sys.stdout.buffer.flush()
    elif arguments.bytes is not None:
        _write(Path(arguments.bytes), encode_job(pictures, layout.dots_per_inch))


def _save(pictures: Sequence[Image.Image], path: Path) -> None:
    """One as the file, several with their number before the suffix; for their owner only, as addresses are on them."""
    for number, picture in enumerate(pictures, start=1):
        file = path if len(pictures) == 1 else path.with_name(f"{path.stem}-{number}{path.suffix}")
        try:
            with open(file, "wb", opener=_for_its_owner) as opened:
                picture.save(opened, "PNG", optimize=True)
        except OSError as error:
            raise NotPossible(f"{file}: cannot be written ({error.strerror})") from error
        print(f"{file}: {picture.width} x {picture.height} dots", file=sys.stderr)


def _for_its_owner(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _write(path: Path, data: bytes) -> None:
    try:
        path.write_bytes(data)
    except OSError as error:
        raise NotPossible(f"{path}: cannot be written ({error.strerror})") from error
    print(f"{path}: {len(data)} bytes", file=sys.stderr)
