"""Which work runs in the background, and when?

Jobs carry ids only: the rows in Postgres say what is to be done, so a lost or doubled job changes nothing.
The timetable is code, so that it is reviewed and versioned like everything else.
"""

import logging
import os
from pathlib import Path
from typing import Any

from celery import Celery, Task, bootsteps
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fravaer.settings")

log = logging.getLogger(__name__)


class NotInACopy(Task):  # type: ignore[type-arg]
    """A job that refuses to run in a restored copy of the database, and says so."""

    abstract = True

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        from django.conf import settings

        from fravaer.schools import installation

        if installation.is_copy(Path(settings.FRAVAER_JOURNAL)):
            log.error("a restored copy runs no job: %s", self.name)
            return None
        return super().__call__(*args, **kwargs)


app = Celery("fravaer", task_cls=NotInACopy)
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


class StopsClaiming(bootsteps.StartStopStep):
    """A worker told to end claims no message any more; what is being sent may still end."""

    def close(self, worker: object) -> None:
        from fravaer.sms import providers

        providers.STOP.set()


class HasItsKeys(bootsteps.StartStopStep):
    """A worker that could not open a number takes no job."""

    def create(self, worker: object) -> None:
        from fravaer.core import secrets

        secrets.require()


app.steps["worker"].add(StopsClaiming)
app.steps["worker"].add(HasItsKeys)

app.conf.beat_schedule = {
    "heartbeat": {"task": "fravaer.core.tasks.heartbeat", "schedule": 15.0},
    # What was noted in the last minute stands outside the chain yet.
    "audit-seal": {"task": "fravaer.audit.tasks.seal", "schedule": 60.0, "options": {"expires": 60}},
    "audit-anchor": {"task": "fravaer.audit.tasks.anchor", "schedule": 300.0, "options": {"expires": 300}},
    "audit-verify": {"task": "fravaer.audit.tasks.verify", "schedule": crontab(hour="1", minute="30")},
    "oversight-draw": {
        "task": "fravaer.oversight.tasks.draw",
        "schedule": crontab(hour="6", minute="20", day_of_week="mon"),
    },
    # Once a week; asked again for what a mail server did not take.
    "oversight-remind": {
        "task": "fravaer.oversight.tasks.remind",
        "schedule": crontab(hour="8,10,12", minute="10", day_of_week="wed"),
        "options": {"expires": 3600},
    },
    "oversight-forget": {
        "task": "fravaer.oversight.tasks.forget",
        "schedule": crontab(hour="4", minute="5"),
    },
    # After the night is over.
    "oversight-look": {
        "task": "fravaer.oversight.tasks.look",
        "schedule": crontab(hour="6", minute="30"),
    },
    "absence-align": {"task": "fravaer.absence.tasks.align", "schedule": crontab(hour="2", minute="30")},
    # After the roster of the night.
    "accounts-lapse": {"task": "fravaer.accounts.tasks.lapse", "schedule": crontab(hour="4", minute="45")},
    "accounts-own-children": {
        "task": "fravaer.accounts.tasks.keep_from_own",
        "schedule": crontab(hour="4", minute="40"),
    },
    "accounts-sessions": {
        "task": "fravaer.accounts.tasks.forget_sessions",
        "schedule": crontab(hour="3", minute="55"),
    },
    # After the alignment, so that days closed since are known to be.
    "absence-contradictions": {
        "task": "fravaer.absence.tasks.contradictions",
        "schedule": crontab(hour="3", minute="15"),
    },
    # After the alignment: what everybody reads in the morning is drawn then.
    "reports-draw": {"task": "fravaer.reports.tasks.draw", "schedule": crontab(hour="3", minute="30")},
    "reports-wheel": {"task": "fravaer.reports.tasks.make_wheel", "schedule": crontab(hour="4", minute="15")},
    # On the day the wheel says, before anybody opens the figures.
    "reports-freeze": {
        "task": "fravaer.reports.tasks.freeze_due",
        "schedule": crontab(hour="5", minute="15"),
    },
    # In working hours; each task's owner is written to once.
    "reports-remind": {
        "task": "fravaer.reports.tasks.remind",
        "schedule": crontab(minute="10", hour="8-15", day_of_week="mon-fri"),
        "options": {"expires": 3600},
    },
    # Where the broker was away when somebody asked, or a worker was killed, nobody else comes.
    "reports-exports": {
        "task": "fravaer.reports.tasks.make_exports",
        "schedule": 30.0,
        "options": {"expires": 30},
    },
    "reports-forget": {
        "task": "fravaer.reports.tasks.forget_exports",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    # What a restored copy would not know; and what two persons have agreed may go.
    "keeping-tell": {
        "task": "fravaer.keeping.tasks.tell",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "keeping-dispose": {
        "task": "fravaer.keeping.tasks.dispose",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "keeping-forget": {"task": "fravaer.keeping.tasks.forget", "schedule": crontab(hour="3", minute="50")},
    "sms-forget": {"task": "fravaer.sms.tasks.forget", "schedule": crontab(hour="3", minute="45")},
    "absence-remind": {"task": "fravaer.absence.tasks.remind", "schedule": 30.0, "options": {"expires": 30}},
    "absence-mail": {
        "task": "fravaer.absence.tasks.mail_reminders",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "cases-triage": {
        "task": "fravaer.cases.tasks.night",
        "schedule": crontab(hour="6", minute="0", day_of_week="mon-fri"),
    },
    # What was registered since: those pupils alone are counted again.
    "cases-touch": {
        "task": "fravaer.cases.tasks.touch",
        "schedule": crontab(minute="*/5", hour="7-17", day_of_week="mon-fri"),
        "options": {"expires": 300},
    },
    # Word of an emergency access leaves at once; this is the net under it.
    "accounts-alerts": {
        "task": "fravaer.accounts.tasks.mail_alerts",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "accounts-links": {
        "task": "fravaer.accounts.tasks.mail_links",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    "cases-mail": {
        "task": "fravaer.cases.tasks.mail_digests",
        "schedule": 60.0,
        "options": {"expires": 60},
    },
    # After the night has aligned what was counted, and before the digests say what waits.
    "cases-letters": {
        "task": "fravaer.cases.tasks.letters_of_the_night",
        "schedule": crontab(hour="5", minute="30", day_of_week="mon-fri"),
    },
    "cases-letters-look": {
        "task": "fravaer.cases.tasks.letters_looked_at",
        "schedule": 300.0,
        "options": {"expires": 300},
    },
    "cases-documents": {
        "task": "fravaer.cases.tasks.sweep_documents",
        "schedule": crontab(hour="4", minute="15"),
    },
    # A ring that nobody heard in time is worth nothing: the next one follows.
    "sms-morning": {
        "task": "fravaer.sms.tasks.morning",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sms-monthly": {
        "task": "fravaer.sms.tasks.monthly",
        "schedule": 600.0,
        "options": {"expires": 600},
    },
    "sms-drain": {"task": "fravaer.sms.tasks.drain", "schedule": 5.0, "options": {"expires": 5}},
    # A mark is doubted after 45 seconds, and never stands for more than a minute.
    "sms-reconcile": {"task": "fravaer.sms.tasks.reconcile", "schedule": 15.0, "options": {"expires": 15}},
    "sms-watch": {"task": "fravaer.sms.tasks.watch", "schedule": 60.0, "options": {"expires": 60}},
    # After the last window has closed and the provider has had the time to end what it was given.
    "sms-balance": {"task": "fravaer.sms.tasks.balance", "schedule": crontab(hour="20", minute="30")},
}
