"""What does the database refuse of the trail?"""

from __future__ import annotations

WITHOUT = {"audit_event": "only ever added to: a trigger refuses the rest"}
