"""Jobs in the admin: found, looked at, retried, cancelled."""

import json
import re
from datetime import timedelta
from uuid import uuid4

import psycopg
import pytest
from django.contrib.admin.models import LogEntry
from django.test import Client
from django.utils import timezone

from slimy.jobs.admin import JobAdmin, counting
from slimy.jobs.models import Job
from tests.admin.conftest import HOSTILE, JOBS, act, failed_job, signed_in, staff, text
from tests.conftest import test_database_url

pytestmark = pytest.mark.django_db


def test_staff_retries_a_failed_job(olga, failed):
    page = f"{JOBS}{failed.pk}/retry/"
    assert page in text(olga.get(f"{JOBS}{failed.pk}/change/"))
    assert "Retry this job?" in text(olga.get(page))
    failed.refresh_from_db()
    assert failed.status == "failed"

    assert "1 job was put back into the queue." in text(olga.post(page, follow=True))

    failed.refresh_from_db()
    assert (failed.status, failed.attempts, len(failed.errors)) == ("queued", 0, 1)
    assert [row["id"] for row in Job.objects.take_unrung("database", 10)] == [failed.pk]
    entry = LogEntry.objects.get()
    assert (entry.user.username, entry.object_id, entry.change_message) == (
        "olga",
        str(failed.pk),
        "Put back into the queue.",
    )


def test_staff_cancels_a_waiting_job(olga, waiting):
    page = f"{JOBS}{waiting.pk}/cancel/"
    assert page in text(olga.get(f"{JOBS}{waiting.pk}/change/"))
    assert "1 job was cancelled." in text(olga.post(page, follow=True))
    waiting.refresh_from_db()
    assert waiting.status == "cancelled"
    assert LogEntry.objects.get().object_id == str(waiting.pk)


def test_only_legal_buttons_are_shown_and_obeyed(olga, failed, waiting):
    assert "/cancel/" not in text(olga.get(f"{JOBS}{failed.pk}/change/"))
    assert "/retry/" not in text(olga.get(f"{JOBS}{waiting.pk}/change/"))
    assert "no longer queued" in text(olga.post(f"{JOBS}{failed.pk}/cancel/", follow=True))
    assert "no longer failed" in text(olga.get(f"{JOBS}{waiting.pk}/retry/", follow=True))
    assert not LogEntry.objects.exists()


def test_many_jobs_are_retried_and_latecomers_are_named(olga, alice, waiting):
    jobs = [failed_job(alice) for _ in range(3)]
    answer = act(olga, "retry_selected", *jobs)
    Job.objects.retry(jobs[0].pk)
    said = text(answer())
    assert "2 jobs were put back into the queue." in said
    assert "1 job was no longer failed, so left alone." in said
    assert Job.objects.filter(status="queued", queue="database").count() == 4
    assert LogEntry.objects.count() == 2


def test_an_action_for_the_whole_list_takes_what_its_filters_show(olga, alice, waiting):
    jobs = [failed_job(alice) for _ in range(3)]
    answer = act(olga, "retry_selected", jobs[0], select_across=1)
    assert "3 jobs were put back" in text(answer())


def test_an_action_without_any_legal_job_says_so(olga, waiting):
    response = act(olga, "retry_selected", waiting)
    assert "None of the selected jobs is failed." in text(olga.get(response.url))


def test_actions_need_the_csrf_token(olga, failed):
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = olga.cookies
    assert strict.post(f"{JOBS}{failed.pk}/retry/").status_code == 403


@pytest.mark.django_db(transaction=True)
def test_a_job_that_a_worker_holds_is_not_cancelled(olga, waiting):
    with psycopg.connect(test_database_url()) as worker:
        worker.execute("SELECT FROM slimy_job WHERE id = %s FOR NO KEY UPDATE", [waiting.pk])
        said = text(olga.post(f"{JOBS}{waiting.pk}/cancel/", follow=True))
    assert "1 job was being worked on just now, so left alone." in said
    waiting.refresh_from_db()
    assert waiting.status == "queued"


def test_what_clients_sent_is_escaped(root, pages):
    for page in pages:
        assert HOSTILE not in text(root.get(page)), page


def test_a_job_shows_what_it_was_asked_and_why_it_failed(vera, failed):
    page = text(vera.get(f"{JOBS}{failed.pk}/change/"))
    assert "&lt;script&gt;alert(&#x27;boo&#x27;)&lt;/script&gt;" in page
    for fact in ("Attempt 3", "2026-01-02 03:04:05.678 UTC", "internal_error", "alice"):
        assert fact in page


