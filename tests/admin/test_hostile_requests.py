"""The admin with odd ids, queries, searches, actions and forms, for every model it shows: never an error of ours."""

import pytest
from django.contrib import admin
from django.urls import reverse

from guilds.models import Role
from slimy.jobs.models import Job
from tests.admin.conftest import staff
from tests.conftest import users_jobs
from tests.test_club_access import observed

pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("something")]
EVERY = sorted(admin.site._registry, key=lambda model: model._meta.label)

IDS = [
    "0", "-1", "1", "x", "%00", "%FF", "9" * 40, "..%2F..%2Fetc", "' OR 1=1 --", "01a208f2-79bf-708c-ab1c-4e0138b27d4e",
    "112233445566778899", "_5F", "\u0663", "<script>", "x" * 2000,
]  # fmt: skip
QUERIES = [
    "p=0", "p=-1", "p=999999999999", "p=x", "p=%00", "o=99", "o=-99.x.", "o=%00", "q=%00", "q=%FF", "q=" + "x" * 5000,
    "q=%25%5C_'%22", "e=1", "all=", "all=x", "_facets=True", "_popup=1", "_to_field=password",
    "_changelist_filters=%00", "id__exact=x", "id__in=1,x,%00", "id__gt=" + "9" * 40, "pk=%00", "nonsense=1",
    "nonsense__x__y=1", "owner__password=1", "user__password__startswith=p", "password__startswith=p",
    "created_at__gte=x", "created_at__year=99999999999", "created_at__month=x", "created_at__day=99",
    "status__exact=%00", "status__exact=done", "type__exact=%00", "queue__exact=" + "x" * 5000, "period=%00",
    "is_staff__exact=2", "a=1&a=2&a=3",
]  # fmt: skip
ACTIONS = [
    {"action": "nonsense", "_selected_action": ["1"]},
    {"action": "", "_selected_action": ["x"]},
    {"action": "delete_selected", "_selected_action": ["x", "\0", "9" * 40]},
    {"action": "delete_selected", "_selected_action": [], "select_across": "x", "index": "x"},
    {"_selected_action": "1", "select_across": "1", "index": "99", "action": "nonsense"},
    {"form-TOTAL_FORMS": "x", "_save": "1"},
    {"form-TOTAL_FORMS": "9" * 30, "form-INITIAL_FORMS": "-1", "_save": "1"},
]
FINE = {200, 302, 400, 403, 404, 405}


@pytest.fixture
def something(alice, guild, joined, conversation, failed, waiting):
    """Rows to be found."""
    joined(alice, Role.ADMIN)
    observed(guild)


@pytest.fixture
def waiting(alice):
    return Job.objects.create(queue="database", type="get_conversations", payload={}, owner=alice, fingerprint="0" * 64)


def page(model, name, *args):
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{name}", args=args)


def rows(model):
    """Without what the audit trail adds of us."""
    return users_jobs() if model is Job else model._default_manager.all()


def assert_fine(response, what):
    assert response.status_code in FINE, f"{what}: {response.status_code}"


@pytest.mark.parametrize("model", EVERY, ids=lambda model: model._meta.label)
class TestEveryModel:
    def test_takes_any_query(self, model, root):
        for query in QUERIES:
            assert_fine(root.get(f"{page(model, 'changelist')}?{query}", follow=True), query)

    def test_takes_any_id(self, model, root):
        place = page(model, "changelist")
        for id in IDS:
            for what in ("change", "history", "delete"):
                assert_fine(root.get(f"{place}{id}/{what}/"), f"{id} {what}")
                assert_fine(root.post(f"{place}{id}/{what}/", {"post": "yes"}), f"{id} {what}")

    def test_takes_any_action_and_changes_nothing(self, model, root):
        before = rows(model).count()
        for form in ACTIONS:
            assert_fine(root.post(page(model, "changelist"), form), form)
        assert rows(model).count() == before

    def test_is_closed_to_staff_without_rights_and_to_nobody(self, model, client):
        client.force_login(staff("nora"))
        kept = rows(model).count()
        first = rows(model).first()
        places = [page(model, "changelist")]
        places += [page(model, name, first.pk) for name in ("change", "delete", "history")] if first else []
        for place in places:
            assert client.get(place).status_code == 403, place
            assert client.post(place, {"post": "yes"}).status_code == 403, place
        client.logout()
        for place in places:
            assert client.get(place).url.startswith("/admin/login/"), place
        assert rows(model).count() == kept
