"""Is this the key in somebody's own device or security token?

Passkeys (W3C Web Authentication), bound to the product's address: a page elsewhere that looks like ours gets nothing. A key
asks for her finger, face or PIN as well, so that one alone is two factors. The only writer of passkeys.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from django.db import transaction
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    ResidentKeyRequirement,
    UserVerificationRequirement,
)

from fravaer.accounts.models import Authenticator, Passkey, User
from fravaer.audit import trail

NAME = "Fravær"
# An answer of a browser is a few kilobytes.
LONGEST = 20_000


@dataclass(frozen=True, slots=True)
class Party:
    """Whose keys these are: the host, and the address a browser must be at."""

    host: str
    origin: str


def party(base_url: str) -> Party | None:
    """The party of an installation at this address; None where there are no passkeys: at a bare number."""
    parts = urlsplit(base_url)
    host = parts.hostname or ""
    try:
        ip_address(host)
    except ValueError:
        secure = parts.scheme == "https" or host == "localhost"
        return Party(host, f"{parts.scheme}://{parts.netloc}") if host and secure else None
    return None


def held(user_id: int) -> list[Passkey]:
    """The user's passkeys, the oldest first."""
    return list(Passkey.objects.filter(user_id=user_id).order_by("made_at", "pk"))


def offer(user: User, to: Party) -> tuple[str, str]:
    """What a browser is asked to make a key by, as JSON, and the challenge its answer must hold."""
    options = generate_registration_options(
        rp_id=to.host,
        rp_name=NAME,
        user_name=user.email,
        user_display_name=user.name,
        # The device tells one account's keys from another's by it; it says nothing of the person.
        user_id=f"fravaer-{user.pk}".encode(),
        authenticator_selection=AuthenticatorSelectionCriteria(
            resident_key=ResidentKeyRequirement.PREFERRED,
            user_verification=UserVerificationRequirement.REQUIRED,
        ),
        exclude_credentials=[
            PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in held(user.pk)
        ],
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def ask(to: Party, user_id: int | None = None) -> tuple[str, str]:
    """What a browser is asked to prove itself by, as JSON, and the challenge; by any key, or by one of the user's."""
    options = generate_authentication_options(
        rp_id=to.host,
        user_verification=UserVerificationRequirement.REQUIRED,
        allow_credentials=None
        if user_id is None
        else [PublicKeyCredentialDescriptor(id=bytes(one.credential_id)) for one in held(user_id)],
    )
    return options_to_json(options), bytes_to_base64url(options.challenge)


def add(user_id: int, answer: str, challenge: str, to: Party, name: str, now: datetime) -> bool:
    """Let the key the browser made prove who the user is. Whether it is one."""
    if len(answer) > LONGEST:
        return False
    try:
        made = verify_registration_response(
            credential=answer,
            expected_challenge=base64url_to_bytes(challenge),
            expected_rp_id=to.host,
            expected_origin=to.origin,
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, KeyError, TypeError):
        return False
    with transaction.atomic():
        row, is_new = Passkey.objects.get_or_create(
            credential_id=made.credential_id,
            defaults={
                "user_id": user_id,
                "public_key": made.credential_public_key,
                "sign_count": made.sign_count,
                "name": name.strip()[:60],
                "made_at": now,
            },
        )
        if is_new:
            trail.changed(user_id, "factor.add", subject="passkey", subject_id=row.pk)
    return is_new


def prover(answer: str, challenge: str, to: Party, now: datetime, user_id: int | None = None) -> User | None:
    """Whose key has answered the challenge rightly: anybody's, or this user's alone."""
    if len(answer) > LONGEST:
        return None
    try:
        said: dict[str, Any] = json.loads(answer)
        credential_id = base64url_to_bytes(said["id"])
        with transaction.atomic():
            keys = Passkey.objects.select_for_update(of=("self",)).select_related("user")
            key = keys.get(credential_id=credential_id, **({} if user_id is None else {"user_id": user_id}))
            proved = verify_authentication_response(
                credential=said,
                expected_challenge=base64url_to_bytes(challenge),
                expected_rp_id=to.host,
                expected_origin=to.origin,
                credential_public_key=bytes(key.public_key),
                credential_current_sign_count=key.sign_count,
                require_user_verification=True,
            )
            key.sign_count, key.used_at = proved.new_sign_count, now
            key.save(update_fields=["sign_count", "used_at"])
    except (WebAuthnException, Passkey.DoesNotExist, ValueError, KeyError, TypeError):
        return None
    return key.user


def remove(user_id: int, key_id: int) -> bool:
    """Let a key prove nothing any more, unless it is the last thing she has. Whether it was removed."""
    with transaction.atomic():
        keys = list(Passkey.objects.select_for_update().filter(user_id=user_id))
        others = Authenticator.objects.filter(user_id=user_id).count()
        if len(keys) + others < 2 or key_id not in {key.pk for key in keys}:
            return False
        Passkey.objects.filter(pk=key_id).delete()
        trail.changed(user_id, "factor.remove", subject="passkey", subject_id=key_id)
    return True


def forget_all(user_id: int) -> None:
    """Take the user's keys away."""
    Passkey.objects.filter(user_id=user_id).delete()
