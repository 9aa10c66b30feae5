#!/bin/sh
# Lists that belong together do not drift: the operations table, the SQL functions, the matrix of roles, the tests;
# the codes that SQL refuses with and the table of codes.
cd "$(dirname "$0")/../.." || exit 2
bad=0
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# compare "what" "those" fileA fileB: prints what is in A only
only_in_first() {
	comm -23 "$3" "$4" > "$work/only"
	[ -s "$work/only" ] || return 0
	printf '%s, but %s:\n' "$1" "$2"
	sed 's/^/    /' "$work/only"
	bad=1
}

grep -hoE '^[[:space:]]*(\{ *)?\.name = "[a-z_]+", *\.noun|^[[:space:]]*\{ *"[a-z]+_[a-z_]+", *"[a-z]+", *"[a-z-]+"' wire/op_*.c | grep -oE '"[a-z_]+"' | grep _ | tr -d '"' | sort -u > "$work/ops"
ls schema/functions/op | sed 's/\.sql$//' | grep -v '^ledger_found$' | sort > "$work/functions"
sed -n "s/.*('\([a-z]*\)', *'\([a-z_]*\)').*/\2/p" schema/functions/01-matrix.sql > "$work/m"
grep -oE "'[a-z]+_[a-z_]+'" schema/functions/01-matrix.sql | tr -d "'" | sort -u > "$work/matrix"
[ -s "$work/ops" ] || { echo 'no operation was found in wire/op_*.c'; exit 1; }

only_in_first 'these operations have a row' 'no SQL function' "$work/ops" "$work/functions"
only_in_first 'these SQL functions are there' 'no row in the operations table' "$work/functions" "$work/ops"
only_in_first 'these operations have a row' 'nobody may call them (schema/functions/01-matrix.sql)' "$work/ops" "$work/matrix"
only_in_first 'these operations stand in the matrix' 'have no row' "$work/matrix" "$work/ops"
for op in $(cat "$work/ops"); do
	noun=${op%%_*} verb=$(echo "${op#*_}" | tr _ -)
	grep -rqE "$op|'$noun', *'$verb'|\"$noun\", *\"$verb\"|$noun $verb" tests/e2e tests/sql || echo "$op"
done | sort > "$work/untested"
only_in_first 'these operations have a row' 'no test names them' "$work/untested" /dev/null

# What a till may not see: the daemon closes the answer's leaves, SQL those of replays and of receipt_show.
awk 'match($0, /\.name = "[a-z]+_[a-z_]+"/) { name = substr($0, RSTART + 9, RLENGTH - 10) } /\.closed = true/ { print name }' wire/op_*.c | sort > "$work/closed"
grep -oE "'[a-z_]+'" schema/functions/core/is_closed.sql | tr -d "'" | sort > "$work/closed_in_sql"
[ -s "$work/closed" ] || { echo 'no closed operation was found in wire/op_*.c'; bad=1; }
only_in_first 'these operations are closed' 'core.is_closed does not say so' "$work/closed" "$work/closed_in_sql"
only_in_first 'core.is_closed names these operations' 'they are not closed in wire/op_*.c' "$work/closed_in_sql" "$work/closed"

grep -rhoE "core\.(refuse|problem)\('[a-z_]+'" schema/functions | grep -oE "'[a-z_]+'" | tr -d "'" | sort -u > "$work/refused"
grep -oE '^[[:space:]]*\{ *"[a-z_]+"' wire/problem_codes.c | grep -oE '[a-z_]+' | sort -u > "$work/codes"
only_in_first 'SQL refuses with these codes' 'they are not in wire/problem_codes.c' "$work/refused" "$work/codes"

# Entries are booked by core.post and core.post_entries, or by an insert of its own that says kind and book.
{ grep -rhoE "core\.post(_entries)?\(caller, *'[a-z_]+'" schema/functions; grep -rhoE "'[a-z_]+', *'(points|money)'" schema/functions/core; } |
	grep -oE "^[^']*'[a-z_]+'" | grep -oE "'[a-z_]+'" | tr -d "'" | sort -u > "$work/posted"
sed -n '/op_entry_kinds\[\]/,/NULL/p' wire/op_ledger.c | grep -oE '\{"[a-z_]+"' | tr -d '{"' | sort -u > "$work/kinds"
only_in_first 'SQL books these kinds' 'op_entry_kinds does not know them' "$work/posted" "$work/kinds"
only_in_first 'op_entry_kinds has these kinds' 'nothing books them' "$work/kinds" "$work/posted"

for f in schema/functions/op/*.sql schema/functions/core/*.sql schema/functions/api/*.sql; do
	name=$(basename "$f" .sql)
	grep -q "^CREATE \(FUNCTION\|AGGREGATE\) [a-z]*\.$name(" "$f" || { echo "$f does not define the function of its name"; bad=1; }
	[ "$(grep -c '^CREATE ' "$f")" = 1 ] || { echo "$f defines more than one thing"; bad=1; }
	head -1 "$f" | grep -q '^-- ' || { echo "$f does not begin with a comment that says what it is"; bad=1; }
done
exit $bad
