"""From which address does this request come?

From the one that speaks to us, unless that is a proxy of the installation's own: then from the last address the proxies did not
put there themselves. What a browser writes about itself into the header is never believed.
"""

from __future__ import annotations

from collections.abc import Sequence
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network

from django.conf import settings
from django.http import HttpRequest

Network = IPv4Network | IPv6Network


def networks(words: Sequence[str]) -> list[Network]:
    """The networks named. Raises ValueError for what is none."""
    return [ip_network(word, strict=False) for word in words]


def address(request: HttpRequest) -> str:
    """The address guesses are counted by."""
    return seen(
        request.META.get("REMOTE_ADDR", ""),
        request.headers.get("X-Forwarded-For", ""),
        networks(settings.TRUSTED_PROXIES),
    )


def seen(nearest: str, header: str, proxies: Sequence[Network]) -> str:
    """The first address, going back from the nearest, that is no proxy of ours."""
    # A proxy that speaks to us through a socket of this machine has no address.
    nearest = nearest or "127.0.0.1"
    for one in (nearest, *reversed([part.strip() for part in header.split(",")])):
        try:
            found = ip_address(one)
        except ValueError:
            break
        nearest = str(found)
        if not any(found in network for network in proxies):
            break
    return nearest
