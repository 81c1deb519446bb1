"""Clubs as staff see them: clubs, members, scans, corrections.

What staff may do here is said by Django's permissions; roles in a guild are for jobs (guilds/permissions.py).
"""

from django.contrib import admin

from clubs.admin import panels  # noqa: F401  what the home page shows of clubs
from clubs.admin.clubs import ClubAdmin
from clubs.admin.corrections import CorrectionAdmin
from clubs.admin.members import MemberAdmin
from clubs.admin.scans import ScanAdmin
from clubs.admin.uploads import UploadAdmin
from clubs.club import Club
from clubs.models import Correction, Member, Scan
from clubs.screenshots.models import Upload
from guilds.models import Guild
from slimy.admin.doors import door
from slimy.admin.subjects import subject

admin.site.register(Club, ClubAdmin)  # in the order of the menu
admin.site.register(Member, MemberAdmin)
admin.site.register(Upload, UploadAdmin)
admin.site.register(Scan, ScanAdmin)
admin.site.register(Correction, CorrectionAdmin)

subject("scanId", Scan)
subject("uploadId", Upload)
door(Guild, "Club", "clubs_club_change", "clubs.view_club")
