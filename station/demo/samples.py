"""The sample orders that come with the package."""

from importlib.resources import files
from pathlib import Path

from station.protocol.instruction import Instruction, decode_instruction

SAMPLES = Path(str(files("station.contact") / "samples" / "orders.jsonl"))


def sample_orders() -> list[Instruction]:
    """Every sample, as the order feed publishes it."""
    return [decode_instruction(line) for line in SAMPLES.read_bytes().splitlines() if line.strip()]
