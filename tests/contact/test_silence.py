"""What the commands say when nobody answers, and that they are answered when somebody comes back."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from station.contact.exits import Exit
from station.protocol.topics import HoldOn, StatusOfDesk
from tests.contact.orders import new_order, write_lines
from tests.sites import PREFIX, Site, desk_down, free_port, listening, running_broker, running_desk


@pytest.fixture
def lonely(tmp_path: Path) -> Iterator[Site]:
    """A broker without a desk."""
    with running_broker(tmp_path) as site:
        yield site


def test_without_a_broker_it_says_so_and_how_to_say_the_hold_again(tmp_path: Path) -> None:
    site = Site(tmp_path, free_port())
    ended = site.command("hold", "A-1", "--wait", "0.5", "--hold", "h1")
    assert ended.status == Exit.NO_ANSWER
    assert "返答がありません" in ended.err
    assert f"no broker answers at 127.0.0.1:{site.port}" in ended.err
    assert "--hold h1" in ended.err
    assert ended.out == ""


def test_without_a_desk_it_says_that_none_is_heard_of(lonely: Site) -> None:
    ended = lonely.command("release", "A-1", "h1", "--wait", "0.5")
    assert ended.status == Exit.NO_ANSWER
    assert "nothing is heard of a desk" in ended.err


def test_with_the_desk_down_it_says_that(lonely: Site) -> None:
    with listening(lonely, "#") as listener:
        listener.publish(lonely.topics.of(StatusOfDesk()), desk_down(), retain=True)
        ended = lonely.command("shipments", "--wait", "0.5")
    assert ended.status == Exit.NO_ANSWER
    assert "the desk is down" in ended.err


def test_a_silent_desk_ends_a_load_after_one_wait_and_names_every_order(lonely: Site, tmp_path: Path) -> None:
    path = write_lines(tmp_path / "orders.jsonl", *(new_order() for _ in range(120)))
    ended = lonely.command("orders", "load", path, "--wait", "0.5")
    assert ended.status == Exit.NO_ANSWER
    assert ended.out.count("返答がありません") == 120
    assert "120 unanswered" in ended.out


def test_a_hold_is_said_again_until_the_desk_is_back(lonely: Site) -> None:
    topic = lonely.topics.of(HoldOn("A-1", "h1"))
    with listening(lonely, "#") as listener, lonely.running("hold", "A-1", "--hold", "h1", "--wait", "60") as command:
        first = listener.wait_for(lambda message: message.topic == topic)
        again = listener.wait_for(lambda message: message.topic == topic, since=listener.seen.index(first) + 1)
        assert again == first
        with running_desk(lonely):
            out, _ = command.communicate(timeout=30)
    assert command.returncode == Exit.IN_TIME
    assert "h1" in out


def test_a_hold_goes_on_when_the_broker_comes_back_without_its_memory(tmp_path: Path) -> None:
    port = free_port()
    with running_broker(tmp_path, port=port) as site, site.running("hold", "A-1", "--wait", "60", "--json") as command:
        with listening(site, "#") as listener:
            listener.wait_for(lambda message: "/holds/" in message.topic)
            site.kill_broker()
        with running_broker(tmp_path, port=port) as again, running_desk(again):
            out, _ = command.communicate(timeout=30)
    assert json.loads(out)["outcome"] == "stopped"
    assert command.returncode == Exit.IN_TIME


@pytest.mark.parametrize(
    ("words", "right"),
    [
        (("hold", "A-1"), "orders/+/holds/+"),
        (("shipments",), "shipments/queries/+"),
        (("orders", "load"), "orders/+/instruction"),
    ],
)
def test_a_publish_that_the_broker_refuses_is_told_at_once(tmp_path: Path, words: tuple[str, ...], right: str) -> None:
    rights = tmp_path / "rights"
    rights.write_text(f"topic read {PREFIX}/#\n")
    if words[0] == "orders":
        words = (*words, str(write_lines(tmp_path / "orders.jsonl", new_order())))
    with running_broker(tmp_path, more=f"acl_file {rights}") as site:
        ended = site.command(*words)
    assert ended.status == Exit.NOT_ALLOWED
    assert "Not authorized" in ended.err
    assert "contact-center" in ended.err
    # With the right, and nothing else changed, it is silence that is told.
    rights.write_text(f"topic read {PREFIX}/#\ntopic write {PREFIX}/{right}\n")
    with running_broker(tmp_path, more=f"acl_file {rights}") as site:
        assert site.command(*words, "--wait", "0.3").status == Exit.NO_ANSWER


def test_mqtt_3_1_1_does_not_tell_of_a_refused_publish_and_silence_names_the_rights(tmp_path: Path) -> None:
    rights = tmp_path / "rights"
    rights.write_text(f"topic read {PREFIX}/#\n")
    with running_broker(tmp_path, more=f"acl_file {rights}") as site:
        config = site.config("old")
        config.write_text(config.read_text() + 'mqtt_version = "3.1.1"\n')
        ended = site.command("hold", "A-1", "--wait", "0.5", config=config)
    assert ended.status == Exit.NO_ANSWER
    assert "check" in ended.err


def test_a_configuration_that_cannot_be_used_has_its_own_exit_status(lonely: Site, tmp_path: Path) -> None:
    bad = tmp_path / "bad.toml"
    bad.write_text("name = 5\n")
    ended = lonely.command("hold", "A-1", config=bad)
    assert ended.status == Exit.CONFIGURATION
    assert "bad.toml" in ended.err
