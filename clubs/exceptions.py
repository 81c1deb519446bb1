"""Errors of clubs."""

from slimy.exceptions import NotAllowed, PermanentError, SlimyError


class MemberNotFound(PermanentError):
    """There is no such member."""

    status = 404
    code = "member_not_found"


class TooManyMembers(PermanentError):
    """There are more members than a club can have."""

    code = "too_many_members"


class CannotMerge(PermanentError):
    """Only two different members of one club can be merged."""

    code = "cannot_merge"


class OcrNotInstalled(PermanentError):
    """This installation can't read pictures: install requirements-ocr.txt, or set OCR=1 where only workers have it."""

    status = 501
    code = "ocr_not_installed"


class UploadsDisabled(NotAllowed):
    """This guild's settings don't allow uploads (uploadsEnabled)."""

    code = "uploads_disabled"


class QuotaExceeded(PermanentError):
    """This guild has as many pictures stored as it may; the oldest are deleted after a while."""

    status = 409
    code = "upload_quota_exceeded"


class UploadNotFound(PermanentError):
    """There is no such upload."""

    status = 404
    code = "upload_not_found"


class PictureGone(PermanentError):
    """A picture of this upload is no longer stored."""

    status = 410
    code = "picture_gone"


class ReaderFailed(SlimyError):
    """The pictures could not be read."""

    code = "reader_failed"


class DecidedMeanwhile(SlimyError):
    """Somebody else has decided this meanwhile."""

    status = 409
    code = "decided_meanwhile"


class CannotDecide(PermanentError):
    """This can't be decided like that."""

    status = 400
    code = "cannot_decide"
