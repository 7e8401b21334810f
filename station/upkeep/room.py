"""Waiting for room on a full disk: nothing can be decided, and nothing is lost."""

import logging
import time
from pathlib import Path

from station.sqlite import full_disk
from station.upkeep.notify import Notifier

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0


def wait_for_room(database: Path, notifier: Notifier) -> None:
    """Until a database's disk has room. systemd sees why, and that the program is alive."""
    notifier.ready(full_disk(database))
    while full_disk(database):
        notifier.progress()
        time.sleep(LOOK_AGAIN_S)
    log.info("there is room again on the disk of %s", database)
