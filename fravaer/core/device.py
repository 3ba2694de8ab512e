"""What does a device need to open the product without a connection?

A service worker that keeps static files and one page without anybody's data, the manifest that lets the product be put on a
home screen, and that page. None of it knows who asks; what a person keeps on her own device is the browser's affair
(static/fravaer/device.js).
"""

from __future__ import annotations

import json

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.templatetags.static import static
from django.urls import reverse
from django.utils.translation import get_language, pgettext
from django.views.decorators.http import require_safe

from fravaer.core.access import public

# What the page without a connection is made of.
FILES = (
    "vendor/dkfds/css/dkfds.css",
    "vendor/dkfds/img/icons.svg",
    "vendor/dkfds/img/svg-icons/check-white.svg",
    "vendor/dkfds/js/dkfds.js",
    "vendor/dkfds/fonts/IBMPlexSans-Regular-Latin1.woff2",
    "vendor/dkfds/fonts/IBMPlexSans-SemiBold-Latin1.woff2",
    "vendor/dkfds/fonts/IBMPlexSans-Bold-Latin1.woff2",
    "fravaer/fravaer.css",
    "fravaer/identity.css",
    "fravaer/fravaer.js",
    "fravaer/device.js",
    "fravaer/offline.js",
    "fravaer/register.js",
    "fravaer/mark.svg",
)
COLOUR = "#1f4e5f"


@public
@require_safe
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker: the list of what it keeps, and the file that does it. At the root, so that its scope is all pages."""
    kept = [static(name) for name in FILES]
    parts = [static("fravaer/device.js"), static("fravaer/worker.js")]
    lines = [
        f"self.KEPT = {json.dumps(kept)};",
        f"self.SHELL = {json.dumps(reverse('offline'))};",
        f"importScripts({', '.join(map(json.dumps, parts))});",
    ]
    response = HttpResponse("\n".join(lines) + "\n", content_type="text/javascript; charset=utf-8")
    response.headers["Cache-Control"] = "no-cache"
    return response


@public
@require_safe
def manifest(request: HttpRequest) -> HttpResponse:
    """Name, colour and icons for the home screen."""
    name = pgettext("the product", "Absence")
    return JsonResponse(
        {
            "name": name,
            "short_name": name,
            "lang": get_language(),
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": "#ffffff",
            "theme_color": COLOUR,
            "icons": [
                {
                    "src": static(f"fravaer/icon-{size}.png"),
                    "sizes": f"{size}x{size}",
                    "type": "image/png",
                    "purpose": purpose,
                }
                for size in (192, 512)
                for purpose in ("any", "maskable")
            ],
        },
        content_type="application/manifest+json",
    )


@public
@require_safe
def offline(request: HttpRequest) -> HttpResponse:
    """The page shown for any address while there is no connection: empty until the device fills it with what it keeps."""
    return render(request, "core/offline.html")
