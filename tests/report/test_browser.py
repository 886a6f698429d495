"""The page in a real browser: quiet, complete, and as wide as the screen."""

from __future__ import annotations

import shutil

import pytest

from quatrain.report import write_report

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


@pytest.fixture
def opened(browser, make_run, finished):
    """A page on a phone, with all that it asked for and complained of; names as long as they come."""
    finished["data"]["name"] = finished["data"]["faults"][0]["where"] = "a_name_without_any_break_" * 6
    finished["baseline"]["name"] = "ngram_" * 12
    path = write_report(make_run("a" * 90, result=finished, recipe="# " + "long " * 60 + "\n"))
    context = browser.new_context(viewport={"width": 390, "height": 844}, color_scheme="dark")
    page = context.new_page()
    requests, complaints = [], []
    page.on("request", lambda request: requests.append(request.url))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.goto(path.as_uri())
    yield page, requests, complaints
    context.close()


def test_nothing_is_asked_for_and_nothing_is_complained_of(opened):
    page, requests, complaints = opened
    page.locator("details").evaluate_all("all => all.forEach(one => one.open = true)")
    assert requests == [page.url]
    assert complaints == []


def test_nothing_is_wider_than_a_phone(opened):
    page, _, _ = opened
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


def test_dark_and_light_follow_the_reader(opened):
    page, _, _ = opened
    shades = []
    for scheme in ("dark", "light"):
        page.emulate_media(color_scheme=scheme)
        shades.append(page.evaluate("getComputedStyle(document.body).backgroundColor"))
    assert shades == ["rgb(21, 24, 27)", "rgb(252, 252, 250)"]
