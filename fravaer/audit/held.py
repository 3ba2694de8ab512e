"""What does the trail hold about a child? (data protection regulation article 15)

It is told by role and day (`audit.search.roles_about`): which colleague it was is about the colleague.
"""

from __future__ import annotations

from django.db.models import Model

from fravaer.audit.models import Event

NOT_TOLD: dict[type[Model], str] = {Event: "told by role, page and day"}
