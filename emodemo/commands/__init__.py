"""The commands, one module a topic; ``emodemo/cli.py`` registers them."""
