"""Which work runs in the background, and when?

Jobs carry ids only: the rows in Postgres say what is to be done, so a lost or doubled job changes nothing.
The timetable is code, so that it is reviewed and versioned like everything else.
"""

import os

from celery import Celery
from celery.schedules import crontab

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fravaer.settings")

app = Celery("fravaer")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()

app.conf.beat_schedule = {
    "heartbeat": {"task": "fravaer.core.tasks.heartbeat", "schedule": 15.0},
    "absence-align": {"task": "fravaer.absence.tasks.align", "schedule": crontab(hour="2", minute="30")},
    # After the alignment, so that days closed since are known to be.
    "absence-contradictions": {
        "task": "fravaer.absence.tasks.contradictions",
        "schedule": crontab(hour="3", minute="15"),
    },
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
    # A ring that nobody heard in time is worth nothing: the next one follows.
    "sms-morning": {
        "task": "fravaer.sms.tasks.morning",
        "schedule": 15.0,
        "options": {"expires": 15},
    },
    "sms-drain": {"task": "fravaer.sms.tasks.drain", "schedule": 5.0, "options": {"expires": 5}},
    "sms-reconcile": {"task": "fravaer.sms.tasks.reconcile", "schedule": 60.0, "options": {"expires": 60}},
}
