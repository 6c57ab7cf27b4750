"""Looks at the pages of focusctl report --html in Chromium: PORT FOLDER PAGE… Prints a line for each thing it saw."""

import base64
import json
import re
import subprocess
import sys

import browser

WIDTHS = (360, 800, 1400)
# Text and what it stands on need 4.5 to 1 (WCAG 2.1, 1.4.3); shapes that carry meaning 3 to 1 (1.4.11).
PAIRS = [("ink", "bg", 4.5), ("muted", "bg", 4.5), ("ink", "card", 4.5), ("muted", "card", 4.5),
         ("accent", "card", 4.5), ("good", "card", 4.5), ("warm", "card", 4.5), ("on-won", "won", 4.5),
         ("bar", "card", 3), ("weekend", "card", 3), ("h3", "card", 3)]

LOOK = """
const svgs = [...document.querySelectorAll('svg')];
return {
    wide: document.documentElement.scrollWidth, room: document.documentElement.clientWidth,
    svgs: svgs.length,
    bare: svgs.filter(s => s.getAttribute('role') !== 'img' || !s.getAttribute('aria-label')).length,
    tableless: svgs.filter(s => !s.closest('section').querySelector('details table caption')).length,
    headless: [...document.querySelectorAll('table')].filter(t => !t.querySelector('th[scope=col]') ||
        !t.querySelector('th[scope=row]')).length,
    flat: svgs.filter(s => s.getBoundingClientRect().height < 100 || s.getBoundingClientRect().width < 200).length,
    small: [...document.querySelectorAll('main *')].filter(e => e.children.length === 0 && e.textContent.trim() &&
        !e.closest('svg') && parseFloat(getComputedStyle(e).fontSize) < 11.5).length,
    wider: [...document.querySelectorAll('main *')].filter(e => !e.closest('.scroll') &&
        e.getBoundingClientRect().right > document.documentElement.clientWidth).map(e => e.outerHTML.slice(0, 80)),
    scripts: document.scripts.length, language: document.documentElement.lang, title: document.title}"""

COLOURS = """
const style = getComputedStyle(document.documentElement);
return Object.fromEntries(arguments[0].map(n => [n, style.getPropertyValue('--' + n).trim()]))"""


def luminance(colour):
    channels = [int(colour[i:i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a, b):
    light, dark = sorted((luminance(a), luminance(b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def expect(what, holds):
    if not holds:
        sys.exit("FAILED: " + what)
    print("ok: " + what)


def cdp(driver, command, parameters):
    return driver.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})


def look_at(driver, page):
    name = page.rsplit("/", 1)[-1]
    for width in WIDTHS:
        cdp(driver, "Emulation.setDeviceMetricsOverride",
            {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": False})
        driver.do("POST", "/url", {"url": "file://" + page})
        seen = driver.run(LOOK)
        at = "%s at %d: " % (name, width)
        expect(at + "nothing is cut off at the side " + " ".join(seen["wider"][:3]), width - 20 <= seen["room"] <= width and seen["wide"] <= seen["room"])
        expect(at + "%d pictures have labels" % seen["svgs"], seen["svgs"] >= 2 and seen["bare"] == 0)
        expect(at + "and tables behind them", seen["tableless"] == 0 and seen["headless"] == 0)
        expect(at + "and are large enough", seen["flat"] == 0)
        expect(at + "letters are large enough", seen["small"] == 0)
        expect(at + "no script", seen["scripts"] == 0)
    return seen


def check_contrast(driver, scheme):
    names = sorted({n for pair in PAIRS for n in pair[:2]})
    cdp(driver, "Emulation.setEmulatedMedia", {"features": [{"name": "prefers-color-scheme", "value": scheme}]})
    colours = driver.do("POST", "/execute/sync", {"script": COLOURS, "args": [names]})
    for front, back, least in PAIRS:
        found = contrast(colours[front], colours[back])
        expect("%s: %s on %s has %.1f to 1" % (scheme, front, back, found), found >= least)
    return colours["bg"]


def check_paper(driver, page):
    """Skia writes a page as such an object, uncompressed."""
    driver.do("POST", "/url", {"url": "file://" + page})
    paper = base64.b64decode(cdp(driver, "Page.printToPDF", {"printBackground": True})["data"])
    pages = len(re.findall(rb"/Type */Page\b", paper))
    expect("on paper it has %d pages" % pages, paper.startswith(b"%PDF") and 1 < pages < 6)


def requests(driver):
    """But for what the browser's own first page asks of itself."""
    events = [json.loads(e["message"])["message"] for e in driver.do("POST", "/se/log", {"type": "performance"})]
    return {e["params"]["request"]["url"].split(",")[0] for e in events if e["method"] == "Network.requestWillBeSent"}


def main(port, folder, *pages):
    service = subprocess.Popen(["chromedriver", "--port=" + port], stdout=sys.stderr)
    driver = browser.WebDriver(int(port))
    try:
        driver.wait_until_ready()
        driver.start(folder)
        languages = [look_at(driver, page)["language"] for page in pages]
        expect("each in its language: " + " ".join(languages), languages == ["en", "de"])
        expect("light and dark differ", check_contrast(driver, "light") != check_contrast(driver, "dark"))
        check_paper(driver, pages[0])
        asked = requests(driver)
        outside = [u for u in asked if u not in ["file://" + p for p in pages] and not u.startswith(("data:", "chrome:"))]
        expect("asked for these pages, and for nothing else " + " ".join(outside),
               asked >= {"file://" + p for p in pages} and not outside)
        driver.do("DELETE", "")
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
