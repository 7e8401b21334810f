"""Waiting until a database can be used: for room on a full disk, or for a person who puts one in place."""

import logging
import time
from collections.abc import Callable

from station.upkeep.notify import Notifier

log = logging.getLogger(__name__)

LOOK_AGAIN_S = 1.0


def wait_until_usable(lacking: Callable[[], str], notifier: Notifier) -> None:
    """Until nothing is lacking, in words. systemd sees what is, and that the program is alive."""
    told = ""
    while reason := lacking():
        if reason.split(":")[0] != told:
            told = reason.split(":")[0]
            notifier.ready(reason)
        notifier.progress()
        time.sleep(LOOK_AGAIN_S)
    log.info("it can be used again; going on")
