#include "audit/differ.h"

#include "wire/base.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define LINE_MAX_SHOWN 300

struct differ {
	FILE *found, *stream;
	bool differs;
	int64_t line;     /* at hand, from 1 */
	char expected[LINE_MAX_SHOWN + 1]; /* the beginning of the line as it was written */
	size_t expected_length;
	char *block;
	size_t room;
};

/* Goes on over bytes that both have. */
static void pass(struct differ *differ, const char *bytes, size_t length)
{
	const char *end = bytes + length;

	while (bytes < end) {
		const char *feed = memchr(bytes, '\n', (size_t)(end - bytes));
		size_t part = (size_t)((feed ? feed : end) - bytes);
		size_t kept = part < LINE_MAX_SHOWN - differ->expected_length ? part : LINE_MAX_SHOWN - differ->expected_length;

		memcpy(differ->expected + differ->expected_length, bytes, kept);
		differ->expected_length += kept;
		bytes += part;
		if (!feed)
			return;
		bytes++;
		differ->line++;
		differ->expected_length = 0;
	}
}

/* The first difference lies in this block: keeps what should stand in the rest of its line. */
static void stop(struct differ *differ, const char *bytes, size_t length, size_t same)
{
	const char *feed = memchr(bytes + same, '\n', length - same);
	size_t rest = feed ? (size_t)(feed - bytes) - same : length - same;

	differ->differs = true;
	pass(differ, bytes, same);
	pass(differ, bytes + same, rest);
	differ->expected[differ->expected_length] = '\0';
}

static ssize_t compare(void *cookie, const char *bytes, size_t length)
{
	struct differ *differ = cookie;
	size_t got, same = 0;

	if (differ->differs)
		return (ssize_t)length;
	if (length > differ->room) {
		differ->block = xrealloc(differ->block, length);
		differ->room = length;
	}
	got = fread(differ->block, 1, length, differ->found);
	if (got == length && memcmp(differ->block, bytes, length) == 0) {
		pass(differ, bytes, length);
		return (ssize_t)length;
	}
	while (same < got && differ->block[same] == bytes[same])
		same++;
	stop(differ, bytes, length, same);
	return (ssize_t)length;
}

struct differ *differ_new(const char *path)
{
	struct differ *differ = xcalloc(1, sizeof(*differ));

	differ->found = fopen(path, "re");
	differ->line = 1;
	if (differ->found)
		differ->stream = fopencookie(differ, "w", (cookie_io_functions_t){.write = compare});
	else
		differ->stream = fopen("/dev/null", "we");
	if (!differ->stream)
		BUG("no stream");
	return differ;
}

FILE *differ_stream(struct differ *differ)
{
	return differ->stream;
}

/* A line of the file, malloc'd; NULL past its end. */
static char *found_line(FILE *file, int64_t line)
{
	char *text = NULL;
	size_t room = 0;
	ssize_t length = -1;

	rewind(file);
	while (line-- > 0)
		length = getline(&text, &room, file);
	if (length < 0) {
		free(text);
		return NULL;
	}
	text[strcspn(text, "\r\n")] = '\0';
	if (length > LINE_MAX_SHOWN)
		text[LINE_MAX_SHOWN] = '\0';
	return text;
}

static void find(struct differ *differ, struct findings *findings, const char *code, const char *name)
{
	struct place place = PLACE_NONE;
	_cleanup_free_ char *line = xasprintf("%lld", (long long)differ->line);
	_cleanup_free_ char *found = found_line(differ->found, differ->line);

	differ->expected[strcspn(differ->expected, "\r")] = '\0';
	place.table = name;
	place.key = line;
	findings_add(findings, code, &place, *differ->expected || differ->expected_length ? differ->expected : NULL, found);
}

struct differ *differ_end(struct differ *differ, struct findings *findings, const char *code, const char *name)
{
	struct place place = PLACE_NONE;

	if (!differ)
		return NULL;
	place.table = name;
	fclose(differ->stream);
	if (!differ->found && findings)
		findings_add(findings, "file_missing", &place, name, NULL);
	if (differ->found && !differ->differs && fgetc(differ->found) != EOF) {
		differ->differs = true;
		differ->expected[0] = '\0';
		differ->expected_length = 0;
	}
	if (differ->differs && findings)
		find(differ, findings, code, name);
	if (differ->found)
		fclose(differ->found);
	free(differ->block);
	free(differ);
	return NULL;
}
