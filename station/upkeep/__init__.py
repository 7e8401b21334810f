"""What the machine around the daemon wants: systemd's notifications, the journal's levels."""
