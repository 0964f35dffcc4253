"""Where sentences end. A bar in a case marks every border that is expected."""

import pytest

from model.sentences import LONGEST, split


def pieces(text: str) -> list[str]:
    return [text[start:end] for start, end in split(text)]


CASES = {
    "plain": "I came home.| The door was open!| Who was there?",
    "small letters": "i hate this.| i want to go home.| ugh",
    "no space after": "I think so.|You know it.|We all do.",
    "titles and initials": "Mr. and Mrs. O'Dea met Dr. J. R. Hill.| It was late.",
    "abbreviations within": "He saw, e.g. a fox, i.e. trouble, etc. on his way.| It ran.",
    "an abbreviation at the end": "She lives in the U.S.| It is far.| We met at 5 p.m.| She smiled.| Foxes etc.| Bye.",
    "a country within": "In the U.S. it rains, and the U.S. President knows.| So do we.",
    "words that are abbreviations elsewhere": "He hates me.| Stop it.| Oh no.| Go on.| I feel ill.| Call him.| It is ok.| Fine.",
    "me and I": "It was just you and I.| Always.",
    "numbers": "It cost $3.50 in No. 5 of 1.2.3.| Cheap.| I was born in 1990.| So was he.",
    "speech": "“Is it you?” she asked.| “It is I,” he said.| “Come in.| Sit down.”",
    "straight quotes": '"Stop!" he cried.| He asked "why?" and left.| She said "no."| Then she ran.',
    "single quotes": "‘Hello.| Bye,’ he said.| 'Twas the dogs' fault.| It’s true.",
    "brackets": "I came (he did not). | (Nobody saw.)| Then we left [again.]| Done.",
    "a footnote": "It was hot.[12]| It was dry.",
    "ellipses": "Well... maybe we should.| Hmm…| Fine.| So . . .| Then we left.",
    "runs of marks": "What?!| No!!!| You did WHAT?!?!| Yes.",
    "numbered list in a line": "1. Wake up.| 2. Cry.| 3) Sleep.",
    "addresses": "Ask Jo.Hill@Example.Com or www.Foo.Com/Bar.Baz?x=Y.Z now.| See https://Example.Com/A.B.| Ok.",
    "emoji stay": "We won! 🎉🎉| I cried.😭| He left... 👨‍👩‍👧 🏳️‍🌈!| Why?",
    "emoticons stay": "We won. :)| He lost. :-( | I love it! <3| Bye.",
    "markdown": "**So bold.**| *Sigh.*| Next.",
    "other scripts": "你好。|今天怎么样？|很好！",
    "right to left": "שלום לך.| מה שלומך?| טוב.| مرحبا.| كيف حالك؟| بخير.",
    "direction marks": "\u202eabc.\u202c| Def.",
    "combining marks": "Cafe\u0301 time.| O\u0308sterreich.",
    "control characters": "One\x00two.| Three\x1bfour.",
    "no-break spaces": "One here.\u00a0|Two there.\u3000|Three.",
    "lines": "- milk\n|- bread\n|a title\n|\n|roses are red\n|violets are blue",
    "other line ends": "one\r\n|two\r|three\u2028|four",
    "paragraphs": "A heading that is quite long and has no full stop at its end at all\n\n|Then the text.",
    "wrapped prose": "The road went on and on over the hills and into the next valley, and\nwe walked along it.| Far.",
    "wrapped prose, other line ends": "The road went on and on over the hills and into the next valley, and\r\nwe walked.| Far.",
}


@pytest.mark.parametrize("marked", CASES.values(), ids=CASES.keys())
def test_sentences_end_where_a_reader_ends_them(marked: str) -> None:
    expected = [piece.strip() for piece in marked.split("|") if piece.strip()]
    assert pieces(marked.replace("|", "")) == expected


@pytest.mark.parametrize("text", ["", "   ", "\n\n\r\n", "\x00\x01", "\u200b \ufeff"])
def test_nothing_visible_gives_no_sentence(text: str) -> None:
    assert split(text) == []


def test_repeated_sentences_have_their_own_offsets() -> None:
    assert split("Hi. Hi. Hi.") == [(0, 3), (4, 7), (8, 11)]


def test_offsets_count_characters_not_bytes() -> None:
    assert split("😀é. Ünü! 你好。") == [(0, 3), (4, 8), (9, 12)]


def test_unpaired_surrogates_are_no_obstacle() -> None:
    assert pieces("Odd \ud83d one. Next \ude00.") == ["Odd \ud83d one.", "Next \ude00."]


def test_text_without_an_end_is_cut_at_white_space() -> None:
    text = "word " * 10_000
    spans = split(text)
    assert max(end - start for start, end in spans) <= LONGEST
    assert {text[start:end].replace(" ", "").replace("word", "") for start, end in spans} == {""}


@pytest.mark.parametrize("cluster", ["e\u0301", "👨\u200d👧", "👍🏽", "ก\u0e49", "\ud83d\ude00"])
def test_a_cut_parts_no_character_from_what_belongs_to_it(cluster: str) -> None:
    text = "x" + cluster * 1500
    borders = [start for start, _ in split(text)][1:]
    assert borders
    assert [start for start in borders if (start - 1) % len(cluster)] == []


PROSE = "Mr. Hill said “I hate it.” She left at 5 p.m. 😀 It's odd (very odd), isn't it? No… Yes!\n"


@pytest.mark.parametrize("unit", [PROSE, "a", "word ", ".", "(", '"', "a.a", "a@a", "\n", "😀. ", "me. and "])
def test_a_megabyte_is_split_without_loss_and_before_the_run_is_stopped(unit: str) -> None:
    """Were the time not in proportion to the length, hours would not be enough."""
    text = unit * (1_000_000 // len(unit))
    assert "".join("".join(pieces(text)).split()) == "".join(text.split())
