"""What does keeping and disposing hold about a child? (data protection regulation article 15)"""

from __future__ import annotations

from django.db.models import Model

from fravaer.keeping.models import Hold

NOT_TOLD: dict[type[Model], str] = {
    Hold: "that nothing is disposed of while a matter is open; its grounds are the matter's"
}
