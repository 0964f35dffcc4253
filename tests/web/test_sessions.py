"""What the server keeps of a visit."""

from tests.web.conftest import Site


def test_a_visit_keeps_no_description_of_the_page_and_the_page_itself_does(site: Site) -> None:
    with site.client() as client:
        site.call(client, "greet")
    [*_, session] = site.page.state_holder.session_data.values()
    assert session.blocks_config.blocks.keys() == site.page.blocks.keys()
    assert not any(session.components)
    assert any(part["type"] == "tabs" for part in site.page.get_config_file()["components"])


def test_gradio_works_out_nothing_for_its_monitoring_page(site: Site) -> None:
    with site.client() as client:
        for _ in range(3):
            site.call(client, "greet")
    queue = site.page._queue
    assert queue.events_recorded >= 3
    assert len(queue.event_analytics) == 1
    assert queue.cached_event_analytics_summary == {"functions": {}}


def test_deep_links_which_would_need_it_are_shut(site: Site) -> None:
    asked = site.client("admin").get("/gradio_api/deep_link", params={"session_hash": "x"})
    assert asked.status_code == 404
