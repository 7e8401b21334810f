"""An ESC/POS printer and a serial scanner made of software: what tests, demonstration and development stand on."""
