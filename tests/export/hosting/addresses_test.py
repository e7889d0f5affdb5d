"""An address gives a file, a redirect, or an error that says why it does not."""

from __future__ import annotations

import pytest

from efficientnet_hub.export.hosting import addresses

_HANDLE = "me/lite0/classification"


@pytest.fixture
def resolve(tmp_path, publish):
    """Returns a function that resolves an address to a path in a collection."""
    for version in (1, 9, 10):
        publish(tmp_path, f"{_HANDLE}/{version}")
    (tmp_path / "index.html").write_text("modules")

    def _resolve(address: str):
        found = addresses.resolve(str(tmp_path), address)
        if isinstance(found, addresses.Redirect):
            return found
        return found.path[len(str(tmp_path)) + 1 :]

    return _resolve


@pytest.mark.parametrize(
    ("address", "name"),
    [
        ("/", "index.html"),
        ("/index.html", "index.html"),
        (f"/{_HANDLE}/9", _HANDLE + "/9.html"),
        (f"/{_HANDLE}/9?from=search", _HANDLE + "/9.html"),
        (f"/{_HANDLE}/9?tf-hub-format=compressed", _HANDLE + "/9.tar.gz"),
        (f"/{_HANDLE}/9?a=b&tf-hub-format=compressed", _HANDLE + "/9.tar.gz"),
        ("/me/%6cite0/classification/9.md", _HANDLE + "/9.md"),
        (f"/{_HANDLE}/9.tar.gz", _HANDLE + "/9.tar.gz"),
        (f"/{_HANDLE}/9.manifest.json", _HANDLE + "/9.manifest.json"),
        ("http://localhost:8000", "index.html"),
        ("http://localhost:8000?a=b", "index.html"),
        (f"/{_HANDLE}/9?from=http://localhost/", _HANDLE + "/9.html"),
        ("http://localhost:8000/", "index.html"),
        (f"HTTP://localhost:8000/{_HANDLE}/9", _HANDLE + "/9.html"),
        (f"http://[::1]/{_HANDLE}/9?tf-hub-format=compressed", _HANDLE + "/9.tar.gz"),
    ],
)
def test_an_address_gives_a_file(address, name, resolve):
    assert resolve(address) == name


@pytest.mark.parametrize("query", ["", "?tf-hub-format=compressed", "?a=%2F&b"])
def test_a_handle_redirects_to_its_newest_version(query, resolve):
    redirect = resolve("/" + _HANDLE + query)

    assert redirect == addresses.Redirect(f"/{_HANDLE}/10{query}")


@pytest.mark.parametrize("query", ["", "?tf-hub-format=compressed"])
@pytest.mark.parametrize(
    ("address", "target"),
    [
        (f"/{_HANDLE}/", f"/{_HANDLE}/10"),
        (f"/{_HANDLE}/9/", f"/{_HANDLE}/9"),
        (f"http://localhost/{_HANDLE}/9/", f"/{_HANDLE}/9"),
    ],
)
def test_a_final_slash_redirects(address, target, query, resolve):
    assert resolve(address + query) == addresses.Redirect(target + query)


@pytest.mark.parametrize("address", ["*", "me/lite0/classification/9", "localhost:80"])
def test_an_address_that_is_no_path_is_refused(address, resolve):
    with pytest.raises(addresses.AddressError) as caught:
        resolve(address)

    assert caught.value.status == 400
    assert str(caught.value) == f"the address must start with '/', found '{address}'"


@pytest.mark.parametrize(
    "address",
    [
        "/me",
        "/index",
        "/report.json",
        f"/{_HANDLE}/2",
        f"/{_HANDLE}/2?tf-hub-format=compressed",
        "//",
        f"/{_HANDLE}//",
        f"/{_HANDLE}/2/",
        f"//{_HANDLE}/1",
        f"//{_HANDLE}/1/",
        "/me/lite0/classification/%31%00",
        "/..%2fetc/passwd",
        "/me/%2e%2e/%2e%2e/etc/passwd",
        "/me/%252e%252e/x/1",
        "/%ff",
    ],
)
def test_other_addresses_are_not_found(address, resolve):
    with pytest.raises(addresses.AddressError) as caught:
        resolve(address)

    assert caught.value.status == 404
    assert "found nothing of that name published here" in str(caught.value)


@pytest.mark.parametrize("address", [f"/{_HANDLE}/1", "/" + _HANDLE])
@pytest.mark.parametrize("format", ["uncompressed", "zip", ""])
def test_another_format_is_refused(format, address, resolve):
    with pytest.raises(addresses.AddressError) as caught:
        resolve(f"{address}?tf-hub-format={format}")

    assert caught.value.status == 400
    assert f"must be 'compressed', found '{format}': modules are" in str(caught.value)
