"""What does a person type to sign in, to say whom she means and until when, or to be shown more than others are?"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from typing import TYPE_CHECKING

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from fravaer.accounts import proposals
from fravaer.accounts.models import User
from fravaer.accounts.models.granted import LONGEST_REASON
from fravaer.schools import protection

if TYPE_CHECKING:
    from django.utils.functional import _StrPromise


class LoginForm(AuthenticationForm):
    error_messages = {
        "invalid_login": _("E-mail and password do not match an account. Check both and try again."),
        "inactive": _("E-mail and password do not match an account. Check both and try again."),
    }

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["username"].label = _("E-mail")
        self.fields["password"].label = _("Password")
        # The page says first where one is; a field that takes the focus would scroll past it on a phone.
        self.fields["username"].widget.attrs.pop("autofocus", None)


class CodeForm(forms.Form):
    """A code of an app or on paper. Whatever is wrong with it, the page says the same."""

    code = forms.CharField(label=_("Code"), max_length=20, strip=True, required=False)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        self.fields["code"].required = True
        self.fields["code"].widget.attrs.update(
            {"autocomplete": "one-time-code", "inputmode": "text", "autocapitalize": "characters"}
        )

    def refuse(self) -> None:
        self.errors.clear()
        self.add_error("code", _("That is not right. Wait for a new code and try again."))


class PersonForm(forms.Form):
    """A form in which a colleague is named, in its field `person`."""

    def account(self) -> User | None:
        """Her account; None, with the error at its field, when there is none or more than one."""
        try:
            return proposals.person(self.cleaned_data["person"])
        except proposals.NoSuchPerson:
            message = gettext("No account has that e-mail or that name. Accounts come with the roster.")
        except proposals.SeveralOfThatName:
            message = gettext("Several people have that name. Write the e-mail.")
        self.add_error("person", message)
        return None


def person_field(label: _StrPromise, missing: _StrPromise) -> forms.CharField:
    """Who is meant; `missing` is said when nobody is named."""
    return forms.CharField(
        label=label,
        max_length=254,
        help_text=_("The e-mail of the account, or the whole name."),
        widget=forms.TextInput(attrs={"autocomplete": "off"}),
        error_messages={"required": missing},
    )


def last_day_field(help_text: _StrPromise) -> forms.DateField:
    """Until and with which day access lasts."""
    return forms.DateField(
        label=_("Last day"),
        help_text=help_text,
        widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date", "class": "input-width-m"}),
        error_messages={"required": _("Choose the last day.")},
    )


def reason_field(help_text: _StrPromise) -> forms.CharField:
    """Why somebody is given access, as it is kept with it."""
    return forms.CharField(
        label=_("Why"),
        max_length=LONGEST_REASON,
        help_text=help_text,
        error_messages={"required": _("Write why, in a few words. It is kept with the access.")},
    )


def account_tried(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The account a sign-in is tried for, under one name however it is spelt.

    Accounts are found without regard to capitals, so every spelling that finds the same account shares its lock.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return unicodedata.normalize("NFKC", typed).strip().upper()[:255]


class RevealForm(forms.Form):
    """Why somebody has the guardians of a protected child shown."""

    reason = forms.ChoiceField(
        label=_("Why do you need to know who they are?"),
        choices=list(protection.REASONS.items()),
        widget=forms.RadioSelect,
        error_messages={"required": _("Choose why you need it.")},
    )
