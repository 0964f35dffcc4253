"""One colour for each emotion, polarity and score, wherever it is shown. Okabe and Ito 2008: safe for the colour-blind."""

EMOTION_COLOURS = {
    "anger": "#D55E00",
    "disgust": "#009E73",
    "fear": "#B5659A",
    "joy": "#E69F00",
    "neutral": "#8A8F98",
    "sadness": "#0072B2",
    "surprise": "#56B4E9",
}
POLARITY_COLOURS = {"negative": "#D55E00", "neutral": "#8A8F98", "positive": "#0072B2"}
SCORE_COLOURS = {"valence": "#0072B2", "arousal": "#D55E00", "dominance": "#009E73"}
SCORE_DASHES = {"valence": "solid", "arousal": "dash", "dominance": "dot"}  # told apart without colour too
