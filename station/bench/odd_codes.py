"""Scanned codes that are none of the bench's own. What they say stays outside the decisions, as an address does.

A packer can hold anything before a scanner: a customer's letter, another carrier's label. The decisions, and with them
the journal and the log, get a mark instead, which nothing leads back to the code once it is forgotten here.
"""

from dataclasses import dataclass, field, replace

import msgspec

from station.bench.core.capture import asked_for
from station.bench.core.codes import Code
from station.bench.core.devices import Scanned
from station.bench.core.scanning import is_own
from station.bench.core.screen import Screen
from station.bench.core.state import Bench, Pending, Rules
from station.bench.core.turn import open_order
from station.protocol.request import AnyRequest, Open, Reprint, Swap, Void

MAX_SHOWN_CHARACTERS = 32


@dataclass(slots=True)
class OddCodes:
    """In memory only, and only while the state names the mark."""

    _texts: dict[str, str] = field(default_factory=dict)
    """By mark."""
    _count: int = 0

    def marked(self, scanned: Scanned, bench: Bench, rules: Rules) -> Scanned:
        """A scan as the decisions may know it. The same code keeps its mark as long as it can count as a repetition."""
        code = scanned.code
        if is_own(code, bench, rules):
            return scanned
        self._forget(bench)
        mark = next((mark for mark, text in self._texts.items() if text == code.text), None)
        if mark is None:
            self._count += 1
            mark = f"odd-{self._count}/{len(code.text)}"
            self._texts[mark] = code.text
        elements = asked_for(open_order(bench), code)
        return replace(scanned, code=Code(mark, gtin=code.gtin, elements=elements, marked=len(code.text)))

    def said(self, request: AnyRequest) -> AnyRequest:
        """A request with the code itself: whose slip it is, only the desk can say."""
        if isinstance(request, Open | Reprint) and request.slip in self._texts:
            return msgspec.structs.replace(request, slip=self._texts[request.slip])
        if isinstance(request, Void | Swap) and request.label in self._texts:
            return msgspec.structs.replace(request, label=self._texts[request.label])
        return request

    def shown(self, screen: Screen) -> Screen:
        """A screen with the code itself, for the packer who has it in hand."""
        for mark, text in self._texts.items():
            if mark in screen.english:
                short = text[:MAX_SHOWN_CHARACTERS]
                screen = replace(
                    screen,
                    japanese=screen.japanese.replace(mark, short),
                    english=screen.english.replace(mark, short),
                )
        return screen

    def _forget(self, bench: Bench) -> None:
        named = {scan.text for scan in bench.last_scans.values()} | set(bench.notice.about)
        match bench.pending:
            case Pending(step=Open(slip=asked) | Reprint(slip=asked) | Void(label=asked) | Swap(label=asked)):
                named.add(asked)
        self._texts = {mark: text for mark, text in self._texts.items() if mark in named}
