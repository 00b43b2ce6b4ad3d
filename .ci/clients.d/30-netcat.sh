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
# One write: the old user's connection, then bob's through the same administrator, then carol's by a continuation.
out=$({
    printf '%s\r\n' "a1 authenticate plain $(plain nc nc.admin pass)" 'a2 select inbox' 'a3 unauthenticate' \
        "a4 authenticate plain $(plain bob nc.admin pass)" 'a5 select inbox' 'a6 fetch 20 (uid rfc822.size)' \
        'a7 unauthenticate' 'a8 authenticate plain' "$(plain carol nc.admin pass)" 'a9 fetch 1 flags' \
        'b1 unauthenticate' "b2 authenticate plain $(plain nc nc.admin wrong)" 'b3 status inbox (messages)' 'b4 logout'
} | session)
expect '^a3 OK \[CAPABILITY'
expect '^a4 OK \[CAPABILITY'
expect '^a5 OK \[READ-WRITE\]'
expect '^\* 20 FETCH (UID 20 RFC822.SIZE [0-9]*)'
expect '^+'
expect '^a8 OK'
expect '^a9 BAD'
expect '^b1 OK'
expect '^b2 NO'
expect '^b3 BAD'
expect '^b4 OK'
# Nobody but an administrator is offered UNAUTHENTICATE, or may act for another.
out=$(printf '%s\r\n' "a1 authenticate plain $(plain bob nc pass)" 'a2 login nc pass' 'a3 unauthenticate' 'a4 noop' 'a5 logout' | session)
expect '^a1 NO'
expect '^a2 OK'
expect '^a3 BAD'
expect '^a4 OK'
! grep -q UNAUTHENTICATE <<<"$out" || { echo "UNAUTHENTICATE is offered to a user"; echo "$out"; exit 1; }
out=$(printf 'GET / HTTP/1.1\r\nHost: x\r\n\r\n\0\1\2\r\n\r\n' | session)
expect '^\* BYE'
echo "typed, and answered"
