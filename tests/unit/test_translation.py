"""No sentence without Chinese, no Chinese without its sentence, and nothing on the page that was never marked."""

import ast
import re
from string import Formatter

import polib
import pytest

from emodemo.templates import ASSETS, spoken
from emodemo.translation import DEFAULT, LANGUAGES, N_, _, chosen, files, named, ngettext, speaking, translated
from tests import sentences

LANGUAGE = "zh-CN"
ENTRIES = {file: polib.pofile(str(file)) for file in files(LANGUAGE)}
EVERY = [entry for part in ENTRIES.values() for entry in part]
SHOWN = {"label", "placeholder", "info", "value", "title"}  # arguments of components that people read
LEADING = {
    "Button",
    "Tab",
    "Accordion",
    "UploadButton",
    "DownloadButton",
    "Markdown",
    "HTML",
    "note",
    "hint",
    "heading",
}
MARKUP = re.compile(r"<[^>]*>")


def key(entry: polib.POEntry) -> sentences.Sentence:
    return (entry.msgid, entry.msgid_plural) if entry.msgid_plural else entry.msgid


def texts(entry: polib.POEntry) -> list[str]:
    return [*entry.msgstr_plural.values()] if entry.msgid_plural else [entry.msgstr]


def placeholders(sentence: str) -> set[tuple[str, str, str]]:
    return {(name, form or "", turn or "") for _, name, form, turn in Formatter().parse(sentence) if name is not None}


def test_every_sentence_has_a_translation_and_no_other_is_kept() -> None:
    wanted, kept = sentences.all_sentences(), {key(entry) for entry in EVERY}
    missing = [
        polib.POEntry(msgid=s)
        if isinstance(s, str)
        else polib.POEntry(msgid=s[0], msgid_plural=s[1], msgstr_plural={0: ""})
        for s in sorted(wanted - kept, key=str)
    ]
    assert not missing, "add to a file in emodemo/assets/locales/zh_CN:\n\n" + "\n".join(map(str, missing))
    assert not kept - wanted, "nobody says this any more"
    assert len(kept) == len(EVERY), "a sentence stands in two files"


@pytest.mark.parametrize("file", ENTRIES, ids=lambda file: file.name)
def test_every_translation_is_whole(file: sentences.Path) -> None:
    for entry in ENTRIES[file]:
        for text in texts(entry):
            check(entry, text)


ANOTHER = {
    "(?<!百)分数": "分值",
    "已撤回": "已撤销",
    "标注池": "文本池",
    "姓名": "用户名",
}  # a word that is not used: the one that is


@pytest.mark.parametrize("word", ANOTHER)
def test_one_thing_has_one_word(word: str) -> None:
    assert not [text for entry in EVERY for text in texts(entry) if re.search(word, text)], f"say {ANOTHER[word]}"


def check(entry: polib.POEntry, text: str) -> None:
    assert text.strip(), entry.msgid
    assert placeholders(text) == placeholders(entry.msgid_plural or entry.msgid), text
    assert sorted(MARKUP.findall(text)) == sorted(MARKUP.findall(entry.msgid)), text
    assert text.count("`") == entry.msgid.count("`"), text
    assert text.count('"') == entry.msgid.count('"'), "a title or label would end there"
    assert not entry.fuzzy
    assert not entry.obsolete


def unmarked(node: ast.expr) -> bool:
    """Whether an expression is a literal that says something, markup aside."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        said = node.value
    elif isinstance(node, ast.JoinedStr):
        said = "".join(str(part.value) if isinstance(part, ast.Constant) else "·" for part in node.values)
    elif isinstance(node, ast.IfExp):
        return unmarked(node.body) or unmarked(node.orelse)
    else:
        return False
    return bool(re.search(r"[A-Za-z]{2}", MARKUP.sub("", said).replace("emodemo", "")))


@pytest.mark.parametrize(
    "path", [*(sentences.ROOT / "emodemo" / "tabs").glob("*.py"), sentences.ROOT / "emodemo/ui.py"], ids=str
)
def test_nothing_that_a_component_shows_is_unmarked(path: sentences.Path) -> None:
    for call in sentences.calls(path):
        shown = [word.value for word in call.keywords if word.arg in SHOWN]
        if isinstance(call.func, ast.Attribute) and call.func.attr in LEADING:
            shown += call.args[:1]
        if getattr(call.func, "id", "") in sentences.ERRORS:
            shown += [said for said in call.args[:1] if isinstance(said, ast.JoinedStr)]
        for node in shown:
            assert not unmarked(node), f"line {node.lineno}: {ast.unparse(node)}"


@pytest.mark.parametrize("page", [*ASSETS.glob("*.html")], ids=lambda page: page.name)
def test_nothing_that_a_page_says_is_unmarked(page: sentences.Path) -> None:
    bare = re.sub(
        r"<style>.*?</style>|<kbd>.*?</kbd>|{{.*?}}|{%.*?%}", "", page.read_text(encoding="utf-8"), flags=re.DOTALL
    )
    assert not re.findall(r"[A-Za-z]{2,}", MARKUP.sub("", bare).replace("emodemo", ""))
    assert not re.findall(r'(?:aria-label|placeholder|title)="\w[^"]*"', bare)


@pytest.mark.parametrize("path", [*ASSETS.glob("*.js")], ids=lambda path: path.name)
def test_nothing_that_a_script_says_is_unmarked(path: sentences.Path) -> None:
    assert not re.findall(r'(?<!_\()["\'`][A-Z][a-z]+ [a-z][^"\'`]*["\'`]', path.read_text(encoding="utf-8"))


def test_a_sentence_is_said_in_the_language_of_the_request() -> None:
    refusal = N_("Only a signed-in {role} may {deed}; {who}.", role=N_("admin"), deed=N_("retrain"), who="x")
    assert refusal == "Only a signed-in admin may retrain; x."
    with speaking(LANGUAGE):
        assert translated(refusal) == "只有已登录的管理员才能重新训练；x。"
        assert (_("Save"), named("joy"), _("Never heard of")) == ("保存", "喜悦", "Never heard of")
        assert ngettext("{n:,} sentence", "{n:,} sentences", 1234) == "1,234 个句子"
        assert spoken('say(_("Skipped."), "bad")') == 'say(_("已跳过。"), "bad")'
    assert ngettext("{n:,} sentence", "{n:,} sentences", 1) == "1 sentence"
    assert (_("Save"), translated(refusal)) == ("Save", refusal)


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        (None, "", DEFAULT),
        (None, "fr-FR,fr;q=0.9", DEFAULT),
        (None, "zh-CN,zh;q=0.9,en;q=0.8", LANGUAGE),
        (None, "zh-Hans", LANGUAGE),
        (None, "en;q=0.3, zh;q=0.7", LANGUAGE),
        (None, "zh;q=nonsense, en;q=0.1", DEFAULT),
        (DEFAULT, "zh-CN", DEFAULT),
        (LANGUAGE, "en", LANGUAGE),
        ("xx", "zh-TW", LANGUAGE),
    ],
)
def test_the_switch_comes_before_the_browser(cookie: str | None, header: str, language: str) -> None:
    assert chosen(cookie, header) == language
    assert language in LANGUAGES
