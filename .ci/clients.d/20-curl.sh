#!/usr/bin/env bash
# curl: LIST, every sample message by UID and by number, compared with what imaplib reads.
set -euo pipefail
trap 'echo "failed in line $LINENO: $BASH_COMMAND"' ERR
host=$1 port=$2
work=$(mktemp -d)
trap 'rm -rf "$work" "$work.size"' EXIT
fetch() { curl -sS --max-time 20 -u curl:pass "$@"; }
fetch "imap://$host:$port/" | grep INBOX >/dev/null
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
[ "$count" = 20 ] || { echo "the INBOX has $count messages, not 20"; exit 1; }
for number in $(seq "$count"); do
    fetch "imap://$host:$port/INBOX;UID=$number" | cmp - "$work/$number"
    fetch "imap://$host:$port/INBOX;MAILINDEX=$number" | cmp - "$work/$number"
    size=$(wc -c <"$work/$number")
    fetch -X "UID FETCH $number RFC822.SIZE" "imap://$host:$port/INBOX" | tr -d '\r' >"$work.size"
    grep -qE "[( ]RFC822\.SIZE $size[) ]" "$work.size" || {
        echo "message $number has $size octets and says: $(cat "$work.size")"
        exit 1
    }
done
fetch -X 'EXAMINE INBOX' "imap://$host:$port/" | grep '20 EXISTS' >/dev/null
fetch "imap://$host:$port/INBOX;UID=3;SECTION=HEADER" | grep -i '^Subject:' >/dev/null
fetch --login-options AUTH=PLAIN "imap://$host:$port/" >/dev/null
fetch --sasl-ir --login-options AUTH=PLAIN "imap://$host:$port/" >/dev/null
fetch -X 'STATUS INBOX (MESSAGES)' "imap://$host:$port/" | grep 'MESSAGES 20' >/dev/null
refused=0
curl -sS --max-time 20 -u curl:wrong "imap://$host:$port/" >/dev/null 2>&1 || refused=$?
[ "$refused" = 67 ] || { echo "a wrong password: curl ended with $refused, not 67 (login denied)"; exit 1; }
echo "$count messages and their sizes by UID and by number"
