"""Texts that nearly repeat an earlier one."""

from emodemo.folding import Folder

LONG = "The train to the coast was two hours late again and nobody on the platform had any idea why it was so or when it would come at last"


def test_what_does_not_carry_feeling_is_no_difference() -> None:
    folder = Folder()
    assert folder.into("We won, at last!") is None
    assert folder.into("we won at   last!!!") == "We won, at last!"
    assert folder.into("We won, at last?") is None
    assert folder.into("We won, at last! 😭") is None


def test_one_word_in_thirty_may_differ_and_one_in_ten_may_not() -> None:
    folder = Folder()
    assert folder.into(LONG) is None
    assert folder.into(LONG.replace("at last", "at most")) == LONG
    assert folder.into("I am happy with the new kitchen table.") is None
    assert folder.into("I am not happy with the new kitchen table.") is None


def test_texts_without_a_word_are_told_apart() -> None:
    folder = Folder()
    assert [folder.into(text) for text in ("…", "!", "?", "...")] == [None, None, None, "…"]
