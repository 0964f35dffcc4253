"""What the words mean that are not everyday language: one sentence each, shown wherever ``html.words`` names them."""

from emodemo.translation import N_

WORDS = {
    "valence": (N_("valence"), N_("How pleasant or unpleasant a feeling is, from 1 to 5.")),
    "arousal": (
        N_("arousal"),
        N_("How calm or excited a feeling is, from 1 to 5. Rage and triumph are high, boredom and ease low."),
    ),
    "dominance": (
        N_("dominance"),
        N_("How much in control somebody feels, from 1, overwhelmed, to 5, in charge. Fear is low, pride high."),
    ),
    "review": (
        N_("review"),
        N_("How well a text speaks of its subject, as a reviewer would: from 0, worst, to 1, best."),
    ),
    "macro F1": (
        N_("macro F1"),
        N_(
            "F1 balances how many answers of a class are right with how many of the class are found; macro: rare classes count as much as common ones."
        ),
    ),
    "weighted F1": (
        N_("weighted F1"),
        N_("The mean of the classes' F1 in which a class counts as often as it occurs."),
    ),
    "correlation": (
        N_("correlation"),
        N_("How closely predicted scores follow those that people gave: 0 % not at all, 100 % exactly in step."),
    ),
    "hold-out": (
        N_("hold-out"),
        N_("Labelled texts that are never trained on, so that they show how a release does on what it has not seen."),
    ),
    "calibration": (
        N_("calibration"),
        N_("Whether probabilities mean what they say: of answers given with 80 %, eight in ten should be right."),
    ),
    "uncertainty": (
        N_("uncertainty"),
        N_("How undecided the model is between its answers to a text. What it is least sure of teaches it most."),
    ),
}
"""Word → (as it is shown, what it means)."""
