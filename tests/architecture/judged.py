"""Which columns hold words, and may those words be read in the table?

What a person wrote about a child lies sealed (`core.sealing`). Every other column that could take words is judged here, with the
reason why it is not sealed. One that is neither sealed nor judged fails.
"""

from __future__ import annotations

from collections.abc import Iterator

from django.apps import apps
from django.contrib.postgres.fields import ArrayField
from django.db.models import BinaryField, CharField, Field, JSONField, SlugField, TextField

from fravaer.core.sealing import FixedNumber, SealedText

# Why it is not sealed: the columns.
JUDGED: dict[str, set[str]] = {
    "words, codes and keys of ours, or of a supplier's; no person types them": {
        "audit.Event.role", "audit.Event.action", "audit.Event.subject", "audit.Event.subject_id", "audit.Event.purpose",
        "audit.Event.reason", "audit.Event.detail", "audit.Former.source", "audit.Former.row_key", "audit.Former.change",
        "audit.Former.actor", "audit.Former.by_role", "schools.Municipality.code", "schools.School.institution_number",
        "schools.Calendar.key", "schools.Pupil.roster_key", "schools.Guardian.roster_key", "schools.Guardian.language",
        "schools.StaffMember.roster_key", "schools.StaffPost.role", "schools.Installation.cluster",
        "accounts.User.staff_key", "accounts.Grant.origin", "accounts.Grant.origin_ref", "accounts.Session.session_key",
        "accounts.Session.login", "accounts.Identity.issuer", "accounts.Identity.subject",
        "absence.RegisterEvent.channel", "absence.LocalReason.code", "absence.Discrepancy.settling",
        "sms.Message.dedupe_key", "sms.Message.text_name", "sms.Message.text_version", "sms.Message.language",
        "sms.Message.encoding", "sms.Message.provider", "sms.Message.provider_sid", "sms.Message.provider_status",
        "sms.Message.resolved_by", "sms.Attempt.outcome", "sms.Attempt.error_class", "sms.ProviderEvent.provider_sid",
        "sms.ProviderEvent.status", "sms.ProviderEvent.via", "sms.Transition.before", "sms.Transition.after",
        "sms.Circuit.provider", "sms.Circuit.reason", "sms.Limits.countries", "sms.Inbound.provider_sid",
        "sms.Inbound.outcome", "sms.TextVersion.name", "sms.TextVersion.language", "cases.Rule.tells",
        "cases.RuleProposal.proposed_as", "cases.RuleProposal.decided_as", "cases.RuleProposal.undo_asked_as",
        "cases.Step.detail", "cases.Activation.role", "cases.Share.basis", "cases.WeekPlan.days", "cases.WeekPlan.known",
        "cases.LetterText.language", "cases.Letter.language", "cases.Letter.checks", "cases.Letter.sent_how",
        "cases.Document.kind", "reports.Approval.role", "reports.Export.asked", "reports.Export.role",
        "reports.Export.name", "reports.Export.path", "reports.Export.failure", "oversight.Sample.page",
        "oversight.Insight.decided", "oversight.Insight.read", "keeping.Term.kind", "keeping.Hold.kind", "keeping.Batch.kind",
        "keeping.Disposal.kind", "reports.Disposed.kind", "keeping.Disposal.keys", "keeping.Disposal.package",
    },
    "hashes and public keys": {
        "audit.Seal.hash", "schools.CprNumber.found_by", "accounts.User.password", "accounts.Passkey.credential_id",
        "accounts.Passkey.public_key", "accounts.RecoveryCode.digest", "absence.RegisterEvent.digest",
        "sms.Message.body_sha256", "sms.OptOut.number_hmac", "cases.Letter.evidence_hash", "cases.Document.sha256",
        "reports.WheelFeed.token_hash", "reports.Snapshot.sha256", "reports.DataSet.sha256", "reports.Export.sha256",
        "oversight.Insight.sha256", "keeping.Batch.digest", "keeping.Disposal.digest",
        "keeping.Disposal.package_sha256", "accounts.CprHash.found_by", "accounts.AccountLink.digest",
    },
    "figures": {
        "cases.RuleProposal.rule", "cases.RuleProposal.preview", "cases.Cluster.evidence", "cases.Cluster.latest",
        "cases.Letter.undermined", "reports.Draw.state", "reports.Draw.sums", "reports.Pattern.basis",
        "reports.Pattern.contents", "reports.Snapshot.contents", "reports.DataSet.lacking", "keeping.Batch.held",
        "keeping.Disposal.rows",
    },
    "names and ties as the roster has them: lists are ordered by them and people are found by them": {
        "schools.Pupil.given_name", "schools.Pupil.family_name", "schools.Guardian.given_name",
        "schools.Guardian.family_name", "schools.Guardianship.relation",
    },
    "about a school, a class, a rule, a day or a deadline, and its page says so": {
        "schools.Municipality.name", "schools.Area.name", "schools.School.name", "schools.School.phone",
        "schools.DayRule.reason", "schools.PlanChange.days", "schools.CalendarDay.reason", "schools.SchoolClass.letter",
        "absence.LocalReason.name", "absence.Closing.reopened_because", "sms.Choice.signature", "sms.TextVersion.body",
        "sms.Inbound.to_e164", "cases.Rule.name", "cases.RuleProposal.text", "cases.RuleProposal.answer",
        "cases.Offer.name", "cases.LetterText.subject", "cases.LetterText.body", "reports.Target.decision",
        "reports.Annotation.text", "reports.Initiative.text", "reports.Initiative.owner", "reports.Initiative.remark",
        "reports.WheelItem.title", "reports.WheelItem.text", "reports.Reference.source", "reports.Approval.text",
        "reports.Delivery.text", "keeping.Term.source",
    },
    "about a colleague: who she is, and why she is given access": {
        "schools.StaffMember.name", "schools.StaffMember.email", "accounts.User.email", "accounts.User.name",
        "accounts.User.title", "accounts.Grant.reason", "accounts.Proposal.reason", "accounts.Session.device",
        "accounts.Session.session_data", "accounts.Passkey.name",
        # A name and a place of work of somebody who is no user; ordered by.
        "cases.Party.name",
        # What somebody calls a worklist, and its filters as the address has them.
        "cases.SavedFilter.name", "cases.SavedFilter.query",
    },
    "a text two persons agreed to with the child's given name put in; it has left through the telephone net, and is forgotten": {
        "sms.Message.body", "sms.Message.to_mask",
    },
    "what was in another column, as it stood there: sealed where that is": {"audit.Former.before"},
}  # fmt: skip


def columns() -> Iterator[tuple[str, Field[object, object]]]:
    """Every column of ours that could take words and does not choose among ours."""
    for model in apps.get_models():
        if not model.__module__.startswith("fravaer."):
            continue
        for field in model._meta.local_concrete_fields:
            holds = field.base_field if isinstance(field, ArrayField) else field
            if isinstance(holds, CharField | TextField | JSONField | BinaryField) and not (
                holds.choices or isinstance(holds, SlugField)
            ):
                yield f"{model._meta.label}.{field.name}", field


def unjudged() -> set[str]:
    """Columns that could take words about a child, and neither are sealed nor judged."""
    return {name for name, _field in columns()} - {name for names in JUDGED.values() for name in names}


def gone() -> set[str]:
    """Columns that are judged and are not there any more, or are sealed by now."""
    return {name for names in JUDGED.values() for name in names} - {name for name, _field in columns()}


def sealed() -> set[str]:
    """Columns that are sealed, or fixed."""
    return {
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.local_concrete_fields
        if isinstance(field, SealedText | FixedNumber)
    }
