"""Traffic for tests/bench/cost: connections that bring 5 kB a second each.

    trickle.py serve ADDRESS    on port 8080
    trickle.py fetch N          from s1.example, m1.example to sN.example, mN.example
"""

import asyncio
import os
import sys

PORT, BYTES, EVERY_SEC = 8080, 5000, 1


async def send(reader, writer):
    try:
        while True:
            writer.write(os.urandom(BYTES))
            await writer.drain()
            await asyncio.sleep(EVERY_SEC)
    except ConnectionError:
        writer.close()


async def serve(address):
    async with await asyncio.start_server(send, address, PORT) as server:
        await server.serve_forever()


async def fetch_one(host):
    reader, _ = await asyncio.open_connection(host, PORT)
    while await reader.read(65536):
        pass


async def fetch(n):
    await asyncio.gather(*(fetch_one("%s%d.example" % (kind, i))
                           for i in range(1, n + 1) for kind in "sm"))


if sys.argv[1] == "serve":
    asyncio.run(serve(sys.argv[2]))
else:
    asyncio.run(fetch(int(sys.argv[2])))
