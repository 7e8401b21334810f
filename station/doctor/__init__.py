"""``station doctor``: whether a machine is fit for its program, what is wrong with it, and what mends that."""
