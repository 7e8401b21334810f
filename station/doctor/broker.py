"""The broker: reached, and its rights: what the program may say, and what it must not.

While the program runs, its rights are not tried: a broker that ties client ids to certificates would put the doctor in
its place, and a new session in place of what waits for it.
"""

import secrets
from collections.abc import Iterator

import msgspec

from station.brokercheck import findings as tried
from station.brokercheck.command import checked
from station.brokercheck.identities import Identity
from station.brokercheck.visit import Visit
from station.config.broker import Broker, Tls
from station.config.reading import ConfigError
from station.config.station import StationConfig
from station.doctor.daemon import resolved
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, ok
from station.feed.mqtt import tls_context
from station.feed.refusal import why_no_connection
from station.protocol.rights import Role
from station.protocol.topics import Topics

NO_CONNECTION = Fault(
    "broker-no-connection",
    "no connection: {reason}",
    "See that the broker runs and the network is up; certificates: firmware_config/mosquitto/README.md",
)
RIGHTS = Fault("broker-rights", "the rights are wrong: {reason}", "{remedy}")
NOT_NOW = Fault(
    "broker-rights-not-tried",
    "the rights were not tried: the program runs, and the doctor would take its place",
    "To try them: systemctl stop {unit}; station doctor --only broker; systemctl start {unit}",
    Mark.NOTE,
)
NOTE = Fault("broker-note", "what the broker is: {reason}", "{remedy}", Mark.NOTE)
UNSEEN = Fault("broker-unseen", "the key cannot be used by this user: {reason}", "Use sudo", Mark.UNSEEN)


def look(examination: Examination) -> Iterator[Finding]:
    """The connection, and the rights."""
    daemon, place = examination.daemon, f"{examination.config.broker.host}:{examination.config.broker.port}"
    if daemon.now is not None and daemon.now.broker:
        yield ok(f"the program is connected to {place}")
        yield NOT_NOW.found(unit=daemon.unit.name)
        return
    try:
        broker = with_files(examination.config.broker, examination)
        context = None if broker.tls is None else tls_context(broker.tls)
        if daemon.runs:
            yield NO_CONNECTION.found(reason=why_no_connection(broker.host, broker.port, context))
        else:
            yield from _tried(examination, broker)
    except (ConfigError, PermissionError) as error:
        yield UNSEEN.found(reason=error)


def with_files(broker: Broker, examination: Examination) -> Broker:
    """With the files behind systemd's credentials, which only the program itself has. Raises ConfigError."""
    unit = examination.daemon.unit

    def file(reference: str) -> str:
        found = resolved(reference, unit)
        if found is None:
            raise ConfigError(f"{unit.name}.service has no LoadCredential= for {reference}")
        return str(examination.machine.path(found))

    tls = broker.tls
    return msgspec.structs.replace(
        broker,
        tls=None if tls is None else Tls(ca=file(tls.ca), certificate=file(tls.certificate), key=file(tls.key)),
        password_file=None if broker.password_file is None else file(broker.password_file),
    )


def _tried(examination: Examination, broker: Broker) -> Iterator[Finding]:
    config = examination.config
    if isinstance(config, StationConfig):
        identity = Identity(Role.STATION, config.station, broker)
    else:
        identity = Identity(Role.DESK, str(Role.DESK), broker)
    visit = Visit(Topics(config.site.prefix), [identity], secrets.token_hex(4))
    for each in checked(visit, {"rights"}):
        facts = {"reason": each.measured, "remedy": each.remedy}
        match each.mark, each.check:
            case tried.Mark.NO, "connection":
                yield NO_CONNECTION.found(**facts)
            case tried.Mark.NO, _:
                yield RIGHTS.found(**facts)
            case tried.Mark.NOTE, _:
                yield NOTE.found(**facts)
            case tried.Mark.OK, _:
                yield ok(each.measured)
            case _:
                yield Finding(Mark.NOT_HERE, f"{each.measured} (station broker-check, with more keys, tries it)")
