"""Corrections: an append-only history in which the newest that was not undone is a person's current one."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from db import labels, records, schema, texts
from db.current import current as is_current
from db.current import standing
from db.errors import StoreError
from db.records import TRUSTED_ROLES, Verdict
from db.schema import Annotator, Correction, Text

NOTHING = Verdict(None, None, {})


def record(row: Correction, annotator: str) -> records.Correction:
    verdict = Verdict(tuple(row.labels) if row.labels else None, row.polarity, row.scores)
    ...
