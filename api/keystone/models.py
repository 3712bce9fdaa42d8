"""Keystone's request for a token, as a schema: its secrets are API tokens of this service."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, WithJsonSchema

_MOST: Final = 512
Text = Annotated[
    str,
    StringConstraints(min_length=1, max_length=_MOST),
    WithJsonSchema(
        {"type": "string", "minLength": 1, "maxLength": _MOST, "pattern": r"^[^\u0000]*$"}
    ),
]


class Part(BaseModel):
    """Strict in its types; members that nobody knows are passed over, as Keystone does."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class Domain(Part):
    """A domain: there is one, whose id is `default` and whose name is `Default`."""

    id: Text | None = None
    name: Text | None = None


class User(Part):
    """A principal, by id or name; its password is its API token."""

    id: Text | None = None
    name: Text | None = None
    domain: Domain | None = None
    password: Text


class Password(Part):
    """The method `password`."""

    user: User


class Token(Part):
    """The method `token`: an API token again."""

    id: Text


class CredentialOwner(Part):
    """Whose credential it is."""

    id: Text | None = None
    name: Text | None = None
    domain: Domain | None = None


class ApplicationCredential(Part):
    """The method `application_credential`: its secret is an API token."""

    id: Text | None = None
    name: Text | None = None
    secret: Text
    user: CredentialOwner | None = None


class Identity(Part):
    """Who asks, by one method."""

    methods: list[Literal["password", "token", "application_credential"]] = Field(
        min_length=1, max_length=1
    )
    password: Password | None = None
    token: Token | None = None
    application_credential: ApplicationCredential | None = None


class Project(Part):
    """An organization, by its id, which is its name too."""

    id: Text | None = None
    name: Text | None = None
    domain: Domain | None = None


class Scope(Part):
    """What the token is to be good for."""

    project: Project | None = None
    domain: Any = None
    system: Any = None
    unscoped: Any = None


class Auth(Part):
    """Who asks, and for what."""

    identity: Identity
    scope: Scope | Literal["unscoped"] | None = None


class AskForToken(Part):
    """Ask for a token."""

    model_config = ConfigDict(
        json_schema_extra={
            "examples": [
                {
                    "auth": {
                        "identity": {
                            "methods": ["password"],
                            "password": {
                                "user": {
                                    "name": "admin",
                                    "domain": {"id": "default"},
                                    "password": "an API token",
                                }
                            },
                        }
                    }
                }
            ]
        }
    )

    auth: Auth
