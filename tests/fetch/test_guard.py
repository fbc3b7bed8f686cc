"""Where requests may go: hosts, addresses, and what a name resolves to a moment later."""

from __future__ import annotations

import base64
import ipaddress
import threading
from pathlib import Path

import pytest

from sources.fetch.addresses import Place, place_of, shown
from sources.fetch.client import Client
from sources.fetch.errors import FetchError
from sources.fetch.guard import Guard
from sources.fetch.limits import Limits
from sources.fetch.pace import Pace
from tests.fetch.authority import Authority
from tests.fetch.server import FastClock, Site, serving

LOOPBACK = (ipaddress.ip_network("127.0.0.0/8"),)


def guard(*hosts: str, addresses: tuple[str, ...] = ("93.184.216.34",)) -> Guard:
    """A guard whose names all resolve to the same."""
    return Guard(frozenset(hosts), (), lambda host, port: addresses)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.org/a",
        "https://EXAMPLE.org./a",
        "https://example.org:443/a",
        "http://example.org:8080/a?x=1",
    ],
)
def test_allowed(url: str) -> None:
    """The host is one of the list, whatever its case; a port must be named."""
    guard("example.org", "example.org:8080").check(url)


@pytest.mark.parametrize(
    "url",
    [
        "https://example.com/a",
        "https://example.org.evil.net/a",
        "https://example.org:444/a",
        "https://example.org@evil.net/a",
        "https://user:pw@example.org/a",
        "https://evil.net/?https://example.org/",
        "https://evil.net#@example.org/",
        "ftp://example.org/a",
        "file:///etc/passwd",
        "//example.org/a",
        "https:///a",
        "https://example.org:x/",
        "https://[::1/",
    ],
)
def test_refused(url: str) -> None:
    """Other hosts, ports and schemes, names in addresses, and what is no address."""
    with pytest.raises(FetchError) as caught:
        guard("example.org").check(url)
    assert caught.value.rule == "address_refused"
    assert "pw" not in str(caught.value)


def test_no_way_back_from_https() -> None:
    """A redirect must not leave the encrypted connection."""
    with pytest.raises(FetchError, match="from https to http"):
        guard("example.org").check("http://example.org/a", "https://example.org/b")


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "192.0.2.1", "::1", "::", "fe80::1",
        "fe80::1%eth0", "fc00::1", "ff02::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1",
        "64:ff9b::7f00:1", "2002:7f00:1::", "2001:0:53aa:64c:0:0:80ff:fffe",
        "64:ff9b:1::7f00:1", "::7f00:1", "::ffff:0:7f00:1", "fec0::1", "5f00::1", "3fff::1",
        "2001:db8::1", "100::1", "4000::1", "192.0.0.8", "192.0.0.9", "192.88.99.1", "240.0.0.1",
        "198.18.0.1",
    ],
)  # fmt: skip
def test_private_addresses_are_refused(address: str) -> None:
    """Loopback, private, link-local, shared, multicast, reserved, and IPv6 that leads to them."""
    for addresses in ((address,), ("93.184.216.34", address)):
        with pytest.raises(FetchError, match="not public"):
            guard("example.org", addresses=addresses).addresses("example.org", 443)


def test_public_addresses_are_not() -> None:
    """IPv4 and IPv6."""
    public = ("93.184.216.34", "2606:2800:220:1:248:1893:25c8:1946", "64:ff9b::5db8:d822")
    assert guard("example.org", addresses=public).addresses("example.org", 443) == public


def test_the_recipe_can_allow_a_network() -> None:
    """That network and no other."""
    allowing = Guard(frozenset({"a:80", "a"}), LOOPBACK, lambda host, port: ["127.3.2.1"])
    assert allowing.addresses("a", 80) == ["127.3.2.1"]
    with pytest.raises(FetchError):
        Guard(frozenset({"a"}), LOOPBACK, lambda host, port: ["10.0.0.1"]).addresses("a", 80)


def client(guarding: Guard, folder: Path, site: Site) -> Client:
    """A client that waits for nothing."""
    limits = Limits(attempts=2)
    return Client(guarding, limits, "t", Pace(site.clock), folder, clock=site.clock)


def test_a_name_that_resolves_otherwise_later(site: Site, tmp_path: Path) -> None:
    """The address that was judged is the one that is connected to: each name is asked for once."""
    for path in ("/a", "/robots.txt", "/.well-known/tdmrep.json"):
        site.put(path, b"good")
    port = int(site.address.rsplit(":", 1)[-1])
    answers = iter(["127.0.0.1"])
    asked: list[str] = []
    lock = threading.Lock()

    def rebinding(host: str, port: int) -> list[str]:
        with lock:
            asked.append(host)
            return [next(answers, "169.254.169.254")]

    one = client(Guard(frozenset({f"rebind.test:{port}"}), LOOPBACK, rebinding), tmp_path, site)
    assert one.page(f"http://rebind.test:{port}/a").body == b"good"
    assert asked == ["rebind.test"]
    one.close()
    with pytest.raises(FetchError, match=r"169\.254\.169\.254, which is not public"):
        one.page(f"http://rebind.test:{port}/a")


