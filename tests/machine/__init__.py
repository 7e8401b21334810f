"""The station on a real kernel, in a virtual machine that `scripts/virtual-station` builds: docs/virtual-station.md."""
