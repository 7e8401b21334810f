"""What a site sets about its labels: the section ``[label]`` of the station's and of the desk's configuration."""

from typing import Annotated, Literal

import msgspec

from station.config.broker import Section
from station.label.carriers import CarrierSettings
from station.protocol.instruction import Address

MAX_NOTE = 60


class Merchant(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one merchant has on each of its labels: ``[label.merchants."みやこ茶舗"]``."""

    sender: Address | None = None
    """Printed where an instruction has no ``ship_from``: ``postal_code``, ``lines``, ``name``, ``phone``."""
    note: Annotated[str, msgspec.Meta(min_length=1, max_length=MAX_NOTE)] | None = None
    """A line on each label."""
    logo: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    """A PNG file, black on white, at most 1 MiB and 4,000 dots a side; made smaller to fit its box, never larger."""


class LabelConfig(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The desk refuses what does not fit, so it has the same section as its stations, and the same files."""

    font: Annotated[str, msgspec.Meta(min_length=1)] | None = None
    """A TrueType or OpenType file. Left out: that of the Debian package fonts-noto-cjk, else fonts-ipaexfont-gothic."""
    fallback_fonts: list[Annotated[str, msgspec.Meta(min_length=1)]] | None = None
    """Files for the characters that ``font`` lacks, asked in this order. Left out: those of fonts-ipaexfont-gothic and
    fonts-dejavu-core, where they are installed."""
    layout: Literal["80x100", "100x150", "4x6"] = "80x100"
    """The paper: in mm, or 4 x 6 inch. Its size in dots and all places follow from it: docs/labels.md."""
    layouts: dict[str, Annotated[str, msgspec.Meta(min_length=1)]] = {}
    """Layout files of a site's own, by the word in an instruction's ``carrier``; ``common`` for any that has none."""
    rendering: Literal["auto", "raster", "native"] = "auto"
    """How labels go to the printer: as dots, or in the printer's own characters, which takes a fiftieth of the bytes.
    ``auto``: native on a serial line where the record of ``printer.model`` has all that it needs, else dots."""
    carriers: dict[str, CarrierSettings] = {}
    """By the word in an instruction's ``carrier``: changes single keys of a carrier that is built in, or adds one."""
    merchants: dict[str, Merchant] = {}
    """By the name in an instruction's ``merchant``."""
