"""What an answer as of a point says of itself: RFC 7089, its ETag, and for how long it holds."""

from __future__ import annotations

import datetime as dt
import email.utils
import re
from typing import Any

from tests.support import HOME, Api


def links(answer: Any) -> dict[str, str]:
    """The targets of a `Link` header by their relations."""
    found = re.findall(r'<([^>]*)>; rel="([^"]*)"', answer.headers["link"])
    return {rel: target for target, rels in found for rel in rels.split() if rel != "memento"}


def test_a_memento_tells_its_time_and_its_neighbours(api: Api) -> None:
    server = api.create()
    path = f"/servers/{server['id']}"
    for action in ("poweron", "poweroff", "poweron"):
        api.act("my_server", action)
    answer = api.get(f"{path}?at_version=2")
    at = dt.datetime.fromisoformat(answer.json()["server"]["modification_date"])
    told = email.utils.parsedate_to_datetime(answer.headers["memento-datetime"])
    assert told == at.replace(microsecond=0)
    assert links(answer) == {
        "original": path,
        "timemap": f"{path}/timemap",
        "first": f"{path}?at_version=1",
        "prev": f"{path}?at_version=1",
        "next": f"{path}?at_version=3",
        "last": f"{path}?at_version=4",
    }
    assert answer.headers["etag"] == f'"{server["id"]}:2"'
    assert answer.headers["x-log-position"] == str(api.position - 2)
    assert set(re.split(", *", answer.headers["vary"])) == {
        "Accept-Datetime",
        "X-Auth-Token",
        "Authorization",
    }


def test_the_chain_of_mementos_leads_through_every_state(api: Api) -> None:
    server = api.create()
    api.act("my_server", "poweron")
    api.delete("/servers/my_server")
    api.post(f"/servers/{server['id']}/revert", {"to_version": 1})
    api.act("my_server", "poweron")
    # A deletion is no state: the chain has a gap there, from which it is entered from both sides.
    seen, path = [], f"/servers/{server['id']}?at_version=1"
    while path:
        answer = api.get(path)
        seen.append(answer.json()["server"]["version"])
        path = links(answer).get("next", "")
    assert seen == [1, 2]
    assert links(api.get(f"/servers/{server['id']}?at_version=2"))["last"].endswith("=5")
    back = api.get(f"/servers/{server['id']}?at_version=5")
    assert links(back)["prev"].endswith("=4")


def test_a_fixed_point_holds_for_ever_and_a_time_does_not(api: Api) -> None:
    server = api.create()
    path = f"/servers/{server['id']}"
    for target in (f"{path}?at_version=1", f"{path}?at_position=3", "/servers?at_position=3"):
        caching = api.get(target).headers["cache-control"]
        assert caching == "private, max-age=31536000, immutable"
    date = email.utils.format_datetime(dt.datetime.now(dt.UTC), usegmt=True)
    for target, headers in (
        (f"/servers?at={server['creation_date']}", {}),
        ("/servers", {"Accept-Datetime": date}),
    ):
        answer = api.get(target, headers=headers)
        assert answer.headers["cache-control"] == "private, no-cache"
        place = answer.headers["content-location"]
        assert place == f"/servers?at_position={answer.headers['x-log-position']}"
        assert api.get(place).content == answer.content


def test_the_etag_of_a_list_depends_on_the_position_and_on_who_asks(api: Api) -> None:
    api.create()
    token = api.issue("reader", HOME)
    path = f"/servers?at_position={api.position}"
    mine, theirs = api.get(path), api.get(path, token=token)
    earlier = api.get("/servers?at_position=3")
    tags = [answer.headers["etag"] for answer in (mine, theirs, earlier)]
    assert len(set(tags)) == 3
    assert not any(tag.startswith("W/") for tag in tags)
    again = api.get(path, headers={"If-None-Match": tags[0]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["etag"] == tags[0]
    assert api.get(path, headers={"If-None-Match": tags[1]}).status_code == 200


def test_a_list_as_of_a_position_leads_to_those_beside_it(api: Api) -> None:
    api.create()
    end = api.position
    answer = api.get(f"/servers?tags=a&at_position={end - 1}")
    found = links(answer)
    assert found["original"] == "/servers?tags=a"
    assert found["prev"] == f"/servers?tags=a&at_position={end - 2}"
    assert found["next"] == found["last"] == f"/servers?tags=a&at_position={end}"
    assert "memento-datetime" in answer.headers
    assert "memento-datetime" not in api.get("/servers?at_position=0").headers


def test_a_time_map_has_every_state_a_page_at_a_time(api: Api, monkeypatch: Any) -> None:
    monkeypatch.setattr("api.history.timemaps.MEMENTOS_MAX", 2)
    server = api.create()
    for action in ("poweron", "poweroff", "poweron", "poweroff"):
        api.act("my_server", action)
    for path, of, expected in (
        (f"/servers/{server['id']}/timemap", f"/servers/{server['id']}?at_version=", range(1, 6)),
        ("/timemap", "/servers?at_position=", range(1, api.position + 1)),
    ):
        found: list[str] = []
        following: str | None = path
        while following:
            answer = api.get(following)
            assert answer.headers["content-type"] == "application/link-format"
            found += re.findall(r'<([^>]*)>; rel="memento"; datetime="[^"]*GMT"', answer.text)
            link = re.search(r'<([^>]*)>; rel="next"', answer.headers.get("link", ""))
            following = link and link[1]
        assert found == [f"{of}{number}" for number in expected]
