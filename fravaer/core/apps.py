from pathlib import Path

from django.apps import AppConfig
from django.conf import settings


class CoreConfig(AppConfig):
    name = "fravaer.core"

    def ready(self) -> None:
        from fravaer.core import checks, logs, secrets  # noqa: F401

        logs.install()
        folder = Path(settings.FIELD_KEYS) if settings.FIELD_KEYS else None
        if folder and (settings.DEBUG or settings.DEMO):
            secrets.make(folder)
        secrets.use(folder)