class Deceived(Guard):
    """Reads the allowed host in every address, as a reader does whom an address deceives."""

    def check(self, url: str, came_from: str = "") -> Place:
        """Take it."""
        return place_of(f"http://{min(self.hosts)}/")


@pytest.mark.parametrize("front", ["localhost:{port}", "localhost:{port}\\@127.0.0.1:{port}"])
def test_two_readers_of_an_address(front: str, site: Site, tmp_path: Path) -> None:
    """Where urllib3 reads another host than we do, the connection is not made."""
    site.put("/a", b"other")
    port = int(site.address.rsplit(":", 1)[-1])
    one = client(Deceived(frozenset({f"127.0.0.1:{port}"}), LOOPBACK), tmp_path, site)
    url = f"http://{front.format(port=port)}/a"
    with pytest.raises(FetchError, match="localhost: host not allowed"):
        one.page(url)
    assert site.asked() == []
    with pytest.raises(FetchError, match="no user names" if "@" in front else "add 'localhost"):
        Guard(frozenset({f"127.0.0.1:{port}"})).check(url)


def test_a_proxy_of_the_environment_is_used(site: Site, tmp_path: Path, monkeypatch) -> None:
    """The request goes to the proxy, which resolves the name; NO_PROXY goes around it."""
    site.put("http://outside.test/a", b"by proxy")
    monkeypatch.setenv("http_proxy", site.address)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    hosts = frozenset({"outside.test", site.address.partition("//")[2]})
    one = client(Guard(hosts, LOOPBACK), tmp_path, site)
    assert one.page("http://outside.test/a").body == b"by proxy"
    site.put("/b", b"direct")
    assert one.page(site.address + "/b").body == b"direct"


def test_a_proxy_with_a_password(site: Site, tmp_path: Path, monkeypatch) -> None:
    """It gets user and password, and nobody else does."""
    site.put("http://outside.test/a", b"by proxy")
    monkeypatch.setenv("http_proxy", site.address.replace("//", "//me:p%40ss@"))
    one = client(Guard(frozenset({"outside.test"}), LOOPBACK), tmp_path, site)
    assert one.page("http://outside.test/a").body == b"by proxy"
    [asked] = site.asked("http://outside.test/a")
    assert base64.b64decode(asked.headers["proxy-authorization"].split()[1]) == b"me:p@ss"
    assert "authorization" not in asked.headers


@pytest.mark.parametrize("address", ["socks5://me:secret@127.0.0.1:1", "http://secret[bad"])
def test_a_proxy_that_is_none(address: str, site: Site, tmp_path: Path, monkeypatch) -> None:
    """One line, without the address, which may hold a password."""
    monkeypatch.setenv("http_proxy", address)
    one = client(Guard(frozenset({"outside.test"}), LOOPBACK), tmp_path, site)
    with pytest.raises(FetchError, match="the proxy of the environment") as caught:
        one.page("http://outside.test/a")
    assert "secret" not in str(caught.value)


def test_a_certificate_must_be_of_the_name(tmp_path: Path, monkeypatch) -> None:
    """Connections go to an address that was judged; name and certificate are still the host's."""
    authority = Authority(tmp_path)
    site = Site(FastClock())
    site.put("/a", b"good")
    asked_for: list[str | None] = []
    tls = authority.context("right.test")
    tls.sni_callback = lambda _socket, name, _context: asked_for.append(name)
    with serving(site, tls) as address:
        port = address.rsplit(":", 1)[-1]
        right, wrong = (f"https://{name}.test:{port}/a" for name in ("right", "wrong"))
        hosts = frozenset(f"{name}.test:{port}" for name in ("right", "wrong"))
        guard = Guard(hosts, LOOPBACK, lambda host, port: ["127.0.0.1"])

        def body(url: str) -> bytes:
            one = client(guard, tmp_path, site)
            try:
                return one.page(url).body
            finally:
                one.close()

        with pytest.raises(FetchError, match="no trusted encrypted connection"):
            body(right)  # nobody trusts that authority
        monkeypatch.setenv("SSL_CERT_FILE", str(authority.file))
        assert body(right) == b"good"
        before = len(site.log)
        assert site.log[-1].headers["host"] == f"right.test:{port}"
        with pytest.raises(FetchError, match="no trusted encrypted connection"):
            body(wrong)
    assert len(site.log) == before
    assert set(asked_for) == {"right.test", "wrong.test"}


def test_addresses_in_messages_hold_no_secret() -> None:
    """No user, no query, no control character, no endless line."""
    said = shown("https://user:pw@example.org/a\x1b[31m?api_key=secret")
    assert said == "https://example.org/a?[31m"
    assert len(shown("https://example.org/" + "a" * 5000)) == 300
