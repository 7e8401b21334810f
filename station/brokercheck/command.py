"""``station broker-check``: its command line, and the checks in their order."""

import argparse
from collections.abc import Callable, Container, Iterator
from dataclasses import replace
from pathlib import Path
from secrets import token_hex
from typing import get_args

from station.brokercheck.call import Ended, Unreachable, WrongVersion
from station.brokercheck.delivery import check_latency, check_names, check_queue, check_sessions, check_sizes
from station.brokercheck.findings import Finding, Mark, is_fit
from station.brokercheck.identities import Identity
from station.brokercheck.rights import check_rights
from station.brokercheck.standing import check_client_ids, check_left_behind, check_retained, check_wills
from station.brokercheck.visit import Visit
from station.brokercheck.who import anybody, identities_of
from station.clock import elapsed_s
from station.config.broker import MqttVersion
from station.protocol.topics import Topics

EPILOG = """
As whom to ask, one of:
  no identity         a broker that lets anybody in (mqtt://HOST:PORT); the site is then one of the check's own
  --config FILE       for each of the programs' files that are on this machine
  --keys DIRECTORY    keys/clients, as scripts/make-broker-keys made it, with its lists of names
The more of them, the more can be tried: the desk and a station for most, a publisher and another station for all.
Stop the programs whose names it takes: where client ids are tied to certificates, it takes their place.

Exit status: 0 the broker is fit, 1 it is not, 78 the configuration cannot be used.
"""
TOTAL_S = 300.0
"""After this time nothing more is begun."""

CHECKS: dict[str, Callable[[Visit], list[Finding]]] = {
    "rights": check_rights,
    "sizes": check_sizes,
    "names": check_names,
    "sessions": check_sessions,
    "queue": check_queue,
    "latency": check_latency,
    "retained": check_retained,
    "wills": check_wills,
    "client-ids": check_client_ids,
    "left-behind": check_left_behind,
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Where the broker is, and as whom to ask."""
    parser.formatter_class = argparse.RawDescriptionHelpFormatter
    parser.epilog = EPILOG
    add = parser.add_argument
    add("url", metavar="URL", nargs="?", help="mqtt://HOST:PORT or mqtts://HOST:PORT; default: as the files have it")
    add("--publishers-url", metavar="URL", help="where publishers connect, if elsewhere (8884 with our mosquitto)")
    whom = parser.add_mutually_exclusive_group()
    file_help = "station.toml, desk.toml or contact.toml; may be given again"
    whom.add_argument("--config", type=Path, action="append", default=[], metavar="FILE", help=file_help)
    whom.add_argument("--keys", type=Path, metavar="DIRECTORY", help="in it a directory for each name")
    version_help = "with --keys: what the programs are to speak; default: %(default)s"
    add("--mqtt-version", choices=get_args(MqttVersion), default="5", help=version_help)
    for role in ("desk", "stations", "supervisors", "publishers"):
        add(f"--{role}", nargs="+", default=[], metavar="NAME", help="as on the certificate")
    add("--site", metavar="NAME", help="default: the files', or broker-check")
    add("--topic-prefix", default="packing", metavar="PREFIX", help="default: %(default)s")
    add("--only", nargs="+", choices=CHECKS, default=list(CHECKS), metavar="CHECK", help=", ".join(CHECKS))
    add("--without-rights", action="store_true", help="it is meant that anybody may say and hear everything here")


def run(arguments: argparse.Namespace) -> int:
    """Check, one line after the other. Raises ConfigError."""
    identities, site = identities_of(arguments)
    visit = Visit(Topics(site.prefix), identities or anybody(arguments.url), token_hex(4), not identities)
    findings = []
    for found in checked(visit, arguments.only):
        meant = arguments.without_rights and visit.anybody and (found.mark, found.check) == (Mark.NO, "rights")
        finding = replace(found, mark=Mark.NOTE, remedy="") if meant else found
        print(finding, flush=True)
        findings.append(finding)
    fit, not_tried = is_fit(findings), sum(each.mark is Mark.NOT_TRIED for each in findings)
    rest = f", as far as these identities can try it: {not_tried} checks need others" if not_tried else ""
    print(f"{'fit' if fit else 'NOT FIT'}{rest}")
    return 0 if fit else 1


def checked(visit: Visit, only: Container[str] = CHECKS) -> Iterator[Finding]:
    """Every finding, as it is made."""
    try:
        yield from _versions(visit)
    except Unreachable as error:
        yield Finding(Mark.NO, "connection", str(error))
        return
    visit.reached = True
    until_s = elapsed_s() + TOTAL_S
    for name, check in CHECKS.items():
        if name not in only:
            continue
        if elapsed_s() > until_s:
            yield Finding(Mark.NO, name, f"not begun: {TOTAL_S:.0f} s were over, so this broker is too slow")
            continue
        try:
            yield from check(visit)
        except (Unreachable, Ended) as error:
            yield Finding(Mark.NO, name, f"could not be tried to its end: {error}")
    if visit.called_again:
        said = f"who had just left was not let in again at once, {visit.called_again} times"
        yield Finding(Mark.NOTE, "connection", said, "", "The programs try again, too: it costs a second each time")


def _versions(visit: Visit) -> Iterator[Finding]:
    """In which version everybody speaks from now on. Raises Unreachable."""
    told: set[tuple[str, MqttVersion]] = set()
    for identity in visit.identities:
        asked, place = identity.broker.mqtt_version, f"{identity.broker.host}:{identity.broker.port}"
        visit.versions[identity] = _best_version(visit, identity)
        if (place, asked) not in told:
            told.add((place, asked))
            yield _about_version(place, None if visit.anybody else asked, visit.versions[identity])


def _best_version(visit: Visit, identity: Identity) -> MqttVersion:
    visit.versions[identity] = "5"
    try:
        visit.call(identity).close()
    except WrongVersion:
        visit.versions[identity] = "3.1.1"
        visit.call(identity).close()
        return "3.1.1"
    return "5"


def _about_version(place: str, asked: MqttVersion | None, spoken: MqttVersion) -> Finding:
    said = f"{place} speaks MQTT {spoken}"
    if spoken == "3.1.1":
        said += ": a publish that it refuses looks like one that it took, so only an outcome counts"
        remedy = 'Set broker.mqtt_version = "3.1.1" in every program\'s file'
        mark = Mark.NO if asked == "5" else Mark.NOTE
        return Finding(mark, "version", said, "the version that the file names" if mark is Mark.NO else "", remedy)
    if asked == "3.1.1":
        return Finding(Mark.NOTE, "version", said, "", 'broker.mqtt_version = "5" would tell what it refuses')
    return Finding(Mark.OK, "version", said)
