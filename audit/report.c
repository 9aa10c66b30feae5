#include "audit/report.h"

#include "audit/differ.h"
#include "audit/journal.h"
#include "audit/keys.h"
#include "audit/names.h"
#include "audit/statement.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/jws.h"
#include "wire/tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#define STATEMENT_MAX (64 << 20)

/* A signed statement of the folder. */
struct signed_statement {
	char *file; /* "statement/QX-F1.json" */
	struct jws *jws;
};

/* When a fund was opened: a statement is missed only of those that were there when the others were asked for. */
struct opened {
	int64_t fund, leaf;
};

struct report {
	struct names *names;
	struct journal *journal;
	struct keys *keys;
	struct statements *statements; /* NULL: files are made, not compared */
	char *folder;
	const json_t *manifest, *ledger;
	struct differ *csv;
	struct signed_statement *signed_statements;
	size_t signed_count;
	struct opened *opened;
	size_t opened_count;
	bool is_root_missing;   /* a statement was given for a smaller log than the manifest's: its root comes from tree */
	struct tree tree;       /* of a whole log whose roots are missing, as far as it has come */
	struct findings *early; /* of reading the statements, before there is a place for findings */
};

static const char *text_of(const json_t *object, const char *member)
{
	const char *text = json_string_value(json_object_get(object, member));

	return text ? text : "";
}

/* The log's size in a manifest or in the envelope of an answer. */
static int64_t size_of(const json_t *content)
{
	return json_integer_value(json_object_get(json_object_get(content, "log"), "size"));
}

static void find(struct findings *findings, const char *code, const char *file, const char *field, const char *expected, const char *found)
{
	struct place place = PLACE_NONE;

	place.table = file;
	place.field = field;
	findings_add(findings, code, &place, expected, found);
}

/* ---- reading the statements */

/* The whole of a file, NUL-terminated and malloc'd; NULL when it cannot be read. */
static char *read_file(const char *path, size_t *ret_length)
{
	struct stat status;
	FILE *file = fopen(path, "re");
	char *bytes = NULL;

	if (file && fstat(fileno(file), &status) == 0 && S_ISREG(status.st_mode) && status.st_size <= STATEMENT_MAX) {
		bytes = xmalloc((size_t)status.st_size + 1);
		*ret_length = fread(bytes, 1, (size_t)status.st_size, file);
		bytes[*ret_length] = '\0';
	}
	if (file)
		fclose(file);
	return bytes;
}

/* What a signed answer must be to count as this fund's statement in this bundle; NULL, or the field that is not so. */
static const char *statement_fault(const struct report *report, const struct jws *jws, const char *code, const char **ret_expected)
{
	const json_t *result = json_object_get(jws->content, "result");
	const char *from = text_of(report->manifest, "from"), *to = text_of(report->manifest, "to");

	*ret_expected = JWS_RESPONSE;
	if (strcmp(jws->typ, JWS_RESPONSE) != 0)
		return "typ";
	*ret_expected = text_of(report->manifest, "aud");
	if (strcmp(text_of(jws->content, "aud"), *ret_expected) != 0)
		return "aud";
	*ret_expected = code;
	if (strcmp(text_of(result, "fund"), code) != 0)
		return "fund";
	*ret_expected = from;
	if (*from && strcmp(text_of(result, "from"), from) != 0)
		return "from";
	*ret_expected = to;
	if (*to && strcmp(text_of(result, "to"), to) != 0)
		return "to";
	*ret_expected = NULL;
	return size_of(jws->content) > size_of(report->manifest) ? "log" : NULL;
}

/* A statement names the root of the log that it was made from: that of the manifest, or an earlier one. */
static void check_root(struct report *report, const struct signed_statement *statement, int64_t size, const char *root)
{
	const char *found = text_of(json_object_get(statement->jws->content, "log"), "root");

	if (size_of(statement->jws->content) == size && strcmp(found, root) != 0)
		find(report->early, "statement_differs", statement->file, "log/root", root, found);
}

