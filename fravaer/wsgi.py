"""By which door do web servers come in?"""

import os
from pathlib import Path

from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.template.loader import get_template
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext

from fravaer.core import secrets

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "fravaer.settings")


def load() -> int:
    """Load every view, catalogue and template, which otherwise the first request of each process would wait for.

    Opens no connection, so that a server may do it before it makes its processes. Returns how many templates there are.
    """
    folder: Path = settings.BASE_DIR / "templates"
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*.html"))]
    for language, _name in settings.LANGUAGES:
        with translation.override(language):
            reverse("home")
            gettext("Sign in")
    for name in names:
        get_template(name)
    return len(names)


application = get_wsgi_application()
secrets.require()
load()
