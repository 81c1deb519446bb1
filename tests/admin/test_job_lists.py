"""The list of jobs: pages, tabs with counts, what the search finds, and what takes too long."""

from datetime import timedelta
from html import unescape

import pytest
from django.utils import timezone

from slimy.jobs.admin import JobAdmin, changelist, counting, search
from slimy.jobs.models import Job
from tests.admin.conftest import JOBS, failed_job, text

pytestmark = pytest.mark.django_db


def listed(client, query=""):
    return [job.pk for job in client.get(JOBS + query).context["cl"].result_list]


def test_pages_follow_each_other_in_both_directions(vera, alice, monkeypatch):
    monkeypatch.setattr(JobAdmin, "list_per_page", 3)
    jobs = [failed_job(alice).pk for _ in range(8)][::-1]
    found, pages, query = [], [], ""
    while True:
        cl = vera.get(f"{JOBS}{query}").context["cl"]
        pages.append([job.pk for job in cl.result_list])
        found += pages[-1]
        if not cl.older:
            break
        query = cl.older
    assert found == jobs
    assert [len(page) for page in pages] == [3, 3, 2]

    for page in pages[-2::-1]:
        cl = vera.get(f"{JOBS}{cl.newer}").context["cl"]
        assert [job.pk for job in cl.result_list] == page
    assert not cl.newer
    assert cl.newest


def test_pages_keep_the_filters_and_filters_begin_at_the_top(vera, alice, monkeypatch):
    monkeypatch.setattr(JobAdmin, "list_per_page", 1)
    first = failed_job(alice)
    failed_job(alice, status="cancelled", errors=[])
    second = failed_job(alice)
    cl = vera.get(f"{JOBS}?status=failed").context["cl"]
    assert [job.pk for job in cl.result_list] == [second.pk]
    cl = vera.get(f"{JOBS}{cl.older}").context["cl"]
    assert [job.pk for job in cl.result_list] == [first.pk]
    assert all("before" not in tab.url for tab in cl.state_tabs)


@pytest.mark.parametrize(
    "query", ["?before=nonsense", "?after=", "?before=zz&after=%01", "?finished=x", "?finished=9-&q=x"]
)
def test_odd_pages_are_no_error(vera, failed, query):
    assert vera.get(JOBS + query).status_code == 200


def test_tabs_count_states_and_queues(vera, alice, waiting):
    for status in ("failed", "failed", "cancelled"):
        failed_job(alice, status=status, errors=[])
    failed_job(alice, queue="audit")
    later = timezone.now() + timedelta(hours=1)
    failed_job(alice, status="queued", attempts=1, finished_at=None, available_at=later)

    def tabs(query):
        cl = vera.get(JOBS + query).context["cl"]
        return [{tab.title: str(tab.amount) for tab in some} for some in (cl.state_tabs, cl.queue_tabs)]

    states, queues = tabs("")
    assert states == {
        "All": "6", "Queued": "1", "Delayed": "1", "Active": "0", "Completed": "0", "Failed": "3", "Cancelled": "1",
    }  # fmt: skip
    assert queues == {"All queues": "6", "database": "5", "audit": "1", "chat": "0", "ocr": "0"}
    assert tabs("?queue=audit")[0]["Failed"] == "1"
    assert tabs("?status=failed")[1]["database"] == "2"


def test_tabs_lead_to_as_many_jobs_as_they_say(vera, alice, waiting):
    later = timezone.now() + timedelta(hours=1)
    failed_job(alice, status="queued", attempts=1, finished_at=None, available_at=later)
    failed_job(alice)
    for tab in vera.get(JOBS).context["cl"].state_tabs:
        assert len(listed(vera, unescape(tab.url))) == tab.amount.jobs, tab.title


def test_tabs_count_what_the_other_filters_let_through(vera, alice, bob, monkeypatch):
    for status, owner in (("failed", alice), ("failed", alice), ("cancelled", alice), ("failed", bob)):
        failed_job(owner, status=status, errors=[])
    later = timezone.now() + timedelta(hours=1)
    failed_job(alice, status="queued", attempts=1, finished_at=None, available_at=later)

    def tabs(query):
        cl = vera.get(f"{JOBS}?owner__id__exact={alice.pk}{query}").context["cl"]
        return {tab.title: str(tab.amount) for tab in [*cl.state_tabs, *cl.queue_tabs]}

    for query in ("", "&status=cancelled", "&type=save_message&status=failed"):
        found = tabs(query)
        assert [found[state] for state in ("All", "Failed", "Cancelled", "Delayed", "Queued")] == [
            "4",
            "2",
            "1",
            "1",
            "0",
        ]
    assert tabs("&status=failed")["database"] == "2"
    monkeypatch.setattr(counting, "NEWEST", 2)
    assert tabs("&status=failed")["All"] == "2+"


def test_a_text_is_found_in_payloads(vera, alice):
    wanted = failed_job(alice, payload={"message": {"content": 'Sim "power" 100% of_all \\o/'}})
    failed_job(alice, payload={"message": {"content": "something else"}})
    for term in ("sim", '"power"', "100%25", "of_all", "%5Co/", '"Sim+"power"+100%25"'):
        assert listed(vera, f"?q={term}") == [wanted.pk], term
    assert listed(vera, "?q=100x") == []
    assert "in the payloads of the newest 20,000 of these jobs" in text(vera.get(f"{JOBS}?q=power"))


def test_quotes_search_payloads_even_if_an_owner_has_that_name(vera, alice, bob):
    mine, his = failed_job(alice), failed_job(bob, payload={"message": "for alice"})
    assert listed(vera, "?q=alice") == [mine.pk]
    assert listed(vera, '?q="alice"') == [his.pk]


def test_only_the_newest_payloads_are_looked_at(vera, alice, monkeypatch):
    monkeypatch.setattr(search, "LOOKED_AT", 2)
    old, *_ = [failed_job(alice, payload={"message": "needle"}).pk for _ in range(3)]
    assert len(listed(vera, "?q=needle")) == 2
    assert old not in listed(vera, "?q=needle")


def test_the_search_keeps_to_the_filters(vera, alice):
    failed_job(alice, payload={"message": "needle"}, type="get_messages")
    wanted = failed_job(alice, payload={"message": "needle"})
    assert listed(vera, "?q=needle&type=save_message") == [wanted.pk]


@pytest.mark.django_db(transaction=True)
def test_a_list_that_takes_too_long_says_so(vera, failed, monkeypatch):
    monkeypatch.setattr(changelist, "PATIENCE", "1ms")
    monkeypatch.setattr(changelist, "amounts", lambda: list(Job.objects.raw("SELECT id FROM slimy_job, pg_sleep(1)")))
    page = vera.get(JOBS)
    assert page.status_code == 200
    assert changelist.TOO_LONG in text(page)
    assert listed(vera) == []


def test_a_worker_s_jobs_are_found(vera, alice):
    active = failed_job(
        alice, status="active", finished_at=None, claim="0" * 32, claimed_by="w1", claimed_at=timezone.now()
    )
    failed_job(alice, claimed_by="w1")
    assert listed(vera, "?worker=w1") == [active.pk]
    assert listed(vera, "?worker=w2") == []
