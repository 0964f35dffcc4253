import pytest

from model.readers.base import CorpusError, number, open_text, table, text_lines


def test_cells_are_text_and_rows_know_the_line_they_start_on(write):
    path = write("a.csv", 'id,text\r\n1,NA\r\n\r\n2,"two\nlines, ""quoted"""\r\n3,\r\n')
    assert list(table(path, ("text",))) == [
        (2, {"id": "1", "text": "NA"}),
        (4, {"id": "2", "text": 'two\nlines, "quoted"'}),
        (6, {"id": "3", "text": ""}),
    ]


def test_only_line_ends_end_a_row(write):
    path = write("a.tsv", "id\ttext\n1\ta\u2028b\x85c\x0cd\n")
    assert list(table(path, ("text",), "\t")) == [(2, {"id": "1", "text": "a\u2028b\x85c\x0cd"})]
    assert list(text_lines(write("a.txt", "a\u2028b\r\n\n c\n"))) == [(1, "a\u2028b"), (3, " c")]


def test_a_cell_may_be_longer_than_the_csv_module_allows_by_itself(write):
    path = write("a.csv", f"text\n{'x' * 200_000}\n")
    assert [len(row["text"]) for _, row in table(path, ("text",))] == [200_000]


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("", "line 1: expected a column 'text', found nothing."),
        ("id,txt\n", "line 1: expected a column 'text', found id, txt."),
        ('id,text\n1,"a\nb"\n2\n', "line 4: expected 2 columns, found 1."),
        ("id,text\n1,so, unquoted\n", "line 2: expected 2 columns, found 3."),
        ('id,text\n1,a\n2,"open\n3,b\n', "line 3: expected a well-formed table (unexpected end of data)."),
        ('id,text\n1,"a"b\n', "line 2: expected a well-formed table (',' expected after '\"')."),
    ],
)
def test_a_malformed_table_is_refused_with_its_line(write, content, message):
    path = write("a.csv", content)
    with pytest.raises(CorpusError) as refused:
        list(table(path, ("text",)))
    assert str(refused.value) == f"{path}, {message}"


def test_a_byte_order_mark_is_dropped_and_other_encodings_are_refused(tmp_path):
    path = tmp_path / "a.txt"
    path.write_bytes("\ufeffhi".encode())
    assert open_text(path) == "hi"
    path.write_bytes(b"one\ntwo caf\xe9\n")
    with pytest.raises(CorpusError, match=r"a\.txt, line 2: expected UTF-8 text, found byte 0xe9\.$"):
        open_text(path)


def test_a_file_that_is_not_there_is_named(tmp_path):
    path = tmp_path / "a.txt"
    with pytest.raises(CorpusError) as refused:
        open_text(path)
    assert str(refused.value) == f"{path}: expected a readable file (No such file or directory)."


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("high", "a number for 'V', found 'high'"),
        ("5.01", "'V' from 1 to 5, found '5.01'"),
        ("nan", "'V' from 1 to 5, found 'nan'"),
    ],
)
def test_a_number_out_of_range_is_refused(tmp_path, value, expected):
    with pytest.raises(CorpusError) as refused:
        number(tmp_path, 7, "V", value, 1, 5)
    assert str(refused.value) == f"{tmp_path}, line 7: expected {expected}."
