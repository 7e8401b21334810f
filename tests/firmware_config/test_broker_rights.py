"""Each right of each role, the granted and the refused, on a real mosquitto with what we ship."""

import shutil
import signal
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from typing import get_args

import pytest

from station.protocol import topics as t
from station.protocol.rights import Role, may_hear, may_say
from tests.firmware_config.site_broker import (
    PREFIX,
    TIMEOUT_S,
    Caller,
    Site,
    make_keys,
    running_broker,
    say_keys,
    wait_for_line,
)

TOPICS = t.Topics(PREFIX)

# Addresses of every kind, one's own and others'.
ADDRESSES: tuple[t.Address, ...] = (
    t.InstructionOf("A-1"),
    t.HoldOn("A-1", "h-1"),
    t.OutcomeOf("A-1", "hold-h-1"),
    t.ShipmentOf("A-1"),
    *(kind(name) for kind in (t.RequestFrom, t.InboxOf) for name in ("bench-1", "bench-2", "lead", "desk")),
    *(t.StatusOf(name) for name in ("bench-1", "bench-2", "lead", "contact-center")),
    t.StatusOfDesk(),
    t.QueryFrom("report-7"),
    t.AnswerTo("report-7"),
)

# The protocol's table of topics (its section 3), turned round: what each may say, and what each may hear.
MAY_SAY: dict[str, set[t.Address]] = {
    "desk": {
        address
        for address in ADDRESSES
        if isinstance(address, t.OutcomeOf | t.ShipmentOf | t.InboxOf | t.StatusOfDesk | t.AnswerTo)
    },
    "bench-1": {t.RequestFrom("bench-1"), t.StatusOf("bench-1")},
    "bench-2": {t.RequestFrom("bench-2"), t.StatusOf("bench-2")},
    "lead": {t.RequestFrom("lead")},
    "contact-center": {t.InstructionOf("A-1"), t.HoldOn("A-1", "h-1"), t.QueryFrom("report-7")},
}
MAY_HEAR: dict[str, set[type[t.Address]]] = {
    "desk": {t.InstructionOf, t.HoldOn, t.RequestFrom, t.StatusOf, t.QueryFrom},
    "bench-1": {t.HoldOn, t.StatusOfDesk},
    "bench-2": {t.HoldOn, t.StatusOfDesk},
    "lead": {t.StatusOf, t.StatusOfDesk},
    "contact-center": {t.OutcomeOf, t.ShipmentOf, t.StatusOf, t.StatusOfDesk, t.AnswerTo},
}
EVERYBODY = tuple(MAY_SAY)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    keys = make_keys(tmp_path_factory.mktemp("keys"))
    with running_broker(keys, tmp_path_factory.mktemp("broker")) as found:
        yield found


def test_the_broker_check_goes_by_these_rights() -> None:
    roles = {"desk": Role.DESK, "lead": Role.SUPERVISOR, "contact-center": Role.PUBLISHER}
    for name in EVERYBODY:
        role = roles.get(name, Role.STATION)
        assert {address for address in ADDRESSES if may_say(role, name, address)} == MAY_SAY[name]
        heard = {address for address in ADDRESSES if may_hear(role, name, address)}
        inbox = {t.InboxOf(name)} if name in ("bench-1", "bench-2", "lead") else set()
        assert heard == {address for address in ADDRESSES if type(address) in MAY_HEAR[name]} | inbox


def test_every_kind_of_topic_is_tried() -> None:
    assert {type(address) for address in ADDRESSES} == set(get_args(t.Address))


@pytest.mark.parametrize("name", EVERYBODY)
def test_each_says_what_is_its_own_to_say_and_nothing_else(site: Site, name: str) -> None:
    with Caller.of(site, name) as caller:
        said = {address for address in ADDRESSES if caller.may_publish(TOPICS.of(address))}
    assert said == MAY_SAY[name]


