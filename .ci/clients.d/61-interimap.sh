#!/usr/bin/env bash
# interimap: two users' mail, kept the same in both directions by QRESYNC.
set -euo pipefail
host=$1 port=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work XDG_CONFIG_HOME=$work/config XDG_DATA_HOME=$work/data
mkdir -p "$work/config/interimap" "$work/data/interimap"
{
    printf 'database = mail.db\nlist-mailbox = "INBOX" "box"\ncompress = NO\n'
    for side in local remote; do
        printf '[%s]\ntype = imap\nhost = %s\nport = %s\nusername = inter%s\npassword = pass\nSTARTTLS = NO\n' \
            "$side" "$host" "$port" "$side"
    done
} >"$work/config/interimap/config"
cat >"$work/mail.py" <<'PY'
import imaplib, sys

def client(side):
    client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
    client.login("inter" + side, "pass")
    return client

def mail(side, name):
    one = client(side)
    one.select(name, readonly=True)
    found = []
    for number in one.search(None, "ALL")[1][0].split():
        data = one.fetch(number, "(FLAGS BODY.PEEK[])")[1]
        flags = imaplib.ParseFlags(data[0][0] + b" " + b"".join(part for part in data if isinstance(part, bytes)))
        found.append((data[0][1], tuple(sorted(flag for flag in flags if flag != b"\\Recent"))))
    one.logout()
    return sorted(found)

what = sys.argv[3]
if what == "fill":
    for side, names in (("local", ["INBOX"]), ("remote", ["INBOX", "box"])):
        one = client(side)
        if "box" in names:
            one.create("box")
        for name in names:
            for n in range(20):
                text = f"Subject: {side} {name} {n}\r\n\r\n" + f"line {n}\r\n" * n
                flags = r"(\Flagged)" if n % 5 == 0 else None
                assert one.append(name, flags, None, text.encode())[0] == "OK"
        one.logout()
elif what == "change":
    for side, keyword in (("local", "here"), ("remote", "there")):
        one = client(side)
        one.select("INBOX")
        gone = one.uid("SEARCH", f'SUBJECT "{side} INBOX 3"')[1][0].split()[0].decode()
        one.uid("STORE", gone, "+FLAGS.SILENT", r"(\Deleted)")
        assert one.uid("EXPUNGE", gone)[0] == "OK"
        one.store("4:9", "+FLAGS.SILENT", f"(\\Answered {keyword})")
        one.append("INBOX", None, None, f"Subject: {side} new\r\n\r\nx\r\n".encode())
        one.logout()
else:
    for name, count in (("INBOX", int(what)), ("box", 20)):
        here, there = mail("local", name), mail("remote", name)
        assert here == there, f"{name}: {len(here)} and {len(there)} messages, or other flags"
        assert len(here) == count, f"{name}: {len(here)} messages"
    print(f"{what} and 20 messages are the same on both sides")
PY
sync() { timeout 60 interimap --quiet >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
python3 "$work/mail.py" "$host" "$port" fill
sync
# `--sample` gives each user mail of its own.
same=$(python3 -c 'import imaplib, sys
client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2])); client.login("interlocal", "pass")
print(int(client.select("INBOX", readonly=True)[1][0])); client.logout()' "$host" "$port")
[ "$same" -ge 40 ] || { echo "INBOX has $same messages"; exit 1; }
python3 "$work/mail.py" "$host" "$port" "$same"
python3 "$work/mail.py" "$host" "$port" change
sync
python3 "$work/mail.py" "$host" "$port" "$same"
sync
python3 "$work/mail.py" "$host" "$port" "$same"
