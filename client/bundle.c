#include "client/bundle.h"

#include "client/builtin.h"
#include "client/exit.h"
#include "client/file.h"
#include "client/say.h"
#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/json.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define PATH_CHARACTERS 4096
#define PAGE_MAX (4 << 20)

#ifndef SHAREDIR
#define SHAREDIR "/usr/share/lovebank"
#endif

static int write_keys(struct bundle *bundle)
{
	FILE *out = bundle_create(bundle, "keys.json");

	if (!out)
		return EXIT_LOCAL;
	report_write_keys(bundle->report, out);
	return bundle_close("keys.json", out);
}

struct pem_writer {
	struct bundle *bundle;
	int code;
};

static void write_pem(void *arg, const char *kid, const char *pem)
{
	struct pem_writer *writer = arg;
	_cleanup_free_ char *name = xasprintf("keys/%s.pem", kid);

	if (writer->code == EXIT_OK && !bundle_has(writer->bundle, name))
		writer->code = bundle_write(writer->bundle, name, pem, strlen(pem));
}

/* log.vkey: what the leaves registered as keys of the log, else the one that ledger.json has. */
static void put_log_key(void *arg, const char *use, const char *text)
{
	if (strcmp(use, "log") == 0)
		fprintf(arg, "%s\n", text);
}

static int write_log_keys(struct bundle *bundle)
{
	FILE *out = bundle_create(bundle, "log.vkey");

	if (!out)
		return EXIT_LOCAL;
	report_each_own_key(bundle->report, put_log_key, out);
	if (ftell(out) == 0)
		put_log_key(out, "log", bundle->client->ledger->log);
	return bundle_close("log.vkey", out);
}

static int write_journal(struct bundle *bundle)
{
	FILE *out = bundle_create(bundle, "journal.hledger");
	int code;

	if (!out)
		return EXIT_LOCAL;
	report_write_journal(bundle->report, bundle->client->ledger->aud, bundle->size, out);
	code = bundle_close("journal.hledger", out);
	if (code == EXIT_OK)
		code = bundle_close("postings.csv", bundle->csv);
	else
		fclose(bundle->csv);
	bundle->csv = NULL;
	return code;
}

/* What stands in every bundle as it is shipped: $LOVEBANK_VERIFYDIR, beside the sources of a program not installed, or where it is
 * installed. */
static int copy_page(struct bundle *bundle, const char *name)
{
	const char *given = getenv("LOVEBANK_VERIFYDIR");
	const char *folder = given ? given : access(SOURCEDIR "/packaging/verify/verify.html", R_OK) == 0 ? SOURCEDIR "/packaging/verify" : SHAREDIR "/verify";
	_cleanup_free_ char *path = xasprintf("%s/%s", folder, name), *bytes = NULL;
	size_t length;

	bytes = file_read(path, PAGE_MAX, &length);
	if (bytes)
		return bundle_write(bundle, name, bytes, length);
	say_error("%s: %s", path, strerror(errno));
	return EXIT_LOCAL;
}

static int write_manifest(struct bundle *bundle)
{
	char root[BASE64URL_LENGTH(TREE_HASH) + 1], moment[CLOCK_TEXT];
	json_auto_t *manifest = NULL;
	_cleanup_free_ char *text = NULL, *line = NULL;

	base64url_encode(bundle->root, TREE_HASH, root);
	clock_text(clock_now(), moment);
	manifest = json_pack("{s:s, s:s, s:s?, s:n, s:s?, s:s?, s:{s:I, s:s}, s:O?, s:I, s:I, s:I, s:s}", "format", "lovebank-bundle/1", "aud",
			     bundle->client->ledger->aud, "fund", bundle->fund, "node", "from", bundle->from, "to", bundle->to, "log", "size",
			     (json_int_t)bundle->size, "root", root, "previous", bundle->previous, "leaves", (json_int_t)bundle->leaves, "requests",
			     (json_int_t)bundle->requests, "withheld", (json_int_t)bundle->withheld, "exported_at", moment);
	text = json_canonical(manifest, NULL);
	line = xasprintf("%s\n", text);
	return bundle_write(bundle, "manifest.json", line, strlen(line));
}

static int begin(struct bundle *bundle)
{
	if (access(bundle->out, F_OK) == 0) {
		say_error(_("%s is there already; a bundle goes into a new folder"), bundle->out);
		return EXIT_LOCAL;
	}
	if (mkdir(bundle->folder, 0777) < 0) {
		say_error("%s: %s", bundle->folder, strerror(errno));
		free(bundle->folder);
		bundle->folder = NULL;
		return EXIT_LOCAL;
	}
	bundle->csv = bundle_create(bundle, "postings.csv");
	if (!bundle->csv)
		return EXIT_LOCAL;
	bundle->report = report_make(bundle->csv);
	bundle->commands = tmpfile();
	if (bundle->report && bundle->commands)
		return EXIT_OK;
	say_error(_("no temporary file can be made: %s"), strerror(errno));
	return EXIT_LOCAL;
}