static void keep_statement(struct report *report, const char *file, struct jws *jws)
{
	int64_t size = size_of(report->manifest);
	struct signed_statement *statement;

	report->signed_statements = xrealloc(report->signed_statements, (report->signed_count + 1) * sizeof(*report->signed_statements));
	statement = &report->signed_statements[report->signed_count++];
	*statement = (struct signed_statement){.file = xstrdup(file), .jws = jws};
	check_root(report, statement, size, text_of(json_object_get(report->manifest, "log"), "root"));
	report->is_root_missing |= size_of(jws->content) != size;
}

/* One statement; code is the name of its file without ".json". */
static void read_statement(struct report *report, const char *code)
{
	_cleanup_free_ char *file = xasprintf("statement/%s.json", code), *path = xasprintf("%s/%s", report->folder, file);
	const char *reason = NULL, *expected = NULL, *field;
	size_t length = 0;
	_cleanup_free_ char *bytes = read_file(path, &length);
	struct jws *jws;

	if (!bytes) {
		find(report->early, "file_missing", file, NULL, file, NULL);
		return;
	}
	jws = jws_parse(bytes, length, &reason);
	field = jws ? statement_fault(report, jws, code, &expected) : "format";
	if (field || !statements_ask(report->statements, file, jws->content)) {
		find(report->early, "statement_differs", file, field ? field : "format", expected, reason);
		jws_free(jws);
		return;
	}
	keep_statement(report, file, jws);
}

/* Codes of funds in SHA256SUMS: the folder's own list of its files says which statements there are. */
static void read_statements(struct report *report)
{
	_cleanup_free_ char *path = xasprintf("%s/SHA256SUMS", report->folder);
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;

	while (file && getline(&line, &room, file) > 0) {
		char *name = strlen(line) > 66 ? line + 66 : line, *end;

		name[strcspn(name, "\r\n")] = '\0';
		end = name + strlen(name) - (strlen(name) < 5 ? 0 : 5);
		if (strncmp(name, "statement/", 10) != 0 || strcmp(end, ".json") != 0 || strchr(name + 10, '/'))
			continue;
		*end = '\0';
		read_statement(report, name + 10);
	}
	free(line);
	if (file)
		fclose(file);
}

/* ---- making and ending */

static struct report *begin(FILE *csv)
{
	struct report *report = xcalloc(1, sizeof(*report));

	tree_init(&report->tree);
	report->names = names_new();
	report->keys = keys_new(report->names);
	report->journal = journal_new(report->names, csv);
	return report->journal ? report : report_free(report);
}

struct report *report_make(FILE *csv)
{
	return begin(csv);
}

struct report *report_new(const char *folder, const json_t *manifest, const json_t *ledger)
{
	_cleanup_free_ char *path = xasprintf("%s/postings.csv", folder);
	struct differ *csv = differ_new(path);
	struct report *report = begin(differ_stream(csv));

	if (!report) {
		differ_end(csv, NULL, NULL, NULL);
		return NULL;
	}
	report->csv = csv;
	report->folder = xstrdup(folder);
	report->manifest = manifest;
	report->ledger = ledger;
	report->statements = statements_new(report->names);
	report->early = findings_new();
	read_statements(report);
	return report;
}

struct report *report_free(struct report *report)
{
	int error = errno;

	if (!report)
		return NULL;
	journal_free(report->journal);
	differ_end(report->csv, NULL, NULL, NULL);
	statements_free(report->statements);
	keys_free(report->keys);
	names_free(report->names);
	tree_clear(&report->tree);
	for (size_t i = 0; i < report->signed_count; i++) {
		free(report->signed_statements[i].file);
		jws_free(report->signed_statements[i].jws);
	}
	free(report->signed_statements);
	free(report->opened);
	findings_free(report->early);
	free(report->folder);
	free(report);
	errno = error;
	return NULL;
}

