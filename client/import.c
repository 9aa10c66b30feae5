#include "client/import.h"

#include "client/command.h"
#include "client/csv_read.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/records.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/json.h"
#include "wire/sha256.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define FILE_MAX (256 << 20)
#define LINES_MAX 1000
#define PART_BYTES_MAX 350000 /* of the lines as JSON: base64 and the personal part stay below a body of 1 MiB */

const struct field *import_list(const struct op *op)
{
	for (const struct field *field = op->input; field->name; field++)
		if (field->type == FIELD_LIST)
			return field;
	return NULL;
}

bool import_is_digest(const struct field *field)
{
	return strcmp(field->name, "file") == 0 && field->flags & FIELD_PERSONAL;
}

static bool wants_digest(const struct op *op)
{
	const struct field *file = field_find(op->input, "file", 4);

	return file && import_is_digest(file) && import_list(op);
}

void import_digest(const struct op *op, json_t *input)
{
	const json_t *lines = wants_digest(op) ? json_object_get(input, import_list(op)->name) : NULL;
	_cleanup_free_ char *canonical = NULL;
	unsigned char hash[SHA256_BYTES];
	char hex[SHA256_BYTES * 2 + 1];
	size_t length;

	if (!lines)
		return;
	canonical = json_canonical(lines, &length);
	sha256(canonical, length, hash);
	for (size_t i = 0; i < SHA256_BYTES; i++)
		snprintf(hex + i * 2, 3, "%02x", hash[i]);
	json_object_set_new(input, "file", json_string(hex));
}

/* The file's records, checked; NULL with the exit code set after everything wrong has been said. */
static json_t *read_records(const char *file, const struct field *items, size_t **ret_rows, int *ret_code)
{
	struct csv csv;
	_cleanup_free_ char *why = NULL;
	_cleanup_free_ char *bytes = NULL;
	json_t *records;
	size_t length;

	bytes = file_read(file, FILE_MAX, &length);
	*ret_code = bytes ? EXIT_USAGE : EXIT_LOCAL;
	if (!bytes || csv_parse(bytes, length, &csv, &why) < 0) {
		say_error("%s: %s", file, bytes ? why : strerror(errno));
		return NULL;
	}
	if (strncmp(csv.encoding, "UTF-8", 5) != 0)
		say_note(_("%s is encoded in %s; it was read as such."), file, csv.encoding);
	if (csv.separator != ',')
		say_note(csv.separator == ';' ? _("%s is parted by semicolons; it was read as such.") : _("%s is parted by tabs; it was read as such."), file);
	records = records_from_csv(&csv, items, stderr, ret_rows);
	csv_clear(&csv);
	if (!records)
		say_error(_("%s: nothing was sent. Correct the rows above and run the command again."), file);
	return records;
}

struct part {
	size_t first, count;
};

/* As many lines from first on as fit into one command. The parts of a file are the same whenever it is imported. */
static struct part part_at(const json_t *records, size_t first, size_t lines_max)
{
	struct part part = {.first = first};
	size_t bytes = 0;

	for (; first + part.count < json_array_size(records) && part.count < lines_max; part.count++) {
		bytes += json_dumpb(json_array_get(records, first + part.count), NULL, 0, JSON_COMPACT);
		if (bytes > PART_BYTES_MAX && part.count)
			break;
	}
	return part;
}

static json_t *part_input(const struct op *op, const json_t *input, const json_t *records, struct part part)
{
	json_t *copy = json_deep_copy(input), *lines = json_array();

	for (size_t i = 0; i < part.count; i++)
		json_array_append_new(lines, json_deep_copy(json_array_get(records, part.first + i)));
	json_object_set_new(copy, import_list(op)->name, lines);
	import_digest(op, copy);
	return copy;
}

static bool was_imported(const struct answer *answer)
{
	const char *code = json_string_value(json_object_get(answer->problem, "code"));

	return code && strcmp(code, "already_imported") == 0;
}

static void say_imported(const struct source *source)
{
	if (source->count == 1)
		say_note(_("Row %zu of %s was imported before; it is skipped, nothing is posted twice."), source->rows[0], source->file);
	else
		say_note(_("Rows %zu to %zu of %s were imported before; they are skipped, nothing is posted twice."),
			 source->rows[0], source->rows[source->count - 1], source->file);
}

static int send_part(struct client *client, const struct op *op, json_t *input, const struct source *source)
{
	struct answer answer = {0};
	int code = command_send(client, op, input, source, &answer);

	if (code != EXIT_OK)
		return code;
	if (was_imported(&answer))
		say_imported(source);
	else
		code = command_show(client, op, &answer, source);
	answer_clear(&answer);
	return code;
}

static void say_progress(size_t done, size_t all)
{
	if (!isatty(STDERR_FILENO) || all <= LINES_MAX)
		return;
	fputc('\r', stderr);
	fprintf(stderr, _("%zu of %zu rows"), done, all);
	fputs(done == all ? "\n" : "", stderr);
}

static void say_stopped(const struct op *op, const struct source *source)
{
	if (!source->count)
		return;
	say_note(_("  Rows %zu to %zu of %s are posted, the others are not."), source->rows[0], source->rows[source->count - 1],
		 source->file);
	if (wants_digest(op))
		say_note(_("  Leave the posted rows as they are and run the command again: they are recognised and skipped."));
}

static int send_all(struct client *client, const struct op *op, const json_t *input, const json_t *records,
		    const struct source *all, size_t lines_max)
{
	struct part part = {0};
	int code = EXIT_OK;

	for (size_t first = 0; first < all->count && code == EXIT_OK; first += part.count) {
		json_auto_t *whole = NULL;
		struct source source = {.file = all->file, .rows = all->rows + first};

		part = part_at(records, first, lines_max);
		source.count = part.count;
		whole = part_input(op, input, records, part);
		code = send_part(client, op, whole, &source);
		if (code == EXIT_OK)
			say_progress(first + part.count, all->count);
		else
			say_stopped(op, &(struct source){.file = all->file, .rows = all->rows, .count = first});
	}
	return code;
}

int import_run(struct client *client, const struct op *op, const json_t *input, const char *file)
{
	const struct field *list = import_list(op);
	size_t lines_max = list->max && list->max < LINES_MAX ? (size_t)list->max : LINES_MAX;
	_cleanup_free_ size_t *rows = NULL;
	json_auto_t *records = NULL;
	struct source all = {.file = file};
	int code;

	records = read_records(file, list->items, &rows, &code);
	if (!records)
		return code;
	all.rows = rows;
	all.count = json_array_size(records);
	if (!wants_digest(op) && part_at(records, 0, lines_max).count < all.count) {
		say_error(_("%s has %zu rows; one command takes at most %zu of them, and it is all or nothing"), file, all.count, lines_max);
		return EXIT_USAGE;
	}
	code = client_open(client);
	return code == EXIT_OK ? send_all(client, op, input, records, &all, lines_max) : code;
}
