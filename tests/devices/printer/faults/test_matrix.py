"""Every fault, at every moment, on every connector: each run must come out as the table says."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from station.bench.core.devices import Proof
from station.devices.printer import PrinterEdge
from station.emulator.model import Model
from station.screen.terminal import drawn
from tests.devices.printer.faults.document import NEAR_END, document
from tests.devices.printer.faults.rig import MODEL, Connector, rig
from tests.devices.printer.faults.run import ANSWER_S, Moment, Run, Said, Seen
from tests.devices.printer.faults.table import BREAKAGES, EXPECTED, Expected, Fault, expected, state_before_first_byte
from tests.devices.printer.wires import Inbox

ROOT = Path(__file__).parents[4]
CELLS = [(fault, moment) for fault in Fault for moment in Moment]
SHORT_LANE = {
    (*cell, list(Connector)[(index + index // len(Moment)) % len(Connector)])
    for index, cell in enumerate(CELLS)
    if (index % len(Moment) // 2 + index // len(Moment)) % 2 == 0
}
"""Each fault at two of the moments, on every connector in turn; the whole table in the long lane."""
RUNS = [
    pytest.param(
        *cell,
        connector,
        marks=() if (*cell, connector) in SHORT_LANE else pytest.mark.full,
        id=f"{connector}-{cell[0].name}-{cell[1].name}",
    )
    for cell in CELLS
    for connector in Connector
]


@pytest.mark.parametrize(("fault", "moment", "connector"), RUNS)
def test_a_fault_comes_out_as_the_table_says(
    fault: Fault, moment: Moment, connector: Connector, tmp_path: Path
) -> None:
    _play(fault, moment, connector, expected(fault, moment, connector), tmp_path, MODEL)


@pytest.mark.full
@pytest.mark.parametrize(("fault", "moment"), CELLS)
def test_without_process_ids_it_comes_out_the_same_with_another_proof(
    fault: Fault, moment: Moment, tmp_path: Path
) -> None:
    cell = expected(fault, moment, Connector.TCP)
    if cell.proof is Proof.PROCESS_ID:
        reasons = tuple(str(Proof.STATUS) if reason == Proof.PROCESS_ID else reason for reason in cell.reasons)
        cell = replace(cell, proof=Proof.STATUS, reasons=reasons)
    _play(fault, moment, Connector.TCP, cell, tmp_path, replace(MODEL, process_id=False))


def _play(fault: Fault, moment: Moment, connector: Connector, cell: Expected, directory: Path, model: Model) -> None:
    breakage = BREAKAGES[fault]
    with rig(connector, directory, model) as (printer, config, open_line):
        inbox = Inbox()
        edge = PrinterEdge(config, inbox.post, open_line=open_line, answer_s=ANSWER_S)
        edge.start()
        run = Run(printer, edge, inbox)
        try:
            run.begin()
            run.play(moment, breakage.words, state_before_first_byte(fault, connector))
            seen = run.seen(cell.state, cell.said)
            assert seen == Seen(cell.state, cell.near_end, cell.said, cell.paper, cell.words, seen.reason)
            assert any(reason in seen.reason for reason in cell.reasons), seen.reason
            if cell.near_end and cell.said is Said.CONFIRMED:
                assert NEAR_END in drawn(run.screen, colour=False)
            run.mend(breakage.mended)
            assert run.finish() == list(cell.then)
            assert run.proofs == [cell.proof]
            run.next_order()
            assert run.whole_labels == 2
        finally:
            edge.close()


def test_the_table_has_every_cell() -> None:
    assert set(EXPECTED) == set(CELLS)


def test_the_page_is_what_the_table_says() -> None:
    assert (ROOT / "docs/printer-faults.md").read_text("utf-8") == document()


def test_the_pages_are_made_by_their_script() -> None:
    script = ROOT / "scripts/make-printer-faults-doc"
    subprocess.run([sys.executable, str(script), "--check"], check=True, cwd=ROOT)
