"""What puts packing-station on a machine, and takes it off again: scripts/install, uninstall, bundle and fleet.

It runs before anything of the program is there, on Debian's own Python 3.11 or later: the standard library only, and
nothing of ``station``.
"""
