"""One broker and one desk for all tests of the contact center's commands; each test has orders of its own."""

from collections.abc import Iterator

import pytest

from tests.contact.bench_client import BenchClient, bench_client
from tests.interface.document import interface
from tests.sites import PREFIX, Listener, Site, listening, running_broker, running_desk


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    """A site with a desk."""
    with running_broker(tmp_path_factory.mktemp("site")) as site, running_desk(site):
        yield site


@pytest.fixture(scope="module")
def everything(site: Site) -> Iterator[Listener]:
    """Hears all that passes the site's broker."""
    with listening(site, f"{PREFIX}/#") as listener:
        yield listener


@pytest.fixture
def heard(everything: Listener) -> Iterator[Listener]:
    """Hears it too; whatever passes in a test has to be as docs/asyncapi.json says."""
    since = everything.mark()
    yield everything
    judge = interface(PREFIX)
    for message in everything.seen[since:]:
        judge.check(*message)


@pytest.fixture
def bench(site: Site, heard: Listener) -> Iterator[BenchClient]:
    """A station that has just started."""
    assert heard
    with bench_client(site) as client:
        yield client
