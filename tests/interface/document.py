"""docs/asyncapi.json as a judge: whether what passes the broker is what the document says."""

import json
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path
from typing import Any

from jsonschema import Draft7Validator, ValidationError

from station.protocol.identifiers import decode_level

PATH = Path(__file__).parents[2] / "docs/asyncapi.json"


class NotAsDocumented(AssertionError):
    """A message that the document does not have."""


class Interface:
    """The channels of the document for one site's prefix."""

    def __init__(self, prefix: str) -> None:
        self._document: dict[str, Any] = json.loads(PATH.read_text("utf-8"))
        self._channels = [
            (_pattern(channel["address"], prefix), self._validators(channel["messages"].values()))
            for channel in self._document["channels"].values()
        ]

    def check(self, topic: str, payload: bytes) -> str:
        """The name of the message that this is; raises NotAsDocumented."""
        messages = next((messages for pattern, messages in self._channels if pattern.fullmatch(topic)), None)
        if messages is None:
            raise NotAsDocumented(f"no channel has the topic {topic}")
        for level in topic.split("/"):
            decode_level(level, most=80)
        try:
            content = json.loads(payload)
        except ValueError as error:
            raise NotAsDocumented(f"{topic}: {error}") from None
        wrong: dict[str, str] = {}
        for name, validator in messages.items():
            found = next(iter(validator.iter_errors(content)), None)
            if found is None:
                return name
            wrong[name] = _shown(found)
        raise NotAsDocumented(f"{topic}: {content} is none of {wrong}")

    def _validators(self, messages: Iterable[dict[str, str]]) -> dict[str, Draft7Validator]:
        names = [message["$ref"].rpartition("/")[2] for message in messages]
        schemas = {name: self._document["components"]["messages"][name]["payload"] for name in names}
        shared = {"components": self._document["components"]}
        return {name: Draft7Validator({**schema_, **shared}) for name, schema_ in _inlined(schemas).items()}


@cache
def interface(prefix: str) -> Interface:
    """The document for a prefix, read once."""
    return Interface(prefix)


def _inlined(schemas: dict[str, dict[str, str]]) -> dict[str, dict[str, Any]]:
    """Beside a $ref, draft 7 ignores everything else: the reference goes one level down."""
    return {name: {"allOf": [schema]} for name, schema in schemas.items()}


def _pattern(address: str, prefix: str) -> re.Pattern[str]:
    levels = address.replace("{prefix}", prefix).split("/")
    return re.compile("/".join("[^/]+" if level.startswith("{") else re.escape(level) for level in levels))


def _shown(error: ValidationError) -> str:
    return f"{error.json_path}: {error.message[:200]}"
