"""The Python side of sp-pynng.test.ts: one role per run, over the real NNG library.

Usage: sp-pynng-peer.py ROLE ADDRESS COUNT [CERTIFICATE_PEM_FILE]
Roles: req (dials, COUNT requests in flight), rep (listens, COUNT contexts that answer out of order),
pub (listens, publishes until killed), sub (dials, prints COUNT messages).
"""

import asyncio
import random
import sys

import pynng


def tls_config(role, path):
    if path is None:
        return None
    if role in ("rep", "pub"):
        return pynng.TLSConfig(pynng.TLSConfig.MODE_SERVER, cert_key_file=path)
    return pynng.TLSConfig(
        pynng.TLSConfig.MODE_CLIENT, ca_files=[path], server_name="localhost"
    )


async def req(address, count, tls):
    with pynng.Req0(tls_config=tls, recv_timeout=20_000) as sock:
        sock.dial(address, block=True)

        async def ask(number):
            context = sock.new_context()
            await context.asend(b"%d" % number)
            reply = await context.arecv()
            context.close()
            return reply == b"re:%d" % number

        right = await asyncio.gather(*(ask(number) for number in range(count)))
        print(f"right {sum(right)} of {count}", flush=True)


async def rep(address, count, tls):
    with pynng.Rep0(tls_config=tls) as sock:
        sock.listen(address)
        print("listening", flush=True)

        async def answer():
            context = sock.new_context()
            while True:
                request = await context.arecv()
                await asyncio.sleep(random.random() / 50)
                await context.asend(b"re:" + request)

        await asyncio.gather(*(answer() for _ in range(count)))


async def pub(address, _count, tls):
    with pynng.Pub0(tls_config=tls) as sock:
        sock.listen(address)
        number = 0
        while True:
            await sock.asend(b"slot:%d" % number)
            await sock.asend(b"load:%d" % number)
            number += 1
            await asyncio.sleep(0.005)


async def sub(address, count, tls):
    with pynng.Sub0(tls_config=tls, recv_timeout=20_000) as sock:
        sock.subscribe(b"slot:")
        sock.dial(address, block=True)
        for _ in range(count):
            print((await sock.arecv()).decode(), flush=True)


role, address, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
tls = tls_config(role, sys.argv[4] if len(sys.argv) > 4 else None)
asyncio.run({"req": req, "rep": rep, "pub": pub, "sub": sub}[role](address, count, tls))
