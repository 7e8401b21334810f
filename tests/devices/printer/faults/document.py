"""docs/printer-faults.md, from the table."""

from station.bench.core.notices import WORDS
from tests.devices.printer.faults.rig import Connector
from tests.devices.printer.faults.run import Moment, Said
from tests.devices.printer.faults.table import BREAKAGES, EXCEPTIONS, EXPECTED, Expected, Fault

HEAD = """\
# Printer faults

What a station says and does at each fault of its printer, at each moment of a label. Every row was played on each
connector (network, serial line, USB by libusb, device file) with the real printer edge, the emulated printer and the
bench's decisions, and a packer who does as the screen says; where a connector differs it has a row of its own. In every
run exactly one label of the order came out whole and is on the record, and the next order was printed without anything
being restarted. A printer without process IDs comes to the same, with the proof `status` where `process_id` stands.

This page is made by `scripts/make-printer-faults-doc` from `tests/devices/printer/faults/table.py`; the runs are
`tests/devices/printer/faults/test_matrix.py`. What the words mean, and what to do: [printers.md](printers.md).

- **state**: of the printer, in the station's status and on the screen.
- **says**: what the printer edge says of the label. *waits*: nothing yet, the printer keeps it. *not begun*: not one
  byte went out. *unknown*: it began and was not confirmed: the packer is asked. Behind it the reason.
- **paper**: what had come out of the label until then: none, part (it may still hang in the printer), whole.
- **the packer reads**: at that moment. After *not begun* the line of the printer's state follows (用紙切れ ...), until
  it is ready.
- **then**: what happens when the cause is removed. Nothing: the label is confirmed by itself.
- **proof**: on the shipment record in the end.

| fault, and its remedy | when | connector | state | says | paper | the packer reads | then | proof |
|---|---|---|---|---|---|---|---|---|
"""
SHORT = {
    Said.WAITS: "waits",
    Said.CONFIRMED: "confirmed",
    Said.NOT_BEGUN: "not begun",
    Said.UNKNOWN: "unknown",
}
NEAR_END = "用紙残りわずか / paper near its end"
"""The screen's line beside the words (station/screen/terminal.py)."""


def document() -> str:
    """The whole page."""
    rows = []
    for fault in Fault:
        for moment in Moment:
            others = {
                connector: EXCEPTIONS[fault, moment, connector]
                for connector in Connector
                if (fault, moment, connector) in EXCEPTIONS
            }
            rows.append(_row(fault, moment, "the others" if others else "all", EXPECTED[fault, moment]))
            rows.extend(_row(fault, moment, connector, cell) for connector, cell in others.items())
    return HEAD + "\n".join(rows) + "\n"


def _row(fault: Fault, moment: Moment, connector: str, cell: Expected) -> str:
    _, japanese, english = WORDS[cell.words]
    words = f"{_shown(japanese)} / {_shown(english)}"
    if cell.near_end and cell.said is Said.CONFIRMED:
        words = f"{words}; {NEAR_END}"
    said = f"{SHORT[cell.said]}: {cell.reasons[0]}" if cell.said is not Said.CONFIRMED else SHORT[cell.said]
    state = f"{cell.state}, near its end" if cell.near_end and cell.said is Said.CONFIRMED else str(cell.state)
    cells = (
        f"{fault}: {BREAKAGES[fault].remedy}",
        moment,
        connector,
        state,
        said,
        cell.paper,
        words,
        "; ".join(cell.then) or "-",
        f"`{cell.proof}`",
    )
    return f"| {' | '.join(cells)} |"


def _shown(words: str) -> str:
    return words.replace("{0}", "A-1")
