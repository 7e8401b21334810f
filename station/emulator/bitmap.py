"""Black dots in rows: one bit a dot, the highest bit leftmost, each row filled up to whole bytes."""

from dataclasses import dataclass

from PIL import Image


@dataclass(frozen=True, slots=True)
class Bitmap:
    """A rectangle of dots. ``rows`` holds ``height_dots`` rows of ``row_bytes`` each."""

    width_dots: int
    height_dots: int
    rows: bytes

    @property
    def row_bytes(self) -> int:
        """Bytes a row."""
        return (self.width_dots + 7) // 8

    def image(self) -> Image.Image:
        """The same dots for Pillow: mode "1", ink is set."""
        return Image.frombytes("1", (self.width_dots, self.height_dots), self.rows)

    @classmethod
    def of(cls, image: Image.Image) -> "Bitmap":
        """The dots of a Pillow image of mode "1"."""
        return cls(image.width, image.height, image.tobytes())

    def scaled(self, horizontal: int, vertical: int) -> "Bitmap":
        """Every dot repeated."""
        if horizontal == vertical == 1:
            return self
        size = (self.width_dots * horizontal, self.height_dots * vertical)
        return Bitmap.of(self.image().resize(size, Image.Resampling.NEAREST))

    def placed(self, left_dots: int, line_dots: int) -> bytes:
        """The rows across a line of ``line_dots`` (a multiple of 8); what stands out on the right is lost."""
        line_bytes = line_dots // 8
        if left_dots == 0 and self.width_dots == line_dots:
            return self.rows
        if left_dots % 8 == 0 and self.width_dots % 8 == 0:
            left, kept = left_dots // 8, min(self.row_bytes, line_bytes - left_dots // 8)
            before, after = bytes(left), bytes(line_bytes - left - kept)
            starts = range(0, len(self.rows), self.row_bytes)
            return b"".join(before + self.rows[at : at + kept] + after for at in starts)
        line = Image.new("1", (line_dots, self.height_dots))
        line.paste(self.image(), (left_dots, 0))
        return line.tobytes()
