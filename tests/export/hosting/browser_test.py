"""Chromium shows the pages of a collection that `serve` serves."""

from __future__ import annotations

import json
import os
import pathlib
import shutil

import pytest
from selenium import webdriver
from selenium.webdriver.chrome import service
from selenium.webdriver.common import action_chains, keys
from selenium.webdriver.common.by import By

from efficientnet_hub.tests.export.collection import list_builds

_SAMPLES = pathlib.Path(__file__).resolve().parents[3] / "modules" / "samples"
_LIST = """\
defaults:
  samples: [{}]
modules:
  - handle: me/lite0/classification
    model: efficientnet-lite0
    weights: imagenet
  - handle: me/small/feature-vector
    model: efficientnet-small
    weights: random
    image_size: 32
    task: feature-vector
""".format(", ".join(str(path) for path in sorted(_SAMPLES.iterdir())))
_PAGES = ["/", "/me/lite0/classification/1", "/me/small/feature-vector/1"]
_DESKTOP, _PHONE = 1200, 420  # Widths, in CSS pixels.
_THEMES = ["light", "dark"]
# Returns the text of elements that are not legible: its contrast with what is behind it
# is less than WCAG 2 requires (level AA, 1.4.3), or it is smaller than 12 pixels.
_FIND_ILLEGIBLE = """\
const parse = (color) => color.match(/[\\d.]+/g).map(Number);
const linear = (value) =>
  value <= 0.03928 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4;
const luminance = (color) => {
  const [red, green, blue] = parse(color).map((value) => linear(value / 255));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
};
const background = (element) => {
  const color = getComputedStyle(element).backgroundColor;
  return parse(color)[3] === 0 ? background(element.parentElement) : color;
};
const contrast = (element) => {
  const both = [getComputedStyle(element).color, background(element)].map(luminance);
  return (Math.max(...both) + 0.05) / (Math.min(...both) + 0.05);
};
const isText = (node) => node.nodeType === Node.TEXT_NODE && node.textContent.trim();
return [...document.body.querySelectorAll("*:not(script)")]
  .filter((element) => [...element.childNodes].some(isText))
  .filter((element) => element.checkVisibility())
  .filter((element) => contrast(element) < 4.5
    || parseFloat(getComputedStyle(element).fontSize) < 12)
  .map((element) => element.textContent);
"""
# Returns the text of elements whose content is wider than they are.
_FIND_OVERFLOWING = """\
return [...document.body.querySelectorAll("*:not(script)")]
  .filter((element) => element.clientWidth)
  .filter((element) => element.scrollWidth > element.clientWidth + 1)
  .map((element) => element.tagName + " " + element.textContent);
"""

pytestmark = pytest.mark.slow


def _installed(program: str, package: str) -> str:
    found = shutil.which(program)
    if found is None:
        pytest.fail(f"{program} is not installed: apt-get install {package}")
    return found


@pytest.fixture(scope="module", name="browser")
def _browser():
    options = webdriver.ChromeOptions()
    options.binary_location = _installed("chromium", "chromium")
    options.add_argument("--headless=new")
    # Chromium's sandbox does not start for root, the user of many containers.
    if os.getuid() == 0:
        options.add_argument("--no-sandbox")
    options.add_argument("--disable-dev-shm-usage")
    logs = {"browser": "ALL", "performance": "ALL"}
    options.set_capability("goog:loggingPrefs", logs)
    driver = _installed("chromedriver", "chromium-driver")
    browser = webdriver.Chrome(options=options, service=service.Service(driver))
    yield browser
    browser.quit()


@pytest.fixture(scope="module", name="collection")
def _collection(tmp_path_factory) -> pathlib.Path:
    """A folder with two published modules, one of them untrained."""
    folder = tmp_path_factory.mktemp("collection")
    finished = list_builds.build(_LIST, folder, folder / "published", "--jobs=2")
    assert finished.returncode == 0, finished.stdout + finished.stderr
    return folder / "published"


@pytest.fixture(scope="module", name="url")
def _url(start, collection) -> str:
    """The URL of a server of the collection."""
    return start(collection).url


@pytest.fixture(name="look")
def _look(browser, url):
    """Returns a function that opens a page in a window of a width and a theme."""

    def _look(path: str, width: int = _DESKTOP, theme: str = "light"):
        _set_width(browser, width)
        _set_theme(browser, theme)
        for log in ("browser", "performance"):
            browser.get_log(log)  # Drop the entries of another page.
        browser.get(url + path)
        return browser

    return _look


def _set_width(browser, width: int) -> None:
    metrics = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", metrics)


def _set_theme(browser, theme: str) -> None:
    features = [{"name": "prefers-color-scheme", "value": theme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})


def _requested(browser) -> list[str]:
    """Returns the URLs that the browser requested over the network."""
    messages = [
        json.loads(each["message"])["message"]
        for each in browser.get_log("performance")
    ]
    addresses = [
        message["params"]["request"]["url"]
        for message in messages
        if message["method"] == "Network.requestWillBeSent"
    ]
    return [each for each in addresses if not each.startswith("data:")]


@pytest.mark.parametrize("path", _PAGES)
def test_a_page_requests_nothing_and_logs_no_errors(look, url, path):
    browser = look(path)

    assert _requested(browser) == [url + path]
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", [_DESKTOP, 820, _PHONE, 360])
@pytest.mark.parametrize("path", _PAGES)
def test_a_page_fits_the_width_of_its_window(look, path, width):
    browser = look(path, width)
    root = browser.find_element(By.TAG_NAME, "html")

    assert browser.execute_script("return window.innerWidth") == width
    # Without the scroll bar.
    assert root.get_property("scrollWidth") == root.get_property("clientWidth")
    assert browser.execute_script(_FIND_OVERFLOWING) == []


