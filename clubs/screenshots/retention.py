"""Pictures go after a while: they show people's names. What was read of them and decided stays."""

from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from clubs.screenshots.intake import discard
from clubs.screenshots.models import Screenshot, Upload
from slimy.sql import tx

AT_ONCE = 2  # uploads, of 20 pictures each; the storage may be far away


def delete_old_pictures() -> int:
    """Delete the pictures of a few uploads older than SCREENSHOT_KEEP_DAYS; how many uploads had some."""
    before = timezone.now() - timedelta(days=settings.SCREENSHOTS["KEEP_DAYS"])
    with tx():
        old = Upload.objects.filter(pictures_deleted_at=None, created_at__lt=before).order_by("created_at")
        ids = list(old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:AT_ONCE])
        pictures = Screenshot.objects.filter(upload__in=ids)
        names = [name for name in pictures.values_list("file", flat=True) if name]
        discard(names)
        pictures.update(file="")
        Upload.objects.filter(pk__in=ids).update(pictures_deleted_at=timezone.now())
    return len(ids)
