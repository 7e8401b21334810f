"""What a station that cannot work shows: a red lamp that blinks, and the reason on the screen.

Within the station's own process while its disk is full; and as a program of its own, which systemd starts in the
station's place once that has failed too often (`packing-station-down.service`). The station's next start ends it.
"""

import argparse
import os
import signal
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from station.bench.core.devices import Indication, Light
from station.bench.core.keys import Key
from station.bench.core.screen import out_of_order
from station.config.reading import ConfigError, read_config
from station.config.station import StationConfig
from station.devices.extras import MissingExtra
from station.devices.panel import GpioPanel
from station.publication import Publication
from station.telemetry.logs import identify, start_logging
from station.telemetry.messages import DownNotShown, StationDown
from station.telemetry.telling import tell
from station.upkeep.notify import Notifier


@contextmanager
def shown(config: StationConfig, key: Key) -> Iterator[None]:
    """Lamps and screen say so meanwhile. Raises OSError and MissingExtra where they cannot be had."""
    with ExitStack() as open_edges:
        if config.panel is not None:
            panel = GpioPanel(config.panel, lambda _event: None)
            open_edges.callback(panel.close)
            panel.start()
            panel.indicate(Indication(red=Light.BLINK))
        if config.screen_socket is not None:
            window = Publication(Path(config.screen_socket))
            open_edges.callback(window.close)
            window.start()
            window.show(out_of_order(key, config.station))
        yield


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Whose lamps and screen."""
    parser.add_argument("--config", type=Path, required=True, metavar="FILE", help="station.toml")


def run(arguments: argparse.Namespace) -> int:
    """Until a signal ends it. What cannot be shown is said, and does not end it: the pause before the next try does."""
    start_logging("packing-station-down")
    ended = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: ended.set())
    words = f"the station is down ({_how_it_ended()}) and is started again every minute"
    tell(StationDown(_how_it_ended()))
    with ExitStack() as open_edges:
        try:
            config = read_config(arguments.config, StationConfig)
            identify(STATION=config.station, SITE=config.site.name)
            open_edges.enter_context(shown(config, Key.STATION_DOWN))
        except (ConfigError, MissingExtra, OSError) as error:
            tell(DownNotShown(str(error)))
        Notifier().ready(words)
        ended.wait()
    return 0


def _how_it_ended() -> str:
    """As systemd tells the unit that OnFailure= starts, since its version 251 (systemd.exec(5))."""
    result = os.environ.get("MONITOR_SERVICE_RESULT", "reason unknown")
    status = os.environ.get("MONITOR_EXIT_STATUS", "")
    return f"{result}, status {status}" if status else result
