"""The power of desk and station cut at random moments, with what their disk had not written lost."""

import os
import random
import time
from pathlib import Path

import pytest

from tests.machine.qemu import Images
from tests.machine.site import STUCK_S, Site
from tests.system.lossy_disk import Loss
from tests.system.processes import wait_for

pytestmark = [pytest.mark.full, pytest.mark.machine]

CUTS = int(os.environ.get("POWER_CUTS", "8"))
CUT_S = 180
"""At most, with all that belongs to it."""
WORK_S = 12.0
"""The longest from ready to the cut."""
AIM_S = 10.0
"""So long at most a cut waits for a write that is not flushed yet; half of them do not wait."""
STARTING = 0.25
"""So many of the cuts come while desk and station are still starting."""
ORDERS_AHEAD = 2
SEED = random.SystemRandom().randrange(1 << 32)


def _cut_again_and_again(site: Site, cuts: int) -> list[str]:
    """Work and cut; what was wrong with the disk after each."""
    damage = []
    for number in range(1, cuts + 1):
        began = time.monotonic()
        site.power_on()
        on_s, ready_s = time.monotonic() - began, 0.0
        site.stock(ORDERS_AHEAD)
        if site.chance.random() < STARTING:
            time.sleep(site.chance.uniform(0, 15))
        else:
            site.wait_until_ready()
            ready_s = time.monotonic() - began
            time.sleep(site.chance.uniform(0, WORK_S))
        loss = site.chance.choice(list(Loss))
        cut = site.power_cut(loss, aimed_s=site.chance.choice((0.0, AIM_S)))
        found = site.damage()
        damage += [f"cut {number}: {each}" for each in found]
        print(
            f"cut {number}: on {on_s:.1f} s, {f'ready {ready_s:.1f} s' if ready_s else 'while starting'}, "
            f"{cut.unflushed} of its writes {loss} after {cut.flushes} flushes, "
            f"{len(site.trolley.done)} orders packed, {len(site.bench.paper.sheets())} sheets, "
            f"{time.monotonic() - began:.1f} s in all{': ' if found else ''}{'; '.join(found)}",
            flush=True,
        )
    return damage


@pytest.mark.timeout(CUTS * CUT_S + 1800)
def test_no_power_cut_breaks_a_promise_or_a_database(images: Images, short_folder: Path) -> None:
    print(f"seed {SEED}")
    with Site(images, short_folder, SEED) as site:
        damage = _cut_again_and_again(site, CUTS)
        site.power_on()
        site.wait_until_ready()
        site.work_off()
        breaches = site.judged()
        site.power_cut(Loss.DROP)
        assert not damage
        assert not breaches, "\n".join(breaches)
        assert not site.personal_data()
        assert site.orders_kept() >= len(site.trolley.done)
        print(
            f"{CUTS} cuts: {len(site.trolley.done)} orders packed, {len(site.trolley.withdrawn)} cancelled; "
            f"the file system had to be repaired {site.repaired} times"
        )


@pytest.mark.timeout(1800)
def test_where_the_file_system_does_not_flush_a_power_cut_takes_everything(images: Images, short_folder: Path) -> None:
    """The check that these cuts can fail."""
    with Site(images, short_folder, SEED, mount_options="barrier=0") as site:
        site.power_on()
        site.wait_until_ready()
        site.stock(1)
        wait_for("an order is packed", lambda: site.trolley.done or site.trolley.withdrawn, STUCK_S)
        site.power_cut(Loss.DROP)
        assert site.orders_kept() == 0
