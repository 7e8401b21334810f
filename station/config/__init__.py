"""What an operator sets: the frozen types behind the TOML files, and their reading."""
