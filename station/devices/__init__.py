"""What stands outside the daemon: scanners, the printer, the panel. One thread owns each; none knows another."""
