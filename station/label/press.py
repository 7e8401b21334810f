"""From an instruction to the bytes of its labels, and the answer whether there are any."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from PIL import Image

from station.label.carriers import CarrierStyle, known_carrier
from station.label.content import MAX_REPRINT, Mark, label_content
from station.label.dots import Dots
from station.label.fonts import Typeface
from station.label.layout import Layout
from station.label.merchants import NO_MERCHANT, Merchant
from station.label.placing import PlacedLabel, place
from station.label.raster import draw_form, draw_label
from station.label.rendering import Drawing, Rendering, render
from station.protocol.instruction import Instruction


@dataclass(frozen=True, slots=True)
class Job:
    """The labels of all pieces of an order, as one print."""

    data: bytes
    """ESC/POS, from ESC @ to the last cut. The printer's edge adds its proof of print."""
    labels: int
    tracking_numbers: tuple[str, ...]


_NO_LAYOUTS: Mapping[str, Layout] = MappingProxyType({})
_BANDS = Rendering()
_NO_MERCHANTS: Mapping[str, Merchant] = MappingProxyType({})


class LabelPress:
    """Makes labels with one font, one set of carriers' styles, and a layout for each carrier.

    It remembers nothing of an instruction, which is personal data. For one thread at a time.
    """

    def __init__(
        self,
        typeface: Typeface,
        layout: Layout,
        carriers: Mapping[str, CarrierStyle],
        layouts: Mapping[str, Layout] = _NO_LAYOUTS,
        merchants: Mapping[str, Merchant] = _NO_MERCHANTS,
        rendering: Rendering = _BANDS,
    ) -> None:
        """``layouts`` are those of some carriers, by their words; ``layout`` is that of all others."""
        self._typeface = typeface
        self._layout = layout
        self._carriers = carriers
        self._layouts = layouts
        self._merchants = merchants
        self._rendering = rendering
        self._forms: dict[int, Dots] = {}

    def check(self, instruction: Instruction) -> None:
        """Raises DoesNotFit where a label of this instruction could not be printed, now or as a reprint."""
        for piece in range(1, len(instruction.pieces) + 1):
            self.place(instruction, piece, MAX_REPRINT)

    def job(self, instruction: Instruction, reprint: int = 0, mark: Mark = Mark.REPRINT) -> Job:
        """The labels of all pieces; reprint 0 is the first print, others bear the mark with their number: 再発行, or
        差替 for one that replaces a label which had left the bench.

        Raises DoesNotFit, but not for an instruction that ``check`` has passed.
        """
        pieces = range(1, len(instruction.pieces) + 1)
        drawings = (self.drawing(instruction, piece, reprint, mark) for piece in pieces)
        data = render(drawings, self.layout_of(instruction), self._typeface, self._rendering)
        return Job(data, len(pieces), instruction.tracking_numbers)

    def place(
        self, instruction: Instruction, piece: int = 1, reprint: int = 0, mark: Mark = Mark.REPRINT
    ) -> PlacedLabel:
        """What stands where on the label of one piece, counted from 1."""
        return self.drawing(instruction, piece, reprint, mark).placed

    def draw(
        self, instruction: Instruction, piece: int = 1, reprint: int = 0, mark: Mark = Mark.REPRINT
    ) -> Image.Image:
        """The label of one piece as a picture of mode "1"."""
        return self.drawing(instruction, piece, reprint, mark).draw().image()

    def drawing(self, instruction: Instruction, piece: int = 1, reprint: int = 0, mark: Mark = Mark.REPRINT) -> Drawing:
        """The label of one piece in words, in places and, if need be, in dots."""
        merchant, layout = self._merchants.get(instruction.merchant, NO_MERCHANT), self.layout_of(instruction)
        content = label_content(instruction, piece, reprint, self._carriers, merchant, mark)
        placed = place(content, layout, self._typeface, merchant)
        return Drawing(content, placed, lambda: draw_label(placed, self._form(layout), self._typeface))

    def layout_of(self, instruction: Instruction) -> Layout:
        """Its carrier's."""
        word, _ = known_carrier(instruction.carrier, self._carriers)
        return self._layouts.get(word, self._layout)

    def _form(self, layout: Layout) -> Dots:
        """Drawn when its carrier has a first label."""
        if id(layout) not in self._forms:
            self._forms[id(layout)] = draw_form(layout, self._typeface)
        return self._forms[id(layout)]
