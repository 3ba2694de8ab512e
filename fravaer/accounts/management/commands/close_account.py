"""Close an account at once, or take what its owner proves herself with."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db import transaction
from django.utils import timezone

from fravaer.accounts import factors, leaving, passkeys, sessions
from fravaer.accounts.models import User


class Command(BaseCommand):
    help = "Close an account: no access, no session, nothing to sign in with. With --factors only the last."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("address", help="the account's e-mail")
        parser.add_argument(
            "--factors",
            action="store_true",
            help="take what she proves herself with; she begins anew at her next sign-in",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["address"]).first()
        if user is None:
            raise CommandError("There is no such account.")
        if options["factors"]:
            with transaction.atomic():
                factors.forget_all(user.pk, None)
                passkeys.forget_all(user.pk)
                sessions.end_all(user.pk)
            self.stdout.write("She proves herself anew at her next sign-in.")
            return
        ended = leaving.close(user.pk, timezone.now())
        self.stdout.write(f"The account is closed; {ended} sessions were ended.")