@pytest.mark.parametrize(
    "odd",
    [
        {"errors": ["x", None, {"at": "no time"}, {"at": "2026-13-45T00:00:00"}]},
        {"errors": {"not": "a list"}},
        {"payload": json.loads("[" * 600 + "]" * 600)},
        {"payload": {"conversationId": ["no id"]}},
        {"payload": {"conversationId": 10**400}},
        {"payload": {"conversationId": "zz"}},
        {"payload": "text", "owner": None},
    ],
)
def test_odd_jobs_can_be_looked_at(root, alice, odd):
    job = failed_job(**{"owner": alice} | odd)
    assert root.get(f"{JOBS}{job.pk}/change/").status_code == 200
    assert root.get(JOBS).status_code == 200


def test_a_job_leads_to_its_conversation(vera, alice, conversation):
    link = f"/admin/chat/conversation/{conversation.pk}/change/"
    job = failed_job(alice, payload={"conversationId": str(conversation.pk)})
    assert link in text(vera.get(f"{JOBS}{job.pk}/change/"))
    conversation.delete()
    assert link not in text(vera.get(f"{JOBS}{job.pk}/change/"))


def found(client, query):
    return {job.pk for job in client.get(JOBS + query).context["cl"].result_list}


def test_jobs_are_found(vera, alice, bob):
    mine, other = failed_job(alice, request_id=str(uuid4())), failed_job(bob, queue="audit", type="zoo")
    for query in (f"q={mine.pk}", f"q={mine.request_id}", "q=ALI", f"owner__id__exact={alice.pk}", "queue=database"):
        assert found(vera, f"?{query}") == {mine.pk}, query
    for query in (f"q={other.pk}", "queue=audit", "type=zoo"):
        assert found(vera, f"?{query}") == {other.pk}, query
    for query in ("q=", "status=failed", "q=%20", "created_at_from=nonsense", "created_at_to=9999-12-31"):
        assert found(vera, f"?{query}") == {mine.pk, other.pk}, query
    for query in (f"q={uuid4()}", "q=nobody", "status=queued", "created_at_to=0001-01-01"):
        assert found(vera, f"?{query}") == set(), query


def test_delayed_jobs_are_told_from_waiting_ones(vera, alice, waiting):
    soon = timezone.now() + timedelta(hours=1)
    delayed = failed_job(alice, status="queued", finished_at=None, attempts=1, available_at=soon)
    assert found(vera, "?status=delayed") == {delayed.pk}
    assert found(vera, "?status=queued") == {waiting.pk}


def test_jobs_are_found_by_days_both_included(vera, alice):
    day = timezone.now().replace(hour=23, minute=59, second=59)
    job = failed_job(alice, created_at=day)
    assert found(vera, f"?created_at_from={day:%Y-%m-%d}&created_at_to={day:%Y-%m-%d}") == {job.pk}
    assert found(vera, f"?created_at_from={day + timedelta(days=1):%Y-%m-%d}") == set()
    assert found(vera, f"?created_at_to={day - timedelta(days=1):%Y-%m-%d}") == set()


def test_owners_can_be_chosen_only_by_those_who_may_see_users(vera):
    assert "By owner" in text(vera.get(JOBS))
    assert "By owner" not in text(signed_in(staff("jo", "view_job")).get(JOBS))


@pytest.mark.parametrize("jobs", [1, 50])
def test_the_list_takes_as_many_statements_for_many_jobs(olga, alice, jobs, django_assert_max_num_queries):
    for _ in range(jobs):
        failed_job(alice)
    olga.get(JOBS)
    with django_assert_max_num_queries(12):
        assert len(found(olga, "")) == jobs


def test_large_lists_are_estimated(vera, alice, monkeypatch):
    monkeypatch.setattr(JobAdmin, "list_per_page", 3)
    monkeypatch.setattr(counting, "EXACT", 2)
    for _ in range(4):
        failed_job(alice)
    page = vera.get(f"{JOBS}?status=failed")
    assert re.search(r"about [0-9,]+ jobs", text(page))
    tabs = {tab.title: str(tab.amount) for tab in page.context["cl"].state_tabs}
    assert tabs["Failed"].startswith("~")
    assert tabs["Queued"] == "0"
