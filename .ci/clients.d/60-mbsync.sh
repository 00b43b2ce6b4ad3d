#!/usr/bin/env bash
# mbsync: a maildir of its own and a mailbox here, kept the same in both directions.
set -euo pipefail
host=$1 port=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
export HOME=$work
mkdir -p "$work/md"
cat >"$work/rc" <<RC
IMAPAccount a
Host $host
Port $port
User mbsync
Pass pass
SSLType None
AuthMechs LOGIN

IMAPStore far
Account a

MaildirStore near
Path $work/md/
Inbox $work/md/INBOX
SubFolders Verbatim

Channel c
Far :far:
Near :near:
Patterns * !shared*
Create Both
Expunge Both
SyncState *
RC
cat >"$work/fill.py" <<'PY'
import imaplib, sys
client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
client.login("mbsync", "pass")
client.create("box/below")
for name in ("INBOX", "box/below"):
    for n in range(25):
        text = f"From: a@example.com\r\nSubject: {name} {n}\r\n\r\n" + f"line {n}\r\n" * n
        assert client.append(name, r"(\Flagged)" if n % 5 == 0 else None, None, text.encode())[0] == "OK"
client.logout()
PY
python3 "$work/fill.py" "$host" "$port"
sync() { timeout 60 mbsync -c "$work/rc" -a >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
count() { find "$work/md/$1/cur" "$work/md/$1/new" -type f | wc -l; }
sync
before=$(count INBOX)
[ "$before" -ge 25 ] || { echo "INBOX has $before files"; exit 1; }
[ "$(count box/below)" = 25 ] || { echo "box/below has $(count box/below) files"; exit 1; }
# Here: one message goes, one is new, one is read. mbsync carries all three over.
rm "$(grep -rl -E '^Subject: INBOX 3[[:space:]]*$' "$work/md/INBOX")"
printf 'Subject: from here\n\nhello\n' >"$work/md/INBOX/new/1.local"
read=$(grep -rl -E '^Subject: INBOX 7[[:space:]]*$' "$work/md/INBOX")
mv "$read" "$work/md/INBOX/cur/$(basename "${read%:2,*}"):2,S"
sync
cat >"$work/look.py" <<'PY'
import imaplib, sys
client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
client.login("mbsync", "pass")
client.select("INBOX")
def found(*keys):
    return client.search(None, *keys)[1][0].split()
assert not found('SUBJECT', '"INBOX 3"'), "a message deleted here is there"
assert len(found('SUBJECT', '"from here"')) == 1, "a message made here is not there"
assert len(found('SUBJECT', '"INBOX 7"', 'SEEN')) == 1, "a message read here is not read there"
assert client.store(found('SUBJECT', '"INBOX 9"')[0], "+FLAGS", r"(\Deleted)")[0] == "OK"
client.expunge()
client.logout()
PY
python3 "$work/look.py" "$host" "$port"
sync
[ "$(count INBOX)" = $((before - 1)) ] || { echo "INBOX has $(count INBOX) files, not $((before - 1))"; exit 1; }
sync
echo "$(mbsync --version) kept 2 mailboxes of $before and 25 the same"
