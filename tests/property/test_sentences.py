from hypothesis import given
from hypothesis import strategies as st

from model.sentences import LONGEST, split
from model.text import normalise

ODD = [*".!?…\"'“”()[]*_ \n\r\t\u2028\x00\u200b\u202c:;D3<xaAI1é\u0301😀👨\u200d👩🏽🇩🇪שم你。"]
WORDS = [
    "Mr.",
    "e.g.",
    "U.S.",
    "no.",
    "me.",
    "www.A.B",
    "a@b.C",
    " He ",
    " she ",
    "1. ",
    "\n\n",
    "\n\r\n",
    "x" * 70,
    "y" * 1100,
]
TEXTS = st.lists(st.sampled_from([*ODD, *WORDS, "\ud83d", "\ude00"]), max_size=60).map("".join) | st.text(max_size=200)


@given(TEXTS)
def test_sentences_are_in_order_and_nothing_visible_lies_between(text: str) -> None:
    position = 0
    for start, end in split(text):
        assert position <= start < end <= position + len(text)
        assert normalise(text[position:start]) == ""
        position = end
    assert normalise(text[position:]) == ""


@given(TEXTS)
def test_every_sentence_is_visible_trimmed_and_not_too_long(text: str) -> None:
    for start, end in split(text):
        sentence = text[start:end]
        assert normalise(sentence)
        assert sentence == sentence.strip()
        assert len(sentence) <= LONGEST


@given(
    st.lists(st.sampled_from(["It rains.", "Who knows?", "We won! 🎉", "i am late.", "“No,” she said."]), max_size=20)
)
def test_sentences_joined_by_spaces_come_apart_again(sentences: list[str]) -> None:
    text = " ".join(sentences)
    assert [text[start:end] for start, end in split(text)] == sentences
