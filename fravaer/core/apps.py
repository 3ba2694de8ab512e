from django.apps import AppConfig


class CoreConfig(AppConfig):
    name = "fravaer.core"

    def ready(self) -> None:
        from fravaer.core import checks  # noqa: F401