static int write_what_follows(struct bundle *bundle)
{
	struct pem_writer pems = {.bundle = bundle};
	int code = write_keys(bundle);

	report_each_pem(bundle->report, write_pem, &pems);
	if (code == EXIT_OK)
		code = pems.code;
	if (code == EXIT_OK)
		code = write_log_keys(bundle);
	if (code == EXIT_OK)
		code = write_journal(bundle);
	if (code == EXIT_OK)
		code = copy_page(bundle, "verify.html");
	if (code == EXIT_OK)
		code = copy_page(bundle, "README.txt");
	return code;
}

/* Everything is on disk before the folder gets its name: whoever sees the name has the whole. */
static int end(struct bundle *bundle)
{
	int fd = open(bundle->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	int synced = fd < 0 ? -1 : syncfs(fd);

	if (fd >= 0)
		close(fd);
	if (synced == 0 && rename(bundle->folder, bundle->out) == 0)
		return EXIT_OK;
	say_error("%s: %s", bundle->out, strerror(errno));
	return EXIT_LOCAL;
}

/* The statements come first, so that the checkpoint is of the same log or a later one. */
static int make(struct bundle *bundle, const char *previous)
{
	int code = begin(bundle);

	if (code == EXIT_OK)
		code = bundle_statements(bundle);
	if (code == EXIT_OK)
		code = bundle_checkpoint(bundle);
	if (code == EXIT_OK)
		code = bundle_leaves(bundle);
	if (code == EXIT_OK)
		code = bundle_requests(bundle);
	if (code == EXIT_OK && previous)
		code = bundle_previous(bundle, previous);
	if (code == EXIT_OK)
		code = write_what_follows(bundle);
	if (code == EXIT_OK)
		code = write_manifest(bundle);
	if (code == EXIT_OK)
		code = bundle_sums(bundle);
	return code == EXIT_OK ? end(bundle) : code;
}

static void clear(struct bundle *bundle, bool failed)
{
	if (bundle->csv)
		fclose(bundle->csv);
	if (failed && bundle->folder)
		bundle_discard(bundle);
	for (size_t i = 0; i < bundle->file_count; i++)
		free(bundle->files[i]);
	free(bundle->files);
	report_free(bundle->report);
	if (bundle->commands)
		fclose(bundle->commands);
	json_decref(bundle->previous);
	free(bundle->folder);
}

static char *without_slashes(const char *path)
{
	char *copy = xstrdup(path);
	size_t length = strlen(copy);

	while (length > 1 && copy[length - 1] == '/')
		copy[--length] = '\0';
	return copy;
}

static int run_export(struct client *client, const json_t *input)
{
	const char *from = json_string_value(json_object_get(input, "from")), *to = json_string_value(json_object_get(input, "to"));
	_cleanup_free_ char *out = without_slashes(json_string_value(json_object_get(input, "out")));
	struct bundle bundle = {.client = client, .out = out, .fund = json_string_value(json_object_get(input, "fund")), .from = from, .to = to};
	int code = client_open(client);

	if (code != EXIT_OK)
		return code;
	if (!from != !to) {
		say_error(_("--from and --to belong together"));
		return EXIT_USAGE;
	}
	bundle.folder = xasprintf("%s.partial", out);
	code = make(&bundle, json_string_value(json_object_get(input, "previous")));
	if (code == EXIT_OK) {
		say_note(_("The bundle is in %s: %lld leaves and %lld signed requests, log size %lld. What came was checked; 'lovebank audit verify %s' "
			   "checks all of it again, and so does verify.html in it, without this program."),
			 out, (long long)bundle.leaves, (long long)bundle.requests, (long long)bundle.size, out);
		if (bundle.withheld)
			say_note(_("%lld signed requests are withheld: they show what is not this fund's."), (long long)bundle.withheld);
	}
	clear(&bundle, code != EXIT_OK);
	return code;
}

static const struct field export_input[] = {
	{.name = "out", .type = FIELD_TEXT, .flags = FIELD_REQUIRED, .max = PATH_CHARACTERS, .zh = "输出文件夹", .help = N_("folder to make; it must not be there yet")},
	{.name = "fund", .type = FIELD_CODE, .zh = "基金", .help = N_("only this fund; else the whole ledger")},
	{.name = "from", .type = FIELD_DATE, .zh = "开始日期", .help = N_("first day of the statements; else from the beginning")},
	{.name = "to", .type = FIELD_DATE, .zh = "结束日期", .help = N_("last day of the statements; else today")},
	{.name = "previous", .type = FIELD_TEXT, .max = PATH_CHARACTERS, .zh = "上次的证据包", .help = N_("folder of an earlier bundle: proves that the log continues its log")},
	{.name = NULL},
};
static const struct field no_result[] = {{.name = NULL}};

const struct builtin builtin_bundle[] = {
	{.op = {.name = "audit_export", .noun = "audit", .verb = "export", .kind = OP_READ, .scope = "fund", .input = export_input, .result = no_result,
		.help = N_("write a folder of evidence that anybody can check offline")},
	 .run = run_export},
	{.op = {.noun = NULL}},
};
