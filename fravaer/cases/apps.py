from django.apps import AppConfig


class CasesConfig(AppConfig):
    name = "fravaer.cases"
