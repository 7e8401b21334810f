"""A Raspberry Pi's boot files, EEPROM, supply and system settings against the configuration, each broken in turn."""

import errno
from pathlib import Path

import pytest

from station.config.reading import read_config
from station.config.station import StationConfig
from station.doctor import boot, power, system
from station.doctor.boot_files import Line, filters_of, read_boot_config
from tests.doctor.tree import CMDLINE, CONFIG_TXT, FIXED, PI, REPOSITORY, Tree

EEPROM = REPOSITORY / "firmware_config/raspberry-pi/eeprom.conf"


# --- Reading config.txt ----------------------------------------------------------------------------------


def test_only_the_sections_of_the_model_count() -> None:
    text = "a=1\n[pi4]\na=2\n[pi5]\na=3\n[none]\na=4\n[EDID=X]\na=5\n[all]\nb=1\n#b=2\n"
    found = {name: read_boot_config(text, filters_of(model)).settings for name, model in PI.items()}
    assert found == {
        "pi3": {"a": "1", "b": "1"},
        "pi02": {"a": "1", "b": "1"},
        "pi4": {"a": "2", "b": "1"},
        "pi5": {"a": "3", "b": "1"},
    }


def test_every_model_sees_its_own_filters() -> None:
    assert {name: name in filters_of(model) for name, model in PI.items()} == dict.fromkeys(PI, True)
    assert filters_of("Raspberry Pi 3 Model B Rev 1.2") == {"pi3"}
    assert filters_of("Raspberry Pi 3 Model B Plus Rev 1.3") == {"pi3", "pi3+"}
    assert filters_of("Raspberry Pi Compute Module 4 Rev 1.0") == {"pi4", "cm4"}
    assert filters_of("Raspberry Pi 4 Model B Rev 1.5") == {"pi4"}
    assert filters_of("Raspberry Pi 400 Rev 1.0") == {"pi4", "pi400"}
    assert filters_of("Banana Pi") == frozenset()


def test_later_words_on_a_line_replace_earlier_ones_of_their_kind() -> None:
    text = "gpio=0-3,17=op,dh\ngpio=17=dl\ngpio=2=ip,pu\ngpio=x=op\n"
    lines = read_boot_config(text, frozenset()).lines
    assert lines[17] == Line("op", "dl")
    assert lines[2] == Line("ip", "dh", "pu")
    assert set(lines) == {0, 1, 2, 3, 17}


def test_parameters_are_the_overlays_before_them_and_else_the_boards() -> None:
    text = (
        "dtparam=watchdog=on,spi\ndtoverlay=gpio-shutdown,gpio_pin=5\ndtparam=debounce=200\ndtoverlay=\ndtparam=i2c\n"
    )
    found = read_boot_config(text, frozenset())
    assert found.parameters == {"watchdog": "on", "spi": "on", "debounce": "200", "i2c": "on"}
    assert found.overlays == {"gpio-shutdown": {"gpio_pin": "5", "debounce": "200"}}


def test_an_included_file_counts_and_includes_itself_in_vain() -> None:
    files = {"a.txt": "x=1\ninclude a.txt\n"}
    assert read_boot_config("include a.txt\n", frozenset(), files.get).settings == {"x": "1"}


def test_the_firmware_reads_98_characters() -> None:
    found = read_boot_config(f"gpio=17=op,dl{' ' * 90}x\nk={'1' * 96}\nj={'1' * 97}\n", frozenset())
    assert [line[:2] for line in found.too_long] == ["gp", "j="]


# --- Boot files ------------------------------------------------------------------------------------------


@pytest.mark.parametrize("model", PI)
def test_what_we_ship_fits_on_every_model(tree: Tree, model: str) -> None:
    tree.be_a(model)
    assert tree.faults("boot") == []
    shipped = read_config(REPOSITORY / "firmware_config/station.toml", StationConfig)
    tree.own_text = (REPOSITORY / "firmware_config/station.toml").read_text()
    assert shipped.panel is not None
    assert tree.faults("boot") == []
    assert "fit Raspberry Pi" in tree.said("boot")


