#!/usr/bin/env python3
"""imaplib: a day's work on mail of its own: append, search, store, copy, move, expunge, rename, quota, idle."""
import imaplib
import sys

host, port = sys.argv[1], int(sys.argv[2])
imaplib.Commands.setdefault("MOVE", ("SELECTED",))


def ok(reply, what):
    assert reply[0] == "OK", (what, reply)
    return reply[1]


def login():
    client = imaplib.IMAP4(host, port)
    ok(client.login("work", "pass"), "LOGIN")
    return client


one, two = login(), login()
capabilities = ok(one.capability(), "CAPABILITY")[0].decode().split()
for name in ("IMAP4rev2", "UIDPLUS", "MOVE", "IDLE", "CONDSTORE", "ESEARCH", "LIST-EXTENDED", "BINARY", "UIDONLY"):
    assert name in capabilities, (name, capabilities)
for name in ("work", '"two words"', "work/deep", "trash"):
    ok(one.create(name), name)
assert b"TRYCREATE" in one.append("nowhere", None, None, b"x")[1][0]
for n in range(40):
    text = f"From: sender{n}@example.com\r\nSubject: number {n}\r\n\r\n" + "body %d\r\n" % n * 10
    ok(one.append("work", r"(\Seen)" if n % 2 else None, '" 7-Feb-2020 21:52:25 -0800"', text.encode()), "APPEND")
assert ok(one.select("work"), "SELECT") == [b"40"]
ok(two.select("work"), "SELECT")


def numbers(client, *keys):
    return [int(n) for n in ok(client.search(None, *keys), keys)[0].split()]


assert numbers(one, "UNSEEN") == list(range(1, 41, 2))
assert numbers(one, "SUBJECT", '"number 13"') == [14]
assert numbers(one, "BODY", '"body 7"', "SEEN") == [8]
assert numbers(one, "SINCE", "8-Feb-2020") == []
ok(one.store("1:10", "+FLAGS", r"(\Deleted $Work)"), "STORE")
ok(two.noop(), "NOOP")
assert len(two.response("FETCH")[1]) == 10, "the other session was not told of ten changes"
ok(one.copy("11:20", "trash"), "COPY")
ok(one._simple_command("MOVE", "21:30", "work/deep"), "MOVE")
ok(one.expunge(), "EXPUNGE")
assert numbers(one, "ALL") == list(range(1, 21))
ok(two.noop(), "NOOP")
assert len(two.response("EXPUNGE")[1]) == 20, "the other session was not told of twenty expunges"
for name, count in (("trash", 10), ("work/deep", 10), ("work", 20)):
    status = ok(one.status(name, "(MESSAGES SIZE DELETED)"), name)[0].decode()
    assert f"MESSAGES {count} " in status, status
ok(one.rename("work", "play"), "RENAME")
assert any(b'"play/deep"' in line or line.endswith(b"play/deep") for line in ok(one.list(), "LIST"))
tag = two._new_tag().decode()
two.send(f"{tag} IDLE\r\n".encode())
assert two.readline().startswith(b"+ ")
ok(one.append("play", None, None, b"Subject: late\r\n\r\nlate\r\n"), "APPEND")
heard = b""
while b"EXISTS" not in heard:
    line = two.readline()
    assert line, heard
    heard += line
two.send(b"DONE\r\n")
while not (line := two.readline()).startswith(tag.encode()):
    assert line, "no answer to DONE"
one.logout()
two.logout()
print("40 messages appended, searched, changed, copied, moved and expunged; two sessions agreed")
