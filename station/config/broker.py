"""How a program reaches the broker."""

from typing import Annotated, Literal

import msgspec

MqttVersion = Literal["5", "3.1.1"]
SocketPath = Annotated[str, msgspec.Meta(min_length=1, max_length=100)]
"""Linux takes 107 bytes."""


class Section(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A part of a configuration file. A key that is not known is a mistake, never ignored."""


class Tls(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """Server and client certificate. Each is a path, or ``credential:NAME`` for a systemd credential."""

    ca: str
    """The authority that made the broker's certificate."""
    certificate: str
    """This client's, with its name."""
    key: str
    """This client's private key."""


class Broker(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The MQTT broker of the site."""

    host: Annotated[str, msgspec.Meta(min_length=1)] = "localhost"
    """A name or an address; with TLS, the one on the broker's certificate."""
    port: Annotated[int, msgspec.Meta(ge=1, le=65_535)] = 1883
    """8883 for stations and desk, 8884 for publishers, in `firmware_config/mosquitto/packing.conf`."""
    tls: Tls | None = None
    username: str | None = None
    """Only for brokers without certificates."""
    password_file: str | None = None
    """A path or `credential:NAME`; its first line is the password."""
    mqtt_version: MqttVersion = "5"
    """5 tells a client when the broker refuses what it published; 3.1.1 for brokers that speak no other."""
    keepalive_s: Annotated[int, msgspec.Meta(ge=2, le=300)] = 10
    """A broker that is silent for one and a half times as long is lost."""
    session_expiry_s: Annotated[int, msgspec.Meta(ge=0, le=2_592_000)] = 604_800
    """How long the broker keeps the session of a program that is away."""


class Site(Section, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """What all programs of a site share."""

    name: Annotated[str, msgspec.Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9_-]+$")]
    """The same in all programs of a site."""
    topic_prefix: Annotated[str, msgspec.Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_/-]+$")] = "packing"
    """Topics begin with this and the site's name."""

    @property
    def prefix(self) -> str:
        """Of all topics of this site."""
        return f"{self.topic_prefix}/{self.name}"
