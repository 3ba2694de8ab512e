"""Is this installation safe to start? System checks with ids, run at every start and by `check --deploy`."""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.apps import AppConfig
from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register

from fravaer.core import secrets

LOOPBACK = {"127.0.0.1", "localhost", "[::1]", "::1"}


@register(Tags.security)
def demo_only_on_loopback(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A demonstration signs anyone in by a click: it may answer on loopback alone."""
    if not settings.DEMO:
        return []
    hosts = {*settings.ALLOWED_HOSTS, urlsplit(settings.PUBLIC_BASE_URL).hostname or ""}
    if hosts <= LOOPBACK | {"testserver"}:
        return []
    return [
        Error(
            "DEMO is on while ALLOWED_HOSTS or PUBLIC_BASE_URL names a host other than this machine.",
            hint="Unset DEMO, or keep ALLOWED_HOSTS and PUBLIC_BASE_URL to 127.0.0.1 and localhost.",
            id="fravaer.E001",
        )
    ]


@register(Tags.security)
def demo_texts_only_this_machine(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """A demonstration never reaches a real SMS provider or mail server."""
    hosts = {urlsplit(settings.TWILIO_BASE_URL).hostname or "", settings.EMAIL_HOST or "localhost"}
    if not settings.DEMO or hosts <= LOOPBACK:
        return []
    return [
        Error(
            "DEMO is on while TWILIO_BASE_URL or EMAIL_HOST does not name a server on this machine.",
            hint="Set both to the local gateway, or unset DEMO.",
            id="fravaer.E002",
        )
    ]


@register(Tags.security, deploy=True)
def sms_is_configured(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Production names its SMS account whole or not at all."""
    named = [settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM]
    if all(named) or not any(named):
        return []
    return [
        Error(
            "TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM belong together; one is missing.",
            id="fravaer.E003",
        )
    ]


@register(Tags.security)
def proxies_are_networks(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """A proxy that is not written as an address or a network would be believed by nobody."""
    try:
        for word in settings.TRUSTED_PROXIES:
            ip_network(word, strict=False)
    except ValueError:
        return [Error("TRUSTED_PROXIES names something that is no address or network.", id="fravaer.E010")]
    return []


@register(Tags.security)
def documents_are_served_by_nobody(
    app_configs: Sequence[AppConfig] | None, **kwargs: Any
) -> list[CheckMessage]:
    """Files of cases, and those somebody asked for, never lie where the web server finds them."""
    served = [Path(folder).resolve() for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)]

    def lies_open(kept: Path) -> bool:
        return any(kept == folder or folder in kept.parents or kept in folder.parents for folder in served)

    return [
        Error(
            f"{name} lies in a folder that is served to everybody, or around one.",
            hint="Keep the files in a folder of their own.",
            id="fravaer.E004",
        )
        for name in ("FRAVAER_DOCUMENTS", "FRAVAER_EXPORTS", "FRAVAER_JOURNAL", "FRAVAER_ARCHIVE")
        if getattr(settings, name) and lies_open(Path(getattr(settings, name)).resolve())
    ]


@register(Tags.security)
def keys_are_there(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[CheckMessage]:
    """Without its keys the product can neither write nor read what it seals."""
    try:
        secrets.require()
    except secrets.NoKeys as missing:
        return [Error(str(missing), id="fravaer.E005")]
    return []
