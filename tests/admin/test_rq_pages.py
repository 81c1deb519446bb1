"""RQ's own pages, for superusers only."""

import pytest
from django.conf import settings

from slimy.ids import new_id
from slimy.jobs.queue import add_job
from tests.admin.conftest import JOBS, text

pytestmark = pytest.mark.django_db


def test_superusers_see_the_pages_of_rq(root, waiting, django_capture_on_commit_callbacks, alice):
    with django_capture_on_commit_callbacks(execute=True):
        job = add_job("database", "zoo", {"how": "complete"}, alice)
    queue = f"/admin/rq/queues/{sorted(settings.RQ_QUEUES).index('database')}"
    message = f"{job.pk}-1"
    assert message in text(root.get(f"{queue}/"))
    for page in ("/admin/rq/", "/admin/rq/stats.json", f"{queue}/details/", f"{queue}/{message}/", f"{queue}/empty/"):
        assert root.get(page).status_code == 200, page


def test_other_staff_do_not_see_the_pages_of_rq(olga):
    for page in ("/admin/rq/", "/admin/rq/stats.json", "/admin/rq/queues/0/"):
        assert olga.get(page).status_code == 403, page


def test_pages_that_are_not_there(root, failed):
    for page in (f"{JOBS}{new_id()}/change/", f"{JOBS}{new_id()}/retry/", f"{JOBS}abc/change/", f"{JOBS}abc/retry/"):
        assert root.get(page).url == "/admin/", page
