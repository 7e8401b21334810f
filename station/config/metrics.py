"""Figures for Prometheus."""

from typing import Annotated

import msgspec

from station.config.broker import Section


class Metrics(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Figures for Prometheus, over HTTP without TLS: off unless this section is there ([journal.md](journal.md))."""

    listen: Annotated[str, msgspec.Meta(pattern=r"^([0-9A-Za-z.-]+|\[[0-9A-Fa-f:]+\]):[0-9]{1,5}\Z")] = "127.0.0.1:9464"
    """Address and port. Whoever reaches them reads the figures: this machine, or a closed network."""

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        host, _, port = self.listen.rpartition(":")
        return host.strip("[]"), int(port)

    def __post_init__(self) -> None:
        """A port is one."""
        if not 0 < self.address[1] < 65_536:
            raise ValueError("listen ends with a port from 1 to 65535")
