/*
 * What an audit found wrong: one finding a fact, with its place, what was expected and what was found.
 *
 * Codes are stable, like those of problems; finding_codes[] gives each its sentence. The order is that of the log, then that
 * of adding. Not thread-safe: findings of worker threads are added by the thread that gathers their work.
 */
#ifndef AUDIT_FINDING_H
#define AUDIT_FINDING_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

/* Where; what is not known or does not apply is -1 or NULL. Texts are copied. */
struct place {
	int64_t leaf;    /* index in the log */
	int64_t request; /* number of the signed request */
	int64_t entry;
	int64_t line;    /* of the entry, from 1 */
	const char *table; /* of the database, or file of the bundle */
	const char *key;   /* the row's key as text, or the line of the file */
	const char *field;
};
#define PLACE_NONE ((struct place){ .leaf = -1, .request = -1, .entry = -1, .line = -1 })

struct finding {
	const char *code; /* of finding_codes[] */
	struct place place;
	char *expected, *found; /* NULL: does not apply */
};

struct finding_code {
	const char *code, *text; /* English sentence; the client translates it */
};
extern const struct finding_code finding_codes[]; /* ends with code NULL */

struct findings;

struct findings *findings_new(void);
struct findings *findings_free(struct findings *findings); /* accepts NULL, returns NULL */

/* expected and found are copied; may be NULL. What was said already, word for word, is not said again. After FINDINGS_MAX only counts. A code that is not in the table is a BUG. */
#define FINDINGS_MAX 1000
void findings_add(struct findings *findings, const char *code, const struct place *place, const char *expected, const char *found);
void findings_add_number(struct findings *findings, const char *code, const struct place *place, int64_t expected, int64_t found);

size_t findings_count(const struct findings *findings); /* also those beyond FINDINGS_MAX */
size_t findings_kept(const struct findings *findings);
const struct finding *findings_at(const struct findings *findings, size_t i); /* in log order */

/* [{"code", "leaf"?, "request"?, "entry"?, "line"?, "table"?, "key"?, "field"?, "expected"?, "found"?}, ...]; new reference. */
json_t *findings_json(const struct findings *findings);

#endif
