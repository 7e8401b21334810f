"""Images: the rows of GS v 0 as they come in, the graphics that GS ( L stores, the columns of ESC *."""

from dataclasses import dataclass, field

from PIL import Image

from station.emulator.bitmap import Bitmap
from station.emulator.operations import RejectedError

_MAX_RASTER_ROWS = 2303
"""GS v 0: yH is at most 8 (TM-T88III)."""
_MAX_GRAPHICS_BYTES = 32778
"""GS ( L: the largest pL pH of the TM-T90."""
_MAX_GRAPHICS_DOTS = (2047, 1662)
"""GS ( L function 112: columns and rows."""
_GRAPHICS_HEADER_BYTES = 10


@dataclass(slots=True)
class Raster:
    """A GS v 0 whose rows are still coming."""

    row_bytes: int
    rows_left: int
    horizontal: int
    vertical: int
    _partial: bytearray = field(default_factory=bytearray)

    @classmethod
    def begun_by(cls, header: bytes) -> "Raster":
        """From m xL xH yL yH. Raises RejectedError outside the range; what follows is no image then."""
        mode, width, height = header[0] & 0x0F, header[1] + 256 * header[2], header[3] + 256 * header[4]
        if header[0] not in {0, 1, 2, 3, 48, 49, 50, 51} or not width or not 0 < height <= _MAX_RASTER_ROWS:
            raise RejectedError(f"GS v 0: m = {header[0]}, {width} bytes x {height} rows")
        return cls(width, height, 1 + (mode & 1), 1 + (mode >> 1))

    def take(self, data: bytes, at: int) -> tuple[int, Bitmap | None]:
        """How many bytes from ``data[at:]`` belong to the image, and the rows that they complete."""
        piece = data[at : at + self.rows_left * self.row_bytes - len(self._partial)]
        image = bytes(self._partial) + piece
        count = len(image) // self.row_bytes
        end = count * self.row_bytes
        self._partial = bytearray(image[end:])
        self.rows_left -= count
        if not count:
            return len(piece), None
        rows = Bitmap(self.row_bytes * 8, count, image[:end])
        return len(piece), rows.scaled(self.horizontal, self.vertical)


def stored_graphics(block: bytes) -> Bitmap:
    """The dots of GS ( L function 112: ``m fn a bx by c xL xH yL yH d1...dk``. Raises RejectedError."""
    if len(block) > _MAX_GRAPHICS_BYTES or len(block) < _GRAPHICS_HEADER_BYTES:
        raise RejectedError(f"GS ( L function 112: {len(block)} bytes")
    bx, by, colour = block[3:6]
    width, height = block[6] + 256 * block[7], block[8] + 256 * block[9]
    bitmap = Bitmap(width, height, block[_GRAPHICS_HEADER_BYTES:])
    columns, rows = _MAX_GRAPHICS_DOTS
    in_range = {bx, by} <= {1, 2} and colour == 0x31 and 0 < width <= columns and 0 < height * by <= rows
    if not in_range or len(bitmap.rows) != bitmap.row_bytes * height:
        raise RejectedError(f"GS ( L function 112: {width} x {height} dots in {len(block)} bytes")
    return bitmap.scaled(bx, by)


@dataclass(frozen=True, slots=True)
class BitImage:
    """ESC *: columns from top to bottom, each 8 or 24 dots high."""

    column_bytes: int
    horizontal: int
    vertical: int
    columns: bytes

    @classmethod
    def of(cls, parameters: bytes) -> "BitImage":
        """From m nL nH d1...dk. Raises RejectedError."""
        mode, columns = parameters[0], parameters[3:]
        if mode not in {0, 1, 32, 33} or not columns:
            raise RejectedError(f"ESC *: m = {mode}, {parameters[1] + 256 * parameters[2]} columns")
        tall = bool(mode & 32)
        return cls(3 if tall else 1, 1 if mode & 1 else 2, 1 if tall else 3, columns)

    def image(self) -> Image.Image:
        """The dots: modes 0 and 32 are half as dense from left to right, modes 0 and 1 a third from top to bottom."""
        count = len(self.columns) // self.column_bytes
        lying = Image.frombytes("1", (8 * self.column_bytes, count), self.columns)
        standing = lying.transpose(Image.Transpose.TRANSPOSE)
        return standing.resize(
            (count * self.horizontal, 8 * self.column_bytes * self.vertical), Image.Resampling.NEAREST
        )
