"""Certificates and keys: the days left, whose they are, and that nobody else reads the key."""

import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from station.clock import wall_clock_s
from station.config.station import StationConfig
from station.doctor.daemon import resolved
from station.doctor.examination import Examination
from station.doctor.findings import Fault, Finding, Mark, not_here, ok

DAY_S = 86_400
SOON_DAYS = 30

NO_CREDENTIAL = Fault(
    "certificate-no-credential",
    "no unit hands over {reference}",
    "LoadCredential= in the unit, as the one of scripts/install has it; or a path in [broker.tls]",
)
MISSING = Fault("certificate-missing", "{file} is not there", "docs/set-up.md says where the keys go")
UNREADABLE = Fault("certificate-unreadable", "{file} is no certificate in PEM form", "Copy it again from keys/clients")
EXPIRED = Fault(
    "certificate-expired",
    "{file} has expired, {days} days ago",
    "Make and install a new one: firmware_config/mosquitto/README.md",
)
EXPIRES = Fault(
    "certificate-expires",
    "{file} expires in {days} days",
    "Make and install a new one now: firmware_config/mosquitto/README.md",
)
NOT_YET = Fault(
    "certificate-not-yet",
    "{file} is valid from {since} on: the clock is wrong, or was when it was made",
    "Set the clock (check clock); else make it anew: firmware_config/mosquitto/README.md",
)
OTHER_NAME = Fault(
    "certificate-name",
    "{file} is {found}'s, and this is {wanted}",
    "Install {wanted}'s own from keys/clients, or correct station in station.toml",
)
OPEN = Fault(
    "key-open",
    "{file} can be read by others (mode {mode})",
    "chmod 600 {file}; then make a new key: firmware_config/mosquitto/README.md",
)
MISMATCH = Fault(
    "key-mismatch", "{file} does not belong to the certificate", "Install both from one directory of keys/clients"
)
UNSEEN = Fault("certificate-unseen", "this user may not read {file}", "Use sudo", Mark.UNSEEN)


class NotACertificate(ValueError):
    """A file that is none."""


@dataclass(frozen=True, slots=True)
class Certificate:
    """What the doctor reads of one."""

    since_s: float
    until_s: float
    name: str


def look(examination: Examination) -> Iterator[Finding]:
    """A line for each file."""
    tls = examination.config.broker.tls
    if tls is None:
        yield not_here("no [broker.tls]: the broker is called without certificates")
        return
    own = examination.config.station if isinstance(examination.config, StationConfig) else ""
    for reference, wanted in ((tls.ca, ""), (tls.certificate, own)):
        yield _certificate(examination, reference, wanted)
    yield _key(examination, tls.certificate, tls.key)


def _certificate(examination: Examination, reference: str, wanted: str) -> Finding:
    file = resolved(reference, examination.daemon.unit)
    if file is None:
        return NO_CREDENTIAL.found(reference=reference)
    try:
        text = examination.machine.read(file)
        if text is None:
            return MISSING.found(file=file)
        found = read_certificate(text)
    except PermissionError:
        return UNSEEN.found(file=file)
    except NotACertificate:
        return UNREADABLE.found(file=file)
    days = int((found.until_s - wall_clock_s()) // DAY_S)
    if found.since_s > wall_clock_s() + DAY_S:
        since = datetime.fromtimestamp(found.since_s, UTC).date()
        return NOT_YET.found(file=file, since=since)
    if days < 0:
        return EXPIRED.found(file=file, days=-days)
    if days < SOON_DAYS:
        return EXPIRES.found(file=file, days=days)
    if wanted and found.name != wanted:
        return OTHER_NAME.found(file=file, found=found.name, wanted=wanted)
    return ok(f"{file}: {found.name}, {days} days left")


def _key(examination: Examination, certificate: str, key: str) -> Finding:
    file, chain = (resolved(reference, examination.daemon.unit) for reference in (key, certificate))
    if file is None or chain is None:
        return NO_CREDENTIAL.found(reference=key)
    path = examination.machine.path(file)
    try:
        mode = path.stat().st_mode & 0o777
        if mode & 0o077:
            return OPEN.found(file=file, mode=f"{mode:o}")
        path.open("rb").close()
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(examination.machine.path(chain), path)
    except PermissionError:
        return UNSEEN.found(file=file)
    except ssl.SSLError:
        return MISMATCH.found(file=file)
    except OSError:
        return MISSING.found(file=file)
    return ok(f"{file}: belongs to the certificate, and nobody else reads it")


def read_certificate(text: str) -> Certificate:
    """The first certificate of a PEM file (RFC 5280, section 4.1). Raises NotACertificate.

    Python's ssl decodes only what a peer has proved; the three fields are read here.
    """
    begin, end = "-----BEGIN CERTIFICATE-----", "-----END CERTIFICATE-----"
    try:
        first = text[text.index(begin) : text.index(end) + len(end)]
        fields = list(_parts(next(_parts(next(_parts(ssl.PEM_cert_to_DER_cert(first)))[1]))[1]))
        # [0] version, serial number, signature algorithm, issuer, validity, subject
        validity, subject = fields[4][1], fields[5][1]
        since, until = (_time(*each) for each in _parts(validity))
        return Certificate(since, until, _common_name(subject))
    except (ValueError, IndexError, StopIteration) as error:
        raise NotACertificate(str(error)) from error


def _parts(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Tag and content of what stands one behind the other (X.690, section 8.1)."""
    at = 0
    while at < len(data):
        tag, length, at = data[at], data[at + 1], at + 2
        if length & 0x80:
            octets = length & 0x7F
            length, at = int.from_bytes(data[at : at + octets], "big"), at + octets
        yield tag, data[at : at + length]
        at += length


def _time(tag: int, text: bytes) -> float:
    """UTCTime (23), whose years begin with 1950, or GeneralizedTime."""
    digits = text.decode()
    if tag == 23:
        digits = ("19" if digits[:2] >= "50" else "20") + digits
    return datetime.strptime(digits, "%Y%m%d%H%M%SZ").replace(tzinfo=UTC).timestamp()


_COMMON_NAME = bytes.fromhex("550403")


def _common_name(subject: bytes) -> str:
    for _, attributes in _parts(subject):
        for _, attribute in _parts(attributes):
            (_, kind), (_, value) = list(_parts(attribute))[:2]
            if kind == _COMMON_NAME:
                return value.decode(errors="replace")
    return ""
