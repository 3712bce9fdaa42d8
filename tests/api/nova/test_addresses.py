"""The addresses of Nova's servers, asked for by themselves."""

from __future__ import annotations

from tests.api.expecting import MISSING
from tests.api.nova.expecting import SERVERS, create, refused, show
from tests.nova_schemas import conforms
from tests.support import ELSEWHERE, Api


def test_they_are_shown_by_network_and_without_what_extensions_add(api: Api) -> None:
    address = {"version": 4, "addr": "192.0.2.1"}
    server_id = create(api, networks=[{"uuid": "private"}], accessIPv4="192.0.2.1")
    assert show(api, server_id)["addresses"]["private"][0].items() > address.items()
    answer = api.get(f"{SERVERS}/{server_id}/ips")
    assert conforms("addresses", answer) == {"addresses": {"private": [address]}}
    assert answer.headers["etag"] == api.get(f"{SERVERS}/{server_id}").headers["etag"]
    one = conforms("addresses of network", api.get(f"{SERVERS}/{server_id}/ips/private"))
    assert one == {"private": [address]}
    named = create(api, accessIPv4="192.0.2.1")
    assert conforms("addresses", api.get(f"{SERVERS}/{named}/ips")) == {
        "addresses": {"public": [address]}
    }


def test_a_server_without_an_address_has_none_and_is_in_no_network(api: Api) -> None:
    server_id = create(api)
    assert conforms("addresses", api.get(f"{SERVERS}/{server_id}/ips")) == {"addresses": {}}
    assert refused(api, lambda: api.get(f"{SERVERS}/{server_id}/ips/public"), 404) == (
        "Network not found"
    )


def test_addresses_of_what_is_not_there_are_not_found(api: Api) -> None:
    server_id = create(api, accessIPv4="192.0.2.1")
    for path in (f"{MISSING}/ips", f"{MISSING}/ips/public", "web-1/ips", "web-1/ips/public"):
        refused(api, lambda path=path: api.get(f"{SERVERS}/{path}"), 404)  # type: ignore[misc]
    other = api.issue("member", ELSEWHERE)
    refused(api, lambda: api.get(f"{SERVERS}/{server_id}/ips", token=other), 404)
