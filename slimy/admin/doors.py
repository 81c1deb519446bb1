"""From the page of a row to pages of other apps about it: an app says where its own page of another app's row is."""

from dataclasses import dataclass

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse


@dataclass(frozen=True)
class Door:
    """A link as a page shows it."""

    title: str
    url: str


@dataclass(frozen=True)
class _Page:
    title: str
    name: str
    permission: str


_pages: dict[type[Model], list[_Page]] = {}


def door(model: type[Model], title: str, page: str, permission: str) -> None:
    """The pages of `model` lead to the admin's `page` with the same key, for those with the permission."""
    _pages.setdefault(model, []).append(_Page(title, page, permission))


def doors_of(row: Model, request: HttpRequest) -> list[Door]:
    """The links of a row's page that the user may follow."""
    return [
        Door(page.title, reverse(f"admin:{page.name}", args=[row.pk]))
        for page in _pages.get(type(row), [])
        if request.user.has_perm(page.permission)
    ]
