"""From what an OCR engine or a person read on "Manage Members" screenshots to members and powers."""

from collections.abc import Mapping
from typing import Any

from clubs.readings import Metric, Page, Problem, Reading

__all__ = ["Metric", "Page", "Problem", "Reading", "read"]


def read(ocr: Mapping[str, Any], page_type: str | None = None) -> Page:
    """Members and powers of a document `{rows}`, `{boxes}`, `{text}` or `{pages: [those]}`. Raises nothing."""
    raise NotImplementedError
