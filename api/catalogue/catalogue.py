"""The catalogue that all dialects show, read once from a TOML file.

Servers keep their references as sent, so nothing is looked up here when one is made: the catalogue
tells clients what they may ask for.
"""

from __future__ import annotations

import tomllib
from collections.abc import Iterable
from functools import cached_property
from pathlib import Path
from typing import Any, Final, Self

from pydantic import Field, ValidationError, model_validator

from api.catalogue.entries import CommercialType, Entry, Flavor, Image, RootVolume

DEFAULT_PATH: Final = Path(__file__).with_name("default.toml")
_ENTRIES_MAX: Final = 10_000


class CatalogueError(ValueError):
    """A catalogue file that cannot be used; the text is one line naming the file and the place."""


class Catalogue(Entry):
    """Flavors, images and commercial types, in the order of the file.

    All three must be there, if only as empty arrays: a file replaces the whole catalogue, so that a
    part left out is more likely forgotten than meant.
    """

    flavor_entries: list[Flavor] = Field(alias="flavors", max_length=_ENTRIES_MAX)
    image_entries: list[Image] = Field(alias="images", max_length=_ENTRIES_MAX)
    type_entries: list[CommercialType] = Field(alias="commercial_types", max_length=_ENTRIES_MAX)

    @model_validator(mode="after")
    def _unique(self) -> Self:
        # A flavor is found by id or name, so the two share one space; likewise a type's names.
        _refuse_repeated("flavors", (ref for f in self.flavor_entries for ref in {f.id, f.name}))
        _refuse_repeated("images", (image.id for image in self.image_entries))
        _refuse_repeated("images", (image.name for image in self.image_entries))
        _refuse_repeated(
            "commercial_types", (name for t in self.type_entries for name in (t.name, *t.alt_names))
        )
        return self

    # It is read once and asked again and again, so it stands for itself where answers are kept.
    __hash__ = object.__hash__

    @cached_property
    def _flavors(self) -> dict[str, Flavor]:
        return {ref: flavor for flavor in self.flavor_entries for ref in (flavor.id, flavor.name)}

    @cached_property
    def _images(self) -> dict[str, Image]:
        return {image.id: image for image in self.image_entries}

    @cached_property
    def _image_names(self) -> dict[str, Image]:
        return {image.name: image for image in self.image_entries}

    def flavors(self) -> list[dict[str, Any]]:
        """Every flavor: `{"id", "name", "ram" (MiB), "disk" (GiB), "vcpus"}`."""
        return [flavor.shown() for flavor in self.flavor_entries]

    def flavor(self, ref: str) -> dict[str, Any] | None:
        """The flavor of that id or name, if there is one."""
        found = self._flavors.get(ref)
        return None if found is None else found.shown()

    def flavor_by_id(self, flavor_id: str) -> dict[str, Any] | None:
        """The flavor of that id, if there is one: its name does not do."""
        found = self.flavor(flavor_id)
        return found if found is not None and found["id"] == flavor_id else None

    def flavor_refs(self, ref: str) -> tuple[str, ...]:
        """The id and name of the flavor of that id or name; if there is none, the text alone."""
        found = self._flavors.get(ref)
        return (ref,) if found is None else (found.id, found.name)

    def image_refs(self, ref: str) -> tuple[str, ...]:
        """The same of an image."""
        found = self._image(ref)
        return (ref,) if found is None else (found.id, found.name)

    def root_volume(self, ref: str) -> RootVolume | None:
        """The volume that the image of that id or name is a copy of."""
        found = self._image(ref)
        return None if found is None else found.root_volume

    def _image(self, ref: str) -> Image | None:
        return self._images.get(ref.lower()) or self._image_names.get(ref)

    def images(self) -> list[dict[str, Any]]:
        """Every image, its root volume inside; sizes in bytes."""
        return [image.shown() for image in self.image_entries]

    def image(self, image_id: str) -> dict[str, Any] | None:
        """The image of that id, if there is one."""
        found = self._images.get(image_id)
        return None if found is None else found.shown()

    def has_image(self, image_id: str) -> bool:
        """Whether there is an image of that id."""
        return image_id in self._images

    def products(self) -> dict[str, dict[str, Any]]:
        """What each commercial type is, by name."""
        return {entry.name: entry.shown() for entry in self.type_entries}

    def availability(self) -> dict[str, dict[str, Any]]:
        """`{"availability": "available" | "scarce" | "shortage"}` for each commercial type."""
        return {entry.name: {"availability": entry.availability} for entry in self.type_entries}


def load_catalogue(path: Path | None = None) -> Catalogue:
    """The catalogue of that file, or the packaged one. Blocks. Raises `CatalogueError`."""
    path = path or DEFAULT_PATH
    try:
        tables = tomllib.loads(path.read_bytes().decode())
        return Catalogue.model_validate(tables)
    except OSError as error:
        raise _unusable(path, error.strerror or "cannot be read") from error
    except ValidationError as error:
        raise _unusable(path, _first_of(error)) from error
    except UnicodeDecodeError as error:
        raise _unusable(path, f"not UTF-8 at byte {error.start}") from error
    except tomllib.TOMLDecodeError as error:
        raise _unusable(path, f"not TOML: {error}") from error
    except RecursionError as error:
        raise _unusable(path, "not TOML: nested too deep") from error


def _refuse_repeated(part: str, names: Iterable[str]) -> None:
    seen: set[str] = set()
    for name in names:
        if name in seen:
            raise ValueError(f"{part}: {name!r} is there twice")
        seen.add(name)


def _first_of(error: ValidationError) -> str:
    problems = error.errors(include_url=False)
    place = ".".join(str(part) for part in problems[0]["loc"])
    words = problems[0]["msg"].removeprefix("Value error, ")
    more = f" (and {len(problems) - 1} more)" if len(problems) > 1 else ""
    return f"{place}: {words}{more}" if place else f"{words}{more}"


def _unusable(path: Path, words: str) -> CatalogueError:
    # One line whatever the file's name or content holds: it is printed as the reason to stop.
    return CatalogueError(" ".join(f"catalogue {path}: {words}".split()))
