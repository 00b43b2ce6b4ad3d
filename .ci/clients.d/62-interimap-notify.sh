#!/usr/bin/env bash
# interimap --notify: it listens to both sides and waits; what one side does is on the other without being looked for.
set -euo pipefail
host=$1 port=$2
work=$(mktemp -d)
sync=
trap '[ -z "$sync" ] || kill "$sync" 2>/dev/null || true; rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data
mkdir -p "$work/config/interimap" "$work/data/interimap"
{
    printf 'database = mail.db\nlist-mailbox = "INBOX" "box"\ncompress = NO\n'
    for side in local remote; do
        printf '[%s]\ntype = imap\nhost = %s\nport = %s\nusername = notify%s\npassword = pass\nSTARTTLS = NO\n' \
            "$side" "$host" "$port" "$side"
    done
} >"$work/config/interimap/config"
cat >"$work/mail.py" <<'PY'
import imaplib, sys, time

def client(side):
    client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
    client.login("notify" + side, "pass")
    return client

def subjects(side, name):
    one = client(side)
    assert one.select(name, readonly=True)[0] == "OK"
    found = [str(one.fetch(n, "(BODY.PEEK[HEADER.FIELDS (SUBJECT)])")[1][0][1]) for n in one.search(None, "ALL")[1][0].split()]
    one.logout()
    return found

def expect(side, name, subject):
    end = time.time() + 60
    while not any(subject in text for text in subjects(side, name)):
        assert time.time() < end, f"{subject} did not come to {name} of {side}"
        time.sleep(0.2)

def put(side, name, subject):
    one = client(side)
    assert one.append(name, None, None, f"Subject: {subject}\r\n\r\nx\r\n".encode())[0] == "OK"
    one.logout()

if sys.argv[3] == "make":
    for side in ("local", "remote"):
        one = client(side)
        one.create("box")
        one.logout()
    put("local", "INBOX", "the first of them")
else:
    expect("remote", "INBOX", "the first of them")
    time.sleep(2)
    for side, other in (("local", "remote"), ("remote", "local")):
        for name in ("INBOX", "box"):
            put(side, name, f"later, {side} {name}")
            expect(other, name, f"later, {side} {name}")
    print("what came while interimap waited is on both sides")
PY
python3 "$work/mail.py" "$host" "$port" make
timeout 60 interimap --quiet >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
# It would look by itself only after 15 minutes.
interimap --quiet --notify --watch=900 >"$work/log" 2>&1 &
sync=$!
python3 "$work/mail.py" "$host" "$port" watch || { cat "$work/log"; exit 1; }
kill -0 "$sync" || { cat "$work/log"; exit 1; }