static void learn_funds(struct report *report, const struct leaf *leaf)
{
	const json_t *row;
	size_t i;

	json_array_foreach(leaf_rows(leaf, "fund"), i, row) {
		report->opened = xrealloc(report->opened, (report->opened_count + 1) * sizeof(*report->opened));
		report->opened[report->opened_count++] =
			(struct opened){.fund = json_integer_value(json_object_get(row, "node")), .leaf = leaf->index};
	}
}

void report_leaf(struct report *report, const struct leaf *leaf)
{
	if (!leaf->content)
		return;
	names_learn(report->names, leaf->rows);
	keys_add(report->keys, leaf->index, leaf->rows);
	learn_funds(report, leaf);
	journal_add(report->journal, leaf);
	if (report->statements)
		statements_add(report->statements, leaf);
}

/* Whether a statement was given for that size, which is not the manifest's: that root was compared at once. */
static bool is_asked(const struct report *report, uint64_t size)
{
	bool is_asked = false;

	for (size_t i = 0; i < report->signed_count; i++)
		is_asked |= size_of(report->signed_statements[i].jws->content) == (int64_t)size;
	return is_asked && size_of(report->manifest) != (int64_t)size;
}

static void add_hash(struct report *report, const struct leaf *leaf)
{
	unsigned char root[TREE_HASH];
	char text[BASE64URL_LENGTH(TREE_HASH) + 1];

	if ((uint64_t)leaf->index != report->tree.size)
		return;
	tree_append(&report->tree, leaf->hash, NULL, NULL);
	if (!is_asked(report, report->tree.size))
		return;
	tree_root(&report->tree, root);
	base64url_encode(root, TREE_HASH, text);
	for (size_t i = 0; i < report->signed_count; i++)
		check_root(report, &report->signed_statements[i], (int64_t)report->tree.size, text);
}

static void observe(void *arg, const struct replay *replay, const struct act *act)
{
	struct report *report = arg;

	for (size_t i = 0; i < act->leaf_count; i++) {
		if (report->is_root_missing && !replay->partial)
			add_hash(report, &act->leaves[i]);
		report_leaf(report, &act->leaves[i]);
	}
}

struct observer report_observer(struct report *report)
{
	return (struct observer){.act = observe, .arg = report};
}

/* ---- writing */

int report_write_journal(struct report *report, const char *aud, int64_t size, FILE *out)
{
	return journal_put(report->journal, aud, size, out);
}

int report_write_keys(struct report *report, FILE *out)
{
	/* Not by json_canonical: what stands in leaves that are only being checked may break the profile. */
	_cleanup_free_ char *text = json_dumps(keys_json(report->keys), JSON_COMPACT | JSON_SORT_KEYS);

	return !text || fputs(text, out) < 0 || fputc('\n', out) < 0 ? -1 : 0;
}

void report_each_own_key(struct report *report, void (*fn)(void *arg, const char *use, const char *text), void *arg)
{
	keys_each_own(report->keys, fn, arg);
}

void report_each_pem(struct report *report, void (*fn)(void *arg, const char *kid, const char *pem), void *arg)
{
	keys_each_pem(report->keys, fn, arg);
}

/* ---- comparing */

static struct differ *open_differ(const struct report *report, const char *name)
{
	_cleanup_free_ char *path = xasprintf("%s/%s", report->folder, name);

	return differ_new(path);
}

static void check_journal(struct report *report, struct findings *findings)
{
	struct differ *differ = open_differ(report, "journal.hledger");

	if (journal_put(report->journal, text_of(report->manifest, "aud"), size_of(report->manifest), differ_stream(differ)) < 0)
		find(findings, "journal_differs", "journal.hledger", NULL, NULL, strerror(errno));
	differ_end(differ, findings, "journal_differs", "journal.hledger");
}

struct pem_check {
	const struct report *report;
	struct findings *findings;
};

