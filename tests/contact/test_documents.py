"""The contact center's documents say what the programs do: their tables are compared, their commands are run."""

import json
import os
import re
import subprocess
from pathlib import Path

import pytest

from station.contact.exits import Exit
from station.contact.fields import COLUMNS
from station.contact.orders_file import json_line
from station.contact.phrases import WORDS, Say
from tests.contact.orders import new_order
from tests.sites import PREFIX, Listener, Site

DOCUMENTS = Path(__file__).parents[2] / "docs"
CONTACT_CENTER = (DOCUMENTS / "contact-center.md").read_text("utf-8")
COMMANDS = re.findall(r"```sh\n(.*?)```", CONTACT_CENTER, re.DOTALL)


def run(site: Site, folder: Path, commands: str) -> list[str]:
    """The lines that a block of commands prints."""
    ended = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=folder,
        env={**os.environ, "BROKER": "127.0.0.1", "PORT": str(site.port), "SITE": PREFIX},
        capture_output=True,
        encoding="utf-8",
        check=False,
        timeout=30,
    )
    assert ended.returncode == 0, (commands, ended)
    return ended.stdout.splitlines()


@pytest.mark.usefixtures("heard")
def test_the_commands_of_plain_mosquitto_tools_do_what_the_document_says(site: Site, tmp_path: Path) -> None:
    hold, release, instruct, ask, follow = COMMANDS
    order = new_order(order="1001", slips=["1001"])
    (tmp_path / "instruction.json").write_text(json_line(order), "utf-8")
    for commands, outcome in ((instruct, "accepted"), (hold, "stopped"), (hold, "stopped"), (release, "freed")):
        (line,) = run(site, tmp_path, commands)
        assert json.loads(line)["outcome"] == outcome
    (page,) = run(site, tmp_path, ask)
    assert json.loads(page)["query"] == "q1"
    assert run(site, tmp_path, follow)[0].startswith(f"{PREFIX}/desk/status ")


def test_the_table_of_exit_statuses_is_complete() -> None:
    rows = re.findall(r"^\| (\d+) \|", CONTACT_CENTER, re.MULTILINE)
    assert [int(row) for row in rows] == sorted(Exit)


def test_the_table_of_columns_is_that_of_the_program() -> None:
    text = (DOCUMENTS / "orders-file.md").read_text("utf-8")
    rows = re.findall(r"^\| `(\w+)` \| (.*?) \| (.*?) \| (.*?) \| (.*?) \|$", text, re.MULTILINE)
    assert rows == [
        (column.name, column.japanese, "yes" if column.needed else "", column.form[1], column.form[0])
        for column in COLUMNS
    ]


def test_every_option_that_the_document_names_is_one(site: Site) -> None:
    named = set(re.findall(r"--[a-z][a-z-]+", CONTACT_CENTER)) - {"--cafile", "--cert", "--key"}
    commands = [("orders", "load"), ("hold",), ("release",), ("revise",), ("watch",), ("shipments",), ("resolve",)]
    helped = " ".join(site.command(*command, "--help").out for command in commands)
    assert not {option for option in named if option not in helped}


def test_every_line_has_words_in_both_languages() -> None:
    assert set(WORDS) == set(Say)
    for japanese, english in WORDS.values():
        assert re.search("[ぁ-ん]|[ァ-ヶ]|[一-龠]", japanese)
        assert not re.search("[ぁ-ん]|[ァ-ヶ]|[一-龠]", english)


def test_what_passes_the_broker_is_heard_by_the_tests(heard: Listener, site: Site) -> None:
    """The judge of docs/asyncapi.json sees the messages that the other tests send."""
    before = heard.mark()
    site.command("hold", "T-judged", "--hold", "h1")
    heard.wait_for(lambda message: "/holds/h1" in message.topic, since=before)
    heard.wait_for(lambda message: "/outcomes/hold-h1" in message.topic, since=before)
