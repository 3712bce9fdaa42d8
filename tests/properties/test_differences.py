"""Which fields differ is told without showing either state, and is what showing them tells."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.server import Server
from projections.differences import changed_fields, changes
from tests.properties.strategies import of

pytestmark = pytest.mark.once


STATES = st.none() | of(Server)


@given(STATES, STATES)
def test_of_any_two_states(before: Server | None, after: Server | None) -> None:
    told = [change["field"] for change in changes(before, after)]
    assert sorted(changed_fields(before, after)) == sorted(told)


@given(of(Server), st.data())
def test_of_two_states_that_differ_little(before: Server, data: st.DataObject) -> None:
    values = {name: getattr(before, name) for name in before.__struct_fields__}
    field = data.draw(st.sampled_from(sorted(values)))
    after = Server(**(values | {field: getattr(data.draw(of(Server)), field)}))
    told = [change["field"] for change in changes(before, after)]
    assert sorted(changed_fields(before, after)) == sorted(told)
