"""What all our model admins share: lists that stay fast, and models that are only looked at."""

from datetime import datetime
from typing import Any, ClassVar

from django.contrib.admin import ShowFacets
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from unfold.admin import ModelAdmin

from slimy.admin.paginator import BoundedChangeList, BoundedPaginator
from slimy.admin.readable import refuse_unreadable
from slimy.audit.log_entries import note_changes
from slimy.ids import parse_id


class FastAdmin(ModelAdmin):
    """A list that never counts a whole table, and finds rows by the exact id that is typed in."""

    icon: ClassVar[str] = "table_rows"
    id_fields: ClassVar[tuple[str, ...]] = ()  # UUIDs that the search looks up
    list_defer: ClassVar[tuple[str, ...]] = ()  # what may be large and isn't listed

    paginator: Any = BoundedPaginator
    show_full_result_count = False
    list_per_page = 50
    show_facets = ShowFacets.NEVER
    list_filter_submit = True

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> Any:
        """The list, or 400."""
        refuse_unreadable(request, self.opts.pk)
        return super().changelist_view(request, extra_context)

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Also for the audit trail: what was before and what is after."""
        note_changes(form)
        return super().construct_change_message(request, form, formsets, add)

    def get_changelist(self, request: HttpRequest, **kwargs: Any) -> type[Any]:
        """The class of the list."""
        return BoundedChangeList

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """A UUID finds the row that has it, anything else is looked for in `search_fields`."""
        wanted = parse_id(search_term.strip()) if self.id_fields else None
        if wanted is None:
            found: tuple[QuerySet[Any], bool] = super().get_search_results(request, queryset, search_term)
            return found
        return queryset.filter(Q.create([(field, wanted) for field in self.id_fields], connector=Q.OR)), False


class Window(FastAdmin):
    """A model that is only looked at."""

    def has_add_permission(self, request: HttpRequest) -> bool:
        """Nobody adds."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes."""
        return False


def link(request: HttpRequest, target: Model | None) -> str | SafeString:
    """The name of a row, as a link for those who may see it; "-" for None."""
    if target is None:
        return "-"
    kind = ContentType.objects.get_for_model(target)
    if not any(request.user.has_perm(f"{kind.app_label}.{verb}_{kind.model}") for verb in ("view", "change")):
        return str(target)
    url = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[target.pk])
    return format_html('<a class="text-link" href="{}">{}</a>', url, target)


def moment(time: datetime | None, *, exact: bool = False) -> str:
    """A time for people, to the second or `exact` to the millisecond with its zone; "-" for None."""
    if time is None:
        return "-"
    local = timezone.localtime(time)
    text = f"{local:%Y-%m-%d %H:%M:%S}"
    return f"{text}.{local.microsecond // 1000:03} {local:%Z}" if exact else text
