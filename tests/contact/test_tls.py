"""What a command says of a broker that it cannot speak TLS with: the cause, the place and the remedy."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from station.contact.exits import Exit
from tests import sites
from tests.firmware_config.site_broker import Site, make_keys, running_broker, say_keys

_CONFIG = """\
name = "contact-center"
[site]
name = "osaka"
[broker]
host = "localhost"
port = {port}
[broker.tls]
ca = "{ca}/broker-ca.crt"
certificate = "{own}/client.crt"
key = "{own}/client.key"
"""


def said(folder: Path, port: int, ca: Path, own: Path) -> str:
    """What the command says before it gives up."""
    config = folder / "contact.toml"
    config.write_text(_CONFIG.format(port=port, ca=ca, own=own))
    ended = sites.Site(folder, port).command("hold", "A-1", "--wait", "2.5", config=config)
    assert ended.status == Exit.NO_ANSWER
    assert f"localhost:{port}" in ended.err
    return ended.err


def client(keys: Path) -> Path:
    """Where the contact center's keys are."""
    return keys / "clients" / "contact-center"


@pytest.fixture(scope="module")
def ours(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A broker with keys of its site."""
    folder = tmp_path_factory.mktemp("ours")
    with running_broker(make_keys(folder / "keys"), folder) as site:
        yield site


@pytest.fixture(scope="module")
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The keys of another site."""
    return client(make_keys(tmp_path_factory.mktemp("theirs") / "keys"))


def test_a_broker_of_another_authority_is_named_with_what_has_to_be_trusted(
    ours: Site, theirs: Path, tmp_path: Path
) -> None:
    err = said(tmp_path, ours.publishers, ca=theirs, own=client(ours.keys))
    assert "certificate of the broker" in err
    assert "broker.tls.ca" in err
    assert "no broker answers" not in err


def test_a_client_of_another_authority_is_told_that_its_certificate_is_refused(
    ours: Site, theirs: Path, tmp_path: Path
) -> None:
    err = said(tmp_path, ours.publishers, ca=client(ours.keys), own=theirs)
    assert "refuses this client's certificate" in err
    assert "broker.tls.certificate" in err


def test_a_broker_whose_certificate_has_another_name_is_told_with_the_remedy(tmp_path: Path) -> None:
    say_keys(tmp_path / "keys", broker_names=("broker.lan",))
    with running_broker(tmp_path / "keys", tmp_path) as site:
        err = said(tmp_path, site.publishers, ca=client(site.keys), own=client(site.keys))
    assert "not valid for 'localhost'" in err
    assert "--broker-names" in err


def test_a_listener_without_tls_is_told(ours: Site, tmp_path: Path) -> None:
    with sites.running_broker(tmp_path) as plain:
        err = said(tmp_path, plain.port, ca=client(ours.keys), own=client(ours.keys))
    assert "no TLS with" in err
    assert "broker.port" in err


def test_a_port_where_nobody_listens_is_told(ours: Site, tmp_path: Path) -> None:
    port = sites.free_port()
    assert f"no broker answers at localhost:{port}" in said(tmp_path, port, client(ours.keys), client(ours.keys))
