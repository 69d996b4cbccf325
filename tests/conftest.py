"""What a drill adds: tests marked `drill`, and more examples in those marked `search`.

`pytest --drill` runs them; without it drills are left out and searches are short, so that `make check` stays quick.
"""

import gc

import pytest
from hypothesis import HealthCheck, settings

from tests.support.table_ids import row_id

DRILL = "--drill"
UNTIMED = "untimed"  # the profile of most tests: a busy machine is no failure
MODEL, COSTLY, OPENAPI, OPENAPI_LIVE = "model", "costly", "openapi", "openapi-live"
STEPS = 50  # of one example of a model-based test
# Profiles of searches: how many examples each test has in a check, and in a drill.
EXAMPLES = {
    MODEL: (100, 5_000),  # model-based tests on fakes
    COSTLY: (12, 400),  # tests of which one example takes long: a whole API, half an hour of a scaler
    OPENAPI: (2, 100),  # requests made from the OpenAPI document, for each operation: to the API over fakes
    OPENAPI_LIVE: (25, 100),  # and to the platform
}


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(DRILL, action="store_true", help="run what takes long, too")


def pytest_configure(config: pytest.Config) -> None:
    drilled = config.getoption(DRILL)
    # a drill looks for new examples, a check for regressions
    settings.register_profile(UNTIMED, deadline=None, derandomize=not drilled)
    settings.load_profile(UNTIMED)
    for profile, (in_a_check, in_a_drill) in EXAMPLES.items():
        settings.register_profile(profile, max_examples=in_a_drill if drilled else in_a_check)
    settings.register_profile(
        MODEL,
        settings.get_profile(MODEL),
        stateful_step_count=STEPS,
        suppress_health_check=[HealthCheck.too_slow],
    )


def pytest_collection() -> None:
    """Collect no garbage while modules are imported: they stay."""
    gc.disable()


def pytest_collection_finish() -> None:
    """Leave what was imported out of each collection to come; a tenth of the time of all unit tests."""
    gc.freeze()
    gc.enable()


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    if config.getoption(DRILL):
        return
    left_out = [item for item in items if item.get_closest_marker("drill")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def pytest_make_parametrize_id(val: object) -> str | None:
    """Name the rows of tables by their values, and refuse a table whose rows would be numbered."""
    return row_id(val)
