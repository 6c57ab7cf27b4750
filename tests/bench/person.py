#!/usr/bin/env python3
"""A person at a real browser, and an honest diary of what they were looking at.

Runs inside the world of one session as that person:

    person.py SCENE PORT FOLDER DIARY CERTIFICATE-KEY

plays the scene of that name (scenes.py) in Chromium and writes the diary, JSON: the stretches of boot
time during which a site was in front of the person. That is the truth the meter is held to, and it
knows nothing of traffic: a stretch begins when the person opens the address or turns to the tab, and
ends when they close it, turn to another, or are gone. A site that merely stands on other people's
pages, is open behind them, or asks them to sign in elsewhere is never in front of them.
"""

import json
import random
import subprocess
import sys
import time
import urllib.parse

from browser import FLAGS, PAGE_WAIT_SEC, WebDriver

SCREEN_NOTCH = 700  # pixels: what a turn of the wheel moves


def now():
    return time.clock_gettime(time.CLOCK_BOOTTIME)


class Diary:
    def __init__(self):
        self.stretches, self.site, self.since = [], None, None

    def look_at(self, site):
        """From now on this site is in front of the person; None: something else, or nothing."""
        if self.site:
            self.stretches.append({"site": self.site, "from": self.since, "to": now()})
        self.site, self.since = site, now()


class Person:
    def __init__(self, driver, seed):
        self.driver, self.diary, self.dice = driver, Diary(), random.Random(seed)
        self.tabs = {}  # tab: the site it shows, None for somebody else's
        self.first = self.driver.do("GET", "/window")

    # What a person does with a browser.
    def open(self, url, site=None):
        """Opens the address in a new tab in front; returns the tab."""
        tab = self.driver.do("POST", "/window/new", {"type": "tab"})["handle"]
        self._to(tab)
        self.tabs[tab] = site
        self.diary.look_at(site)
        self.driver.do("POST", "/url", {"url": url})
        self._wait_for_page(urllib.parse.urlsplit(url).hostname)
        return tab

    def _wait_for_page(self, title):
        """A session that looked at an error page would be worth nothing."""
        end = now() + PAGE_WAIT_SEC
        while self.driver.do("GET", "/title") != title:
            if now() > end:
                sys.exit("%s does not load: %s" % (title, self.driver.do("GET", "/url")))
            time.sleep(0.1)

    def open_behind(self, url):
        """The middle button: a tab that nobody looks at yet."""
        before = set(self.driver.do("GET", "/window/handles"))
        self._cdp("Target.createTarget", {"url": url, "background": True})
        tab = (set(self.driver.do("GET", "/window/handles")) - before).pop()
        self.tabs[tab] = None
        return tab

    def turn_to(self, tab):
        self.diary.look_at(self.tabs[tab])
        self._to(tab)

    def close(self, tab):
        """Closes the tab in front; what is in front then is nobody's until turned to."""
        self.diary.look_at(None)
        self.driver.do("POST", "/window", {"handle": tab})
        self.driver.do("DELETE", "/window")
        del self.tabs[tab]
        self.driver.do("POST", "/window", {"handle": self.first})

    def wait(self, shortest, longest=None):
        time.sleep(self.dice.uniform(shortest, longest or shortest))

    def scroll(self, notches=1):
        for _ in range(notches):
            self.driver.do("POST", "/actions", {"actions": [{
                "type": "wheel", "id": "wheel", "actions": [{
                    "type": "scroll", "x": 200, "y": 200, "deltaX": 0, "deltaY": SCREEN_NOTCH,
                    "duration": 200, "origin": "viewport"}]}]})

    def scroll_for(self, seconds, pause=(2, 10)):
        """Scrolls a little, looks, scrolls on, for so long; ends in the middle of looking."""
        end = now() + seconds
        while now() < end:
            self.scroll(self.dice.randint(1, 3))
            self.wait(min(self.dice.uniform(*pause), max(end - now(), 0.5)))

    def call(self, script):
        self.driver.run(script)

    def visible(self):
        return self.driver.run("return document.visibilityState")

    def gone(self, what, seconds, told_after=0):
        """Nobody in front of the screen for so long: the machine is put to "sleep", the screen is
        put under "lock", or the person is simply away and the desktop says "idle" after a while."""
        site = self.diary.site
        self.diary.look_at(None)
        time.sleep(told_after)
        self._ask(what, "true", seconds)
        if what != "sleep":
            time.sleep(seconds)
            self._ask(what, "false", 0)
        self.diary.look_at(site)

    def _ask(self, *words):
        """truth-session does it, who may."""
        print(*words, flush=True)
        sys.stdin.readline()

    def _to(self, tab):
        self.driver.do("POST", "/window", {"handle": tab})
        self._cdp("Page.bringToFront", {})

    def _cdp(self, command, parameters):
        return self.driver.do("POST", "/goog/cdp/execute", {"cmd": command, "params": parameters})


def main(scene_name, port, folder, diary, key):
    import scenes
    scene = scenes.SCENES[scene_name]
    flags = [f for f in FLAGS if not (scene.quic and f == "--disable-quic")]
    if scene.quic:  # which is stricter: only a certificate whose key it knows, and no asking first
        flags += ["--origin-to-force-quic-on=" + ",".join(h + ":443" for h in scene.quic),
                  "--ignore-certificate-errors-spki-list=" + key]
    service = subprocess.Popen(["chromedriver", "--port=" + port], stdout=sys.stderr)
    driver = WebDriver(int(port))
    try:
        driver.wait_until_ready()
        driver.start(folder, flags, "none")
        person = Person(driver, scene_name)
        begin = now()
        scene.play(person)
        person.diary.look_at(None)
        time.sleep(4)  # what a page says on being left is on its way
        with open(diary, "w") as f:
            json.dump({"begin": begin, "end": now(), "stretches": person.diary.stretches}, f)
        driver.do("DELETE", "")
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
