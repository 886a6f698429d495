"""The page in a real browser: quiet, complete, and as wide as the screen."""

from __future__ import annotations

import shutil
from contextlib import contextmanager

import pytest

from quatrain.report import write_compare_report, write_report

from .comparisons import of_text

CHROMIUM = shutil.which("chromium")
pytestmark = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None, reason="needs the program chromium on the PATH"),
]


@pytest.fixture(scope="module")
def browser():
    playwright = pytest.importorskip("playwright.sync_api", reason="needs the package playwright")
    with playwright.sync_playwright() as driver:
        chromium = driver.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield chromium
        chromium.close()


def run_page(make_run, finished):
    """The page of a run, with names as long as they come."""
    finished["data"]["name"] = finished["data"]["faults"][0]["where"] = "a_name_without_any_break_" * 6
    finished["baseline"]["name"] = "ngram_" * 12
    return write_report(make_run("a" * 90, result=finished, recipe="# " + "long " * 60 + "\n"))


def comparison_page(make_comparison):
    """The page of a comparison, with names as long as they come."""
    found = of_text()
    found["data"]["name"] = found["data"]["title"] = "a_name_without_any_break_" * 6
    found["entrants"][4]["word"] = found["ranking"][5] = "+".join(["hyena"] * 12)
    found["entrants"][-1]["failed"] = "a_reason_without_any_break_" * 6
    return write_compare_report(make_comparison(found))


def translation_page(make_translation, translated):
    """The page of a translator, with names and sentences as long as they come."""
    translated["data"]["sides"] = ["a_side_without_any_break_" * 6] * 2
    translated["tests"] = {"a_test_without_any_break_" * 4: translated["tests"]["test_2016"]}
    tokens = ["word"] * 60
    sample = {
        "prompt": "word " * 60,
        "text": "word " * 60,
        "tokens": [{"text": token, "logprob": -0.5} for token in tokens],
        "alignment": {"source": tokens, "target": tokens, "weights": [[1 / 60] * 60] * 60},
    }
    return write_report(make_translation(result=translated, samples=[sample]))


@contextmanager
def on_a_phone(browser, path):
    """A page in dark colours on a phone, with all that it asked for and complained of."""
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page, requests, complaints
    context.close()


@pytest.fixture
def opened(browser, make_run, finished):
    with on_a_phone(browser, run_page(make_run, finished)) as page:
        yield page


@pytest.fixture
def compared(browser, make_comparison):
    with on_a_phone(browser, comparison_page(make_comparison)) as page:
        yield page


@pytest.fixture
def translator(browser, make_translation, translated):
    with on_a_phone(browser, translation_page(make_translation, translated)) as page:
        yield page


@pytest.fixture(params=["opened", "compared", "translator"])
def either(request):
    return request.getfixturevalue(request.param)


def test_nothing_is_asked_for_and_nothing_is_complained_of(either):
    page, requests, complaints = either
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert requests == [page.url]
    assert complaints == []


def test_nothing_is_wider_than_a_phone(either):
    page, _, _ = either
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_the_keyboard_turns_the_curves_from_steps_to_time(opened):
    page, _, _ = opened
    steps, time = page.locator("#curves .by-step").first, page.locator("#curves .by-time").first
    assert (steps.is_visible(), time.is_visible()) == (True, False)
    page.focus("#by-step")
    page.keyboard.press("ArrowRight")
    assert (steps.is_visible(), time.is_visible()) == (False, True)


def test_pointing_at_a_token_shows_its_probability(opened):
    page, _, _ = opened
    token = page.locator(".sample span").nth(1)
    token.hover()
    assert token.evaluate("span => getComputedStyle(span, '::after').content") == '"p = 0.25, 1.39 nats"'


def test_dark_and_light_follow_the_reader(either):
    page, _, _ = either
    shades = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(21, 24, 27)", "rgb(252, 252, 250)"]


def test_lines_are_named_at_their_ends_where_there_is_room_and_by_a_key_where_not(compared):
    page, _, _ = compared
    label, key = page.locator("#learning .label").first, page.locator("#learning .key").first
    assert (label.is_visible(), key.is_visible()) == (False, True)
    page.set_viewport_size({"width": 1000, "height": 800})
    assert (label.is_visible(), key.is_visible()) == (True, False)


def test_every_model_has_a_look_of_its_own_in_either_light(compared):
    page, _, _ = compared
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        looks = page.locator("#sizes .swatch line").evaluate_all(
            "all => all.map(line => getComputedStyle(line)).map(style => style.stroke + style.strokeDasharray)"
        )
        assert len(set(looks)) == len(looks) == 11
