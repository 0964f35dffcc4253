"""Made-up features: the correction that is like the flipped text, and asked for what it became, is named."""

from dataclasses import replace

import numpy as np

from emodemo.evidence import Evidence
from emodemo.influence import responsible
from model.heads import Heads
from model.labels import EMOTIONS, TASKS, label_targets, target_row


def test_the_correction_that_is_like_the_text_and_asked_for_the_answer_is_named() -> None:
    said = ["joy", "joy", "fear", "joy"]
    features = np.array([[1, 0, 0, 1], [0, 1, 0, 1], [0.9, 0.1, 0, 1], [0.8, 0, 0.1, 1]], np.float32)
    targets = np.stack([target_row(label_targets([emotion])) for emotion in said])
    measured = np.array([False, False, False, True])
    evidence = Evidence(np.array([11, 12, 13, 14]), features, targets, measured, np.zeros(4, bool))
    live = Heads.zeros(4)
    bias = live.bias.copy()
    bias[TASKS["emotion7"].start + EMOTIONS.index("joy")] = 3
    candidate = replace(live, bias=bias)
    flips = [{"text_id": 14, "live": "anger, negative", "candidate": "joy, negative", "accepted": "joy, ?"}]
    assert responsible(live, live, candidate, evidence, flips)["14"][0] == 11
    assert responsible(live, live, candidate, evidence, []) == {}
