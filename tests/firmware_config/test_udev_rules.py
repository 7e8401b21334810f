"""The udev rules read as udev(7) says. (`udevadm verify`, which does more, came with systemd 254.)"""

import re
from pathlib import Path

RULES = Path(__file__).parents[2] / "firmware_config/udev/70-packing-station.rules"
MATCH = r'(ACTION|SUBSYSTEM|SUBSYSTEMS|KERNEL|TEST|ENV\{\w+\}|ATTR\{\w+\}|ATTRS\{\w+\})(==|!=)"[^"]+"'
TEST = r'TEST=="[^"]+"'
ASSIGNMENT = r'(GOTO|LABEL|GROUP|MODE|IMPORT\{builtin\}|ENV\{\w+\}|ATTR\{[\w/]+\})="[^"]+"|SYMLINK\+="packing/[^"]+"'


def rules() -> list[list[str]]:
    """Each rule's parts."""
    lines = RULES.read_text().splitlines()
    return [re.split(r", (?=[A-Z])", line) for line in lines if line and not line.startswith("#")]


def test_every_part_is_a_match_or_an_assignment() -> None:
    for rule in rules():
        for part in rule:
            assert re.fullmatch(f"{MATCH}|{TEST}|{ASSIGNMENT}", part), part


def test_every_jump_has_its_label_further_down() -> None:
    text = RULES.read_text()
    for label in set(re.findall(r'GOTO="(\w+)"', text)):
        assert text.index(f'LABEL="{label}"') > text.rindex(f'GOTO="{label}"')


def test_each_kind_of_device_has_one_list_of_vendors() -> None:
    scanners: set[str] = set()
    printers: set[str] = set()
    for rule in rules():
        for vendors in re.findall(r'ATTRS?\{idVendor\}=="([^"]+)"', ", ".join(rule)):
            (printers if "04b8" in vendors else scanners).add(vendors)
    assert len(scanners) == len(printers) == 1


def test_every_name_in_the_shipped_configuration_and_in_its_page_is_one_that_a_rule_gives() -> None:
    given = {name.removesuffix("$env{ID_PATH_TAG}") for name in re.findall(r'SYMLINK\+="([^"]+)"', RULES.read_text())}
    folder = RULES.parents[1]
    for file in (folder / "station.toml", folder / "README.md"):
        named = re.findall(r'/dev/(packing[^"\s`]*-)(?:PORT|platform-[0-9A-Za-z_-]+)(?=["\s`])', file.read_text())
        assert len(re.findall(r"/dev/packing[/-]\w", file.read_text())) == len(named) >= 2, file
        assert set(named) <= given, file


def test_the_unit_is_in_every_group_that_a_rule_gives_a_device_to() -> None:
    unit = (RULES.parents[2] / "systemd/packing-station.service").read_text()
    groups = re.search(r"^SupplementaryGroups=(.+)$", unit, re.MULTILINE)
    assert groups is not None
    assert set(re.findall(r'GROUP="(\w+)"', RULES.read_text())) <= set(groups[1].split())