static void check_pem(void *arg, const char *kid, const char *pem)
{
	struct pem_check *check = arg;
	_cleanup_free_ char *name = xasprintf("keys/%s.pem", kid);
	struct differ *differ = open_differ(check->report, name);

	fputs(pem, differ_stream(differ));
	differ_end(differ, check->findings, "keys_differ", name);
}

static void check_keys(struct report *report, struct findings *findings)
{
	struct differ *differ = open_differ(report, "keys.json");
	struct pem_check check = {.report = report, .findings = findings};

	report_write_keys(report, differ_stream(differ));
	differ_end(differ, findings, "keys_differ", "keys.json");
	keys_each_pem(report->keys, check_pem, &check);
}

/* The answers key that signed, if it may: registered in the log and in force, or the reader's own when the log registers none. */
static struct key *key_of(const struct report *report, const struct jws *jws)
{
	json_auto_t *jwk = keys_in_force(report->keys, "answers", jws->kid, size_of(jws->content));
	bool none = !json_array_size(json_object_get(keys_json(report->keys), "ledger"));

	return key_from_jwk(jwk || !none ? jwk : json_object_get(report->ledger, "answers"));
}

static void check_signature(const struct report *report, const struct signed_statement *statement, struct findings *findings)
{
	struct key *key = key_of(report, statement->jws);

	if (!key)
		find(findings, "key_unknown", statement->file, "kid", NULL, statement->jws->kid);
	else if (jws_verify(statement->jws, key) < 0)
		find(findings, "bad_signature", statement->file, NULL, NULL, statement->jws->kid);
	key_free(key);
}

static void check_statement_csv(const struct report *report, const struct signed_statement *statement, struct findings *findings)
{
	_cleanup_free_ char *name = xasprintf("%.*s.csv", (int)strlen(statement->file) - 5, statement->file);
	struct differ *differ = open_differ(report, name);

	statement_write_csv(statement->jws->content, differ_stream(differ));
	differ_end(differ, findings, "csv_differs", name);
}

/* The smallest size of the log that a statement was given for; 0 without statements. */
static int64_t asked_at(const struct report *report)
{
	int64_t least = 0;

	for (size_t i = 0; i < report->signed_count; i++) {
		int64_t size = size_of(report->signed_statements[i].jws->content);

		least = i && least < size ? least : size;
	}
	return least;
}

/* A bundle of the whole ledger has a statement of every fund that there was; one of a fund has that one. */
static void check_complete(const struct report *report, struct findings *findings)
{
	const char *only = text_of(report->manifest, "fund");
	int64_t asked = asked_at(report);

	for (size_t i = 0; i < report->opened_count; i++) {
		const char *code = names_code(report->names, report->opened[i].fund);
		_cleanup_free_ char *file = xasprintf("statement/%s.json", code ? code : "");
		bool is_there = false;

		if (!code || (*only ? strcmp(only, code) != 0 : asked && report->opened[i].leaf >= asked))
			continue;
		for (size_t n = 0; n < report->signed_count && !is_there; n++)
			is_there = strcmp(report->signed_statements[n].file, file) == 0;
		for (size_t n = 0; n < findings_kept(report->early) && !is_there; n++)
			is_there = strcmp(findings_at(report->early, n)->place.table, file) == 0;
		if (!is_there)
			find(findings, "file_missing", file, NULL, file, NULL);
	}
}

void report_check(struct report *report, struct findings *findings)
{
	for (size_t i = 0; i < findings_kept(report->early); i++) {
		const struct finding *early = findings_at(report->early, i);

		findings_add(findings, early->code, &early->place, early->expected, early->found);
	}
	check_keys(report, findings);
	check_journal(report, findings);
	report->csv = differ_end(report->csv, findings, "csv_differs", "postings.csv");
	for (size_t i = 0; i < report->signed_count; i++) {
		check_signature(report, &report->signed_statements[i], findings);
		check_statement_csv(report, &report->signed_statements[i], findings);
	}
	check_complete(report, findings);
	statements_compare(report->statements, findings);
}
