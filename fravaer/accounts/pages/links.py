"""Accounts with a password: letting somebody in for the first time or again, and her own side of it, by the link she is sent."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django import forms
from django.contrib import messages
from django.contrib.auth.forms import SetPasswordForm
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, pgettext
from django.views.decorators.cache import never_cache
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from fravaer.accounts import guessing, links, proposals
from fravaer.accounts.forms import person_field
from fravaer.accounts.freshness import fresh, fresh_when
from fravaer.accounts.links import Refused, Why
from fravaer.accounts.models import AccountLink, LinkKind, User
from fravaer.accounts.pages import second
from fravaer.accounts.roles import Action
from fravaer.accounts.tasks import ring_links
from fravaer.core import mail
from fravaer.core.access import public, requires
from fravaer.core.http import Request

# In the session of whoever opened a link: its hash.
KEY = "account_link"
GUESSED = "account link"
MOST = 50
REASONS: dict[Why, str | Promise] = {
    Why.ELSEWHERE: gettext_lazy(
        "This person signs in with the municipality's login, which keeps its own proofs."
    ),
    Why.HAS_PASSWORD: gettext_lazy("This person has a password already. Choose a new one, or to begin anew."),
    Why.NO_PASSWORD: gettext_lazy("This person has never had a password here. Choose the invitation."),
    Why.TOO_MANY: gettext_lazy(
        "Five links were asked for within a day. Wait, or speak with the person first."
    ),
    Why.CLOSED: gettext_lazy("The account with this e-mail is closed. The roster opens it again."),
    Why.DECIDED: gettext_lazy("Somebody has decided it already, or it has waited too long."),
}


class LinkForm(forms.Form):
    person = person_field(gettext_lazy("Whose account"), gettext_lazy("Write whose account it is."))
    kind = forms.ChoiceField(
        label=gettext_lazy("What for"),
        choices=LinkKind.choices,
        widget=forms.RadioSelect,
        error_messages={"required": gettext_lazy("Choose what the link is for.")},
    )
    name = forms.CharField(
        label=gettext_lazy("Name"),
        required=False,
        max_length=150,
        help_text=gettext_lazy(
            "Only to invite somebody without an account. The link leaves when the person has been given access."
        ),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
    )

    def clean(self) -> dict[str, Any]:
        data = self.cleaned_data
        if data.get("name"):
            try:
                forms.EmailField().clean(data.get("person", ""))
            except forms.ValidationError:
                self.add_error("person", _("Write the e-mail the new account is to have."))
            if data.get("kind") not in (LinkKind.INVITATION, None):
                self.add_error("kind", _("Somebody without an account is invited."))
        return data


@requires(Action.ACCESS_DECIDE)
@fresh_when(lambda request: request.method == "POST")
@require_http_methods(["GET", "POST"])
def accounts(request: Request) -> HttpResponse:
    """What waits for a second administrator, what became of the others, and the form that starts one."""
    form = LinkForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid() and _ask(request, form):
        return _back()
    return render(
        request,
        "accounts/links.html",
        {
            "form": form,
            "waiting": links.waiting(request.now),
            "rows": [(one, _state(request, one)) for one in links.lately(request.now)[:MOST]],
            "me": request.scope.actor_id,
            "no_mail": mail.door() is None,
        },
        status=422 if form.errors else 200,
    )


@requires(Action.ACCESS_DECIDE)
@fresh
@require_POST
def approve(request: Request, link_uuid: UUID) -> HttpResponse:
    """Agree to what another administrator asked for; the link leaves at once."""
    try:
        link = links.approve(link_uuid, request.scope, request.now)
    except AccountLink.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        if refused.why == Why.HERSELF:
            raise PermissionDenied from refused
        messages.warning(request, str(REASONS[refused.why]))
    else:
        ring_links()
        messages.success(request, _("A link is on its way to %(email)s.") % {"email": link.user.email})
    return _back()


@requires(Action.ACCESS_DECIDE)
@require_POST
def withdraw(request: Request, link_uuid: UUID) -> HttpResponse:
    """Say no, or take a link back that is not used yet."""
    try:
        links.withdraw(link_uuid, request.scope, request.now)
    except AccountLink.DoesNotExist as error:
        raise Http404 from error
    except Refused as refused:
        messages.warning(request, str(REASONS[refused.why]))
    else:
        messages.success(request, _("The link opens nothing any more."))
    return _back()


@public
@never_cache
@require_GET
def followed(request: Request, token: str) -> HttpResponse:
    """From the e-mail: on to an address that does not give the secret away. A wrong one is counted as a wrong password is."""
    if not guessing.may_try(request, GUESSED):
        return render(request, "accounts/locked.html", status=429)
    digest = links.hashed(token)
    if links.good(digest, request.now) is None:
        guessing.failed(request, GUESSED)
        return _gone(request)
    request.session.cycle_key()
    request.session[KEY] = digest
    return redirect("login-begin")


@public
@never_cache
@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
def begin(request: Request) -> HttpResponse:
    """Choosing the password; then on to the second proof as at any sign-in."""
    digest = request.session.get(KEY, "")
    link = links.good(digest, request.now)
    if link is None:
        return _gone(request)
    form = SetPasswordForm(link.user, request.POST or None)
    if request.method == "POST" and form.is_valid():
        user = links.use(digest, form.cleaned_data["new_password1"], request.now)
        if user is None:
            return _gone(request)
        del request.session[KEY]
        return second.begin(request, user, reverse("home"))
    return render(
        request,
        "accounts/begin.html",
        {"form": form, "link": link},
        status=422 if form.errors else 200,
    )


def _ask(request: Request, form: LinkForm) -> bool:
    """Start the link, or say at the field why not."""
    data = form.cleaned_data
    try:
        user = _person(request, data)
        link = links.ask(request.scope, user_id=user.pk, kind=LinkKind(data["kind"]), now=request.now)
    except proposals.NoSuchPerson:
        form.add_error(
            "person", _("No account has that e-mail or that name. To invite somebody new, write the name.")
        )
    except proposals.SeveralOfThatName:
        form.add_error("person", _("Several people have that name. Write the e-mail."))
    except Refused as refused:
        if refused.why == Why.HERSELF:
            raise PermissionDenied from refused
        form.add_error("kind", str(REASONS[refused.why]))
    else:
        if link.kind in links.TAKES_TWO:
            messages.success(request, _("Another access administrator approves it. Then the link leaves."))
        else:
            ring_links()
            messages.success(request, _("A link is on its way to %(email)s.") % {"email": user.email})
        return True
    return False


def _person(request: Request, data: dict[str, Any]) -> User:
    """Whose account is meant; a new one where a name is written and nobody has the address."""
    try:
        return proposals.person(data["person"])
    except proposals.NoSuchPerson:
        if not data["name"]:
            raise
        return links.open_account(data["person"], data["name"], request.scope)


def _state(request: Request, link: AccountLink) -> tuple[str, str]:
    """What became of a link, in words and as the kind of its chip."""
    if link.used_at:
        return pgettext("a link", "Used"), "ok"
    if link.ended_at or (link.until is None and link.asked_at <= request.now - links.WAITS):
        return pgettext("a link", "Withdrawn"), ""
    if link.until is None and not getattr(link, "has_access", True):
        return pgettext("a link", "Waits for access"), "warn"
    if link.until is None:
        return pgettext("a link", "Waits to be sent"), "warn"
    if link.until <= request.now:
        return pgettext("a link", "Ran out"), ""
    return pgettext("a link", "Sent"), "info"


def _gone(request: Request) -> HttpResponse:
    """The same page whether there never was such a link, it was used, or its time is over."""
    return render(request, "accounts/link_gone.html", status=404)


def _back() -> HttpResponse:
    response = redirect("access-links")
    response.status_code = 303
    return response
