#!/usr/bin/env python3
"""UNAUTHENTICATE, AUTHENTICATE PLAIN with an initial response, SELECT and FETCH in one write, whole and cut at every
octet: the same answer, and nothing of the old user behind the OK."""
import base64
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])


def plain(user):
    return base64.b64encode(b"%s\0pool.admin\0pass" % user)


def read_to(connection, end):
    data = b""
    while end not in data:
        more = connection.recv(65536)
        assert more, data
        data += more
    while not data.endswith(b"\r\n"):
        data += connection.recv(65536)
    return data


program = (
    b"u1 UNAUTHENTICATE\r\nu2 AUTHENTICATE PLAIN " + plain(b"pool2") + b"\r\nu3 SELECT INBOX\r\n"
    b"u4 FETCH 1 (UID FLAGS RFC822.SIZE BODY.PEEK[])\r\nu5 NOOP\r\n"
)
# The first SELECT of a user claims \\Recent; it is made beforehand.
with socket.create_connection((host, port)) as connection:
    connection.sendall(b"a LOGIN pool2 pass\r\nb SELECT INBOX\r\n")
    read_to(connection, b"\r\nb OK")
answers = set()
# Cut at every octet, and last of all sent octet by octet.
for cut in range(len(program) + 1):
    with socket.create_connection((host, port)) as connection:
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        read_to(connection, b"* OK")
        connection.sendall(b"a AUTHENTICATE PLAIN " + plain(b"pool1") + b"\r\nb SELECT INBOX\r\n")
        read_to(connection, b"\r\nb OK")
        octet_by_octet = cut == len(program)
        for part in [bytes([octet]) for octet in program] if octet_by_octet else (program[:cut], program[cut:]):
            if part:
                connection.sendall(part)
        answer = read_to(connection, b"\r\nu5 OK")
        before, after = answer.split(b"u1 OK", 1)
        assert b"pool1" not in after and b"FETCH" not in before, answer
        assert b"pool2" in answer, answer
        answers.add(answer)
assert len(answers) == 1, f"{len(answers)} different answers"
print(f"{len(program)} cuts and octet by octet, one answer")
