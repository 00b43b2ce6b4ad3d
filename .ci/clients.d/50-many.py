#!/usr/bin/env python3
"""Two hundred clients at once, each logging in, selecting and fetching everything; some break off in the middle."""
import asyncio
import sys

host, port = sys.argv[1], int(sys.argv[2])


async def client(index):
    reader, writer = await asyncio.open_connection(host, port, limit=1 << 24)
    assert (await reader.readline()).startswith(b"* OK")
    name = b"many%02d" % (index % 20)
    writer.write(b"a LOGIN %s pass\r\nb SELECT INBOX\r\nc FETCH 1:* (UID FLAGS BODY.PEEK[])\r\n" % name)
    if index % 10 == 9:
        await reader.readline()
        writer.transport.abort()
        return 0
    fetched = octets = 0
    while True:
        line = await reader.readline()
        assert line, index
        if line.startswith(b"* ") and b" FETCH (" in line:
            fetched += 1
            size = int(line[line.rindex(b"{") + 1 : line.rindex(b"}")])
            octets += len(await reader.readexactly(size))
        if line.startswith(b"c "):
            assert line.startswith(b"c OK"), line
            break
    assert fetched == 20, fetched
    writer.write(b"d LOGOUT\r\n")
    rest = await reader.read()
    assert rest.endswith(b"d OK Logged out\r\n"), rest
    writer.close()
    return octets


async def main():
    sizes = await asyncio.gather(*(client(index) for index in range(200)))
    whole = set(sizes) - {0}
    assert len(whole) == 1, f"names are of one length, and so are their messages, but they have {sorted(whole)} octets"
    print(f"200 clients, {sum(sizes)} octets of messages")


asyncio.run(main())
