"""The doctor, on a healthy machine made of files, ptys and real programs, with one thing broken at a time."""
