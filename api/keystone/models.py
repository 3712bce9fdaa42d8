"""Keystone's request for a token, as a schema: its secrets are API tokens of this service."""

from __future__ import annotations

from typing import Annotated, Any, Final, Literal, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    WithJsonSchema,
    model_validator,
)

from domain.values import TEXT_MAX_CHARACTERS

_MOST: Final = 512


def _schema(most: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 1, "maxLength": most, "pattern": r"^[^\u0000]*$"}


Text = Annotated[
    str, StringConstraints(min_length=1, max_length=_MOST), WithJsonSchema(_schema(_MOST))
]
Organization = Annotated[
    str,
    StringConstraints(min_length=1, max_length=TEXT_MAX_CHARACTERS),
    WithJsonSchema(_schema(TEXT_MAX_CHARACTERS)),
]
_ID_OR_NAME: Final[dict[str, Any]] = {"anyOf": [{"required": ["id"]}, {"required": ["name"]}]}
_ABSENT: Final[Any] = None  # null, where it is sent, is no text


class Part(BaseModel):
    """Strict in its types; members that nobody knows are passed over, as Keystone does."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class KeystoneDomain(Part):
    """A domain: there is one, whose id is `default` and whose name is `Default`."""

    id: Text = _ABSENT
    name: Text = _ABSENT


class Named(Part):
    """What is told by its id or its name, or both."""

    model_config = ConfigDict(json_schema_extra=_ID_OR_NAME)

    id: Text = _ABSENT
    name: Text = _ABSENT

    @model_validator(mode="after")
    def _is_named(self) -> Self:
        if not {"id", "name"} & self.model_fields_set:
            raise ValueError("an id or a name is required")
        return self


class KeystoneUser(Named):
    """A principal, by id or name; its password is its API token."""

    domain: KeystoneDomain | None = None
    password: Text


class KeystonePassword(Part):
    """The method `password`."""

    user: KeystoneUser


class KeystoneToken(Part):
    """The method `token`: an API token again."""

    id: Text


class KeystoneCredentialOwner(Part):
    """Whose credential it is."""

    id: Text = _ABSENT
    name: Text = _ABSENT
    domain: KeystoneDomain | None = None


class KeystoneApplicationCredential(Part):
    """The method `application_credential`: its secret is an API token."""

    id: Text = _ABSENT
    name: Text = _ABSENT
    secret: Text
    user: KeystoneCredentialOwner | None = None


class KeystoneIdentity(Part):
    """Who asks, by one method."""

    methods: list[Literal["password", "token", "application_credential"]] = Field(
        min_length=1, max_length=1
    )
    password: KeystonePassword | None = None
    token: KeystoneToken | None = None
    application_credential: KeystoneApplicationCredential | None = None


class KeystoneProject(Named):
    """An organization, by its id, which is its name too."""

    id: Organization = _ABSENT
    name: Organization = _ABSENT
    domain: KeystoneDomain | None = None


class KeystoneScope(Part):
    """What the token is to be good for."""

    project: KeystoneProject | None = None
    domain: Any = None
    system: Any = None
    unscoped: Any = None


class KeystoneAuth(Part):
    """Who asks, and for what."""

    identity: KeystoneIdentity
    scope: KeystoneScope | Literal["unscoped"] | None = None


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

    auth: KeystoneAuth
