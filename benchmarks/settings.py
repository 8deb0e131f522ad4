"""The product's settings, with the yardstick addresses added."""

from leadcrm.settings import *  # noqa: F403
from leadcrm.settings import INSTALLED_APPS

ROOT_URLCONF = "benchmarks.urls"
INSTALLED_APPS = [*INSTALLED_APPS, "benchmarks"]
