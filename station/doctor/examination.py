"""What every check is given: the machine, the configuration and the program."""

from dataclasses import dataclass
from pathlib import Path

from station.config.desk import DeskConfig
from station.config.printer import FilePrinter, SerialPrinter
from station.config.scanners import SerialScanner
from station.config.station import StationConfig
from station.doctor.daemon import Daemon
from station.doctor.machine import Machine
from station.upkeep.now import StationNow


@dataclass(frozen=True, slots=True)
class Examination:
    """One run of the doctor."""

    machine: Machine
    config: StationConfig | DeskConfig
    daemon: Daemon

    @property
    def station(self) -> StationConfig:
        """The configuration, to a check that is for stations alone."""
        if not isinstance(self.config, StationConfig):
            raise AssertionError("a check that is for stations alone was made of a desk")
        return self.config

    @property
    def said(self) -> StationNow | None:
        """What a station that runs says of itself."""
        return self.daemon.now if isinstance(self.daemon.now, StationNow) else None

    @property
    def database(self) -> Path:
        """Of the station or the desk."""
        return Path(self.config.database if isinstance(self.config, DeskConfig) else self.config.journal)

    @property
    def serial_ports(self) -> dict[str, str]:
        """The ports that the configuration names, by what is there."""
        if isinstance(self.config, DeskConfig):
            return {}
        ports = {each.name: each.port for each in self.config.scanners if isinstance(each, SerialScanner)}
        if isinstance(self.config.printer, SerialPrinter):
            ports["printer"] = self.config.printer.port
        return ports

    @property
    def device_names(self) -> list[str]:
        """Every path of a device that the configuration names."""
        if isinstance(self.config, DeskConfig):
            return []
        keyboards = [each.device for each in self.config.scanners if not isinstance(each, SerialScanner)]
        printer = self.config.printer
        files = [printer.path] if isinstance(printer, FilePrinter) and printer.path is not None else []
        return [*self.serial_ports.values(), *(each for each in keyboards if each.startswith("/")), *files]
