"""Which room writes which table?

One room for each table, named here; whoever else writes it breaks the plan. Loading a whole municipality at once is the one
exception, and is named as such. Read from the source: calls that write through `Model.objects`, instances saved or deleted,
and SQL that inserts, updates, deletes or copies.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

from tests.architecture.habits import tables
from tests.architecture.source import Room, calls, dotted, rooms, texts, walked

# Model: its rooms. More than one only where the comment says why.
WRITERS: dict[str, set[str]] = {
    # By functions of the database, which the roles that pages and jobs run as may call and no more.
    "audit.Event": {"audit.trail"},
    "audit.Seal": {"audit.chain"},
    # `audit.Former` is written by triggers alone, and by no room.
    "schools.Calendar": {"schools.schooldays"},
    "schools.CalendarDay": {"schools.schooldays"},
    # Loading a whole municipality at once (`schools.bulk`) writes what an import of the roster does.
    # The roster makes the class; drawing the calendars chooses the narrowest of them for it.
    "schools.SchoolClass": {"schools.importing.apply", "schools.schooldays", "schools.bulk"},
    "schools.Municipality": {"schools.importing.apply", "schools.bulk"},
    "schools.Area": {"schools.importing.apply", "schools.bulk"},
    "schools.School": {"schools.importing.apply", "schools.bulk"},
    "schools.SchoolYear": {"schools.importing.apply", "schools.bulk"},
    # Day rules come with the roster as well as by hand.
    "schools.DayRule": {"schools.importing.apply", "schools.bulk", "schools.plan"},
    "schools.PlanChange": {"schools.plan"},
    "schools.Pupil": {"schools.importing.apply", "schools.bulk"},
    "schools.CprNumber": {"schools.cpr"},
    "schools.CprLookup": {"schools.cpr"},
    "schools.Enrolment": {"schools.importing.apply", "schools.bulk"},
    "schools.Guardian": {"schools.importing.apply", "schools.bulk"},
    "schools.Guardianship": {"schools.importing.apply", "schools.bulk"},
    "schools.Phone": {"schools.importing.apply", "schools.bulk"},
    "schools.StaffMember": {"schools.importing.apply", "schools.bulk"},
    "schools.StaffPost": {"schools.importing.apply", "schools.bulk"},
    # By hand through the model's manager, for everybody in the roster at once by its room; titles of invented people.
    # An account is made by the municipality's login as well, and closed when somebody leaves.
    "accounts.AccountLink": {"accounts.links"},
    "accounts.User": {
        "accounts.links",
        "accounts.models.people",
        "accounts.roster",
        "accounts.demo",
        "accounts.identities",
        "accounts.leaving",
        "accounts.passwords",
        # Names of those who left go; a restored copy closes again what was closed.
        "accounts.disposal",
        "accounts.withdrawn",
    },
    "accounts.Session": {"accounts.sessions"},
    "accounts.Identity": {"accounts.identities"},
    "accounts.Authenticator": {"accounts.factors"},
    "accounts.RecoveryCode": {"accounts.factors"},
    "accounts.Passkey": {"accounts.passkeys"},
    # What was taken back is taken back again in a restored copy that does not know.
    "accounts.Grant": {"accounts.grants", "accounts.withdrawn"},
    "accounts.OpenedChild": {"accounts.opening"},
    "accounts.AccessBlock": {"accounts.blocks"},
    "accounts.CprHash": {"accounts.kin"},
    "accounts.Emergency": {"accounts.emergency"},
    # Two persons' terms, holds and batches; what a copy learns of a hold it writes as it was placed.
    "keeping.Batch": {"keeping.batches"},
    "keeping.Disposal": {"keeping.batches"},
    "keeping.Hold": {"keeping.holds", "keeping.outside"},
    "keeping.Term": {"keeping.terms"},
    "schools.Installation": {"schools.installation"},
    # That the word has left is known where it leaves.
    "accounts.EmergencyAlert": {"accounts.emergency", "accounts.alerting"},
    "accounts.EmergencyAnswer": {"accounts.emergency"},
    "accounts.EmergencySearch": {"accounts.emergency", "accounts.disposal"},
    "accounts.Attestation": {"accounts.attesting"},
    "accounts.Proposal": {"accounts.proposals"},
    # A save writes its rows, earlier years come in at once; alignment brings half-days and sums in line when calendar or
    # enrolments changed afterwards.
    "absence.Register": {"absence.register", "absence.bulk", "absence.alignment"},
    "absence.Absence": {"absence.register", "absence.bulk", "absence.alignment"},
    "absence.RegisterEvent": {"absence.register"},
    "absence.HalfDayRule": {"absence.halfdays"},
    "absence.Presence": {"absence.register"},
    # A register that changes a reason says whose word that is; a word that changes none is added by its own room.
    "absence.Explanation": {"absence.saying"},
    "absence.ClassMonth": {"absence.alignment"},
    "absence.Closing": {"absence.closing"},
    "absence.Certificate": {"absence.certificates"},
    "absence.Objection": {"absence.objections"},
    "absence.Reminder": {"absence.reminders"},
    "absence.ReminderMail": {"absence.reminders"},
    "absence.Arrangement": {"absence.arrangements"},
    "absence.LocalReason": {"absence.arrangements"},
    "absence.Discrepancy": {"absence.discrepancies"},
    # What a leader has agreed for parts of each week is entered and taken back whole, from a case.
    "absence.Known": {"absence.foretold", "absence.agreed_week"},
    "cases.SocialMeasure": {"cases.measures"},
    "sms.Attempt": {"sms.outbox"},
    "sms.Choice": {"sms.choices"},
    "sms.Circuit": {"sms.circuit"},
    "sms.DeadNumber": {"sms.numbers"},
    "sms.Inbound": {"sms.replies"},
    "sms.Halt": {"sms.halts"},
    "sms.Limits": {"sms.limits"},
    "sms.Message": {"sms.outbox"},
    "sms.OptOut": {"sms.optouts"},
    "sms.ProviderEvent": {"sms.outbox"},
    "sms.Drawn": {"sms.monthly"},
    "sms.TextVersion": {"sms.texts"},
    "sms.Stop": {"sms.stops"},
    "sms.Ring": {"sms.ringing"},
    "sms.Withheld": {"sms.morning"},
    "cases.AgreedAction": {"cases.agreed"},
    "cases.Assignment": {"cases.assignment"},
    "cases.Concern": {"cases.concerns"},
    "cases.Contact": {"cases.contacts"},
    "cases.SavedFilter": {"cases.keeping"},
    "cases.Snooze": {"cases.snoozes"},
    "cases.Rule": {"cases.rulebook"},
    "cases.RuleProposal": {"cases.proposals"},
    "cases.Crossing": {"cases.triage"},
    "cases.Reading": {"cases.triage"},
    "cases.Run": {"cases.triage"},
    "cases.Unsaid": {"cases.triage"},
    "cases.Recount": {"cases.recounts"},
    "cases.Cluster": {"cases.clusters"},
    "cases.ClassEffort": {"cases.classwork"},
    "cases.EffortEntry": {"cases.classwork"},
    "cases.Digest": {"cases.digests"},
    "cases.Case": {"cases.lifecycle"},
    "cases.Step": {"cases.lifecycle"},
    "cases.Note": {"cases.notes"},
    "cases.View": {"cases.voices"},
    "cases.Suspicion": {"cases.suspicions"},
    "cases.Consent": {"cases.consents"},
    "cases.Goal": {"cases.goals"},
    "cases.WeekPlan": {"cases.weekplans"},
    "cases.Offer": {"cases.offers"},
    "cases.Intervention": {"cases.interventions"},
    "cases.Meeting": {"cases.meetings"},
    "cases.AttachmentReading": {"cases.belonging"},
    "cases.ScaleAnswer": {"cases.belonging"},
    "cases.FollowUp": {"cases.followups"},
    "cases.Letter": {"cases.letters"},
    "cases.LetterText": {"cases.lettertexts"},
    "cases.Referral": {"cases.referrals"},
    "cases.Party": {"cases.parties"},
    "cases.Share": {"cases.sharing"},
    "cases.CaseDraft": {"cases.drafts"},
    "cases.Discussion": {"cases.activating"},
    "cases.Activation": {"cases.activating"},
    "cases.HandOver": {"cases.handover"},
    "cases.Document": {"cases.documents"},
    "oversight.Hit": {"oversight.hits"},
    "oversight.Insight": {"oversight.insight"},
    "oversight.Sample": {"oversight.samples"},
    "oversight.SampleMail": {"oversight.reminding"},
    "reports.Annotation": {"reports.footnotes"},
    "reports.DataSet": {"reports.datasets"},
    "reports.Delivery": {"reports.datasets"},
    "reports.Approval": {"reports.approvals"},
    "reports.Disposed": {"reports.gone"},
    "reports.Draw": {"reports.drawn"},
    "reports.Export": {"reports.exporting"},
    "reports.Initiative": {"reports.initiatives"},
    "reports.Reference": {"reports.references"},
    "reports.Pattern": {"reports.patterns"},
    "reports.Snapshot": {"reports.freezing"},
    "reports.Target": {"reports.targets"},
    "reports.WheelFeed": {"reports.feeds"},
    "reports.WheelItem": {"reports.wheel"},
}

# Rooms with a small function that is told the model; the calls of it are found by that.
TOLD = {"fravaer/schools/importing/apply.py"}
# `user.save()` in the user's own manager.
TOLD_BY_MODULE = {"fravaer/accounts/models/people.py": "accounts.User"}

WRITES = {
    "create", "acreate", "bulk_create", "get_or_create", "update_or_create", "update", "bulk_update", "delete", "in_bulk_delete",
    "copy",
}  # fmt: skip
# Functions of the database that write for who calls them.
BY_FUNCTION = {"audit_note(": "audit.Event", "audit_seal_all(": "audit.Seal"}
SQL_WRITES = re.compile(
    r"\b(?:INSERT\s+INTO|UPDATE|DELETE\s+FROM|COPY|TRUNCATE(?:\s+TABLE)?)\s+\"?([a-z_]+)", re.IGNORECASE
)


def strangers(root: Path) -> list[str]:
    """Writes by rooms that the table above does not name, as sentences."""
    found = []
    for room, node, model in writes(root):
        allowed = WRITERS.get(model, set())
        if room.name.removeprefix("fravaer.") not in allowed:
            who = ", ".join(sorted(allowed)) or "nobody"
            found.append(f"{room.at(node)}: {model} is written by {who}")
    return found


def writes(root: Path) -> Iterator[tuple[Room, ast.AST, str]]:
    """Every write found: the room, the place and the model (`absence.Register`); `?` when the source does not tell which."""
    by_table = tables(root)
    by_name = {model.partition(".")[2]: model for model in by_table.values()}
    for room in rooms(root):
        for node, text in texts(room.tree):
            for function, written in BY_FUNCTION.items():
                if function in text:
                    yield room, node, written
            for match in SQL_WRITES.finditer(text):
                if model := by_table.get(match.group(1).lower()):
                    yield room, node, model
        known = _assigned(room.tree, by_name)
        for call, what in calls(room.tree):
            *path, last = [part for part in what.split(".") if part != "models"]
            model = by_name.get(path[0]) or known.get(path[0]) if path else None
            given = by_name.get(dotted(call.args[0]).removeprefix("models.")) if call.args else None
            if model and last in WRITES | {"save"}:
                yield room, call, model
            elif not path and last.strip("_") in WRITES and given:
                # A small function of the room's own that is told the model: `_delete(models.Phone, ...)`.
                yield room, call, given
            elif path and _changes_an_instance(call, last) and room.place not in TOLD:
                yield room, call, TOLD_BY_MODULE.get(room.place, "?")


def _changes_an_instance(call: ast.Call, name: str) -> bool:
    return name == "save" or (name == "delete" and not call.args and not call.keywords)


def _assigned(tree: ast.Module, by_name: dict[str, str]) -> dict[str, str]:
    """Variables that hold a model's rows: assigned, looped over or annotated with the model."""
    known: dict[str, str] = {}
    for node in walked(tree):
        target: ast.expr | None = None
        value: ast.AST | None = None
        match node:
            case ast.Assign(targets=[ast.Name() as target, *_], value=value):
                pass
            case ast.Assign(targets=[ast.Tuple(elts=[ast.Name() as target, *_])], value=value):
                pass
            case ast.For(target=ast.Name() as target, iter=value):
                pass
            case ast.NamedExpr(target=target, value=value):
                pass
            case ast.arg(arg=name, annotation=ast.Name(id=kind)) if kind in by_name:
                known[name] = by_name[kind]
        if isinstance(target, ast.Name) and value is not None:
            first = dotted(value).split(".")[0]
            if first in by_name or first in known:
                known[target.id] = by_name.get(first) or known[first]
    return known
