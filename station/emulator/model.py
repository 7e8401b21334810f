"""What distinguishes one printer model from another, as far as a host can notice."""

from dataclasses import dataclass

MM_PER_INCH = 25.4


@dataclass(frozen=True, slots=True)
class Model:
    """A printer's fixed facts. The defaults are the Japanese TM-L90's where its manual was at hand."""

    name: str = "TM-L90"
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
