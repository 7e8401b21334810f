"""The moment in which what runs is touched: finish, stop, switch, start, look; and back again where it is not well."""

import signal
from dataclasses import dataclass
from pathlib import Path

from installation import configuration, databases, files, programs, services
from installation.changes import Refused, carry_out, say
from installation.machine import Installed, Places, current_version, run, switch_to
from installation.services import UNITS, Unwell


def go(places: Places, version: Path, installed: Installed, wait_s: float) -> int:
    """To the version in this directory. Raises Refused where an order stays open, and all is as it was."""
    before = Installed.read(places)
    running = [role for role in before.roles if not services.was_stopped(UNITS[role])]
    for role in sorted(running, reverse=True):  # the station first: it alone may have to be waited for
        say(f"stop {UNITS[role]}" + (" as soon as no order is open" if role == "station" else ""))
        services.finish_and_stop(role, wait_s)
    for number in (
        signal.SIGINT,
        signal.SIGTERM,
        signal.SIGHUP,
    ):  # nobody's terminal leaves a machine without a version
        signal.signal(number, signal.SIG_IGN)
    kept = [databases.keep(places, role) for role in running]
    upgrade = _Upgrade(places, installed, before, current_version(places), running)
    unwell = upgrade.to(version)
    if unwell is None:
        say(f"version {version.name} is installed")
        status = 0
    else:
        say(f"version {version.name} is not well: {unwell.words}")
        status = upgrade.back(version, unwell, kept)
    for each in kept:
        each.remove()
    carry_out(programs.removing_old(places), dry_run=False)
    return status


@dataclass(frozen=True, slots=True)
class _Upgrade:
    places: Places
    installed: Installed
    """As it will be."""
    before: Installed
    former: str
    """The version that ran; empty at the first installation."""
    running: list[str]
    """The roles whose daemons ran, and are started again. One that was stopped stays so."""

    def to(self, version: Path) -> Unwell | None:
        """Put a version in place and start it."""
        try:
            self._put_in_place(version, self.installed)
            for role in self.installed.roles:
                if role not in self.before.roles:
                    run("systemctl", "enable", "--quiet", UNITS[role])
            self.installed.write(self.places)
            return self._start([role for role in self.installed.roles if self._is_to_run(version, role)])
        except Refused as refused:
            return Unwell(str(refused), was_ready=False)

    def back(self, version: Path, unwell: Unwell, kept: list[databases.Kept]) -> int:
        """The former version again; the exit status, which tells of a failure either way."""
        if self.former in ("", version.name):
            say("there is no other version to go back to: mend it, and run scripts/install again")
            return 1
        for role in self.installed.roles:
            run("systemctl", "stop", UNITS[role])
        changed = [each for each in kept if each.changed()]
        if changed and unwell.was_ready:
            # What it wrote since then may be a label on paper.
            say(f"it has worked on {changed[0].data} in a form that {self.former} does not know: it stays, mend it")
            run("systemctl", "start", "--no-block", *(UNITS[role] for role in self.running))
            return 1
        for each in changed:
            each.put_back()
        for role in set(self.installed.roles) - set(self.before.roles):
            run("systemctl", "disable", "--quiet", UNITS[role])
        self._put_in_place(self.places.versions / self.former, self.before)
        self.before.write(self.places)
        if again := self._start(self.running):
            say(f"the former version {self.former} is back, and not well either: {again.words}")
        else:
            say(f"the former version {self.former} is back" + (" and well" if self.running else ""))
        return 1

    def _put_in_place(self, version: Path, installed: Installed) -> None:
        """The files and the link of a version. The record says at every moment which files may be ours."""
        placed = Installed.read(self.places).files
        wanted = sorted(files.shipped(version, installed.roles))
        roles = Installed.read(self.places).roles  # a new one counts once its unit is enabled
        Installed(roles, sorted({*placed, *wanted}), installed.packages).write(self.places)
        carry_out(files.placing(self.places, version, installed.roles, placed), dry_run=False)
        carry_out(files.creating(self.places, version, installed.roles), dry_run=False)
        if current_version(self.places) != version.name:
            say(f"switch from {current_version(self.places) or 'nothing'} to {version.name}")
            switch_to(self.places, version.name)
        carry_out(programs.linking(self.places), dry_run=False)
        installed.files = wanted

    def _is_to_run(self, version: Path, role: str) -> bool:
        """Said, where it is not."""
        if role in self.running:
            return True
        if role in self.before.roles:
            say(f"{UNITS[role]} was stopped, and stays so")
            return False
        if configuration.is_example(self.places, version, role):
            reason = f"{self.places.configuration / role}.toml is the example: edit it"
        elif missing := services.missing_credentials(UNITS[role]):
            reason = f"missing: {', '.join(missing)}"
        else:
            return True
        say(f"{UNITS[role]} is enabled and not started; {reason}; then: systemctl start {UNITS[role]}")
        return False

    def _start(self, roles: list[str]) -> Unwell | None:
        for role in roles:
            say(f"start {UNITS[role]}, and see whether it is well")
            if unwell := services.start(UNITS[role]):
                return unwell
        return None
