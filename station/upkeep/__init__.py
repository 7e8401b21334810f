"""What the machine around the daemon wants: systemd's notifications, room on its disk."""
