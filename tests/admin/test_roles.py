"""The groups that every installation has."""

import pytest
from django.contrib.auth.models import Group
from django.core.management import call_command

from slimy.accounts.models import User
from slimy.jobs.models import Job
from tests.admin.conftest import JOBS, failed_job, signed_in

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def roles():
    call_command("migrate", verbosity=0)


def member_of(group):
    user = User.objects.create_user(f"one of {group}", is_staff=True)
    user.groups.add(Group.objects.get(name=group))
    return signed_in(user)


def test_viewers_see_everything_and_can_do_nothing(alice, pages):
    viewer, job = member_of("Viewers"), failed_job(alice)
    for page in [*pages, "/admin/", f"{JOBS}operation/", "/admin/clubs/club/", "/admin/guilds/guild/"]:
        assert viewer.get(page).status_code == 200, page
    for page in (f"{JOBS}{job.pk}/retry/", f"{JOBS}all/retry/?status=failed", f"{JOBS}operation/database/pause/"):
        assert viewer.post(page).status_code == 403, page
    job.refresh_from_db()
    assert job.status == "failed"


def test_operators_act_on_jobs_and_queues(alice):
    operator, job = member_of("Operators"), failed_job(alice)
    operator.post(f"{JOBS}{job.pk}/retry/")
    assert Job.objects.get(pk=job.pk).status == "queued"
    assert operator.post(f"{JOBS}operation/database/pause/").status_code == 302
    assert operator.get("/admin/accounts/user/add/").status_code == 403


def test_groups_keep_what_staff_gave_them():
    viewers = Group.objects.get(name="Viewers")
    before = viewers.permissions.count()
    viewers.permissions.add(*Group.objects.get(name="Operators").permissions.filter(codename="retry_job"))
    call_command("migrate", verbosity=0)
    assert viewers.permissions.count() == before + 1
