import json

import pytest

from model.readers import CorpusError, Turn, mustard

RECORDS = {
    "1_1": {
        "utterance": "Great, more stairs.",
        "speaker": "ADA",
        "context": ["The lift is broken.", "Oh."],
        "context_speakers": ["BEN", "CLEO"],
        "sarcasm": True,
    },
    "1_2": {"utterance": "Hello.", "speaker": "BEN", "context": [], "context_speakers": [], "sarcasm": False},
}


def test_every_utterance_is_test_and_knows_what_was_said_before(write):
    folder = write("sarcasm_data.json", json.dumps(RECORDS)).parent
    stairs, hello = mustard.read(folder, "test")
    assert (stairs.id, stairs.text, stairs.speaker) == ("1_1", "Great, more stairs.", "ADA")
    assert stairs.context == (Turn("BEN", "The lift is broken."), Turn("CLEO", "Oh."))
    assert [list(example.targets["sarcasm"]) for example in (stairs, hello)] == [[0, 1], [1, 0]]
    assert mustard.read(folder, "train") == mustard.read(folder, "dev") == []


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        ({}, "a text for 'utterance' in record '1_2'"),
        (RECORDS["1_2"] | {"sarcasm": 1}, "true or false for 'sarcasm' in record '1_2'"),
        (RECORDS["1_2"] | {"context": None}, "a list of texts for 'context' in record '1_2'"),
        ("Hello.", "an object in record '1_2'"),
    ],
)
def test_a_bad_record_is_refused_with_its_line(write, record, expected):
    path = write("sarcasm_data.json", json.dumps(RECORDS | {"1_2": record}, indent=1))
    with pytest.raises(CorpusError) as refused:
        mustard.read(path.parent, "test")
    assert str(refused.value) == f"{path}, line 15: expected {expected}."


def test_what_is_no_json_object_is_refused(write):
    path = write("sarcasm_data.json", '{"a":\n 1,}')
    with pytest.raises(CorpusError, match=r"sarcasm_data\.json, line 2: expected JSON \("):
        mustard.read(path.parent, "test")
    write("sarcasm_data.json", "[]")
    with pytest.raises(CorpusError, match=r"line 1: expected a JSON object of utterances by id\.$"):
        mustard.read(path.parent, "test")