@pytest.mark.parametrize("name", EVERYBODY)
def test_each_hears_what_is_meant_for_it_and_nothing_else_whatever_it_subscribes_to(site: Site, name: str) -> None:
    sayable = {address: speaker for speaker, addresses in MAY_SAY.items() for address in addresses}
    last = next(a for a in sayable if type(a) in MAY_HEAR[name] and sayable[a] != name)
    with Caller.of(site, name) as listener:
        listener.subscribe("#")
        for address, speaker in [*((a, s) for a, s in sayable.items() if a != last), (last, sayable[last])]:
            if speaker != name:
                with Caller.of(site, speaker) as caller:
                    assert caller.may_publish(TOPICS.of(address))
        heard = listener.heard_up_to(TOPICS.of(last))
    expected = {
        TOPICS.of(address)
        for address, speaker in sayable.items()
        if speaker != name and (type(address) in MAY_HEAR[name] or address == t.InboxOf(name))
    }
    assert heard == expected - {TOPICS.of(last)}


def test_personal_data_reach_the_desk_alone() -> None:
    assert {name for name, kinds in MAY_HEAR.items() if t.InstructionOf in kinds} == {"desk"}


def test_nobody_comes_in_without_a_certificate(site: Site) -> None:
    for port in (site.floor, site.publishers):
        assert not Caller(site, None, "bench-1", port).connect()


def test_a_certificate_of_the_floor_is_worth_nothing_at_the_publishers_listener(site: Site) -> None:
    for name in ("desk", "bench-1", "lead"):
        assert not Caller(site, name, name, site.publishers).connect()


def test_a_publishers_certificate_is_worth_nothing_on_the_floor(site: Site) -> None:
    assert not Caller(site, "contact-center", "contact-center", site.floor).connect()


def test_a_certificate_of_another_site_is_worth_nothing(site: Site, tmp_path: Path) -> None:
    foreign = make_keys(tmp_path / "foreign")
    shutil.copy(site.keys / "authorities/broker/ca.crt", foreign / "authorities/broker/ca.crt")
    other = Site(foreign, site.floor, site.publishers, site.process)
    assert not Caller(other, "bench-1", "bench-1", site.floor).connect()


def test_another_stations_certificate_cannot_take_over_a_client_id(site: Site) -> None:
    with Caller.of(site, "bench-1") as rightful, Caller(site, "bench-2", "bench-1", site.floor) as thief:
        assert thief.may_publish(TOPICS.of(t.StatusOf("bench-2")))  # it is in, as bench-2
        assert rightful.may_publish(TOPICS.of(t.StatusOf("bench-1")))
        assert not rightful.was_disconnected()


def test_who_takes_over_a_session_from_the_publishers_listener_hears_nothing_that_was_queued(
    site: Site,
) -> None:
    kept = Caller(site, "bench-1", "bench-1", site.floor, clean=False)
    with kept:
        kept.subscribe(TOPICS.of(t.InboxOf("bench-1")))
    with Caller.of(site, "desk") as desk:
        assert desk.publish(TOPICS.of(t.InboxOf("bench-1"))) == 0  # queued: somebody subscribed
    thief = Caller(site, "contact-center", "bench-1", site.publishers, clean=False)
    with thief, Caller.of(site, "desk") as desk:
        thief.subscribe(TOPICS.of(t.StatusOfDesk()))
        assert desk.may_publish(TOPICS.of(t.StatusOfDesk()))
        assert thief.heard_up_to(TOPICS.of(t.StatusOfDesk())) == set()


def test_two_programs_share_a_publishers_certificate_without_evicting_each_other(site: Site) -> None:
    watching = Caller(site, "contact-center", "watch-1", site.publishers)
    holding = Caller(site, "contact-center", "hold-1", site.publishers)
    with watching, holding:
        assert holding.may_publish(TOPICS.of(t.HoldOn("A-1", "h-1")))
        assert watching.may_publish(TOPICS.of(t.HoldOn("A-1", "h-2")))


