"""Strict configs: what is refused, where, and with which hint."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, ClassVar

import pytest

from quatrain.config import Config, merge, one_of, override, read_toml
from quatrain.errors import ConfigError, suggest


class Wheel(Config):
    kind: ClassVar[str] = "wheel"
    spokes: int = 32


class Track(Config):
    kind: ClassVar[str] = "track"
    links: int = 9


PARTS: dict[str, type[Config]] = {"wheel": Wheel, "track": Track}


class Cart(Config):
    name: str
    load: float = 1.5
    part: Annotated[Config, one_of(lambda: PARTS)] = Wheel()
    stops: tuple[str, ...] = ()
    spares: tuple[Annotated[Config, one_of(lambda: PARTS)], ...] = ()
    owner: str | None = "us"


def test_a_config_survives_the_way_through_a_file(tmp_path: Path) -> None:
    cart = Cart(name="red", load=2.5, part=Track(links=4), stops=("a", "b"), owner=None)
    (tmp_path / "cart.toml").write_text(cart.to_toml())
    assert Cart.from_dict(read_toml(tmp_path / "cart.toml")) == cart


def test_a_word_stands_for_a_part_with_all_its_defaults() -> None:
    assert Cart.from_dict({"name": "x", "part": "track"}).part == Track()


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"name": "x", "lod": 1.0}, "lod: no setting has this name. Did you mean 'load'?"),
        ({}, "name: this setting is needed and was not given."),
        ({"name": "x", "load": "heavy"}, "load: input should be a valid number, got 'heavy'."),
        ({"name": "x", "part": "weel"}, "part: nothing is called 'weel'. Did you mean 'wheel'? Known: track, wheel."),
        ({"name": "x", "part": {"spokes": 3}}, "part: needs a key 'kind'. Known: track, wheel."),
        (
            {"name": "x", "part": {"kind": "wheel", "spoks": 3}},
            "part.spoks: no setting has this name. Did you mean 'spokes'?",
        ),
    ],
)
def test_a_wrong_value_is_refused_with_its_path_and_a_hint(values: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        Cart.from_dict(values)
    assert message in str(caught.value)


def test_the_path_begins_where_the_caller_says() -> None:
    with pytest.raises(ConfigError, match=r"^cart\.load: "):
        Cart.from_dict({"name": "x", "load": "heavy"}, "cart")


def test_dotted_settings_reach_into_parts_and_the_last_wins() -> None:
    cart = override(Cart(name="x"), ["part.spokes=8", "load=3e-1", "name=two words", "part.spokes=7", "owner=null"])
    assert cart == Cart(name="two words", load=0.3, part=Wheel(spokes=7), owner=None)


def test_a_dotted_setting_can_change_the_kind_of_a_part() -> None:
    assert override(Cart(name="x"), ["part=track", "part.links=2"]).part == Track(links=2)


def test_a_dotted_setting_reaches_into_a_list_by_the_place_from_0() -> None:
    cart = Cart(name="x", stops=("a", "b"), spares=(Wheel(), Track()))
    changed = override(cart, ["stops.1=c", "spares.0.spokes=7", "spares.1=wheel", "spares.1.spokes=8"])
    assert changed == cart.replace(stops=("a", "c"), spares=(Wheel(spokes=7), Wheel(spokes=8)))


@pytest.mark.parametrize(
    ("setting", "message"),
    [
        ("spares.2.spokes=3", "nothing is called 'spares.2'. Known: 0, 1."),
        ("spares.2=wheel", "nothing is called 'spares.2'. Known: 0, 1."),
        ("spares.first.spokes=3", "nothing is called 'spares.first'. Known: 0, 1."),
        ("spares.-1=wheel", "nothing is called 'spares.-1'. Known: 0, 1."),
        ("stops.0=a", "nothing is called 'stops.0'. Known: none."),
        ("spares.0.spoks=3", "spares.0.spoks: no setting has this name. Did you mean 'spokes'?"),
        ("load", "needs NAME=VALUE"),
        ("prt.spokes=3", "nothing is called 'prt'. Did you mean 'part'?"),
        ("load.x=3", "nothing is called 'load'. It has no settings inside."),
        ("part.spokes=many", "part.spokes: input should be a valid integer, got 'many'."),
    ],
)
def test_a_wrong_setting_is_refused(setting: str, message: str) -> None:
    with pytest.raises(ConfigError) as caught:
        override(Cart(name="x", spares=(Wheel(), Track())), [setting])
    assert message in str(caught.value)


def test_merging_replaces_a_part_of_another_kind_as_a_whole() -> None:
    old = {"part": {"kind": "wheel", "spokes": 3}, "load": 1.0}
    assert merge(old, {"part": {"kind": "track"}}) == {"part": {"kind": "track"}, "load": 1.0}
    assert merge(old, {"part": {"spokes": 4}}) == {"part": {"kind": "wheel", "spokes": 4}, "load": 1.0}


def test_a_config_cannot_be_changed_but_replaced() -> None:
    cart = Cart(name="x")
    with pytest.raises(Exception, match="frozen"):
        cart.load = 2.0  # type: ignore[misc]
    assert cart.replace(load=2.0) == Cart(name="x", load=2.0)


def test_a_file_that_is_not_toml_is_named(tmp_path: Path) -> None:
    (tmp_path / "bad.toml").write_text("= 3")
    with pytest.raises(ConfigError, match=r"bad\.toml: this is not TOML"):
        read_toml(tmp_path / "bad.toml")
    with pytest.raises(ConfigError, match="there is no such file"):
        read_toml(tmp_path / "none.toml")


def test_a_far_word_gets_the_list_without_a_guess() -> None:
    assert suggest("zzz", ["wheel", "track"]) == "Known: track, wheel."
