"""What a drill adds: tests marked `drill`, and longer searches of the model-based tests.

`pytest --drill` runs them; without it they are left out, so that `make check` and `make test` stay short.
"""

import pytest
from hypothesis import HealthCheck, settings

DRILL = "--drill"
# profiles: of model-based tests on fakes, and of a test that asks a whole API for each example
MODEL, SURFACES = "model", "surfaces"
# profiles of requests made from the OpenAPI document, for each operation: to the API over fakes, to the platform
OPENAPI, OPENAPI_LIVE = "openapi", "openapi-live"
UNTIMED = "untimed"  # the profile of all others: a busy machine is no failure
EXAMPLES, EXAMPLES_OF_A_DRILL = 100, 5_000
EXAMPLES_OF_A_REQUEST_DRILL = 100
STEPS = 50


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(DRILL, action="store_true", help="run what takes long, too")


def pytest_configure(config: pytest.Config) -> None:
    drilled = config.getoption(DRILL)
    # a drill looks for new examples, a check for what a change has broken
    settings.register_profile(UNTIMED, deadline=None, derandomize=not drilled)
    settings.load_profile(UNTIMED)
    settings.register_profile(SURFACES, max_examples=400 if drilled else 12, deadline=None)
    for profile, examples in ((OPENAPI, 2), (OPENAPI_LIVE, 25)):
        most = EXAMPLES_OF_A_REQUEST_DRILL if drilled else examples
        settings.register_profile(profile, max_examples=most, derandomize=not drilled, deadline=None)
    settings.register_profile(
        MODEL,
        max_examples=EXAMPLES_OF_A_DRILL if drilled else EXAMPLES,
        stateful_step_count=STEPS,
        derandomize=not drilled,
        deadline=None,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption(DRILL):
        return
    left_out = [item for item in items if item.get_closest_marker("drill")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]
