"""The settings of the product, with two pages that only measurements need."""

from fravaer.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
