"""A server that hears streams of many clients: pip install polyspot websockets; python websocket_server.py

A client sends 16 kHz mono int16 samples as binary messages of any length, and gets a line of JSON for each keyword.
"""

import asyncio
import json

import numpy
import websockets

import polyspot

MODEL = polyspot.Model.load("en")  # one for all clients


async def hear(client):
    spotter = polyspot.Spotter(MODEL)
    async for message in client:
        if len(message) % 2 or isinstance(message, str):
            await client.close(1003, "expected whole int16 samples")
            return
        samples = numpy.frombuffer(message, dtype="<i2")
        # The interpreter goes on with other clients while this one's audio is heard.
        for heard in await asyncio.to_thread(spotter.push, samples):
            await client.send(json.dumps(heard._asdict()))


async def main(host="127.0.0.1", port=8765):
    async with websockets.serve(hear, host, port):
        await asyncio.Future()


if __name__ == "__main__":
    asyncio.run(main())
