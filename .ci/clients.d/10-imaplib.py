#!/usr/bin/env python3
"""imaplib: log in both ways, list, select, status, and every sample message octet for octet, whole and in pieces."""
import imaplib
import sys

host, port = sys.argv[1], int(sys.argv[2])


def ok(reply, what):
    assert reply[0] == "OK", (what, reply)
    return reply[1]


def one(data):
    return [part[1] for part in data if isinstance(part, tuple)]


client = imaplib.IMAP4(host, port)
assert "IMAP4REV1" in client.capabilities, client.capabilities
try:
    client.login("imaplib", "wrong")
    raise AssertionError("a wrong password was accepted")
except imaplib.IMAP4.error as error:
    assert "AUTHENTICATIONFAILED" in str(error), error
ok(client.authenticate("PLAIN", lambda _: b"\0imaplib\0pass"), "AUTHENTICATE PLAIN")
client.logout()

client = imaplib.IMAP4(host, port)
ok(client.login("imaplib", "pass"), "LOGIN")
assert any(b"INBOX" in line for line in ok(client.list(), "LIST"))
count = int(ok(client.select("inbox", readonly=True), "EXAMINE")[0])
assert count == 20, count
assert b"MESSAGES 20" in ok(client.status("INBOX", "(MESSAGES UIDNEXT UIDVALIDITY UNSEEN RECENT)"), "STATUS")[0]
octets = 0
for number in range(1, count + 1):
    data = ok(client.fetch(str(number), "(RFC822.SIZE UID FLAGS INTERNALDATE BODY.PEEK[] BODY.PEEK[HEADER] BODY.PEEK[TEXT])"), "FETCH")
    whole, header, text = one(data)
    assert whole == header + text, number
    assert header.endswith(b"\r\n") or not text, number
    attributes = b"".join(part[0] if isinstance(part, tuple) else part for part in data)
    assert b"RFC822.SIZE %d" % len(whole) in attributes, (number, len(whole), attributes[:100])
    pieces = b""
    while True:
        piece = one(ok(client.fetch(str(number), "(BODY.PEEK[]<%d.97>)" % len(pieces)), "partial"))[0]
        pieces += piece
        if len(piece) < 97:
            break
    assert pieces == whole, number
    octets += len(whole)
    described = ok(client.fetch(str(number), "(ENVELOPE BODY BODYSTRUCTURE)"), "structure")
    text = b"".join(part if isinstance(part, bytes) else b"".join(part) for part in described)
    assert b"ENVELOPE (" in text and b"BODYSTRUCTURE (" in text, text
    named = one(ok(client.fetch(str(number), "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])"), "fields"))[0]
    assert named.strip() == b"" or named.lower().startswith(b"subject:"), named
    first = ok(client.fetch(str(number), "(BODY.PEEK[1])"), "part 1")
    if one(first):
        assert one(first)[0] in whole, number
ok(client.close(), "CLOSE")
ok(client.select("INBOX"), "SELECT")
ok(client.fetch("5", "(BODY[TEXT])"), "FETCH")
assert b"\\Seen" in ok(client.fetch("5", "(FLAGS)"), "FLAGS")[0]
ok(client.close(), "CLOSE")
assert client.select("nowhere")[0] == "NO"
assert client.logout()[0] == "BYE"
print(f"{count} messages, {octets} octets, whole, header and text, and in pieces")
