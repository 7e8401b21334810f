"""Log lines for systemd's journal: its priorities in front, no times (the journal has its own), bounded."""

import logging
import os
import sys

_PRIORITIES = {logging.DEBUG: 7, logging.INFO: 6, logging.WARNING: 4, logging.ERROR: 3, logging.CRITICAL: 2}
MAX_LINE = 2000


class _JournalFormatter(logging.Formatter):
    """``<priority>`` as sd-daemon(3) has it; one line an event, so that no input can forge another."""

    def format(self, record: logging.LogRecord) -> str:
        line = super().format(record).replace("\r", "\\r").replace("\n", " | ")[:MAX_LINE]
        return f"<{_PRIORITIES.get(record.levelno, 6)}>{line}"


def start_logging(*, verbose: bool = False) -> None:
    """Log to standard error, for the journal where there is one, else for a terminal."""
    handler = logging.StreamHandler(sys.stderr)
    if "JOURNAL_STREAM" in os.environ:
        handler.setFormatter(_JournalFormatter("%(message)s"))
    else:
        handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)-7s %(message)s", "%H:%M:%S"))
    logging.basicConfig(level=logging.DEBUG if verbose else logging.INFO, handlers=[handler], force=True)
