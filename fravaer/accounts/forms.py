"""What does a person type to sign in?"""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _


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


def account_tried(request: HttpRequest, credentials: Mapping[str, str] | None) -> str:
    """The account a sign-in is tried for, under one name however it is spelt.

    Accounts are found without regard to capitals, so every spelling that finds the same account shares its lock.
    """
    typed = (credentials or {}).get("username") or request.POST.get("username", "")
    return unicodedata.normalize("NFKC", typed).strip().upper()[:255]
