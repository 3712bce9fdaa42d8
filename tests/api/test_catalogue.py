"""The catalogue: what it shows, and which files it refuses."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from libcloud.compute.drivers.scaleway import ScalewayNodeDriver

from api.catalogue.catalogue import DEFAULT_PATH, CatalogueError, load_catalogue

DOCUMENT_A_IMAGE = "4e0b46e4-7c1d-44d4-8ba6-dc5f80694397"
EMPTY = "flavors = []\nimages = []\ncommercial_types = []\n"
FLAVOR = '[[flavors]]\nid = "1"\nname = "one"\nram_mib = 1\ndisk_gib = 1\nvcpus = 1\n'


@pytest.fixture
def default() -> str:
    return DEFAULT_PATH.read_text()


def refused(tmp_path: Path, text: str | bytes) -> str:
    """The reason why a file is refused, which is one line naming it."""
    path = tmp_path / "catalogue.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    with pytest.raises(CatalogueError) as caught:
        load_catalogue(path)
    words = str(caught.value)
    assert words.startswith(f"catalogue {path}: ")
    assert "\n" not in words
    return words.removeprefix(f"catalogue {path}: ")


def test_the_flavors_are_novas_classic_five() -> None:
    assert load_catalogue().flavors() == [
        {"id": "1", "name": "m1.tiny", "ram": 512, "disk": 1, "vcpus": 1},
        {"id": "2", "name": "m1.small", "ram": 2048, "disk": 20, "vcpus": 1},
        {"id": "3", "name": "m1.medium", "ram": 4096, "disk": 40, "vcpus": 2},
        {"id": "4", "name": "m1.large", "ram": 8192, "disk": 80, "vcpus": 4},
        {"id": "5", "name": "m1.xlarge", "ram": 16384, "disk": 160, "vcpus": 8},
    ]


def test_a_flavor_is_found_by_id_and_by_name() -> None:
    catalogue = load_catalogue()
    assert catalogue.flavor("2") == catalogue.flavor("m1.small") == catalogue.flavors()[1]
    assert catalogue.flavor("m1.SMALL") is None
    assert catalogue.flavor("") is None


def test_the_images_of_both_documents_are_there() -> None:
    catalogue = load_catalogue()
    assert "cirros-0.3.4-x86_64-uec" in {image["name"] for image in catalogue.images()}
    assert catalogue.image(DOCUMENT_A_IMAGE) == {
        "id": DOCUMENT_A_IMAGE,
        "name": "Ubuntu 22.04 Jammy Jellyfish",
        "arch": "x86_64",
        "organization": "51b656e3-4865-41e8-adbc-0c45bdd780db",
        "creation_date": "2022-04-21T09:00:00.000000+00:00",
        "modification_date": "2024-09-12T06:30:00.000000+00:00",
        "root_volume": {
            "id": "0a1f8d2e-6c1b-4b0e-9a57-3d1f5c7e9b21",
            "name": "ubuntu-22.04-root",
            "size": 25_000_000_000,
            "volume_type": "l_ssd",
        },
        "default_bootscript": None,
        "extra_volumes": {},
        "from_server": None,
        "public": True,
        "state": "available",
    }
    assert catalogue.image("Ubuntu 22.04 Jammy Jellyfish") is None


def test_a_commercial_type_shows_all_that_the_client_reads() -> None:
    catalogue = load_catalogue()
    assert catalogue.products()["VC1S"] == {
        "alt_names": ["X64-2GB"],
        "arch": "x86_64",
        "baremetal": False,
        "ncpus": 2,
        "ram": 2_147_483_648,
        "volumes_constraint": {"min_size": 50_000_000_000, "max_size": 50_000_000_000},
        "network": {
            "sum_internal_bandwidth": 209_715_200,
            "sum_internet_bandwidth": 209_715_200,
            "ipv6_support": True,
        },
        "monthly_price": 2.99,
        "hourly_price": 0.006,
    }
    assert catalogue.availability().keys() == catalogue.products().keys()
    assert catalogue.availability()["VC1L"] == {"availability": "shortage"}


def test_the_published_client_reads_every_entry_and_every_image_fits_every_type() -> None:
    catalogue = load_catalogue()
    driver = ScalewayNodeDriver("organization", "token")
    images = [driver._to_image(image) for image in catalogue.images()]
    available = catalogue.availability()
    sizes = [driver._to_size(n, p, available[n]) for n, p in catalogue.products().items()]
    assert {"START1-XS", "START1-S", "VC1S", "C1"} <= {size.name for size in sizes}
    fitting = {image.extra["size"] <= size.extra["max_disk"] for image in images for size in sizes}
    assert fitting == {True}


def test_what_is_shown_may_be_changed_without_changing_the_catalogue() -> None:
    catalogue = load_catalogue()
    catalogue.flavors()[0]["id"] = "changed"
    catalogue.products()["VC1S"]["alt_names"].append("changed")
    assert catalogue == load_catalogue()
    assert catalogue.products() == load_catalogue().products()


def test_a_file_replaces_the_whole_catalogue(tmp_path: Path) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(EMPTY)
    catalogue = load_catalogue(path)
    shown: list[Any] = [catalogue.flavors(), catalogue.images(), catalogue.products()]
    assert shown == [[], [], {}]


def test_a_time_of_another_zone_is_shown_in_utc(tmp_path: Path, default: str) -> None:
    path = tmp_path / "catalogue.toml"
    path.write_text(default.replace("2022-04-21T09:00:00Z", "2022-04-21T11:00:00+02:00"))
    assert load_catalogue(path).images() == load_catalogue().images()


def test_every_shape_is_json(default: str) -> None:
    catalogue = load_catalogue()
    for shape in (catalogue.flavors(), catalogue.images(), catalogue.products()):
        assert json.loads(json.dumps(shape, allow_nan=False)) == shape


@pytest.mark.parametrize(
    ("known", "changed", "reason"),
    [
        ("ram_mib = 512", 'ram_mib = "512"', "flavors.0.ram_mib: Input should be a valid integer"),
        ("ram_mib = 512", "ram_mib = 512.0", "flavors.0.ram_mib: Input should be a valid integer"),
        ("ram_mib = 512", "ram_mib = -1", "flavors.0.ram_mib: Input should be greater than"),
        ("ram_mib = 512", "", "flavors.0.ram_mib: Field required"),
        ("vcpus = 1", "vcpus = true", "flavors.0.vcpus: Input should be a valid integer"),
        ("ram_mib = 512", "ram_mib = 512\nram = 1", "flavors.0.ram: Extra inputs"),
        ("[[flavors]]", "[colours]\n[[flavors]]", "colours: Extra inputs are not permitted"),
        ('name = "m1.tiny"', 'name = ""', "flavors.0.name: String should have at least 1"),
        ('name = "m1.tiny"', 'name = "a\\u0000b"', "flavors.0.name: String should match"),
        ('name = "m1.tiny"', 'name = "m1.small"', "flavors: 'm1.small' is there twice"),
        ('name = "m1.tiny"', 'name = "2"', "flavors: '2' is there twice"),
        ('id = "1"', 'id = "2"', "flavors: '2' is there twice"),
        ("c2b7d1a4-95e3-4f60-8d27-1b6a0e4f7c93", DOCUMENT_A_IMAGE, "is there twice"),
        ("cirros-0.3.4-x86_64-uec", "Debian 12 Bookworm", "is there twice"),
        (DOCUMENT_A_IMAGE, "ubuntu", "images.0.id: must be a UUID"),
        (DOCUMENT_A_IMAGE, DOCUMENT_A_IMAGE.upper(), "images.0.id: must be a UUID in lower case"),
        ("2022-04-21T09:00:00Z", "2022-04-21T09:00:00", "images.0.created_at: "),
        ("2022-04-21T09:00:00Z", '"2022-04-21T09:00:00Z"', "images.0.created_at: "),
        ('arch = "x86_64"', 'arch = "vax"', "images.0.arch: Input should be"),
        ('name = "START1-S"', 'name = "START1-XS"', "commercial_types: 'START1-XS' is there twice"),
        ('"X64-2GB"', '"VC1M"', "commercial_types: 'VC1M' is there twice"),
        ("disk_min_gb = 25", "disk_min_gb = 26", "commercial_types.1: disk_min_gb must not be"),
        ("monthly_price = 2.99", "monthly_price = nan", "commercial_types.0.monthly_price: "),
        ('"scarce"', '"rare"', "commercial_types.0.availability: Input should be"),
    ],
)
def test_a_wrong_entry_is_refused_with_its_place(
    tmp_path: Path, default: str, known: str, changed: str, reason: str
) -> None:
    assert known in default
    assert reason in refused(tmp_path, default.replace(known, changed, 1))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "flavors: Field required (and 2 more)"),
        ("flavors = []\nimages = []\n", "commercial_types: Field required"),
        (EMPTY.replace("images = []", "images = 1"), "images: Input should be a valid list"),
        (FLAVOR + FLAVOR + "[[", "not TOML: "),
        (EMPTY + "flavors = []\n", "not TOML: Cannot overwrite a value"),
        (b"\xff\xfe", "not UTF-8 at byte 0"),
        ("a = " + "[" * 100_000, "not TOML: "),
    ],
)
def test_a_broken_file_is_refused(tmp_path: Path, text: str | bytes, reason: str) -> None:
    assert reason in refused(tmp_path, text)


@pytest.mark.parametrize("name", ["absent.toml", "."])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(CatalogueError, match=r"catalogue .*: (No such file|Is a directory)"):
        load_catalogue(tmp_path / name)
