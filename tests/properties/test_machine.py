"""The service against a plain dict: whatever is asked, across restarts and rebuilds."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from tests.properties import checks, lists
from tests.properties.asking import asks, changes, refs
from tests.properties.bodies import NOWHERE
from tests.properties.driving import Driven
from tests.properties.model import Ask
from tests.properties.people import settle_in
from tests.properties.profile import LONG, times
from tests.properties.rules import take


class ServersAgainstADict(RuleBasedStateMachine):
    """One service and one model, asked the same."""

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(tempfile.mkdtemp())
        self.driven = Driven(self.folder)
        self.model = settle_in(self.driven)
        self.sent: list[Ask] = []
        self.walk: lists.Walk | None = None

    def teardown(self) -> None:
        try:
            self.rebuild_from_the_log()
        finally:
            self.driven.close()
            shutil.rmtree(self.folder)

    def take(self, *taken: Ask) -> None:
        self.driven.let_pass(1)
        asked = [(self.model.callers[ask.caller], ask) for ask in taken]
        if len(asked) == 1:
            answers = [self.driven.send(*asked[0])]
        else:
            answers = self.driven.send_at_once(asked)
        for ask, answer in zip(taken, answers, strict=True):
            take(self.model, ask, answer, self.driven.now, self.driven.record)
        self.sent.extend(taken)

    @rule(data=st.data(), times=st.integers(1, 8))
    def write(self, data: st.DataObject, times: int) -> None:
        for _ in range(times):
            self.take(data.draw(asks(self.model)))

    @precondition(lambda self: self.model.live)
    @rule(data=st.data(), times=st.integers(1, 8))
    def change_one_server(self, data: st.DataObject, times: int) -> None:
        chosen = data.draw(st.sampled_from(sorted(self.model.live)))
        for _ in range(times):
            if chosen in self.model.live:
                self.take(data.draw(changes(self.model, chosen)))

    @rule(data=st.data())
    def write_several_at_once(self, data: st.DataObject) -> None:
        self.take(*data.draw(st.lists(asks(self.model), min_size=2, max_size=5)))

    @precondition(lambda self: self.sent)
    @rule(data=st.data())
    def write_the_same_again(self, data: st.DataObject) -> None:
        again = data.draw(st.sampled_from(self.sent))
        keyed = [ask for ask in self.sent if ask.key is not None]
        self.take(data.draw(st.sampled_from(keyed)) if keyed else again)

    @rule(seconds=st.sampled_from([3_600, -86_400]))
    def let_time_pass(self, seconds: int) -> None:
        self.driven.let_pass(seconds)

    @rule(data=st.data(), caller=st.sampled_from(["root", "ann", "bob", "eve", "rod"]))
    def read_one(self, data: st.DataObject, caller: str) -> None:
        checks.detail(self.driven, self.model, caller, data.draw(refs(self.model, caller)))

    @rule(data=st.data(), caller=st.sampled_from(["root", "ann", "bob", "eve", "rod"]))
    def list_some(self, data: st.DataObject, caller: str) -> None:
        lists.filtered(self.driven, self.model, caller, data.draw(lists.filters(self.model)))

    @rule(caller=st.sampled_from(["root", "ann", "bob"]), limit=st.integers(1, 4))
    def walk_on(self, caller: str, limit: int) -> None:
        if self.walk is None:
            self.walk = lists.Walk(caller, limit)
        if not self.walk.go_on(self.driven, self.model):
            self.walk = None

    @rule(data=st.data(), caller=st.sampled_from(["root", "ann", "bob"]))
    def read_a_task(self, data: st.DataObject, caller: str) -> None:
        known = [*self.model.tasks, NOWHERE]
        checks.task(self.driven, self.model, caller, data.draw(st.sampled_from(known)))

    @rule()
    def restart(self) -> None:
        self.driven.close()
        self.driven.open()
        checks.everything(self.driven, self.model)

    @rule()
    def rebuild_from_the_log(self) -> None:
        before = self.driven.rows()
        assert self.driven.rebuild() == len(self.model.records)
        assert self.driven.rows() == before
        checks.everything(self.driven, self.model)

    @invariant()
    def the_list_is_the_model(self) -> None:
        checks.listed(self.driven, self.model)

    @invariant()
    def the_log_holds_what_was_asked_and_no_more(self) -> None:
        checks.log(self.driven, self.model)

    @invariant()
    def derived_rows_are_as_many_as_they_should_be(self) -> None:
        rows = self.driven.rows()
        assert {name: len(found) for name, found in rows.items()} == self.model.counts()


TestServersAgainstADict = ServersAgainstADict.TestCase
TestServersAgainstADict.settings = settings(
    max_examples=times(40, 200), stateful_step_count=100 if LONG else 25
)
