"""``python -m emodemo COMMAND``."""

from emodemo.cli import main

main()
