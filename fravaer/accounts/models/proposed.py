"""Which access has been asked for, and what was said of the access that stands? Proposals and half-yearly attestations."""

from __future__ import annotations

import uuid
from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import pgettext_lazy

from fravaer.accounts.models.granted import LONGEST_REASON, Grant, Purpose, Reach, last_day
from fravaer.accounts.models.people import User
from fravaer.accounts.roles import Role
from fravaer.schools.models import Area, School, SchoolClass


class Proposal(models.Model):
    """One role over one unit that somebody asks for on another's behalf; a second person decides."""

    class State(models.TextChoices):
        WAITING = "waiting", pgettext_lazy("a proposal of access", "Waits")
        APPROVED = "approved", pgettext_lazy("a proposal of access", "Approved")
        REFUSED = "refused", pgettext_lazy("a proposal of access", "Refused")

    uuid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    role = models.CharField(max_length=32, choices=Role)
    reach = models.CharField(max_length=16, choices=Reach)
    area = models.ForeignKey(Area, models.PROTECT, null=True, blank=True, related_name="+")
    school = models.ForeignKey(School, models.PROTECT, null=True, blank=True, related_name="+")
    school_class = models.ForeignKey(SchoolClass, models.PROTECT, null=True, blank=True, related_name="+")
    purpose = models.CharField(max_length=16, choices=Purpose)
    reason = models.CharField(max_length=LONGEST_REASON)
    valid_until = models.DateTimeField()
    state = models.CharField(max_length=16, choices=State, default=State.WAITING)
    proposed_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    # The role the proposer acted in.
    proposed_as = models.CharField(max_length=32, choices=Role)
    proposed_at = models.DateTimeField()
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    decided_at = models.DateTimeField(null=True, blank=True)
    # The access it became.
    grant = models.OneToOneField(Grant, models.PROTECT, null=True, blank=True, related_name="+")

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(reach="class", school_class__isnull=False, school=None, area=None)
                | Q(reach="school", school__isnull=False, school_class=None, area=None)
                | Q(reach="area", area__isnull=False, school=None, school_class=None)
                | Q(reach="municipality", area=None, school=None, school_class=None),
                name="proposal_names_its_unit",
            ),
            models.CheckConstraint(
                condition=~Q(user=F("proposed_by"))
                & (
                    Q(decided_by=None)
                    | Q(state="refused")
                    | ~Q(decided_by=F("proposed_by")) & ~Q(decided_by=F("user"))
                ),
                name="proposal_takes_two",
            ),
            models.CheckConstraint(
                condition=Q(state="waiting", decided_by=None, decided_at=None)
                | ~Q(state="waiting") & Q(decided_by__isnull=False, decided_at__isnull=False),
                name="proposal_is_decided_by_somebody",
            ),
        ]

    @property
    def last_day(self) -> date:
        """The last day on which the access would hold."""
        return last_day(self.valid_until)


class Attestation(models.Model):
    """What was said of one grant at one half-yearly review: it is still needed, or it is asked to be withdrawn."""

    grant = models.ForeignKey(Grant, models.CASCADE, related_name="attestations")
    # The review, by the day it began.
    review_on = models.DateField()
    needed = models.BooleanField()
    answered_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    answered_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["grant", "review_on"], name="one_attestation_a_review"),
        ]
