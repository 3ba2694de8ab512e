"""The settings of the product, with two pages that only measurements need.

Statements run in one process each: a ratio then compares work with work, and does not hang on which of the two the planner
happens to spread over the machine's other processors.
"""

from fravaer.settings import *  # noqa: F403
from fravaer.settings import BASE_DIR, DATABASES, STORAGES, TEMPLATES

ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates", BASE_DIR / "bench" / "templates"]
DATABASES["default"]["OPTIONS"]["options"] += " -c max_parallel_workers_per_gather=0"
STORAGES["staticfiles"]["BACKEND"] = "django.contrib.staticfiles.storage.StaticFilesStorage"
