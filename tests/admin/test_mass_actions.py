"""Retry or cancel whatever matches the filters of the list."""

import re
from datetime import timedelta

import pytest
from django.contrib.admin.models import LogEntry
from django.utils import timezone

from slimy.jobs.admin import mass_pages
from slimy.jobs.models import Job
from tests.admin.conftest import JOBS, failed_job, text

pytestmark = pytest.mark.django_db


def answer(client, page, query):
    """Yes, and again as long as the page goes on by itself; what is said at the end, and how many pages it took."""
    pages = 0
    while page.status_code == 200:
        fields = dict(re.findall(r'name="(asked|after|done)" value="([^"]*)"', text(page)))
        page, pages = client.post(f"{JOBS}all/{query}", fields), pages + 1
    return [str(message) for message in client.get(page.url).context["messages"]], pages


def states():
    return sorted(Job.objects.exclude(type="log_event").values_list("status", flat=True))


def test_all_failed_jobs_that_match_are_retried(olga, alice):
    for kind in ("save_message", "save_message", "get_messages"):
        failed_job(alice, type=kind)
    asked = olga.get(f"{JOBS}all/retry/?status=failed&type=save_message")
    assert "Retry 2 jobs?" in text(asked)
    assert "<code>type = save_message</code>" in text(asked)
    assert states() == ["failed"] * 3

    said, _ = answer(olga, asked, "retry/?status=failed&type=save_message")
    assert said == ["2 jobs were put back into the queue."]
    assert states() == ["failed", "queued", "queued"]
    assert "2 jobs so far of ?status=failed&type=save_message" in LogEntry.objects.get().change_message
    event = Job.objects.get(type="log_event").payload
    assert (event["action"], event["details"]["jobs"]) == ("jobs.retry_all", 2)


def test_all_waiting_jobs_are_cancelled(olga, alice, waiting):
    failed_job(alice)
    said, _ = answer(olga, olga.get(f"{JOBS}all/cancel/?status=queued"), "cancel/?status=queued")
    assert said == ["1 job was cancelled."]
    assert states() == ["cancelled", "failed"]


def test_many_jobs_take_many_transactions_and_several_pages(olga, alice, monkeypatch):
    monkeypatch.setattr(mass_pages, "CHUNK", 2)
    monkeypatch.setattr(mass_pages, "SECONDS", 0.0001)
    for _ in range(5):
        failed_job(alice)
    said, pages = answer(olga, olga.get(f"{JOBS}all/retry/?status=failed"), "retry/?status=failed")
    assert said == ["5 jobs were put back into the queue."]
    assert pages >= 2
    assert states() == ["queued"] * 5


def test_portions_follow_each_other(olga, alice, monkeypatch):
    monkeypatch.setattr(mass_pages, "PORTION", 2)
    for _ in range(5):
        failed_job(alice)
    said, _ = answer(olga, olga.get(f"{JOBS}all/retry/?status=failed"), "retry/?status=failed")
    assert said == ["5 jobs were put back into the queue."]


def test_what_failed_after_the_question_is_left_alone(olga, alice):
    failed_job(alice)
    asked = olga.get(f"{JOBS}all/retry/?status=failed")
    failed_job(alice, finished_at=timezone.now() + timedelta(seconds=5))
    assert answer(olga, asked, "retry/?status=failed")[0] == ["1 job was put back into the queue."]


def test_a_search_in_payloads_is_kept_to(olga, alice):
    failed_job(alice, payload={"message": "needle"})
    failed_job(alice)
    said, _ = answer(olga, olga.get(f"{JOBS}all/retry/?status=failed&q=needle"), "retry/?status=failed&q=needle")
    assert "1 job was put back into the queue." in said


def test_many_are_estimated(olga, alice, monkeypatch):
    monkeypatch.setattr(mass_pages, "COUNTED", 2)
    for _ in range(4):
        failed_job(alice)
    assert re.search(r"Retry about \d+ jobs\?", text(olga.get(f"{JOBS}all/retry/?status=failed")))


def test_nothing_to_do_is_said(olga, waiting):
    page = olga.get(f"{JOBS}all/retry/?status=failed", follow=True)
    assert "No job of this list is failed." in text(page)


@pytest.mark.parametrize("fields", [{}, {"asked": "x", "after": "y", "done": "-1"}, {"asked": "9999-12-31T00:00:00Z"}])
def test_a_form_that_was_made_up_does_no_more_than_its_user_may(olga, alice, fields):
    failed_job(alice)
    assert olga.post(f"{JOBS}all/retry/?status=failed", fields).status_code == 302
    assert states() == ["queued"]


def test_it_takes_the_permission(vera, failed):
    for name in ("retry", "cancel"):
        assert vera.get(f"{JOBS}all/{name}/").status_code == 403
        assert vera.post(f"{JOBS}all/{name}/").status_code == 403
    assert "all that match" not in text(vera.get(f"{JOBS}?status=failed"))


def test_it_is_offered_where_it_makes_sense(olga, failed):
    assert f"{JOBS}all/retry/?status=failed" in text(olga.get(f"{JOBS}?status=failed"))
    assert "all that match" not in text(olga.get(JOBS))
    assert olga.get(f"{JOBS}all/delete/").status_code == 404
