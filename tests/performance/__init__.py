"""scripts/bench: how fast and how large the real processes are, beside floors measured in the same run.

A floor is the least that any program of this kind could take: paho, mosquitto and SQLite with the same settings and
the same commits, and nothing of ours. A floor and what it stands beside are measured in turn, so that what else the
machine does meets both.
"""
