"""A person at a real browser: Chromium, driven through chromedriver (W3C WebDriver) by the standard library.

Runs as that person inside the world's namespaces. Speaks with the test that started it by lines: a
command on standard input, an answer in JSON on standard output.

    open URL     {"url": where it ended, "title": "...", "error": "net::ERR_..." or null}
    pictures     {"loaded": pictures that are really there, "of": how many the page has}
    address URL  {"address": what the last response for a URL beginning so came from}
    scroll       scrolls one screen down; {}
"""

import http.client
import json
import subprocess
import sys
import time

DRIVER_WAIT_SEC = 60
PAGE_WAIT_SEC = 60
FLAGS = [
    "--headless=new", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
    "--disable-dev-shm-usage", "--ignore-certificate-errors",
]


class WebDriver:
    def __init__(self, port):
        self.port = port
        self.session = None

    def call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        data = None if body is None else json.dumps(body)
        connection.request(method, path, data, {"Content-Type": "application/json"})
        value = json.load(connection.getresponse())["value"]
        connection.close()
        return value

    def wait_until_ready(self):
        end = time.monotonic() + DRIVER_WAIT_SEC
        while True:
            try:
                if self.call("GET", "/status")["ready"]:
                    return
            except OSError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.1)

    def start(self, folder, flags=FLAGS, strategy="normal"):
        answer = self.call("POST", "/session", {"capabilities": {"alwaysMatch": {
            "browserName": "chrome",
            "acceptInsecureCerts": True,
            "pageLoadStrategy": strategy,
            "timeouts": {"pageLoad": PAGE_WAIT_SEC * 1000},
            "goog:loggingPrefs": {"performance": "ALL"},
            "goog:chromeOptions": {"args": flags + ["--user-data-dir=" + folder]},
        }}})
        if "sessionId" not in answer:
            sys.exit("chromedriver: " + answer.get("message", str(answer)))
        self.session = "/session/" + answer["sessionId"]

    def do(self, method, path, body=None):
        return self.call(method, self.session + path, body)

    def run(self, script):
        return self.do("POST", "/execute/sync", {"script": script, "args": []})


class Browser:
    def __init__(self, driver):
        self.driver = driver
        self.responses = []

    def open(self, url):
        answer = self.driver.do("POST", "/url", {"url": url}) or {}
        words = [w.strip(":,()") for w in answer.get("message", "").split()]
        return {
            "url": self.driver.run("return document.location.href"),
            "title": self.driver.run("return document.title"),
            "error": next((w for w in words if w.startswith("net::")), None),
        }

    def pictures(self):
        script = """const all = [...document.images];
            return [all.filter(i => i.complete && i.naturalWidth > 0).length, all.length]"""
        end = time.monotonic() + PAGE_WAIT_SEC
        loaded, of = self.driver.run(script)
        while loaded < of and time.monotonic() < end:
            time.sleep(0.1)
            loaded, of = self.driver.run(script)
        return {"loaded": loaded, "of": of}

    def address(self, url):
        for entry in self.driver.do("POST", "/se/log", {"type": "performance"}):
            event = json.loads(entry["message"])["message"]
            if event["method"] == "Network.responseReceived":
                self.responses.append(event["params"]["response"])
        found = [r.get("remoteIPAddress") for r in self.responses if r["url"].startswith(url)]
        return {"address": found[-1] if found else None}

    def scroll(self):
        self.driver.run("window.scrollBy(0, window.innerHeight)")
        return {}


def main(port, folder):
    service = subprocess.Popen(["chromedriver", "--port=%s" % port], stdout=sys.stderr)
    driver = WebDriver(int(port))
    try:
        driver.wait_until_ready()
        driver.start(folder)
        browser = Browser(driver)
        for line in sys.stdin:
            verb, *arguments = line.split()
            print(json.dumps(getattr(browser, verb)(*arguments)), flush=True)
        driver.do("DELETE", "")
    finally:
        service.terminate()
        service.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
