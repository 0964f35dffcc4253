"""Prometheus metrics on an address of their own; off where none is set. What is stored is read when it is asked for."""

import time
from collections.abc import Iterator, Mapping

import gradio as gr
from prometheus_client import CollectorRegistry, Histogram, start_http_server
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from db import corrections, events, waiting
from db.errors import StoreError
from emodemo import due, failures
from emodemo.errors import UserError
from emodemo.services import Services
from emodemo.web.requests import Observe


def start(services: Services, page: gr.Blocks) -> Observe:
    """Serve ``/metrics`` on the address that is set; returns what every request is told to. Raises UserError."""
    address = services.settings.metrics_address
    registry = CollectorRegistry()
    registry.register(Stored(services, page))
    seconds = Histogram("emodemo_request_seconds", "Until an answer begins.", ["kind", "status"], registry=registry)
    host, _, port = address.rpartition(":")
    try:
        start_http_server(int(port), addr=host.strip("[]"), registry=registry)
    except OSError as error:
        raise UserError(
            f"Cannot serve metrics on {address} ({error.strerror}); set EMODEMO_METRICS_ADDRESS to another."
        ) from None
    return lambda kind, status, took: seconds.labels(kind, str(status)).observe(took)


class Stored(Collector):
    """What database, queue and disk hold."""

    def __init__(self, services: Services, page: gr.Blocks) -> None:
        self._services, self._page = services, page

    def describe(self) -> Iterator[Metric]:
        """Nothing is asked of the database before the first scrape."""
        return iter(())

    def collect(self) -> Iterator[Metric]:
        """Read once a scrape; a database that does not answer leaves its figures out and ``emodemo_database_up`` at 0."""
        yield gauge("emodemo_queue", "Requests that wait.", len(self._page._queue))
        if (keeper := self._services.keeper) and keeper.newest:
            age = time.time() - keeper.newest.at.timestamp()
            yield gauge("emodemo_snapshot_age_seconds", "Since the newest snapshot in the vault was taken.", age)
        try:
            found = [*self._counted()]
        except StoreError:
            found = []
        yield gauge("emodemo_database_up", "Whether the database answers.", bool(found))
        yield from found

    def _counted(self) -> Iterator[Metric]:
        database = self._services.database
        with database.read() as session:
            saves = corrections.count(session)
            proposals = waiting.count(session, kind="proposal")
            runs = events.counts(session, kind=due.STARTED, by="decision")
        yield counter("emodemo_saves", "Corrections, skips and undos stored.", {"": saves})
        yield counter("emodemo_retrainings", "Retrainings by what came of them.", runs, "decision")
        yield gauge("emodemo_proposals", "Corrections by visitors that wait for a review.", proposals)
        yield gauge("emodemo_failures_unseen", "Failures that no admin has seen.", len(failures.unseen(database)))


def gauge(name: str, meaning: str, value: float) -> Metric:
    """One figure that goes up and down."""
    return GaugeMetricFamily(name, meaning, value=float(value))


def counter(name: str, meaning: str, values: Mapping[str, int], label: str = "") -> Metric:
    """Figures that only grow, one for each value of the label."""
    family = CounterMetricFamily(name, meaning, labels=[label] if label else [])
    for value, count in values.items():
        family.add_metric([value] if label else [], count)
    return family
