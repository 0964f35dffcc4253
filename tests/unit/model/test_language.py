import subprocess
import sys

import pytest

from model.language import MOST, foreign

FOREIGN = {
    "German": ["Ich bin heute sehr traurig, weil mein Zug nicht kommt.", "Das ist wunderbar!"],
    "French": ["Je suis tellement heureux de te voir ici.", "C'est magnifique !"],
    "Spanish": ["Estoy muy triste porque perdí mi tren.", "¡Qué alegría verte!"],
    "Chinese": ["我今天非常高兴，因为见到了你。", "太好了！"],
    "Japanese": ["今日はとても嬉しいです。", "ありがとうございます"],
    "Arabic": ["أنا سعيد جدا اليوم.", "لماذا لم تخبرني؟"],
    "Russian": ["Я очень рад тебя видеть сегодня.", "Почему ты мне не сказал?"],
    "Hindi": ["मैं आज बहुत खुश हूँ।", "तुमने मुझे क्यों नहीं बताया?"],
    "Italian": ["Sono molto felice di vederti oggi."],
    "Portuguese": ["Estou muito triste porque perdi meu trem ontem."],
    "Dutch": ["Ik ben vandaag heel blij om je te zien."],
    "Polish": ["Jestem dzisiaj bardzo szczęśliwy."],
    "Turkish": ["Bugün seni gördüğüme çok sevindim."],
    "Korean": ["오늘 너무 기뻐요."],
}
ENGLISH = [
    "", " ", "!!!", "12345", "😀😀", "lol ok", "Ugh!!!", "haha nice one bro", "hahahaha", "nooooo", "omg no way", "idk tbh",
    "thx m8", "WHAT THE HELL", "I LOVE THIS SO MUCH", "Maria Garcia", "José is here", "Peter Müller was late",
    "Hi Joe!", "asdfghjkl", "mamma mia!", "bonjour everyone", "danke for the help!", "u r da best", "gimme dat", "brb",
    "😭😭😭 pls stop", "Pizza! Pizza! Pizza!", "Tom, Anna, Marco, Yuki", "https://example.de/foo", "Love a good cry 👌🏻",
    "I miss you so much it hurts.", "ffs mate", "cheers m8 ur a legend", "odd \ud83d half",
]  # fmt: skip
STORY = "I met an old friend today. We talked for hours and it was lovely. I hope that we meet again. "
STORIES = {
    "German": "Gestern traf ich einen alten Freund. Wir haben lange geredet, und es war schön. Wir sehen uns bald wieder. ",
    "French": "Hier, j'ai retrouvé un vieil ami. Nous avons parlé longtemps, et c'était très beau. À bientôt, mon cher. ",
    "Chinese": "昨天我遇见了一位老朋友。我们聊了很久，非常开心。希望我们很快再见面。我真的很想念他，也想念我们的学校。",
    "Russian": "Вчера я встретил старого друга. Мы долго говорили, и было очень хорошо. Надеюсь, мы скоро увидимся. ",
}


@pytest.mark.parametrize(("language", "text"), [(name, text) for name, texts in FOREIGN.items() for text in texts])
def test_other_languages_are_named(language: str, text: str) -> None:
    assert foreign(text) == language


@pytest.mark.parametrize("text", ENGLISH)
def test_short_and_informal_english_passes(text: str) -> None:
    assert foreign(text) is None


@pytest.mark.parametrize("language", STORIES)
def test_most_of_a_text_decides(language: str) -> None:
    assert foreign(STORY + FOREIGN[language][0]) is None
    assert foreign(STORIES[language] + "I love it!") == language


def test_only_the_beginning_of_a_long_text_is_looked_at() -> None:
    assert foreign(STORY * (MOST // len(STORY) + 1) + FOREIGN["German"][0] * 10_000) is None


def test_the_detector_is_loaded_when_first_asked() -> None:
    program = "import sys, model.language; print('py3langid' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"
