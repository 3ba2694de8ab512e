"""What reports keep. Private to this app: others ask its rooms."""

from __future__ import annotations

from django.db import models


class Draw(models.Model):
    """The sums of a period as they were when they were drawn, with the state of everything they were drawn from."""

    since = models.DateField()
    until = models.DateField()
    state = models.TextField()
    drawn_at = models.DateTimeField()
    # {"everybody" or "with_measure": {grouping: {key: half-days and pupils}}}
    sums = models.JSONField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["since", "until"], name="one_draw_a_period")]
