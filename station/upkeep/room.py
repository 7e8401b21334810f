"""Waiting for room on a full disk: nothing can be decided, and nothing is lost."""

import logging
import time
from collections.abc import Callable
from pathlib import Path

from station.sqlite import full_disk
from station.upkeep.notify import Notifier

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0


def wait_for_room(database: Path, notifier: Notifier, tell: Callable[[str], None] = lambda _reason: None) -> None:
    """Until a database's disk has room. systemd sees why, and that the program is alive; ``tell`` is told again and
    again."""
    notifier.ready(full_disk(database))
    while reason := full_disk(database):
        notifier.progress()
        tell(reason)
        time.sleep(LOOK_AGAIN_S)
    log.info("there is room again on the disk of %s", database)
