#!/bin/sh
# Who may include what: wire/ knows no other part and neither libevent, libpq, nghttp2 nor curl; only daemon/db* sees
# libpq; audit/ knows wire/ only; only the server's files see nghttp2; daemon/ and client/ do not know each other.
cd "$(dirname "$0")/../.." || exit 2
bad=0

# refuse "files" "pattern" "why"
refuse() {
	found=$(grep -nE "^#include [<\"]($2)" $1 /dev/null) || return 0
	printf '%s\n    %s\n' "$found" "$3"
	bad=1
}

refuse "$(ls wire/*.[ch])" 'daemon/|client/|tests/|event2/|libpq|nghttp2|curl|libsmartcols|utf8proc' 'wire/ is what both ends share: it knows neither end nor their libraries'
refuse "$(ls wire/*.[ch] daemon/*.[ch])" 'audit/' 'audit/ is the verifier: only client/ uses it'
refuse "$(ls audit/*.[ch])" 'daemon/|client/|tests/|event2/|libpq|nghttp2|curl|libsmartcols|utf8proc' 'audit/ knows wire/ only: it judges bytes, wherever they come from'
refuse "$(ls daemon/*.[ch])" 'client/|tests/|curl|libsmartcols' 'daemon/ does not know the client'
refuse "$(ls client/*.[ch])" 'daemon/|tests/|event2/|libpq|nghttp2' 'client/ does not know the daemon'
refuse "$(ls daemon/*.[ch] | grep -v '^daemon/db')" 'libpq' 'only daemon/db* sees libpq'
refuse "$(ls daemon/*.[ch] | grep -vE '^daemon/(server|connection|session|tls)\.')" 'nghttp2|openssl/ssl' 'only the server sees nghttp2 and TLS'

for h in wire/*.h audit/*.h daemon/*.h client/*.h; do
	lines=$(wc -l < "$h")
	[ "$lines" -le 150 ] || { echo "$h has $lines lines; a header has at most 150"; bad=1; }
	echo "#include \"$h\"" | ${CC:-cc} -std=c17 -I. -D_GNU_SOURCE -I/usr/include/postgresql -fsyntax-only -x c - || { echo "$h does not compile alone"; bad=1; }
done
exit $bad
