#!/bin/sh
# The audit leaves nothing out: every operation that changes something has a derivation, every table of the schema a row that says
# how it is covered, every column of a table that stands in leaves is named by a derivation; and what the audit has as data of its
# own - matrix of roles, chart of accounts - is what the database has.
#
# $1: another tree to look at instead of this one (to see that the lint itself can fail).
cd "${1:-$(dirname "$0")/../..}" || exit 2
bad=0
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# only_in_first "these" "lack that" fileA fileB: prints what is in A only
only_in_first() {
	comm -23 "$3" "$4" > "$work/only"
	[ -s "$work/only" ] || return 0
	printf '%s, but %s:\n' "$1" "$2"
	sed 's/^/    /' "$work/only"
	bad=1
}

# not_empty file "what": a list that was not found is a fault of this lint
not_empty() {
	[ -s "$1" ] || { echo "$2 was not found"; exit 1; }
}

# operations: {.name = "role_grant", ..., .kind = OP_COMMAND or {"role_grant", "role", "grant", OP_COMMAND, ...}
cat wire/op_*.c | grep 'OP_COMMAND' | grep -oE '^[[:space:]]*\{ *(\.name = )?"[a-z_]+"' | grep -oE '"[a-z_]+"' | tr -d '"' > "$work/c"
not_empty "$work/c" 'an operation that changes something'
[ "$(grep -c 'OP_COMMAND[,}]' wire/op_*.c | awk -F: '{n += $2} END {print n}')" = "$(wc -l < "$work/c")" ] || { echo 'a row with OP_COMMAND in wire/op_*.c was not understood'; bad=1; }
echo ledger_found >> "$work/c"
sort -u "$work/c" > "$work/commands"
sed -n '/^const struct derivation derive_/,/^};/p' audit/derive_*.c | sed -n 's/^[[:space:]]*{"\([a-z_]*\)", "[a-z_ ]*", [a-z_]*},$/\1/p' | sort > "$work/derivations"
not_empty "$work/derivations" 'a derivation'
only_in_first 'these operations change something' 'audit/derive_*.c has no derivation of them' "$work/commands" "$work/derivations"
only_in_first 'these operations have a derivation' 'wire/op_*.c has no such command' "$work/derivations" "$work/commands"
[ -z "$(uniq -d "$work/derivations")" ] || { echo "two derivations of $(uniq -d "$work/derivations")"; bad=1; }
for group in $(sed -n 's/^const struct derivation \(derive_[a-z]*\)\[\].*/\1/p' audit/derive_*.c); do
	sed -n '/groups\[\] = {/,/};/p' audit/derive.c | grep -q "$group," || { echo "audit/derive.c does not know $group"; bad=1; }
done
sed -n '/^static const struct scope scopes\[\]/,/^};/p' audit/authority.c | sed -n 's/^[[:space:]]*{"\([a-z_]*\)".*/\1/p' | sort > "$work/scopes"
echo ledger_found >> "$work/scopes"
sort -o "$work/scopes" "$work/scopes"
only_in_first 'these operations change something' 'audit/authority.c does not say where their object lies' "$work/commands" "$work/scopes"
only_in_first 'audit/authority.c says where the object of these operations lies' 'wire/op_*.c has no such command' "$work/scopes" "$work/commands"

# tables and how each is covered
sed -n "s/.*c\.relname <> '\([a-z_]*\)'.*/\1/p" schema/functions/core/audited_tables.sql > "$work/apart"   # shown as rows of others
not_empty "$work/apart" 'a table whose rows are shown as others'
sed -n 's/^CREATE TABLE ledger\.\([a-z_]*\) (.*/\1/p' schema/migrations/*.sql | grep -vxFf "$work/apart" | sort -u > "$work/tables"
sed -n '/^const struct table_coverage table_coverages\[\]/,/^};/p' audit/derive.c | sed -n 's/^[[:space:]]*{"\([a-z_]*\)", COVER_\([A-Z]*\), .*/\1 \2/p' | sort > "$work/covered"
cut -d' ' -f1 "$work/covered" > "$work/named"
not_empty "$work/tables" 'a table'
only_in_first 'these tables are in the schema' 'table_coverages[] of audit/derive.c has no row for them' "$work/tables" "$work/named"
only_in_first 'table_coverages[] has these tables' 'the schema does not' "$work/named" "$work/tables"

