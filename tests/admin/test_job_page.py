"""The page of a job: what happened to it, and what it was asked."""

from datetime import timedelta

import pytest
from django.utils import timezone

from slimy.jobs.admin.documents import MASK, folded, pretty
from slimy.jobs.admin.timeline import timeline
from slimy.jobs.models import Job
from tests.admin.conftest import JOBS, failed_job, text

pytestmark = pytest.mark.django_db
SECRETS = {
    "password": "p4ss",
    "apiToken": "t0k",
    "Authorization": "Bearer x",
    "deep": {"client_secret": {"a": 1}},
    "api_key": 7,
}


def test_the_timeline_tells_everything_in_order(olga, alice):
    begin = timezone.now() - timedelta(minutes=10)

    def at(seconds):
        return begin + timedelta(seconds=seconds)

    crash = {"attempt": 1, "at": at(3).isoformat(), "code": "worker_crashed", "message": "Died."}
    error = {"attempt": 2, "at": at(9).isoformat(), "code": "job_timeout", "message": "Too slow."}
    times = {"created_at": begin, "started_at": at(1), "claimed_at": at(7), "finished_at": at(9.0001)}
    job = failed_job(alice, attempts=2, errors=[crash, error], claimed_by="worker-7", **times)
    olga.post(f"{JOBS}{job.pk}/retry/")
    job.refresh_from_db()
    told = [(event.title, event.since) for event in timeline(job)]
    assert told[:5] == [
        ("Accepted", ""),
        ("First start", "+1 s"),
        ("Rescued: its worker died", "+2 s"),
        ("Claimed, attempt 0", "+4 s"),
        ("Attempt 2 failed", "+2 s"),
    ]
    assert told[5][0] == "Put back into the queue"
    page = text(olga.get(f"{JOBS}{job.pk}/change/"))
    for fact in ("by olga", "by worker-7", "job_timeout", "Too slow."):
        assert fact in page


def test_a_job_leads_to_its_neighbours(vera, alice):
    older, job, newer = (failed_job(alice) for _ in range(3))
    page = text(vera.get(f"{JOBS}{job.pk}/change/"))
    assert f'rel="prev" href="{JOBS}{older.pk}/change/"' in page
    assert f'rel="next" href="{JOBS}{newer.pk}/change/"' in page


def test_secrets_are_masked_wherever_they_are(vera, alice):
    job = failed_job(alice, payload=SECRETS, errors=[{"code": "x", "details": {"token": "t0k"}}])
    page = text(vera.get(f"{JOBS}{job.pk}/change/"))
    assert MASK in page
    for secret in ("p4ss", "t0k", "Bearer x"):
        assert secret not in page
    assert pretty(SECRETS).count(MASK) == 5


@pytest.mark.parametrize("document", [None, 7, "text", [], {}, {"a": []}, [[[[1]]]], {"<i>": "<i>"}, {"n": None}])
def test_any_document_can_be_folded(document):
    assert "<i>" not in folded(document)


def test_large_documents_are_cut():
    assert "… and 900 more" in folded(list(range(1000)))
    assert "(5,000 characters)" in folded({"text": "x" * 5000})
    assert folded({"text": ["x" * 1000] * 200}) == ""
    deep: list = []
    for _ in range(40):
        deep = [deep, 1]
    assert folded(deep).count("<details") < 20


def test_a_job_that_has_not_ended_is_live(vera, failed, waiting):
    assert "data-live-every" in text(vera.get(f"{JOBS}{waiting.pk}/change/"))
    assert "data-live-every" not in text(vera.get(f"{JOBS}{failed.pk}/change/"))
    assert Job.objects.count() == 2
