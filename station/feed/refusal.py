"""Why there is no connection to the broker. paho keeps the reason to itself, so one more attempt is made to see it."""

import socket
import ssl

PROBE_S = 2.0
"""Each step of the attempt."""

# OpenSSL's X509_V_ERR_* codes, x509_vfy.h.
_REMEDIES = {
    9: "check the clock of this computer",
    10: "make a new certificate with scripts/make-broker-keys, or check the clock of this computer",
    62: "set broker.host to a name that is on it, or make one for this name (scripts/make-broker-keys --broker-names)",
    64: "set broker.host to an address that is on it, or make one for this (scripts/make-broker-keys --broker-names)",
}
_OTHER_AUTHORITY = "broker.tls.ca has to be the authority that made it (broker-ca.crt of scripts/make-broker-keys)"

VERSION_REFUSED = "Unsupported protocol version"
_REMEDIES_BY_CODE = {
    VERSION_REFUSED: 'it speaks another version of MQTT; set broker.mqtt_version = "3.1.1", or "5"',
    "Bad user name or password": "check broker.username and broker.password_file",
    "Not authorized": "check broker.tls.certificate, or broker.username and broker.password_file",
    "Client identifier not valid": "check the name of this program and the rules of the broker about client ids",
}
"""By the name that paho gives a CONNACK's reason code, of MQTT 5 and 3.1.1 alike."""


def why_refused(code: object) -> str:
    """What a broker said that lets nobody in, with the remedy where one is known."""
    remedy = _REMEDIES_BY_CODE.get(str(code))
    return f"the broker refuses the connection: {code}" + (f"; {remedy}" if remedy else "")


def why_no_connection(host: str, port: int, context: ssl.SSLContext | None) -> str:
    """What stands in the way, with the place and the remedy. Takes up to ``PROBE_S`` a step."""
    try:
        line = socket.create_connection((host, port), timeout=PROBE_S)
    except (OSError, ValueError) as error:  # the latter for a host name that cannot be one
        return f"no broker answers at {host}:{port} ({getattr(error, 'strerror', None) or error})"
    with line:
        ended = f"the broker at {host}:{port} ends the connection before it stands"
        return ended if context is None else _why_no_tls(line, host, port, context) or ended


def _why_no_tls(line: socket.socket, host: str, port: int, context: ssl.SSLContext) -> str:
    """What is wrong with a certificate; empty where nothing is."""
    try:
        with context.wrap_socket(line, server_hostname=host) as secured:
            return _why_refused(secured, host, port)
    except ssl.SSLCertVerificationError as error:
        remedy = _REMEDIES.get(error.verify_code, _OTHER_AUTHORITY)
        return f"the certificate of the broker at {host}:{port}: {error.verify_message.rstrip('.')}; {remedy}"
    except OSError as error:
        what = getattr(error, "reason", None) or error.strerror or error
        return f"no TLS with {host}:{port} ({what}): check that broker.port is a listener with certificates"


def _why_refused(secured: ssl.SSLSocket, host: str, port: int) -> str:
    """A TLS 1.3 client learns only after its handshake that its certificate is refused (RFC 8446, section 4.4.2.4)."""
    try:
        secured.recv(1)
    except TimeoutError:
        return ""
    except ssl.SSLError as error:
        return (
            f"the broker at {host}:{port} refuses this client's certificate ({error.reason}): broker.tls.certificate "
            "has to be one that scripts/make-broker-keys made for this listener, and valid"
        )
    except OSError:
        return ""
    return ""
