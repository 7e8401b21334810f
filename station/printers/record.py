"""A printer model's capability record. Facts that are not known are None; every fact that is given has its source."""

from enum import StrEnum
from typing import Annotated

from msgspec import Meta, Struct

Words = Annotated[str, Meta(min_length=1, max_length=80)]


class Paper(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One width of paper that the model takes."""

    width_mm: Annotated[int, Meta(ge=20, le=120)]
    """Of the roll, not of what is printed on it."""
    dots_per_line: Annotated[int, Meta(ge=64, le=1280)]
    """Across the print head on that paper."""


class CodeSet(StrEnum):
    """A part of the code space of Shift_JIS for which a printer's ROM has characters."""

    JIS_X_0208 = "jis_x_0208"
    """Levels 1 and 2, and the symbols before them: rows 1 to 84."""
    NEC_ROW_13 = "nec_row_13"
    """① ㈱ № and the like: 8740 to 879C."""
    NEC_SELECTED_IBM = "nec_selected_ibm"
    """ED40 to EEFC: 髙 﨑 by NEC's codes."""
    IBM_EXTENSIONS = "ibm_extensions"
    """FA40 to FC4B: 髙 﨑 as cp932 encodes them."""
    JIS_X_0213 = "jis_x_0213"
    """Shift_JIS-2004, where FS C selects it: levels 3 and 4."""


class Kanji(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The characters of the Japanese version's ROM."""

    code_sets: tuple[CodeSet, ...]
    """Those that the source names. One that is missing here may be there, and must not be relied on."""
    sizes: Annotated[tuple[Annotated[int, Meta(ge=8, le=48)], ...], Meta(min_length=1)]
    """Heights of full-width characters in dots, the default first."""


class PrinterRecord(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What one model can do. None: not known; then nothing may rest on it, and ``station printer probe`` asks."""

    name: Words
    """As a person calls it."""
    note: str = ""
    maker: Words | None = None
    """The maker's name as GS I 66 answers it."""
    identities: tuple[Words, ...] = ()
    """Model names that GS I 67 may answer. Empty: not known, so that no printer is refused for its name."""
    papers: tuple[Paper, ...] = ()
    """The widths of paper that are known, the widest first."""
    dots_per_inch: Annotated[int, Meta(ge=100, le=600)] | None = None
    speed_mm_s: Annotated[int, Meta(ge=10, le=600)] | None = None
    """The highest that the maker names."""
    receive_buffer_bytes: Annotated[int, Meta(ge=16)] | None = None
    """As delivered; some models have 45 bytes by a switch."""
    cutter_distance_mm: Annotated[float, Meta(ge=0, le=60)] | None = None
    """From the print head's line of dots to the cutter."""
    process_id: bool | None = None
    """GS ( H function 48: the proof of print."""
    status_back: bool | None = None
    """GS a: every change of status by itself (ASB)."""
    real_time_status: bool | None = None
    """DLE EOT 1 to 4."""
    clear_buffers: bool | None = None
    """DLE DC4 function 8, with its answer."""
    cut_counters: tuple[Annotated[int, Meta(ge=1, le=255)], ...] | None = None
    """GS g 2: counters of cuts. The cumulative one last, as nobody sets that to 0. Empty: it has none."""
    near_end_sensor: bool | None = None
    """True also where it is an option or can be switched off."""
    raster_rows: Annotated[int, Meta(ge=1, le=65535)] | None = None
    """The most rows in one GS v 0."""
    page_mode: bool | None = None
    page_rows: Annotated[int, Meta(ge=100, le=65535)] | None = None
    """The longest sheet in page mode, in dots."""
    graphics: bool | None = None
    """GS ( L function 112: pictures of any size, in page mode too."""
    kanji: Kanji | None = None
    """Only the Japanese version has them."""
    nw7: bool | None = None
    """GS k 71, printed by the printer itself."""
    qr: bool | None = None
    """GS ( k, printed by the printer itself."""
    sources: dict[str, Words] = {}
    """Where each fact that is given was looked up, by its key."""

    def __post_init__(self) -> None:
        """Every fact that is given has a source, and no source is left over."""
        given = {fact for fact in FACTS if getattr(self, fact) not in (None, ())}
        given |= {"cut_counters"} if self.cut_counters == () else set()
        if given != set(self.sources):
            without, left_over = sorted(given - set(self.sources)), sorted(set(self.sources) - given)
            raise ValueError(f"sources: facts without one: {without}; of no fact: {left_over}")
        widths = [paper.width_mm for paper in self.papers]
        if widths != sorted(set(widths), reverse=True):
            raise ValueError("papers: one width stands twice, or a narrower one before a wider")

    @property
    def unknown(self) -> tuple[str, ...]:
        """The facts that nobody has looked up."""
        return tuple(fact for fact in FACTS if fact not in self.sources)


FACTS: tuple[str, ...] = tuple(
    field for field in PrinterRecord.__struct_fields__ if field not in ("name", "note", "sources")
)