@pytest.mark.parametrize(("whose", "spoken"), [("bench-1", True), ("bench-2", False)])
def test_a_last_will_is_spoken_on_ones_own_status_only(site: Site, whose: str, spoken: bool) -> None:
    will_on = TOPICS.of(t.StatusOf(whose))
    mortal = Caller(site, "bench-1", "bench-1", site.floor, will_on=will_on)
    with Caller.of(site, "lead") as listener, Caller.of(site, "desk") as desk:
        listener.subscribe("#")
        assert mortal.connect()
        mortal.die()
        with Caller.of(site, "bench-1"):  # let in, so the broker has buried the one before
            pass
        assert desk.may_publish(TOPICS.of(t.StatusOfDesk()))
        heard = listener.heard_up_to(TOPICS.of(t.StatusOfDesk()))
    assert heard == ({will_on} if spoken else set())


def test_a_monster_stays_at_the_broker_and_what_the_programs_answer_does_not(site: Site) -> None:
    hold, other = t.HoldOn("A-1", "monster"), t.HoldOn("A-1", "large")
    with Caller.of(site, "bench-1") as station, Caller.of(site, "desk") as desk:
        station.subscribe("#")
        monstrous = Caller.of(site, "contact-center")
        assert monstrous.connect()
        monstrous.client.publish(TOPICS.of(hold), b"x" * 3_000_000, qos=1)
        assert monstrous.events.get(timeout=TIMEOUT_S)[0] == "disconnect"
        monstrous.close()
        with Caller.of(site, "contact-center") as publisher:
            assert publisher.publish(TOPICS.of(other), b"x" * 1_000_000) == 0
        assert desk.may_publish(TOPICS.of(t.StatusOfDesk()))
        assert station.heard_up_to(TOPICS.of(t.StatusOfDesk())) == {TOPICS.of(other)}


def test_who_is_dropped_from_the_lists_loses_its_rights_and_nobody_else_a_key(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    before = {file: file.read_bytes() for file in keys.glob("**/*.key")}
    (tmp_path / "broker").mkdir()
    with running_broker(keys, tmp_path / "broker") as site:
        with Caller.of(site, "bench-2") as dropped:
            assert dropped.may_publish(TOPICS.of(t.RequestFrom("bench-2")))
            make_keys(keys, stations=("bench-1", "bench-3"))
            site.process.send_signal(signal.SIGHUP)
            wait_for_line(site.process, "Reloading config")
            assert not dropped.may_publish(TOPICS.of(t.RequestFrom("bench-2")))
        for name in ("bench-1", "bench-3"):
            with Caller.of(site, name) as station:
                assert station.may_publish(TOPICS.of(t.RequestFrom(name)))
    assert {file: file.read_bytes() for file in before} == before


def is_known_as(name: str, site: Site, port: int) -> bool:
    """Whether a client that calls the broker by that name accepts the certificate that the listener shows."""
    tls = ssl.create_default_context(cafile=site.keys / "authorities/broker/ca.crt")
    try:
        with socket.create_connection(("127.0.0.1", port)) as line, tls.wrap_socket(line, server_hostname=name):
            return True
    except ssl.SSLCertVerificationError:
        return False


def test_a_reload_is_enough_for_a_certificate_that_was_made_anew(tmp_path: Path) -> None:
    keys = make_keys(tmp_path / "keys")
    (tmp_path / "broker").mkdir()
    with running_broker(keys, tmp_path / "broker") as site, Caller.of(site, "bench-1") as connected:
        assert not is_known_as("broker.lan", site, site.floor)
        say_keys(keys, broker_names=("localhost", "broker.lan"))
        site.process.send_signal(signal.SIGHUP)
        wait_for_line(site.process, "Reloading config")
        assert connected.may_publish(TOPICS.of(t.RequestFrom("bench-1")))
        for port in (site.floor, site.publishers):
            assert is_known_as("broker.lan", site, port)
        assert not connected.was_disconnected()
