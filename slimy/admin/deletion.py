"""What the question before a deletion shows of rows that many others hang on: counts instead of Django's full list."""

from collections.abc import Sequence

from django.db.models import CASCADE, Model, QuerySet
from django.http import HttpRequest

Counted = tuple[list[str], dict[str, int], set[str], list[str]]


def counted_deletion(rows: Sequence[Model], request: HttpRequest) -> Counted:
    """For `ModelAdmin.get_deleted_objects`: the rows, what goes with them by kind, what the user may not delete."""
    if not rows:
        return [], {}, set(), []
    opts = rows[0]._meta  # noqa: SLF001  Django's documented API
    count, lacking = {str(opts.verbose_name_plural): len(rows)}, set()
    for relation in opts.related_objects:
        if relation.on_delete is CASCADE:
            gone = QuerySet(relation.related_model).filter(**{f"{relation.field.name}__in": rows}).count()
            kind = relation.field.opts
            count[str(kind.verbose_name_plural)] = gone
            if gone and not request.user.has_perm(f"{kind.app_label}.delete_{kind.model_name}"):
                lacking.add(str(kind.verbose_name_plural))
    return [str(row) for row in rows], count, lacking, []
