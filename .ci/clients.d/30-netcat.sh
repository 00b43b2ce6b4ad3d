#!/usr/bin/env bash
# A person with netcat: one session typed, UNAUTHENTICATE among it; and nonsense.
set -euo pipefail
host=$1 port=$2
session() { timeout 20 nc -N "$host" "$port"; }
plain() { printf '%s\0%s\0%s' "$1" "$2" "$3" | base64 -w 0; }
out=$(printf '%s\r\n' 'a1 login nc.admin pass' 'a2 select inbox' 'a3 fetch 1 (uid body.peek[header])' 'a4 unauthenticate' \
    "a5 authenticate plain $(plain nc nc.admin pass)" 'a6 status inbox (messages)' 'a7 unauthenticate now' 'a8 unauthenticate' \
    'a9 unauthenticate' 'b1 fetch 1 body[]' 'b2 logout' | session)
expect() { grep -q "$1" <<<"$out" || { echo "expected: $1"; echo "$out"; exit 1; }; }
expect '^\* OK \[CAPABILITY IMAP4rev1'
expect '^a2 OK \[READ-WRITE\]'
expect '^\* 1 FETCH (UID 1 BODY\[HEADER\] {'
expect '^a4 OK \[CAPABILITY'
expect '^a5 OK \[CAPABILITY .*UNAUTHENTICATE'
expect '^\* STATUS INBOX (MESSAGES 20)'
expect '^a7 BAD'
expect '^a8 OK'
expect '^a9 BAD'
expect '^b1 BAD'
expect '^b2 OK'
out=$(printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n\0\1\2\r\n\r\n' | session)
expect '^\* BYE'
echo "typed, and answered"
