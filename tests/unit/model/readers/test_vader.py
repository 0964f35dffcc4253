import numpy as np
import pytest

from model.readers import SPLITS, CorpusError, vader

RATED = [("tweets", n, "[-3, -3, -2, 0, -2]", -2.0) for n in range(1, 41)]


def fill(write, truth="", ratings=""):
    """A corpus of forty texts that say bad things, and whatever else is given of the editorials."""
    lines = [f"{n}\t{mean}\tRain &amp; more rain, day {n}" for _, n, _, mean in RATED]
    path = write("tweets_GroundTruth.txt", "\r\n".join(lines))
    write("tweets_anonDataRatings.txt", "".join(f"{n}\t{mean}\t0.5\t{cell}\n" for _, n, cell, mean in RATED))
    write("amazonReviewSnippets_GroundTruth.txt", "")
    write("amazonReviewSnippets_anonDataRatings.txt", "\ufeff")
    write("nytEditorialSnippets_GroundTruth.txt", truth)
    write("nytEditorialSnippets_anonDataRatings.txt", ratings)
    return path.parent


def test_every_text_stands_in_one_split_with_its_valence(write):
    folder = fill(write)
    splits = {split: vader.read(folder, split) for split in SPLITS}
    assert sorted(e.id for rows in splits.values() for e in rows) == sorted(f"tweets-{n}" for n in range(1, 41))
    assert all(splits.values())
    assert len(splits["train"]) > 20
    example = splits["train"][0]
    assert example.text.startswith("Rain & more rain, day ")
    assert example.targets["valence"] == pytest.approx(2.2)


def test_raters_shares_teach_and_what_most_of_them_name_is_measured(write):
    folder = fill(write)
    taught, measured = vader.read(folder, "train")[0], vader.read(folder, "test")[0]
    assert np.allclose(taught.targets["sentiment3"], [0.8, 0.2, 0])
    assert list(measured.targets["sentiment3"]) == [1, 0, 0]


def test_what_raters_disagree_about_has_no_polarity_where_it_is_measured(write):
    names = [f"{n}_1" for n in range(40)]
    folder = fill(
        write,
        "".join(f"{name}\t0.1\tWell.\n" for name in names),
        "".join(f"{name}\t0.1\t1\t[1, 1, 0, 0, -1]\n" for name in names),
    )
    test = [e for e in vader.read(folder, "test") if e.id.startswith("nyt")]
    assert test
    assert all(set(example.targets) == {"valence"} for example in test)


def test_sentences_of_one_document_stay_together(write):
    names = [f"{document}_{n}" for document in range(12) for n in range(4)]
    folder = fill(
        write,
        "".join(f"{name}\t0.1\tWell.\n" for name in names),
        "".join(f"{name}\t0.1\t1\t[1, 0]\n" for name in names),
    )
    for split in SPLITS:
        documents = [e.id.split("-")[1].split("_")[0] for e in vader.read(folder, split) if e.id.startswith("nyt")]
        assert all(documents.count(document) == 4 for document in documents)


@pytest.mark.parametrize(
    ("truth", "ratings", "message"),
    [
        ("1_1\t0.5\n", "", "GroundTruth.txt, line 1: expected 3 columns, found 2."),
        ("1_1\t0.5\tHm\n", "", "GroundTruth.txt, line 1: expected a text whose ratings are known, found '1_1'."),
        ("1_1\t9\tHm\n", "1_1\t9\t1\t[4]\n", "GroundTruth.txt, line 1: expected 'mean' from -4 to 4, found '9'."),
        ("", "1_1\t9\t1\t[4\n", "anonDataRatings.txt, line 1: expected a list of ratings, found '[4'."),
    ],
)
def test_a_bad_row_is_refused_by_its_line(write, truth, ratings, message):
    folder = fill(write, truth, ratings)
    with pytest.raises(CorpusError) as refused:
        vader.read(folder, "train")
    assert str(refused.value) == f"{folder}/nytEditorialSnippets_{message}"