@pytest.mark.parametrize("theme", _THEMES)
@pytest.mark.parametrize("path", _PAGES)
def test_the_text_of_a_page_is_legible(look, path, theme):
    browser = look(path, _PHONE, theme)

    assert (
        browser.execute_script("return getComputedStyle(document.body).color")
        == {
            "light": "rgb(29, 36, 51)",
            "dark": "rgb(228, 232, 241)",
        }[theme]
    )
    assert browser.execute_script(_FIND_ILLEGIBLE) == []


def test_links_are_reached_by_the_keyboard_and_have_a_frame(look):
    browser = look(_PAGES[1])
    reached = []
    for _ in range(4):
        action_chains.ActionChains(browser).send_keys(keys.Keys.TAB).perform()
        focused = browser.switch_to.active_element
        reached.append(focused.text)
        assert focused.value_of_css_property("outline-style") == "solid"

    assert reached[0] == "All modules" and reached[2:] == ["Markdown", "Manifest"]


def test_the_names_of_many_classes_are_shown_by_a_click(look):
    browser = look(_PAGES[1])
    name = browser.find_element(By.XPATH, "//section[@id='classes']//li[286]")

    assert not name.is_displayed()
    browser.find_element(By.TAG_NAME, "summary").click()
    assert name.text == "Egyptian cat"


@pytest.mark.parametrize("path", _PAGES[:2])
def test_images_are_drawn(look, path):
    images = look(path).find_elements(By.TAG_NAME, "img")

    assert len(images) == {"/": 2, _PAGES[1]: 3}[path]
    for image in images:
        assert int(image.get_property("naturalWidth")) > 0
        assert image.is_displayed() and image.accessible_name


def test_the_index_links_to_a_module_and_the_module_back(look, url):
    browser = look("/")

    browser.find_element(By.LINK_TEXT, "me/lite0/classification/1").click()
    assert browser.current_url == url + "/me/lite0/classification/1.html"
    assert browser.title == "me/lite0/classification/1"
    browser.find_element(By.LINK_TEXT, "All modules").click()
    assert browser.current_url == url + "/index.html"


@pytest.mark.parametrize("ending", ["", ".html"])
def test_the_snippets_have_the_address_of_the_module(look, url, ask, ending):
    browser = look(_PAGES[1] + ending)
    snippets = browser.find_element(By.ID, "usage").text

    address = url + _PAGES[1] + ".tar.gz"
    assert snippets.count(f'hub.Module("{address}"') == 2
    assert "path/to/module" not in snippets
    # tensorflow_hub adds the query.
    answer = ask(url, _PAGES[1] + ".tar.gz?tf-hub-format=compressed", "HEAD")
    assert answer.headers["Content-Type"] == "application/gzip"


def test_the_snippets_of_a_file_have_a_placeholder(browser, collection):
    browser.get(f"file://{collection}{_PAGES[1]}.html")
    snippets = browser.find_element(By.ID, "usage").text

    assert snippets.count('hub.Module("path/to/module"') == 2
    assert "is the folder of the unpacked archive" in snippets
    assert browser.get_log("browser") == []


def test_links_on_a_page_lead_to_published_files(look, get):
    links = look(_PAGES[1]).find_elements(By.CSS_SELECTOR, "#files a")

    assert len(links) == 4
    for link in links:
        path = link.get_property("href").split("/", 3)[3]
        assert get("/" + path, "HEAD").status == 200


def test_the_likeliest_class_has_the_longest_bar(look):
    figures = look(_PAGES[1]).find_elements(By.CSS_SELECTOR, "#samples figure")
    likeliest = []
    for figure in figures:
        names = figure.find_elements(By.CSS_SELECTOR, ".answers > span:nth-child(3n+1)")
        bars = figure.find_elements(By.CSS_SELECTOR, ".bar")
        widths = [bar.size["width"] for bar in bars]
        assert len(names) == len(bars) == 5
        assert widths == sorted(widths, reverse=True) and widths[0] > 20
        likeliest.append(names[0].text)

    # chelsea, coffee, Grace Hopper.
    assert likeliest == ["Egyptian cat", "espresso", "military uniform"]


@pytest.mark.parametrize("width", [_DESKTOP, _PHONE])
def test_samples_have_the_size_of_the_network(look, width):
    images = look(_PAGES[1], width).find_elements(By.CSS_SELECTOR, "#samples img")

    assert len(images) == 3
    for image in images:
        assert (image.size["width"], image.size["height"]) == (224, 224)
        # The whole file, although its photograph is no square.
        assert image.value_of_css_property("object-fit") == "fill"
        assert image.get_property("naturalWidth") != image.get_property("naturalHeight")


def test_stages_are_drawn_from_left_to_right(look):
    boxes = look(_PAGES[1]).find_elements(By.CSS_SELECTOR, ".drawing rect")
    lefts = [box.rect["x"] for box in boxes]

    assert len(boxes) == 11  # The image, and the output of each of ten stages.
    assert lefts == sorted(set(lefts))
    assert boxes[0].size["height"] > 20 * boxes[-1].size["height"]


def test_a_warning_of_untrained_weights_is_at_the_top(look):
    (alarm,) = look(_PAGES[2]).find_elements(By.CSS_SELECTOR, "[role=alert]")

    assert "UNTRAINED" in alarm.text
    assert alarm.is_displayed() and alarm.location["y"] < 300
    assert look(_PAGES[1]).find_elements(By.CSS_SELECTOR, "[role=alert]") == []
