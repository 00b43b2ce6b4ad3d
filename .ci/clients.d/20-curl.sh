#!/usr/bin/env bash
# curl: LIST, every sample message by UID and by number, compared with what imaplib reads.
set -euo pipefail
host=$1 port=$2
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fetch() { curl -sS --max-time 20 -u curl:pass "$@"; }
fetch "imap://$host:$port/" | grep -q INBOX
python3 - "$host" "$port" "$work" <<'PY'
import imaplib, sys
client = imaplib.IMAP4(sys.argv[1], int(sys.argv[2]))
client.login("curl", "pass")
count = int(client.select("INBOX", readonly=True)[1][0])
for number in range(1, count + 1):
    data = client.fetch(str(number), "(BODY.PEEK[])")[1]
    open(f"{sys.argv[3]}/{number}", "wb").write([part[1] for part in data if isinstance(part, tuple)][0])
client.logout()
PY
count=$(ls "$work" | wc -l)
[ "$count" = 20 ]
for number in $(seq "$count"); do
    fetch "imap://$host:$port/INBOX;UID=$number" | cmp - "$work/$number"
    fetch "imap://$host:$port/INBOX;MAILINDEX=$number" | cmp - "$work/$number"
done
fetch "imap://$host:$port/INBOX;UID=3;SECTION=HEADER" | grep -qi '^Subject:'
fetch --login-options AUTH=PLAIN "imap://$host:$port/" >/dev/null
fetch --sasl-ir --login-options AUTH=PLAIN "imap://$host:$port/" >/dev/null
fetch -X 'STATUS INBOX (MESSAGES)' "imap://$host:$port/" | grep -q 'MESSAGES 20'
if curl -sS --max-time 20 -u curl:wrong "imap://$host:$port/" >/dev/null 2>&1; then
    echo "a wrong password was accepted"
    exit 1
fi
echo "$count messages by UID and by number"
