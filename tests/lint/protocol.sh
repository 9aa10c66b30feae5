#!/bin/sh
# docs/protocol.md describes every operation, field and problem code as the programs have them: the parts between its markers are
# what this prints from the operations table, the matrix of roles and the table of codes. sh tests/lint/protocol.sh --write renews them.
# And its worked example verifies: the blocks below "`FILE`:" are those files, one of them the script that checks the others.
cd "$(dirname "$0")/../.." || exit 2
doc=docs/protocol.md
work=$(mktemp -d) && trap 'rm -rf "$work"' EXIT

# Compiled with the tables themselves, so that nothing is typed twice.
cat > "$work/print.c" <<'END'
#include "wire/op.h"
#include "wire/problem.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char *const types[] = {
	[FIELD_TEXT] = "text", [FIELD_CODE] = "code", [FIELD_LABEL] = "label", [FIELD_ID] = "id", [FIELD_COUNT] = "count",
	[FIELD_POINTS] = "points", [FIELD_MONEY] = "money", [FIELD_DATE] = "date", [FIELD_TIME] = "time", [FIELD_FLAG] = "flag",
	[FIELD_CHOICE] = "choice", [FIELD_PROOF] = "proof", [FIELD_CURSOR] = "cursor", [FIELD_HASH] = "hash", [FIELD_JSON] = "json",
	[FIELD_LIST] = "list",
};

static void print_range(const struct field *f)
{
	const char *unit = f->type == FIELD_LIST ? " records" : f->type == FIELD_TEXT || f->type == FIELD_LABEL ? " characters" : "";
	int64_t min = f->min || f->type == FIELD_COUNT ? f->min : 1;

	if (f->max && min == f->max)
		printf(", %" PRId64 "%s", f->max, unit);
	else if (f->max)
		printf(", %" PRId64 " to %" PRId64 "%s", min, f->max, unit);
	else if (f->min)
		printf(", at least %" PRId64 "%s", f->min, unit);
}

static void print_type(const struct field *f)
{
	printf("%s", types[f->type]);
	if (f->flags & FIELD_SIGNED)
		printf(", signed");
	for (const struct choice *c = f->choices; c && c->code; c++)
		printf("%s`%s`", c == f->choices ? ": " : ", ", c->code);
}

/* The first of several spellings. */
static void print_title(const char *zh)
{
	printf("%.*s", zh ? (int)strcspn(zh, "|") : 0, zh ? zh : "");
}

static void print_fields(const struct field *fields, const char *outer, int is_input)
{
	char inner[128];

	for (const struct field *f = fields; f->name; f++) {
		printf("| `%s%s` | ", outer, f->name);
		print_type(f);
		if (is_input)
			print_range(f);
		if (is_input)
			printf(" | %s", f->flags & FIELD_REQUIRED ? "yes" : "");
		printf(" | %s%s", f->help, f->flags & FIELD_PERSONAL ? " (personal)" : "");
		printf(" | ");
		print_title(f->zh);
		printf(" |\n");
		snprintf(inner, sizeof(inner), "%s%s[].", outer, f->name);
		if (f->type == FIELD_LIST)
			print_fields(f->items, inner, is_input);
	}
}

static void print_op(const struct op *op, const char *roles)
{
	char path[OP_PATH_MAX];

	op_path(op, path);
	printf("\n### %s %s\n\n`%s %s` - %s. Roles: %s.\n", op->noun, op->verb, op->kind == OP_READ ? "GET" : "POST", path, op->help, roles);
	if (op->input->name) {
		printf("\n| input | type | required | meaning | in Chinese |\n|---|---|---|---|---|\n");
		print_fields(op->input, "", 1);
	} else {
		printf("\nNo input.\n");
	}
	printf("\n| result | type | meaning | in Chinese |\n|---|---|---|---|\n");
	print_fields(op->result, "", 0);
}

/* Lines "op role,role" on standard input. */
static void find_roles(const char *matrix, const char *name, char *roles, size_t room)
{
	char op[64], list[200];
	FILE *file = fopen(matrix, "r");

	snprintf(roles, room, "nobody");
	while (file && fscanf(file, "%63s %199[^\n]", op, list) == 2)
		if (strcmp(op, name) == 0)
			snprintf(roles, room, "%s", list);
	if (file)
		fclose(file);
}

int main(int argc, char **argv)
{
	char roles[200];

	if (argc == 2) {
		for (size_t i = 0; op_at(i)->name; i++) {
			find_roles(argv[1], op_at(i)->name, roles, sizeof(roles));
			print_op(op_at(i), roles);
		}
		return 0;
	}
	printf("\n| code | status | what it says | what to do |\n|---|---|---|---|\n");
	for (size_t i = 0; problem_code_at(i); i++)
		printf("| `%s` | %d | %s | %s |\n", problem_code_at(i)->code, problem_code_at(i)->status, problem_code_at(i)->title,
		       problem_code_at(i)->advice);
	return 0;
}
END

sed -n "s/^[[:space:]]*('\([a-z_]*\)', *'\([a-z* ]*\)').*/\1 \2/p" schema/functions/01-matrix.sql |
	sed 's/\*$/every role/; t; s/ /, /g; s/, / /' > "$work/matrix"
libraries=$(pkg-config --cflags --libs jansson libcrypto) || exit 2
# shellcheck disable=SC2086 # a list of flags
${CC:-cc} -std=c17 -D_GNU_SOURCE -I. -o "$work/print" "$work/print.c" wire/op.c wire/op_*.c wire/problem.c wire/problem_codes.c \
	wire/base.c $libraries || exit 2
{ "$work/print" "$work/matrix"; echo; } > "$work/operations"
{ "$work/print"; echo; } > "$work/problems"

# The document with the parts between its markers renewed.
awk -v work="$work" '
	/^<!-- end of / { inside = 0 }
	!inside { print }
	/^<!-- (operations|problems) from the tables/ { inside = 1; while ((getline line < (work "/" $2)) > 0) print line }' "$doc" > "$work/renewed"

for part in operations problems; do
	if [ "$(grep -cE "^<!-- ($part from the tables|end of $part)" "$doc")" != 2 ]; then
		echo "$doc lacks the markers of its $part"
		exit 1
	fi
done
if [ "${1:-}" = --write ]; then
	cat "$work/renewed" > "$doc"
elif ! diff "$doc" "$work/renewed" > "$work/diff"; then
	sed 's/^/    /' "$work/diff"
	echo "$doc differs from the tables; run: sh tests/lint/protocol.sh --write"
	exit 1
fi

mkdir "$work/example"
awk -v folder="$work/example" '
	/^```/ && name && !inside { inside = 1; next }
	/^```/ && inside { inside = 0; name = ""; next }
	inside { print > (folder "/" name) }
	!inside && NF { name = match($0, /`[a-z.]+`:$/) ? substr($0, RSTART + 1, RLENGTH - 3) : "" }' "$doc"
printf %s "$(cat "$work/example/leaf.json")" > "$work/example/leaf" && mv "$work/example/leaf" "$work/example/leaf.json"
(cd "$work/example" && sh verify.sh) > "$work/verified" 2>&1 || {
	sed 's/^/    /' "$work/verified"
	echo "the worked example in $doc does not verify"
	exit 1
}
