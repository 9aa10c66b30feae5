/* audit verify: a bundle, offline. audit run (audit_run.c): the ledger itself, by an auditor's key. */
#include "client/audit.h"
#include "client/builtin.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/progress.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/json.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CHARACTERS 4096
#define SMALL_FILE_MAX 65536

bool audit_wants_json(const struct client *client, const json_t *input)
{
	const char *format = json_string_value(json_object_get(input, "format"));

	return client->json || (format && strcmp(format, "json") == 0);
}

static void add_key(struct trust *trust, const char *verifier)
{
	if (verifier && strlen(verifier) < NOTE_VERIFIER && trust->count < TRUST_KEYS)
		strcpy(trust->keys[trust->count++], verifier);
}

void audit_trust_ledger(const json_t *document, struct trust *trust)
{
	const char *first = json_string_value(json_object_get(document, "log"));
	const json_t *key;
	size_t i;

	add_key(trust, first);
	json_array_foreach(json_object_get(document, "log_keys"), i, key)
		if (!first || !json_string_value(key) || strcmp(first, json_string_value(key)) != 0)
			add_key(trust, json_string_value(key));
}

/* malloc'd; NULL after saying why. */
static char *small_file(const char *path)
{
	size_t length;
	char *text = file_read(path, SMALL_FILE_MAX, &length);

	if (!text)
		say_error("%s: %s", path, strerror(errno));
	return text;
}

int audit_read_keys(const char *path, char (*keys)[NOTE_VERIFIER], size_t *ret_count)
{
	_cleanup_free_ char *text = small_file(path);

	if (!text)
		return EXIT_LOCAL;
	*ret_count = trust_read_lines(text, keys, TRUST_KEYS);
	if (*ret_count)
		return EXIT_OK;
	say_error(_("%s holds no verifier key"), path);
	return EXIT_LOCAL;
}

/* The ledger that the reader names, or that of the home, or none. EXIT_OK with a new reference or NULL. */
static int read_ledger(const struct client *client, const char *path, json_t **ret)
{
	_cleanup_free_ char *own = path ? NULL : home_path(client->home, "ledger.json");
	_cleanup_free_ char *text = NULL;
	const char *reason = NULL;

	*ret = NULL;
	if (!path && access(own, F_OK) < 0)
		return EXIT_OK;
	text = small_file(path ? path : own);
	if (!text)
		return EXIT_LOCAL;
	*ret = json_parse(text, strlen(text), &reason);
	if (*ret && json_string_value(json_object_get(*ret, "log")))
		return EXIT_OK;
	json_decref(*ret);
	say_error(_("%s is not a ledger.json: %s"), path ? path : own, *ret ? _("no log key") : say_translated(reason));
	*ret = NULL;
	return EXIT_LOCAL;
}

/* What the command's flags name, read. */
struct given {
	json_t *ledger;
	char *previous;
	struct trust trust;
};

static int read_given(const struct client *client, const json_t *input, struct given *given)
{
	const char *previous = json_string_value(json_object_get(input, "previous"));
	const char *witnesses = json_string_value(json_object_get(input, "witnesses"));
	int code = read_ledger(client, json_string_value(json_object_get(input, "ledger")), &given->ledger);

	if (code == EXIT_OK && previous) {
		given->previous = small_file(previous);
		code = given->previous ? EXIT_OK : EXIT_LOCAL;
	}
	if (code == EXIT_OK && witnesses)
		code = audit_read_keys(witnesses, given->trust.witnesses, &given->trust.witness_count);
	audit_trust_ledger(given->ledger, &given->trust);
	return code;
}

static void on_progress(void *arg, int64_t done, int64_t all)
{
	progress_step(arg, done, all);
}

static int verify(const struct client *client, const json_t *input, const struct given *given)
{
	struct progress progress;
	struct verify verify = {.folder = json_string_value(json_object_get(input, "bundle")),
				.previous = given->previous,
				.trust = &given->trust,
				.ledger = given->ledger,
				.threads = (unsigned)json_integer_value(json_object_get(input, "threads")),
				.progress = on_progress,
				.progress_arg = &progress};
	struct findings *findings = findings_new();
	struct summary summary = {0};
	_cleanup_free_ char *error = NULL;
	int code;

	progress_begin(&progress, _("auditing"));
	code = verify_bundle(&verify, findings, &summary, &error);
	progress_end(&progress);
	if (code == 0) {
		code = audit_report(audit_wants_json(client, input), "verify", findings, &summary);
	} else {
		say_error("%s", error);
		code = EXIT_LOCAL;
	}
	findings_free(findings);
	summary_clear(&summary);
	return code;
}

static int run_verify(struct client *client, const json_t *input)
{
	const char *folder = json_string_value(json_object_get(input, "bundle"));
	struct given *given = xcalloc(1, sizeof(*given));
	struct stat status;
	int code;

	if (stat(folder, &status) < 0 || !S_ISDIR(status.st_mode)) {
		say_error(_("%s is not a folder"), folder);
		free(given);
		return EXIT_LOCAL;
	}
	code = read_given(client, input, given);
	if (code == EXIT_OK)
		code = verify(client, input, given);
	json_decref(given->ledger);
	free(given->previous);
	free(given);
	return code;
}

static const struct choice formats[] = {{"text", "文本"}, {"json", "JSON"}, {0}};

#define FORMAT {"format", FIELD_CHOICE, 0, 0, 0, formats, NULL, "格式", N_("for people, or as JSON for programs")}
#define THREADS {"threads", FIELD_COUNT, 0, 1, 256, NULL, NULL, "线程数", N_("how many threads to use; else one a processor")}
#define WITNESSES {"witnesses", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "见证人文件", N_("file with witnesses' verifier keys, one a line")}

static const struct field verify_input[] = {
	{"bundle", FIELD_TEXT, FIELD_REQUIRED, 0, PATH_CHARACTERS, NULL, NULL, "证据包", N_("folder of the bundle")},
	{"previous", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "上次检查点", N_("file with an earlier checkpoint that the log must continue")},
	{"ledger", FIELD_TEXT, 0, 0, PATH_CHARACTERS, NULL, NULL, "账本文件", N_("the ledger.json whose keys to trust; else that of this home")},
	WITNESSES,
	THREADS,
	FORMAT,
	{0},
};
static const struct field run_input[] = {
	{"full", FIELD_FLAG, 0, 0, 0, NULL, NULL, "全量", N_("begin from the first leaf, whatever was audited before")},
	WITNESSES,
	THREADS,
	FORMAT,
	{0},
};
static const struct field no_result[] = {{0}};

const struct builtin builtin_audit[] = {
	{{.name = "audit_verify", .noun = "audit", .verb = "verify", .kind = OP_READ, .input = verify_input, .result = no_result,
	  .help = N_("verify a bundle: its log, every signature, every effect")},
	 .run = run_verify},
	{{.name = "audit_run", .noun = "audit", .verb = "run", .kind = OP_READ, .input = run_input, .result = no_result,
	  .help = N_("audit the ledger itself: replay its log and compare its database")},
	 .run = audit_run},
	{.op = {.noun = NULL}},
};
