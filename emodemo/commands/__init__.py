"""Commands of ``python -m emodemo``, one topic a module; ``emodemo/cli.py`` registers them."""
