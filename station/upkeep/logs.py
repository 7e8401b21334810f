"""Log lines for systemd's journal: its priorities in front, no times (the journal has its own), bounded."""

import logging
import os
import sys

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
MAX_LINE = 2000


_CONTROLS = {code: f"\\x{code:02x}" for code in (*range(0x20), *range(0x7F, 0xA0))} | {ord("\n"): " | "}
"""A terminal obeys them, and the journal takes a line with one for a binary blob."""


class _OneLineFormatter(logging.Formatter):
    """One line an event, without control characters: no input can forge another line."""

    def format(self, record: logging.LogRecord) -> str:
        return super().format(record).translate(_CONTROLS)[:MAX_LINE]


class _JournalFormatter(_OneLineFormatter):
    """``<priority>`` in front, as sd-daemon(3) has it."""

    def format(self, record: logging.LogRecord) -> str:
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{super().format(record)}"


def start_logging(*, verbose: bool = False) -> None:
    """Log to standard error, for the journal where there is one, else for a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    if "JOURNAL_STREAM" in os.environ:
        handler.setFormatter(_JournalFormatter("%(message)s"))
    else:
        handler.setFormatter(_OneLineFormatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
