"""Whether sending works, for those who run it: figures and moments, no pupil; and the switch that stops everything."""

from __future__ import annotations

import redis
from django import forms
from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_POST

from fravaer.accounts.roles import Action
from fravaer.core.access import requires
from fravaer.core.http import Request
from fravaer.core.tasks import heartbeat_age_seconds
from fravaer.sms import circuit, codes, providers
from fravaer.sms import health as rooms
from fravaer.sms.health import Fault
from fravaer.sms.invariants import Invariant
from fravaer.sms.states import OPEN, OUT, TO_RING, UNSENT, State

FAULTS = {
    Fault.NO_ACCOUNT: gettext_lazy("No SMS account is set up: nothing is sent, and everything waits."),
    Fault.STOPPED: gettext_lazy("All sending has been stopped by a person."),
    Fault.CIRCUIT: gettext_lazy(
        "The circuit is open: the provider refuses or fails, and one message a minute tries."
    ),
    Fault.OVERDUE: gettext_lazy("Messages that could go have waited for more than a minute."),
    Fault.NOBODY_SENDS: gettext_lazy(
        "No process that sends is running. Start a worker, or manage.py sms_sender."
    ),
    Fault.BEAT: gettext_lazy(
        "The timetable has been silent for more than a minute. Look at beat, worker and broker."
    ),
    Fault.UNSIGNED: gettext_lazy(
        "A call about a message was not signed by the provider within the hour. Look at PUBLIC_BASE_URL."
    ),
    Fault.INVARIANT: gettext_lazy("Something is true of messages that must never be; see below."),
}
INVARIANTS = {
    Invariant.OVERDUE: gettext_lazy("Could have gone for more than a minute, and has not"),
    Invariant.SENDING: gettext_lazy("Being sent for longer than any call takes"),
    Invariant.UNCERTAIN: gettext_lazy("In doubt past its deadline"),
    Invariant.UNTOLD: gettext_lazy("Unexplained absence with neither a message nor a reason for none"),
    Invariant.UNPROVEN: gettext_lazy("Called received without the provider's number for it"),
    Invariant.SHARED: gettext_lazy("One of the provider's numbers on two messages"),
    Invariant.DOUBLED: gettext_lazy("The provider has named one message twice"),
    Invariant.SEGMENTS: gettext_lazy("Counted as other than its text takes"),
    Invariant.CONTRADICTED: gettext_lazy("An end the provider contradicts"),
}
# What a button does, and what it says afterwards.
SAID = {
    "stop": gettext_lazy("All sending is stopped. What waits is put on the lists to ring at its deadline."),
    "start": gettext_lazy("Sending goes on."),
    "close": gettext_lazy("The circuit is closed. If the fault is still there, it opens again by itself."),
}


class Sure(forms.Form):
    """A button that is not pressed by mistake."""

    sure = forms.BooleanField(error_messages={"required": gettext_lazy("Tick that you are sure first.")})


@requires(Action.SMS_HEALTH)
@require_GET
def health(request: Request) -> HttpResponse:
    """How sending stands at this moment, what is wrong, and what to do."""
    return _page(request)


@requires(Action.SMS_STOP)
@require_POST
def stop(request: Request) -> HttpResponse:
    """Stop all sending of the installation."""
    return _turned(request, "stop")


@requires(Action.SMS_START)
@require_POST
def start(request: Request) -> HttpResponse:
    """Let sending go on."""
    return _turned(request, "start")


@requires(Action.SMS_START)
@require_POST
def close(request: Request) -> HttpResponse:
    """Close the circuit, as the fault is mended."""
    return _turned(request, "close")


def _turned(request: Request, what: str) -> HttpResponse:
    if not Sure(request.POST).is_valid():
        return _page(request, unsure=what, status=422)
    assert request.scope.actor_id is not None
    actor, role = request.scope.actor_id, request.scope.role
    if what == "close":
        circuit.close(providers.name(), actor_id=actor, role=role)
    else:
        circuit.stop(providers.name(), what == "stop", actor_id=actor, role=role)
    messages.success(request, SAID[what])
    response = redirect("sms:health")
    response.status_code = 303
    return response


def _page(request: Request, *, unsure: str = "", status: int = 200) -> HttpResponse:
    found = rooms.look(
        request.day,
        request.now,
        provider=providers.name(),
        account=providers.gateway() is not None,
        beat_age=_beat_age(),
    )
    return render(
        request,
        "sms/health.html",
        {
            "health": found,
            "faults": [str(FAULTS[fault]) for fault in found.faults],
            "oldest": int(found.backlog.oldest_seconds),
            "beat": None if found.beat_age is None else int(found.beat_age),
            "reason": codes.of_circuit(found.circuit.reason) if found.circuit.open_since else "",
            "counts": [
                (_("Not sent yet"), found.count(*UNSENT)),
                (_("In doubt"), found.count(*OPEN)),
                (_("On the way"), found.count(*(OUT - {State.DELIVERED}))),
                (_("Delivered"), found.count(State.DELIVERED)),
                (_("Not delivered"), found.count(*(TO_RING - {State.EXPIRED}))),
                (_("Did not get out in time"), found.count(State.EXPIRED)),
                (_("Cancelled"), found.count(State.CANCELLED)),
            ],
            "broken": [(str(INVARIANTS[one.name]), one) for one in found.broken],
            "may_stop": request.scope.may(Action.SMS_STOP),
            "may_start": request.scope.may(Action.SMS_START),
            "unsure": unsure,
            "problems": [{"id": f"sure-{unsure}", "text": _("Tick that you are sure first.")}]
            if unsure
            else [],
        },
        status=status,
    )


def _beat_age() -> float | None:
    try:
        return heartbeat_age_seconds()
    except redis.RedisError:
        return None
