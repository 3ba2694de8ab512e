"""The settings of the product, with two pages that only measurements need."""

from fravaer.settings import *  # noqa: F403
from fravaer.settings import BASE_DIR, TEMPLATES

ROOT_URLCONF = "bench.urls"
TEMPLATES[0]["DIRS"] = [BASE_DIR / "templates", BASE_DIR / "bench" / "templates"]
