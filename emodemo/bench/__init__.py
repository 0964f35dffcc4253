"""The project's own benchmark: every row of ``python -m emodemo bench``, with its peer measured in the same run."""
