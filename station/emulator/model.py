"""What distinguishes one printer model from another, as far as a host can notice."""

from dataclasses import dataclass
from typing import Self

from station.printers.models import record_of

MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Model:
    """A printer's fixed facts. The defaults are the Japanese TM-L90's where its manual was at hand."""

    name: str = "TM-L90"
    """GS I 67; empty for a printer that does not answer GS I."""
    maker: str = "EPSON"
    """GS I 66."""
    serial_number: str = "EMULATOR"
    """GS I 68."""
    width_dots: int = 576
    dots_per_inch: int = 203
    vertical_units_per_inch: int = 406
    """Default of GS P: y = 406 on Japanese models (TM-T90 specification), so ESC J 2 feeds one dot row."""
    cutter_distance_mm: float = 14
    """From print head to cutter. A cut without feed goes through what was printed last (GS V, notes)."""
    receive_buffer_bytes: int = 4096
    """TM-L90 manual, 4.2.2.4: 4 KB, or 45 bytes by memory switch."""
    process_id: bool = True
    """GS ( H function 48 is there (it is not on the TM-T88III)."""
    status_back: bool = True
    """GS a is there."""
    clear_buffers: bool = True
    """DLE DC4 function 8 is there."""
    cut_counters: frozenset[int] = frozenset((50, 178))
    """The numbers that GS g 2 knows for cuts."""
    power_on_notice: bool = False
    """A memory switch: it says 3B 31 00 when it has been switched on."""
    page_mode_rows: int = 738
    """The longest sheet in page mode. TM-L90 specification, ESC W: 1476 units, of half a dot each."""
    kanji_extensions: bool = True
    """The ROM has NEC's row 13 and IBM's characters beside JIS X 0208."""

    @classmethod
    def of(cls, model: str) -> Self:
        """As the capability record says; what is not known of it, as the default. Raises UnknownModel.

        A model whose answer to GS I is not known tells the name that a person calls it by.
        """
        record, usual = record_of(model), cls()
        known = {
            "width_dots": record.papers[0].dots_per_line if record.papers else None,
            "dots_per_inch": record.dots_per_inch,
            "vertical_units_per_inch": 2 * record.dots_per_inch if record.dots_per_inch else None,
            "cutter_distance_mm": record.cutter_distance_mm,
            "receive_buffer_bytes": record.receive_buffer_bytes,
            "process_id": record.process_id,
            "status_back": record.status_back,
            "clear_buffers": record.clear_buffers,
            "page_mode_rows": record.page_rows,
            "cut_counters": None if record.cut_counters is None else frozenset(record.cut_counters),
        }
        maker, _, name = record.name.partition(" ")
        return cls(
            name=record.identities[0] if record.identities else name,
            maker=record.maker or maker.upper(),
            **{fact: getattr(usual, fact) if value is None else value for fact, value in known.items()},  # type: ignore[arg-type]
        )

    @property
    def row_bytes(self) -> int:
        """Bytes in a row of dots across the print head."""
        return self.width_dots // 8

    @property
    def cutter_distance_rows(self) -> int:
        """The cutter's distance, in rows of dots."""
        return self.rows(self.cutter_distance_mm)

    @property
    def default_line_spacing_rows(self) -> int:
        """ESC 2: a sixth of an inch."""
        return round(self.dots_per_inch / 6)

    def rows(self, millimetres: float) -> int:
        """Whole rows of dots in a length of paper."""
        return int(millimetres * self.dots_per_inch / MM_PER_INCH)

    def millimetres(self, rows: int) -> float:
        """The length of paper that rows of dots cover."""
        return rows * MM_PER_INCH / self.dots_per_inch