def test_elsewhere_there_is_nothing_to_see(tree: Tree) -> None:
    tree.remove("/proc/device-tree/model")
    assert tree.faults("boot") == []
    assert "no Raspberry Pi" in tree.said("boot")
    tree.be_a("Raspberry Pi 9")
    assert tree.faults("boot") == [boot.UNKNOWN]


@pytest.mark.parametrize("file", [CONFIG_TXT, CMDLINE])
def test_a_boot_partition_that_is_not_mounted_is_said(tree: Tree, file: str) -> None:
    tree.remove(file)
    assert tree.faults("boot") == [boot.NO_FILE]
    assert Path(file).name in tree.said("boot")


def test_a_boot_file_that_this_user_may_not_read_was_not_looked_at(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    read = Path.read_text

    def refused(path: Path, *words: str, **more: str) -> str:
        if path.name == "config.txt":
            raise PermissionError(errno.EACCES, "", str(path))
        return read(path, *words, **more)

    monkeypatch.setattr(Path, "read_text", refused)
    assert tree.faults("boot") == [boot.UNSEEN]


@pytest.mark.parametrize(
    ("old", "new", "part"),
    [
        ("gpio=17,22,23,27=op,dl", "gpio=22,23,27=op,dl", "red: GPIO 17"),
        ("gpio=17,22,23,27=op,dl", "gpio=17,22,23,27=op,dl\ngpio=23=dh", "buzzer: GPIO 23"),
        ("gpio=17,22,23,27=op,dl", "gpio=17,22,23,27=op,dl\n[pi4]\ngpio=27=ip\n[all]", "amber: GPIO 27"),
    ],
)
def test_a_lamp_that_could_be_lit_while_booting_is_found(tree: Tree, old: str, new: str, part: str) -> None:
    tree.replace(CONFIG_TXT, old, new)
    assert tree.faults("boot") == [boot.LIT]
    assert part in tree.said("boot")
    assert "=op,dl to /boot/firmware/config.txt" in tree.said("boot")


def test_what_counts_on_another_model_only_is_missing_on_this_one(tree: Tree) -> None:
    tree.replace(CONFIG_TXT, "gpio=17,22,23,27=op,dl", "[pi5]\ngpio=17,22,23,27=op,dl\n[all]")
    assert tree.faults("boot") == [boot.LIT] * 4
    tree.be_a("pi5")
    assert tree.faults("boot") == []


def test_a_line_that_is_pulled_the_wrong_way_from_reset_on_is_found(tree: Tree) -> None:
    tree.change("red = 17", "red = 4")
    tree.replace(CONFIG_TXT, "gpio=17,", "gpio=4,")
    assert tree.faults("boot") == [boot.LIT_BEFORE]
    assert "GPIO 9 to 27" in tree.said("boot")


def test_relays_that_switch_at_a_low_level_need_the_opposite(tree: Tree) -> None:
    tree.change("red = 17", "outputs_active_low = true\nred = 17")
    assert tree.faults("boot") == [boot.LIT, boot.LIT_BEFORE] * 4
    assert "gpio=17=op,dh" in tree.said("boot")


def test_a_button_without_a_pull_is_found(tree: Tree) -> None:
    tree.replace(CONFIG_TXT, "gpio=24,25=ip,pu", "gpio=24=ip,pu")
    assert tree.faults("boot") == [boot.FLOATS]
    assert "supervisor_key: GPIO 25" in tree.said("boot")
    tree.change("red = 17", "inputs_active_high = true\nred = 17")
    assert tree.faults("boot") == [boot.FLOATS] * 2
    assert "gpio=24=ip,pd" in tree.said("boot")


def test_a_line_that_the_serial_port_or_the_shutdown_button_needs_is_found(tree: Tree) -> None:
    tree.change("buzzer = 23", "buzzer = 15")
    tree.replace(CONFIG_TXT, "gpio=17,22,23,27", "gpio=17,22,15,27")
    assert tree.faults("boot") == [boot.SHARED]
    tree.own_text = ""
    tree.change("shutdown_button = 3\n", "")
    tree.replace(CONFIG_TXT, "gpio=17,22,15,27", "gpio=17,22,23,27")
    tree.replace(CONFIG_TXT, "gpio_pin=3", "gpio_pin=24")
    assert tree.faults("boot") == [boot.SHARED]
    assert "cancel_button: GPIO 24 belongs to the shutdown button" in tree.said("boot")


def test_a_shutdown_button_without_its_overlay_is_found(tree: Tree) -> None:
    tree.replace(CONFIG_TXT, "dtoverlay=gpio-shutdown,gpio_pin=3\n", "")
    assert tree.faults("boot") == [boot.NO_BUTTON]
    tree.replace(CONFIG_TXT, "[all]\n# The SoC", "[all]\ndtoverlay=gpio-shutdown\n# The SoC")  # GPIO 3 by itself
    assert boot.NO_BUTTON not in tree.faults("boot")


def test_the_headers_port_has_to_be_on_and_the_good_one(tree: Tree) -> None:
    tree.replace(CONFIG_TXT, "enable_uart=1", "")
    assert tree.faults("boot") == [boot.NO_UART]
    tree.replace(CONFIG_TXT, "dtoverlay=disable-bt\n[pi5]", "[pi5]")
    assert tree.faults("boot") == [boot.NO_UART, boot.MINI_UART]
    tree.be_a("pi5")
    assert tree.faults("boot") == []
    tree.replace(CONFIG_TXT, "dtparam=uart0=on", "")
    assert tree.faults("boot") == [boot.NO_UART]
    assert "Add dtparam=uart0=on" in tree.said("boot")


def test_on_a_pi_5_serial0_is_another_connector(tree: Tree) -> None:
    tree.change(FIXED, "/dev/serial0")
    assert tree.faults("boot") == []
    tree.be_a("pi5")
    assert tree.faults("boot") == [boot.DEBUG_PORT]


def test_a_scanner_on_usb_needs_no_port_of_the_header(tree: Tree) -> None:
    tree.change(FIXED, "/dev/packing/scanner-1")
    tree.replace(CONFIG_TXT, "enable_uart=1", "")
    tree.write(CMDLINE, "console=serial0,115200 cgroup_enable=memory\n")
    assert tree.faults("boot") == []


@pytest.mark.parametrize("console", ["serial0", "ttyAMA0", "ttyS0"])
def test_a_console_on_the_headers_port_is_found_before_the_reboot(tree: Tree, console: str) -> None:
    tree.write(CMDLINE, f"console={console},115200 console=tty1 root=PARTUUID=1\n")
    assert tree.faults("boot") == [boot.CONSOLE]
    assert f"Take console={console} out" in tree.said("boot")


def test_without_the_watchdog_or_with_a_line_too_long_it_is_said(tree: Tree) -> None:
    tree.replace(CONFIG_TXT, "dtparam=watchdog=on", "")
    assert tree.faults("boot") == [boot.NO_WATCHDOG]
    tree.write("/dev/watchdog0", "")  # by default
    assert tree.faults("boot") == []
    tree.replace(CONFIG_TXT, "enable_uart=1", "enable_uart=1\ndtparam=watchdog=off")
    assert tree.faults("boot") == [boot.NO_WATCHDOG]
    tree.remove("/dev/watchdog0")
    tree.replace(CONFIG_TXT, "enable_uart=1", f"enable_uart=1\nkernel={'k' * 100}")
    tree.replace(CONFIG_TXT, "watchdog=off", "watchdog=on")
    assert tree.faults("boot") == [boot.TOO_LONG]


# --- EEPROM ----------------------------------------------------------------------------------------------


def eeprom(tree: Tree, *settings: str) -> None:
    lines = "\n".join(("[all]", *settings))
    tree.program("vcgencmd", f'[ "$1" = bootloader_config ] && cat <<END\n{lines}\nEND')


def test_the_settings_that_we_ship_are_well(tree: Tree) -> None:
    eeprom(tree, *EEPROM.read_text().splitlines())
    assert tree.faults("boot") == []


@pytest.mark.parametrize(("order", "wanted"), [("0xf41", "0xf1"), ("0xf21", "0xf1"), ("0xf146", "0xf16")])
def test_a_stick_in_the_port_must_not_be_started_from(tree: Tree, order: str, wanted: str) -> None:
    eeprom(tree, f"BOOT_ORDER={order}")
    assert tree.faults("boot") == [boot.STICK]
    assert f"BOOT_ORDER={wanted} " in tree.said("boot")


def test_a_model_without_eeprom_or_a_firmware_that_refuses_has_no_settings(tree: Tree) -> None:
    tree.program("vcgencmd", """echo 'error=1 error_msg="Command not registered"'""")
    assert tree.faults("boot") == []
    eeprom(tree, "BOOT_ORDER=0xf41")
    tree.be_a("pi3")
    assert tree.faults("boot") == []


def test_a_machine_whose_own_disk_is_on_usb_has_to(tree: Tree) -> None:
    eeprom(tree, "BOOT_ORDER=0xf4")
    tree.write("/proc/self/mountinfo", "24 1 8:2 / / rw - ext4 /dev/sda2 rw\n")
    assert tree.faults("boot") == []


def test_a_bootloader_that_waits_or_talks_to_the_scanner_is_found(tree: Tree) -> None:
    eeprom(tree, "BOOT_ORDER=0xf1", "BOOT_UART=1", "WAIT_FOR_POWER_BUTTON=1")
    assert tree.faults("boot") == [boot.WAITS, boot.EEPROM_UART]


# --- Power -----------------------------------------------------------------------------------------------

THROTTLED = "/sys/devices/platform/soc/soc:firmware/get_throttled"


@pytest.mark.parametrize(
    ("bits", "expected"),
    [
        ("0", []),
        ("1", [power.LOW_NOW]),
        ("50005", [power.LOW_NOW]),
        ("50000", [power.LOW_BEFORE]),
        ("8", [power.HOT_NOW]),
        ("80000", [power.HOT_BEFORE]),
        ("20000", [power.HOT_BEFORE]),
        ("d0008", [power.LOW_BEFORE, power.HOT_NOW]),
    ],
)
def test_what_the_firmware_remembers_is_read(tree: Tree, bits: str, expected: list[object]) -> None:
    tree.write(THROTTLED, f"{bits}\n")
    assert tree.faults("power") == expected


def test_its_program_is_asked_where_the_kernel_does_not_tell(tree: Tree) -> None:
    tree.remove(THROTTLED)
    assert tree.faults("power") == []
    assert "does not tell" in tree.said("power")
    tree.program("vcgencmd", '[ "$1" = get_throttled ] && echo throttled=0x50000')
    assert tree.faults("power") == [power.LOW_BEFORE]
    tree.program("vcgencmd", "echo VCHI initialization failed; exit 1")
    assert tree.faults("power") == []


def test_a_weak_supply_of_a_pi_5_is_a_note(tree: Tree) -> None:
    tree.supply(5000, 0)
    assert tree.faults("power") == []
    tree.supply(3000, 0)
    assert tree.faults("power") == [power.USB]
    tree.supply(3000, 1)
    assert tree.faults("power") == []


# --- System ----------------------------------------------------------------------------------------------


def test_what_we_ship_is_all_that_is_needed(tree: Tree) -> None:
    assert tree.faults("system") == []


def test_a_watchdog_that_nobody_feeds_is_found(tree: Tree) -> None:
    tree.remove("/usr/local/lib/systemd/system.conf.d/packing-station.conf")
    assert tree.faults("system") == [system.NOT_FED]
    tree.write("/etc/systemd/system.conf", "#RuntimeWatchdogSec=1min\nRuntimeWatchdogSec=off\n")
    assert tree.faults("system") == [system.NOT_FED]
    tree.write("/sys/class/watchdog/watchdog0/state", "active\n")
    assert tree.faults("system") == []


def test_names_that_no_rule_makes_are_found(tree: Tree) -> None:
    tree.remove("/usr/local/lib/udev/rules.d/70-packing-station.rules")
    assert tree.faults("system") == []
    tree.change(FIXED, "/dev/packing/scanner-1")
    assert tree.faults("system") == [system.NO_RULES]


def test_drivers_and_bounds_of_the_journal_are_looked_for(tree: Tree) -> None:
    tree.remove("/usr/local/lib/modules-load.d/packing-station.conf")
    tree.remove("/usr/local/lib/systemd/journald.conf.d/packing-station.conf")
    assert tree.faults("system") == [system.NO_MODULES, system.NO_BOUNDS]
