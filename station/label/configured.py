"""Labels as a configuration has them: its layouts, carriers and merchants, and the press with its font."""

import io
from collections.abc import Mapping
from pathlib import Path

from PIL import Image, UnidentifiedImageError

from station.config import label as settings
from station.config.label import LabelConfig
from station.config.printer import Printer, SerialPrinter
from station.config.reading import ConfigError
from station.label.carriers import CARRIERS, CarrierStyle, styles_of
from station.label.content import DoesNotFit, Field
from station.label.fonts import Typeface, open_typeface
from station.label.layout import Layout
from station.label.layout_file import read_layout
from station.label.layouts import ANY_CARRIER, SHIPPED, shipped_layout
from station.label.merchants import Merchant
from station.label.placing import fit
from station.label.press import LabelPress
from station.label.rendering import NoNative, Rendering, Setting, choose
from station.label.rom import rom_of
from station.printers.models import record_of

MAX_LOGO_BYTES = 1_048_576
MAX_LOGO_DOTS = 4_000
LEAST_LOGO_DOTS = 8


def configured_press(config: LabelConfig, printer: Printer | None = None) -> LabelPress:
    """A press with the configured font, layouts, carriers and merchants, for a printer where labels are printed.

    Raises FontMissing; ConfigError, also for native labels of a printer that is not known to print them.
    """
    typeface = configured_typeface(config)
    layouts, merchants = configured_layouts(config), configured_merchants(config)
    carriers = styles_of(config.carriers)
    _check_words(layouts, carriers, merchants, typeface)
    rendering = _rendering(config.rendering, printer)
    return LabelPress(typeface, layouts[ANY_CARRIER], carriers, layouts, merchants, rendering)


def configured_typeface(config: LabelConfig) -> Typeface:
    """The configured font, with those for what it lacks. Raises FontMissing."""
    fallbacks = None if config.fallback_fonts is None else [Path(each) for each in config.fallback_fonts]
    return open_typeface(None if config.font is None else Path(config.font), fallbacks)


def _rendering(setting: Setting, printer: Printer | None) -> Rendering:
    if printer is None:
        return Rendering()
    try:
        return choose(setting, rom_of(record_of(printer.model)), slow_line=isinstance(printer, SerialPrinter))
    except NoNative as error:
        raise ConfigError(
            f"label.rendering = 'native': {error}, {printer.model}; set printer.model to the model that stands there, "
            "or label.rendering to 'auto'"
        ) from error


def configured_layouts(config: LabelConfig) -> Mapping[str, Layout]:
    """The layout of each carrier that has one of its own, and of any other. Raises ConfigError."""
    shipped = {word: shipped_layout(word, config.layout) for word in (ANY_CARRIER, *CARRIERS)}
    for word, path in config.layouts.items():
        if word not in shipped and word not in config.carriers:
            raise ConfigError(
                f"label.layouts.{word} = {path!r}: there is no such carrier; it is one of {', '.join(shipped)}, or add "
                f"[label.carriers.{word}]"
            )
    return shipped | {word: read_layout(Path(path), SHIPPED) for word, path in config.layouts.items()}


def configured_merchants(config: LabelConfig) -> Mapping[str, Merchant]:
    """Each merchant with its logo read. Raises ConfigError."""
    return {name: _merchant(name, each) for name, each in config.merchants.items()}


def _merchant(name: str, config: settings.Merchant) -> Merchant:
    logo = None if config.logo is None else _logo(Path(config.logo), f"label.merchants.{name}.logo = {config.logo!r}")
    return Merchant(config.sender, config.note, logo)


def _logo(path: Path, key: str) -> Image.Image:
    try:
        with path.open("rb") as file:
            content = file.read(MAX_LOGO_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"{key}: cannot be read ({error.strerror}); give the path of a PNG file") from error
    if len(content) > MAX_LOGO_BYTES:
        raise ConfigError(f"{key}: is larger than {MAX_LOGO_BYTES} bytes; save it smaller")
    try:
        with Image.open(io.BytesIO(content), formats=("PNG",)) as picture:
            if not all(LEAST_LOGO_DOTS <= side <= MAX_LOGO_DOTS for side in picture.size):
                raise ConfigError(
                    f"{key}: is {picture.width} x {picture.height} dots; "
                    f"save it with {LEAST_LOGO_DOTS} to {MAX_LOGO_DOTS} a side"
                )
            whole = picture.convert("RGBA")
    except (UnidentifiedImageError, OSError, SyntaxError, ValueError) as error:
        raise ConfigError(f"{key}: is no PNG picture that can be read ({error}); save it again as PNG") from error
    paper = Image.new("RGBA", whole.size, "white")
    return Image.alpha_composite(paper, whole).convert("L")


def _check_words(
    layouts: Mapping[str, Layout],
    carriers: Mapping[str, CarrierStyle],
    merchants: Mapping[str, Merchant],
    typeface: Typeface,
) -> None:
    """Words that would fit on no label are a mistake here, not of every instruction that comes."""
    words = {f"label.merchants.{name}.note": (Field.NOTE, each.note or "") for name, each in merchants.items()}
    for layout in layouts.values():
        _check_fit(words, layout, typeface)
    for carrier, style in carriers.items():
        key = f"label.carriers.{carrier}"
        words = {f"{key}.name": (Field.CARRIER, style.name)}
        for name, field, terms in (
            ("payments", Field.PAYMENT, style.payments),
            ("temperatures", Field.TEMPERATURE, style.temperatures),
            ("slots", Field.TIME_SLOT, style.slots or {}),
        ):
            words |= {f"{key}.{name}.{said}": (field, term.words) for said, term in terms.items()}
        _check_fit(words, layouts.get(carrier, layouts[ANY_CARRIER]), typeface)


def _check_fit(words: Mapping[str, tuple[Field, str]], layout: Layout, typeface: Typeface) -> None:
    boxes = {box.field: box for box in layout.texts}
    for key, (field, text) in words.items():
        if text and field not in boxes:
            raise ConfigError(f"{key}: a layout in use has no box for it; add texts.{field} there, or take this out")
        try:
            if text.strip():
                fit((text,), boxes[field], typeface)
        except DoesNotFit as error:
            raise ConfigError(f"{key} = {text!r}: {error.reason}; shorten it") from error
