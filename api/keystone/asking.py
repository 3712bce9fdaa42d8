"""From Keystone's request for a token to the API token in it, and what it is to be good for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from api.http.refusals import CallerUnknown
from api.http.validation import validated
from api.keystone import models
from domain.access import Caller
from domain.refusals import InvalidRequest

REFUSED = "The request you have made requires authentication."
DOMAIN_ID = "default"
DOMAIN_NAME = "Default"


class Asked(NamedTuple):
    """A token, whose it must be where that is said, and the project it is asked for."""

    method: str
    token: str
    user_id: str | None
    user_name: str | None
    unscoped: bool
    project: str | None


def read_asked(body: Mapping[str, Any]) -> Asked:
    """What is asked for. Raises `InvalidRequest`, or `CallerUnknown` for what nobody can have."""
    asked, problems = validated(models.AskForToken, body, envelope="auth")
    if asked is None:
        raise InvalidRequest(problems)
    auth = asked.auth
    (method,) = auth.identity.methods
    token, owner = _credentials(auth.identity, method)
    user_id = user_name = None
    if owner is not None:
        user_id, user_name = owner.id, owner.name
        _check_domain(owner.domain)
    scope = auth.scope
    if not isinstance(scope, models.KeystoneScope):
        return Asked(method, token, user_id, user_name, scope is not None, None)
    if scope.domain is not None or scope.system is not None:
        raise CallerUnknown(REFUSED)  # as one without a role there is told
    return Asked(
        method, token, user_id, user_name, scope.unscoped is not None, _project(scope.project)
    )


def _credentials(
    identity: models.KeystoneIdentity, method: str
) -> tuple[str, models.KeystoneUser | models.KeystoneCredentialOwner | None]:
    if method == "password" and identity.password is not None:
        return identity.password.user.password, identity.password.user
    if method == "token" and identity.token is not None:
        return identity.token.id, None
    credential = identity.application_credential
    if method == "application_credential" and credential is not None:
        return credential.secret, credential.user
    raise InvalidRequest({method: ("required key not provided",)})


def _project(project: models.KeystoneProject | None) -> str | None:
    if project is None:
        return None
    _check_domain(project.domain)
    return project.id or project.name


def _check_domain(domain: models.KeystoneDomain | None) -> None:
    if domain is None:
        return
    if domain.id not in {None, DOMAIN_ID} or domain.name not in {None, DOMAIN_NAME}:
        raise CallerUnknown(REFUSED)


def check_owner(asked: Asked, caller: Caller, name: str | None) -> None:
    """The token must be of whom the request names. Raises `CallerUnknown`."""
    if asked.user_id not in {None, caller.principal_id}:
        raise CallerUnknown(REFUSED)
    if asked.user_name is not None and asked.user_name not in {name, caller.principal_id}:
        raise CallerUnknown(REFUSED)


def project_of(asked: Asked, caller: Caller) -> str | None:
    """The project that it is good for: the home, where none is named. Raises `CallerUnknown`."""
    if asked.unscoped:
        return None
    if asked.project is None:
        return caller.organization
    if not caller.sees(asked.project):
        raise CallerUnknown(REFUSED)
    return asked.project
