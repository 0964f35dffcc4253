import pytest

from model.language import foreign


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Das ist ein sehr schöner Tag, und ich freue mich auf morgen.", "German"),
        ("Je ne sais pas quoi dire, je suis tellement triste.", "French"),
        ("No puedo creer que hayas venido, muchas gracias por todo.", "Spanish"),
        ("这很好，我很喜欢", "Chinese"),
        ("今日はとても楽しかったです", "Japanese"),
        ("مرحبا بكم في بيتنا", "Arabic"),
        ("Это очень плохо, мне грустно", "Russian"),
        ("यह बहुत अच्छा है", "Hindi"),
    ],
)
def test_other_languages_are_named(text: str, language: str) -> None:
    assert foreign(text) == language


@pytest.mark.parametrize(
    "text",
    [
        "", "🎉", "ok", "lol ok", "Ugh!!! whatever dude", "haha nice one bro", "No no no", "I miss her.", "Zindle zandle!",
        "Maria and Jose went to Guadalajara", "gonna wanna coulda bruh", "LMAO he's so dumb tbh", "Hmm, la la la",
        "My fiancé had a naïve moment of déjà vu.", "I am so happy today! The train was late, and nobody told us why.",
    ],
)  # fmt: skip
def test_english_however_informal_is_not_warned_about(text: str) -> None:
    assert foreign(text) is None
