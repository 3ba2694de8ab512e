"""Has somebody guessed a secret too often from this address?

Secrets in an address are counted as passwords are: so many wrong ones from one place, and for a while none is looked at. The
same table and the same limits as those of signing in.
"""

from __future__ import annotations

from axes.handlers.proxy import AxesProxyHandler

from fravaer.core.http import Request


def may_try(request: Request, what: str) -> bool:
    """Whether a secret of this kind is looked at at all."""
    return bool(AxesProxyHandler.is_allowed(request, {"username": what}))


def failed(request: Request, what: str) -> None:
    """Note a wrong secret. The secret itself is kept nowhere."""
    AxesProxyHandler.update_request(request)
    request.axes_path_info = what  # type: ignore[attr-defined]
    AxesProxyHandler.user_login_failed(sender=__name__, credentials={"username": what}, request=request)
    # The page answers for itself: the sign-in page's words do not belong here.
    request.axes_locked_out = False  # type: ignore[attr-defined]
