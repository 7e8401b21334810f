"""What stands outside the daemon: scanners, printer, panel. One thread owns each; none knows another."""
