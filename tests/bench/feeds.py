#!/usr/bin/env python3
"""The feed sites of the truth rig: what their servers send, and what their pages do by themselves.

Every site is a row of SITES: its hosts under the names of focusd's catalogue (they lead nowhere but
into the rig's own network), which real addresses these share, and how large and how frequent the
things are that its pages load, tell and ask. The sizes are our judgement of what such pages do on
the wire; nobody tuned them to the meter. The pages' script is behave.js.

    feeds.py serve PORT         the servers' answers, plain HTTP; nginx or caddy stands in front
    feeds.py names              "HOST ADDRESS ADDRESS6" of every host, a line each
"""

import asyncio
import base64
import hashlib
import json
import os
import pathlib
import sys
import urllib.parse

HERE = pathlib.Path(__file__).resolve().parent
NEWS = "www.news.example"          # somebody else's pages, with buttons and embedded posts
FILES = "files.neighbour.example"  # a download, on reddit's address
DOWNLOAD_CHUNK = 16384

# Sizes in kilobytes (lowest, highest), times in seconds (shortest, longest).
#   html, code     the page and its scripts and styles (cached)
#   batch          one answer of the feed's interface, with `pictures` posts in it
#   picture        one of them
#   act            what the page tells home 1 to 3 s after the person did something, and on leaving
#   heartbeat      every so often while the page is visible, what it tells home (size act)
#   poll, answer   a question for news, in the background too, and its answer
#   hidden_poll    a larger one of some sites, hidden only
#   hidden_tell    every so often while hidden, a short word home (0.4 to 0.9 kB)
COMMON = {
    "html": (60, 150), "code": (300, 700), "batch": (15, 50), "pictures": (3, 5),
    "picture": (60, 220), "act": (2.2, 6), "heartbeat": (8, 18), "poll": (30, 45),
    "answer": (0.8, 2.5), "hidden_tell": (60, 90), "hidden_poll": None, "presence": 25,
    "chunk": (600, 1800), "chunk_gap": (5, 20), "worker": False,
}


def site(feed, media, address, **traits):
    return {"feed": feed, "media": media, "address": address, **COMMON, **traits}


# address: the last number of the feed's and of the media's real address.
SITES = {
    "instagram": site("www.instagram.com", "scontent.cdninstagram.com", (101, 102), worker=True),
    "facebook": site("www.facebook.com", "scontent.xx.fbcdn.net", (103, 104), html=(120, 250),
                     worker=True, poll=(20, 40)),
    # one address for both, and for other people's files too, as at a large carrier of content
    "reddit": site("www.reddit.com", "preview.redd.it", (105, 105), picture=(30, 160),
                   pictures=(2, 4), presence=None),
    # asks for its whole timeline while hidden
    "x": site("x.com", "pbs.twimg.com", (106, 107), picture=(20, 140), hidden_poll=(20, 40)),
    "tiktok": site("www.tiktok.com", "v16.tiktokcdn.com", (108, 109), chunk=(250, 700)),
    "youtube": site("www.youtube.com", "rr1.googlevideo.com", (110, 111), code=(800, 1200)),
    "twitch": site("www.twitch.tv", "video.ttvnw.net", (112, 113), chunk=(200, 600),
                   chunk_gap=(2, 4), heartbeat=(15, 30)),
    # no script that tells home, no second host; its pages are small
    "mastodon": site("mastodon.social", "mastodon.social", (114, 114), html=(20, 40),
                     code=(200, 300), batch=(8, 25), picture=(20, 120), heartbeat=None, act=None,
                     hidden_tell=None, poll=(60, 90)),
}
OTHERS = {NEWS: 120, FILES: 105}


def names():
    hosts = dict(OTHERS)
    for s in SITES.values():
        hosts[s["feed"]], hosts[s["media"]] = s["address"]
    return {name: ("192.0.2.%d" % n, "2001:db8::%d" % n) for name, n in hosts.items()}


def site_of(host):
    return next((s for s in SITES.values() if host in (s["feed"], s["media"])), None)


