"""The emodemo product: analyse text, correct the answers, fold the corrections back into the model."""
