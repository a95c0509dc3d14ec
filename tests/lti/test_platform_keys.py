"""Platforms' keys: fetched rarely, served while they may be, refreshed behind (DESIGN "Launch" 3)."""

from __future__ import annotations

import base64
import json
import threading
from typing import Any
from uuid import UUID

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from lti_elos.demo.lms import jose
from lti_elos.errors import KeysUnreachable, KeyUnknown
from lti_elos.lti.http import AddressRefused, FetchFailed, PlatformHttp
from lti_elos.lti.platform_keys import PlatformKeys
from tests.elos.support import Watch

PLATFORM, URL = UUID(int=1), "https://lms.example/jwks"
HOUR = 3600.0


class Keys(PlatformHttp):
    """The network, which is not ours: a key endpoint without one."""

    def __init__(self) -> None:
        super().__init__(allow_private=False)
        self.keys: list[Any] = []
        self.body: bytes | None = None
        self.down: Exception | None = None
        self.fetches = 0
        self.may_answer = threading.Event()
        self.may_answer.set()
        self.answered = threading.Semaphore(0)

    def get(self, _url: str, **_more: Any) -> bytes:  # type: ignore[override]  # as it is called
        self.fetches += 1
        self.may_answer.wait(30)
        try:
            if self.down is not None:
                raise self.down
            return self.body if self.body is not None else json.dumps({"keys": self.keys}).encode()
        finally:
            self.answered.release()


class World:
    """The cache, its clock and its network."""

    def __init__(self, key: Any) -> None:
        self.network, self.watch = Keys(), Watch()
        self.key = key
        self.network.keys = [self.jwk("key-1")]
        self.cache = PlatformKeys(self.network, monotonic=self.watch)

    def jwk(self, kid: str, **changes: Any) -> dict[str, Any]:
        made = jose.public_jwk(self.key, kid=kid) | changes
        return {name: value for name, value in made.items() if value is not None}

    def find(self, kid: str = "key-1", *, platform: UUID = PLATFORM, url: str = URL) -> Any:
        return self.cache.find(platform, url, kid)

    def refreshed(self) -> None:
        """Wait until the refresh in the background is over."""
        for thread in threading.enumerate():
            if thread.name == "platform-keys":
                thread.join(30)


@pytest.fixture
def world(platform_key: Any) -> World:
    return World(platform_key)


def test_keys_are_fetched_once_and_fresh_for_an_hour(world: World) -> None:
    first = world.find()
    world.watch.now += HOUR - 1

    assert world.find() == first
    assert world.network.fetches == 1


def test_each_platform_has_keys_of_its_own_also_at_one_address(world: World) -> None:
    world.find()
    world.find(platform=UUID(int=2))
    world.find(url="https://lms.example/other")

    assert world.network.fetches == 3


def test_of_many_at_once_one_fetches_and_all_are_served(world: World) -> None:
    together, found = threading.Barrier(8), []

    def find() -> None:
        together.wait()
        found.append(world.find())

    threads = [threading.Thread(target=find) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)

    assert len(found) == 8
    assert world.network.fetches == 1


# --- after the hour ---


def test_after_an_hour_a_key_is_served_at_once_and_refreshed_behind(world: World) -> None:
    world.find()
    world.watch.now += HOUR + 1
    world.network.may_answer.clear()

    assert world.find()  # while the platform does not answer
    assert world.find()
    world.network.may_answer.set()
    world.refreshed()

    assert world.network.fetches == 2
    world.find()
    assert world.network.fetches == 2


def test_a_key_that_the_platform_dropped_is_served_until_the_first_good_answer_without_it(world: World) -> None:
    world.find()
    world.watch.now += HOUR + 1
    world.network.keys = [world.jwk("key-2")]

    assert world.find("key-1")
    world.refreshed()

    assert world.find("key-2")
    with pytest.raises(KeyUnknown):
        world.find("key-1")


@pytest.mark.parametrize("hours", [2, 12, 23.9])
def test_keys_are_kept_for_a_day_while_the_platform_is_down(world: World, hours: float) -> None:
    world.find()
    world.network.down = FetchFailed("answered 500")
    world.watch.now += hours * HOUR

    assert world.find()
    world.refreshed()
    assert world.find()


def test_after_a_day_without_an_answer_no_key_serves(world: World) -> None:
    world.find()
    world.network.down = FetchFailed("answered 500")
    world.watch.now += 24 * HOUR

    with pytest.raises(KeysUnreachable, match="JWKS: answered 500"):
        world.find()

    world.network.down = None
    world.watch.now += 5
    assert world.find()


def test_a_failed_refresh_is_not_repeated_for_five_seconds(world: World) -> None:
    world.find()
    world.network.down = FetchFailed("answered 500")
    world.watch.now += HOUR + 1
    world.find()
    world.refreshed()

    world.watch.now += 4.9
    world.find()
    world.refreshed()
    assert world.network.fetches == 2

    world.watch.now += 0.2
    world.find()
    world.refreshed()
    assert world.network.fetches == 3


# --- unknown kids ---


