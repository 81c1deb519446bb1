"""The dashboard and the alert rules ask only for metrics, and labels of them, that `/metrics` has."""

import json
import re

import pytest
import yaml
from prometheus_client import REGISTRY

from slimy.metrics.exposition import COLLECTORS
from tests.conftest import ROOT

OPERATIONS = ROOT / "docs" / "operations"
METRIC = re.compile(r"\b(slimy_[a-z0-9_]+)(\{[^}]*\})?")
MATCHER = re.compile(r'(\w+)\s*(?:=~|!~|!=|=)\s*"')
GROUPED = re.compile(r"\b(?:by|without)\s*\(([^)]*)\)")
LEGEND = re.compile(r"\{\{\s*(?:\$labels\.)?(\w+)\s*\}\}")
OF_PROMETHEUS = {"instance", "le"}

pytestmark = pytest.mark.django_db


@pytest.fixture
def known():
    """Every series by name, with its labels."""
    found = {}
    for metric in REGISTRY._collector_to_names:
        labels = set(getattr(metric, "_labelnames", ()))
        for name in REGISTRY._collector_to_names[metric]:
            found[name] = labels
    for collector in COLLECTORS[1:]:
        for family in collector.collect():
            found |= {sample.name: set(sample.labels) for sample in family.samples}
    return found


def alerts():
    (group,) = yaml.safe_load((OPERATIONS / "alerts.yml").read_text())["groups"]
    return group["rules"]


def panels():
    panels = json.loads((OPERATIONS / "grafana-dashboard.json").read_text())["panels"]
    return [panel for panel in panels if panel["type"] != "row"]


QUESTIONS = [(rule["alert"], rule["expr"], rule["annotations"]["summary"]) for rule in alerts()] + [
    (panel["title"], target["expr"], target["legendFormat"]) for panel in panels() for target in panel["targets"]
]


@pytest.mark.parametrize(("title", "expression", "text"), QUESTIONS)
def test_every_question_can_be_answered(known, title, expression, text):
    asked = METRIC.findall(expression)
    assert asked
    labels = set(OF_PROMETHEUS)
    for name, matchers in asked:
        assert name in known, f"{title}: there is no {name}"
        labels |= known[name]
        assert set(MATCHER.findall(matchers)) <= known[name] | OF_PROMETHEUS, f"{title}: {name}{matchers}"
    grouped = {label.strip() for group in GROUPED.findall(expression) for label in group.split(",")}
    assert grouped <= labels, title
    shown = set(LEGEND.findall(text)) - {"value"}
    assert shown <= (grouped | OF_PROMETHEUS), title
    for opening, closing in ("()", "{}", "[]"):
        assert expression.count(opening) == expression.count(closing), title


def test_every_metric_of_ours_is_on_the_dashboard_or_explained(known):
    shown = {name for _, expression, _ in QUESTIONS for name, _ in METRIC.findall(expression)}
    bases = {re.sub("_(total|bucket|count|sum|created)$", "", name) for name in shown}
    ours = {re.sub("_(total|bucket|count|sum|created)$", "", name) for name in known if name.startswith("slimy_")}
    page = (OPERATIONS / "monitoring.md").read_text()
    assert all(f"`{name}" in page for name in ours), [name for name in ours if f"`{name}" not in page]
    assert ours - bases <= {"slimy_database_size_bytes", "slimy_ledger_up", "slimy_build_info", "slimy_build"}


def test_every_alert_says_what_it_means_and_what_to_do():
    page = (OPERATIONS / "monitoring.md").read_text()
    for rule in alerts():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert f"`{rule['alert']}`" in page