def page(host, kind, query):
    """A page is behave.js, what it should do, and as many bytes of text as such a page has."""
    traits = {"kind": kind, "query": query, **(site_of(host) or {})}
    low, high = traits.get("html", (10, 40))
    if kind in ("like", "pixel", "dialog"):
        low, high = 20, 40
    length = int((low + (high - low) * os.urandom(1)[0] / 255) * 1000)
    return ("<!doctype html><title>%s</title><meta name=viewport content='width=device-width'>"
            "<body><script>const T = %s\n%s</script><template>%s</template>" % (
                host, json.dumps(traits), (HERE / "behave.js").read_text(),
                base64.b85encode(os.urandom(length * 4 // 5)).decode().replace("<", "."))).encode()


class Request:
    def __init__(self, method, path, headers):
        url = urllib.parse.urlsplit(path)
        self.method, self.path, self.headers = method, url.path, headers
        self.query = dict(urllib.parse.parse_qsl(url.query))
        self.host = headers.get("host", "").split(":")[0]


async def read_request(reader):
    head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
    method, path, _ = head[0].split(" ", 2)
    headers = {k.lower(): v.strip() for k, _, v in (line.partition(":") for line in head[1:] if line)}
    return Request(method, path, headers)


async def swallow(reader, request):
    left = int(request.headers.get("content-length", 0))
    while left > 0:
        data = await reader.read(min(left, 65536))
        if not data:
            break
        left -= len(data)


def answer(writer, body, kind="application/octet-stream", cached=False):
    writer.write(("HTTP/1.1 200 OK\r\nContent-Type: %s\r\nContent-Length: %d\r\nCache-Control: %s\r\n"
                  "Access-Control-Allow-Origin: *\r\n\r\n" % (
                      kind, len(body), "max-age=86400" if cached else "no-store")).encode() + body)


async def download(writer):
    writer.write(b"HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\n"
                 b"Content-Length: 4000000000\r\n\r\n")
    while True:
        writer.write(os.urandom(DOWNLOAD_CHUNK))
        await writer.drain()


async def presence(reader, writer, request):
    """A web socket that answers each short message with one of the same length, and nothing else."""
    key = request.headers["sec-websocket-key"] + "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"  # RFC 6455
    writer.write(("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: %s\r\n\r\n" % base64.b64encode(
                      hashlib.sha1(key.encode()).digest()).decode()).encode())
    while True:
        first, length = await reader.readexactly(2)
        mask = await reader.readexactly(4)
        body = bytes(b ^ mask[i % 4] for i, b in enumerate(await reader.readexactly(length & 0x7f)))
        writer.write(bytes([first, len(body)]) + body)
        if first & 0xf == 8:
            return


async def serve_one(reader, writer, request):
    words = request.path.strip("/").split("/")
    if "sec-websocket-key" in request.headers:
        await presence(reader, writer, request)
        return False
    await swallow(reader, request)
    if words[0] == "bytes":
        answer(writer, os.urandom(int(words[1])), cached="v" in request.query)
    elif words[0] == "download":
        await download(writer)
    elif words[0] in ("tell", "upload"):
        answer(writer, b"{}", "application/json")
    elif words[0] == "worker.js":
        answer(writer, (HERE / "worker.js").read_bytes(), "text/javascript")
    elif words[0] == "favicon.ico":
        answer(writer, b"", "image/x-icon", cached=True)
    else:
        answer(writer, page(request.host, words[0], request.query), "text/html; charset=utf-8")
    await writer.drain()
    return True


async def serve_connection(reader, writer):
    try:
        while await serve_one(reader, writer, await read_request(reader)):
            pass
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def serve(port):
    server = await asyncio.start_server(serve_connection, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


def main(verb, *arguments):
    if verb == "serve":
        asyncio.run(serve(int(arguments[0])))
    elif verb == "names":
        for name, addresses in sorted(names().items()):
            print(name, *addresses)
    else:
        sys.exit(__doc__)


if __name__ == "__main__":
    main(*sys.argv[1:])
