"""Which language an answer is in, asked as browsers and programs ask."""

from concurrent.futures import ThreadPoolExecutor

import httpx
import pytest

from emodemo.translation import DEFAULT, LANGUAGES
from tests.web.conftest import Site

CHINESE = {"accept-language": "zh-CN,zh;q=0.9,en;q=0.8"}


def speaking(site: Site, role: str = "visitor") -> httpx.Client:
    client = site.client(role)
    client.headers.update(CHINESE)
    return client


def test_the_page_is_laid_out_in_every_language_with_the_same_components(site: Site) -> None:
    english, chinese = (site.client().get("/config", headers=headers).json() for headers in ({}, CHINESE))
    assert [(c["id"], c["type"]) for c in english["components"]] == [
        (c["id"], c["type"]) for c in chinese["components"]
    ]
    assert english["dependencies"] == chinese["dependencies"]
    groups = [
        [component["props"]["choices"] for component in config["components"] if component["type"] == "checkboxgroup"]
        for config in (english, chinese)
    ]
    assert [[stored for _, stored in group] for group in groups[0]] == [
        [stored for _, stored in group] for group in groups[1]
    ]
    assert ["anger", "anger"] in groups[0][0]
    assert ["愤怒", "anger"] in groups[1][0]


@pytest.mark.parametrize("encoding", ["identity", "gzip", "br"])
def test_the_pages_html_names_its_language(site: Site, encoding: str) -> None:
    page = site.client().get("/", headers=CHINESE | {"accept-encoding": encoding})
    assert 'lang="zh-CN"' in page.text[:200]
    assert {"Accept-Language", "Cookie"} <= set(page.headers["vary"].split(", "))
    assert 'lang="en"' in site.client().get("/").text[:200]
    assert '<html lang="zh-CN">' in site.client().get("/login", headers=CHINESE).text


def test_the_switch_is_kept_and_comes_before_the_browser(site: Site) -> None:
    client = speaking(site)
    for language in LANGUAGES:
        answer = client.post("/language", data={"language": language})
        assert (answer.status_code, answer.headers["location"]) == (303, "/")
        flags = {part.strip().lower() for part in answer.headers["set-cookie"].split(";")[1:]}
        assert {"httponly", "samesite=lax", "path=/", "max-age=31536000"} <= flags
        assert f'lang="{language}"' in client.get("/").text[:200]
    client.post("/language", data={"language": "<script>"})
    assert f'lang="{DEFAULT}"' in client.get("/").text[:200]


def test_a_refusal_is_in_the_language_of_the_request(site: Site) -> None:
    said = str(site.call(speaking(site), "run_retraining")["output"])
    assert "只有已登录的管理员才能重新训练；您尚未登录，请在页面顶部登录。" in said
    assert speaking(site).get("/nowhere").json() == {"detail": "此地址没有内容。"}
    assert "用户名或密码有误" in speaking(site).post("/login", data={"name": "x", "password": "y"}).text
    annotated = speaking(site, "annotator").post("/annotate/undo", json={"client_id": "nothing-yet", "text_id": 10**9})
    assert annotated.json() == {"detail": "没有可撤销的操作。"}


def test_a_program_that_names_no_language_gets_english(site: Site) -> None:
    for headers, sentence in (({}, "There is no text to analyse"), (CHINESE, "没有可分析的文本")):
        client = site.client()
        joined = client.post("/gradio_api/call/analyze", json={"data": [" "]}, headers=headers)
        said = client.get(f"/gradio_api/call/analyze/{joined.json()['event_id']}").text
        assert sentence in said.encode().decode("unicode_escape") or sentence in said


def test_a_chinese_text_is_named_and_its_answers_are_not_to_be_trusted(site: Site) -> None:
    text = "今天天气很好，我们一起去公园散步，晚上回家做饭。"
    said = str(site.call(speaking(site), "analyse", [text])["output"])
    assert "这段文本像是中文；模型只懂英文，以下结果不可信。" in said


def test_people_who_ask_at_the_same_moment_are_each_answered_in_their_language(site: Site) -> None:
    def ask(n: int) -> tuple[int, str]:
        client = speaking(site) if n % 2 else site.client()
        return n % 2, str(site.call(client, "analyse", ["One cup. Two cups. Three cups."])["output"])

    with ThreadPoolExecutor(max_workers=4) as pool:
        for chinese, said in pool.map(ask, range(12)):
            assert ("3 个句子" in said, "3 sentences" in said) == (bool(chinese), not chinese)