# columns of tables that stand in leaves: "table column"; ALTER TABLE ... ADD [COLUMN] too
cat schema/migrations/*.sql | awk '
	/^CREATE TABLE ledger\./ { sub(/^CREATE TABLE ledger\./, ""); table = $1; next }
	/^\)/ { table = "" }
	/^ALTER TABLE ledger\.[a-z_]+ ADD/ && !/ADD (CONSTRAINT|FOREIGN|PRIMARY|UNIQUE|CHECK)/ {
		name = $3; sub(/^ledger\./, "", name); print name, $5 == "COLUMN" ? $6 : $5 == "ADD" ? $6 : $5 }
	table && $1 ~ /^[a-z_]+$/ { print table, $1 }' | sort -u > "$work/columns"
not_empty "$work/columns" 'a column'
grep ' IMAGE$' "$work/covered" | cut -d' ' -f1 > "$work/images"
# the rows that derivations expect, one a line; both kinds of approval share a function
cat audit/derive_*.c | tr '\n\t' '  ' | sed 's/EXPECT_ROW(/\
&/g; s/expect_end(/\
&/g; s/};/\
&/g' | grep -E '^EXPECT_ROW\([a-z&]+, ("[a-z_]+"|table),' > "$work/rows"
not_empty "$work/rows" 'an expected row'
for table in $(cat "$work/images"); do
	case $table in
	*_approval) form=table own='field' ;;
	*) form="\"$table\"" own='"request"' ;;
	esac
	grep -E "^EXPECT_ROW\([a-z&]+, $form," "$work/rows" > "$work/expected" || { echo "no derivation expects a row of $table"; bad=1; continue; }
	for column in $(grep "^$table " "$work/columns" | cut -d' ' -f2); do
		case $column in
		request) mark=REQUEST ;;
		"${table%_approval}") mark="\($own," ;;
		*) mark="\(\"$column\"," ;;
		esac
		[ "$column" = id ] || [ "$mark" != "${mark#\\(\"}" ] && mark="(\(\"$column\"[,)])"
		grep -qE "$mark" "$work/expected" || { echo "column $column of $table: no derivation names it"; bad=1; }
	done
done

# the matrix: "operation roles"
sed -n "/^FROM (VALUES/,/^) AS ops/p" schema/functions/01-matrix.sql | sed -n "s/^[[:space:]]*('\([a-z_]*\)', *'\([a-z* ]*\)').*/\1 \2/p" | sort > "$work/matrix"
sed -n '/^const struct authority authorities\[\]/,/^};/p' audit/matrix.c | sed -n 's/^[[:space:]]*{"\([a-z_]*\)", "\([a-z* ]*\)"},.*/\1 \2/p' > "$work/authorities"
not_empty "$work/matrix" 'the matrix'
LC_ALL=C sort -c "$work/authorities" || { echo 'authorities[] of audit/matrix.c is not in order of name'; bad=1; }
LC_ALL=C sort -o "$work/authorities" "$work/authorities"
LC_ALL=C sort -o "$work/matrix" "$work/matrix"
only_in_first 'schema/functions/01-matrix.sql has these rows' 'audit/matrix.c does not' "$work/matrix" "$work/authorities"
only_in_first 'audit/matrix.c has these rows' 'schema/functions/01-matrix.sql does not' "$work/authorities" "$work/matrix"
sed -n "s/.*'{\([a-z,]*\)}'$/\1/p; s/.*WHEN '\*' THEN '{\([a-z,]*\)}'.*/\1/p" schema/functions/01-matrix.sql | head -1 | tr ',' '\n' > "$work/roles"
sed -n 's/^const char \*const authority_role_names\[\] = {\(.*\), NULL};/\1/p' audit/matrix.c | tr -d '" ' | tr ',' '\n' > "$work/names"
not_empty "$work/roles" 'the roles of the matrix'
cmp -s "$work/roles" "$work/names" || { echo 'authority_role_names[] of audit/matrix.c are not the roles of schema/functions/01-matrix.sql'; bad=1; }

# the chart: "number book side owner name name_en"
cat schema/migrations/*.sql | sed -n "s/^[[:space:]]*('\([P0-9]*\)', *'\([a-z]*\)', *'\([a-z]*\)', *'\([a-z]*\)', *'\([^']*\)', *'\([^']*\)', *'[0-9-]*').*/\1 \2 \3 \4 \5 \6/p" | LC_ALL=C sort > "$work/chart"
sed -n '/^const struct chart chart\[\]/,/^};/p' audit/chart.c | sed -n 's/^[[:space:]]*{"\([P0-9]*\)", "\([a-z]*\)", "\([a-z]*\)", "\([a-z]*\)", "\([^"]*\)", "\([^"]*\)".*/\1 \2 \3 \4 \5 \6/p' > "$work/accounts"
not_empty "$work/chart" 'the chart of accounts'
LC_ALL=C sort -c "$work/accounts" || { echo 'chart[] of audit/chart.c is not in order of number'; bad=1; }
LC_ALL=C sort -o "$work/accounts" "$work/accounts"
only_in_first "the migrations' chart has these accounts" 'audit/chart.c does not' "$work/chart" "$work/accounts"
only_in_first 'audit/chart.c has these accounts' "the migrations' chart does not" "$work/accounts" "$work/chart"
exit $bad
