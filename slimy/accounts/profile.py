"""`GET /api/users/me`: who one is, and the parts that apps add in modules of this name."""

from slimy.parts import Parts

PROFILE = Parts("profile")
