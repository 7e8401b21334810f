"""As whom the check speaks, by its command line: by the programs' files, by their keys, or as anybody."""

import argparse
import tomllib
from dataclasses import replace
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from station.brokercheck.identities import Identity
from station.config.broker import Broker, Site, Tls
from station.config.contact import ContactConfig
from station.config.desk import DeskConfig
from station.config.reading import ConfigError, config_of, read_config
from station.config.station import StationConfig
from station.protocol.rights import Role

RESERVED = "broker-check"
"""The site of a check that is told none: no real site's topics are touched."""
_PORTS = {"mqtt": 1883, "mqtts": 8883}


def site_of(arguments: argparse.Namespace, sites: set[Site]) -> Site:
    """The one that the files name, or the command line. Raises ConfigError."""
    if len(sites) > 1:
        names = ", ".join(sorted(site.prefix for site in sites))
        raise ConfigError(f"the files are of several sites ({names}); check one site at a time")
    said = {"name": arguments.site or RESERVED, "topic_prefix": arguments.topic_prefix}
    return next(iter(sites), None) or config_of(said, Site, "--site, --topic-prefix")


def identities_of(arguments: argparse.Namespace) -> tuple[list[Identity], Site]:
    """Everybody that is named. None of them: anybody. Raises ConfigError."""
    if arguments.config:
        found = [_of_file(file, set(arguments.supervisors)) for file in arguments.config]
        identities = [_moved(identity, arguments) for identity, _ in found]
        return identities, site_of(arguments, {site for _, site in found})
    return _of_keys(arguments) if arguments.keys else [], site_of(arguments, set())


def anybody(url: str | None) -> list[Identity]:
    """One of each role, without a certificate. Raises ConfigError."""
    if url is None:
        raise ConfigError("which broker? Give its URL, or the files of its programs with --config")
    broker = _broker(url)
    if urlsplit(url).scheme == "mqtts":
        raise ConfigError(f"{url}: a broker with certificates is asked with --keys or --config")
    roles = (Role.DESK, Role.STATION, Role.PUBLISHER)
    return [Identity(role, f"{RESERVED}-{role}", broker) for role in roles]


def _of_file(file: Path, supervisors: set[str]) -> tuple[Identity, Site]:
    """By the key that only that program's file has."""
    try:
        keys = tomllib.loads(file.read_text("utf-8")).keys()
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigError(f"{file}: cannot be read: {error}") from error
    if "database" in keys:
        desk = read_config(file, DeskConfig)
        return Identity(Role.DESK, str(Role.DESK), desk.broker), desk.site
    if "journal" in keys:
        station = read_config(file, StationConfig)
        return Identity(Role.STATION, station.station, station.broker), station.site
    contact = read_config(file, ContactConfig)
    role = Role.SUPERVISOR if contact.name in supervisors else Role.PUBLISHER
    return Identity(role, contact.name, contact.broker), contact.site


def _of_keys(arguments: argparse.Namespace) -> list[Identity]:
    if arguments.url is None:
        raise ConfigError("which broker? Give its URL before the options")
    version = arguments.mqtt_version
    floor, publishers = (
        msgspec.structs.replace(_broker(url), mqtt_version=version)
        for url in (arguments.url, arguments.publishers_url or arguments.url)
    )
    named = [
        *((Role.DESK, name, floor) for name in arguments.desk),
        *((Role.STATION, name, floor) for name in arguments.stations),
        *((Role.SUPERVISOR, name, floor) for name in arguments.supervisors),
        *((Role.PUBLISHER, name, publishers) for name in arguments.publishers),
    ]
    if not named:
        raise ConfigError("--keys: whose? Name them with --desk, --stations, --supervisors, --publishers")
    return [Identity(role, name, _with_keys(broker, arguments.keys / name)) for role, name, broker in named]


def _with_keys(broker: Broker, folder: Path) -> Broker:
    files = {name: str(folder / file) for name, file in _KEYS.items()}
    return msgspec.structs.replace(broker, tls=Tls(**files))


_KEYS = {"ca": "broker-ca.crt", "certificate": "client.crt", "key": "client.key"}
"""As scripts/make-broker-keys names them."""


def _moved(identity: Identity, arguments: argparse.Namespace) -> Identity:
    """To another broker than its file names, where the command line does."""
    at_publishers = identity.role is Role.PUBLISHER and arguments.publishers_url is not None
    url = arguments.publishers_url if at_publishers else arguments.url
    if url is None:
        return identity
    place = _broker(url)
    return replace(identity, broker=msgspec.structs.replace(identity.broker, host=place.host, port=place.port))


def _broker(url: str) -> Broker:
    parts = urlsplit(url)
    try:
        port = parts.port
    except ValueError:
        port = 0
    if parts.scheme not in _PORTS or not parts.hostname or port == 0 or parts.path not in ("", "/"):
        raise ConfigError(f"{url!r} is no broker's URL: mqtt://HOST:PORT, or mqtts://HOST:PORT with certificates")
    return Broker(host=parts.hostname, port=port or _PORTS[parts.scheme])