def test_an_unknown_kid_fetches_again_at_most_once_in_fifteen_seconds_the_first_fetch_not_counted(
    world: World,
) -> None:
    def ask(kid: str) -> int:
        with pytest.raises(KeyUnknown):
            world.find(kid)
        return world.network.fetches

    assert ask("key-9") == 1
    assert ask("key-9") == 2
    world.watch.now += 14.9
    assert ask("key-9") == 2
    assert ask("key-8") == 2
    world.watch.now += 0.2
    assert ask("key-9") == 3


def test_a_rotated_key_is_found_by_its_kid_while_the_old_ones_are_fresh(world: World) -> None:
    world.find()
    world.network.keys.append(world.jwk("key-2"))

    assert world.find("key-2")
    assert world.network.fetches == 2


def test_known_kids_are_served_while_an_unknown_one_is_looked_for(world: World) -> None:
    world.find()
    world.network.may_answer.clear()

    def ask() -> None:
        with pytest.raises(KeyUnknown):
            world.find("key-9")

    asking = threading.Thread(target=ask)
    asking.start()
    assert world.find("key-1")
    world.network.may_answer.set()
    asking.join(30)


def test_a_kid_is_not_called_unknown_when_the_platform_could_not_be_asked(world: World) -> None:
    world.find()
    world.network.down = FetchFailed("answered 500")
    with pytest.raises(KeysUnreachable):
        world.find("key-2")

    world.watch.now += 6  # the pause after a failure is over, the one after an unknown kid is not
    with pytest.raises(KeysUnreachable):
        world.find("key-2")

    assert world.network.fetches == 2


# --- failures ---


@pytest.mark.parametrize(
    "down", [FetchFailed("lms.example: ReadTimeoutError"), AddressRefused("lms.example has the address 10.0.0.1")]
)
def test_a_failed_fetch_is_not_repeated_for_five_seconds_by_whoever_asks(world: World, down: Exception) -> None:
    world.network.down = down
    for kid in ("key-1", "key-1", "key-2"):
        with pytest.raises(KeysUnreachable, match=r"JWKS: lms\.example"):
            world.find(kid)
    assert world.network.fetches == 1

    world.network.down = None
    world.watch.now += 4.9
    with pytest.raises(KeysUnreachable):
        world.find()
    world.watch.now += 0.2

    assert world.find()


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"\xff\xfe", b"[]", b"{}", b'{"keys": {}}', b"null", b"[" * 100_000],
    ids=["nothing", "html", "no text", "list", "no keys", "keys an object", "null", "nested"],
)
def test_what_is_no_key_set_counts_as_out_of_reach(world: World, body: bytes) -> None:
    world.network.body = body

    with pytest.raises(KeysUnreachable):
        world.find()


# --- which keys may sign ---


@pytest.fixture(scope="module")
def short_key() -> Any:
    key = rsa.generate_private_key(public_exponent=65537, key_size=1024)  # noqa: S505 - to be refused
    numbers = key.public_key().public_numbers()
    return {"n": _b64(numbers.n), "e": _b64(numbers.e)}


def _b64(number: int) -> str:
    return base64.urlsafe_b64encode(number.to_bytes((number.bit_length() + 7) // 8, "big")).rstrip(b"=").decode()


def refused(world: World) -> str:
    with pytest.raises(KeyUnknown) as caught:
        world.find()

    return caught.value.detail


@pytest.mark.parametrize(
    "changes",
    [
        {"use": "enc"},
        {"alg": "RS512"},
        {"alg": "PS256"},
        {"alg": "HS256"},
        {"kty": "EC"},
        {"kty": "EC", "crv": "P-256", "x": "AA", "y": "AA"},
        {"kty": "oct", "k": "c2VjcmV0"},
        {"kty": None},
        {"n": None},
        {"n": ""},
        {"n": 5},
        {"n": "%%%"},
        {"e": None},
        {"e": "AA"},
    ],
    ids=str,
)
def test_a_key_that_may_not_sign_launches_is_told_apart_from_an_unknown_one(
    world: World, changes: dict[str, Any]
) -> None:
    world.network.keys = [world.jwk("key-1", **changes), world.jwk("key-2")]

    assert "may not sign" in refused(world)
    assert world.find("key-2")
    assert world.network.fetches == 1


def test_a_key_of_1024_bits_may_not_sign(world: World, short_key: dict[str, str]) -> None:
    world.network.keys = [world.jwk("key-1", **short_key)]

    assert "may not sign" in refused(world)


def test_a_private_exponent_in_the_set_is_not_used(world: World) -> None:
    world.network.keys = [world.jwk("key-1", d="AQAB")]

    assert isinstance(world.find(), rsa.RSAPublicKey)


@pytest.mark.parametrize("changes", [{"alg": None}, {"use": None}, {"alg": None, "use": None}])
def test_alg_and_use_may_be_left_out(world: World, changes: dict[str, Any]) -> None:
    world.network.keys = [world.jwk("key-1", **changes)]

    assert world.find()


@pytest.mark.parametrize("junk", [None, 5, "key", [], {}, {"kid": 5}, {"kty": "RSA"}])
def test_entries_that_are_no_keys_do_no_harm(world: World, junk: Any) -> None:
    world.network.keys = [junk, world.jwk("key-1")]

    assert world.find()
