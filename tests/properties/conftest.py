"""Hypothesis profiles: `quick` for every check, `long` for the nights (`HYPOTHESIS_PROFILE=long`).

Both are random, and print the blob that repeats a failure. There is no deadline: a machine under
load is slow, not wrong.
"""

from __future__ import annotations

from hypothesis import HealthCheck, settings

from tests.properties.profile import PROFILE, times

for name in ("quick", "long"):
    settings.register_profile(
        name,
        max_examples=times(60, 2_000),
        deadline=None,
        derandomize=False,
        print_blob=True,
        suppress_health_check=(HealthCheck.too_slow, HealthCheck.data_too_large),
    )
settings.load_profile(PROFILE)
