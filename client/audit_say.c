#include "client/audit.h"
#include "client/escape.h"
#include "client/exit.h"
#include "client/say.h"
#include "client/wrap.h"
#include "wire/base.h"
#include "wire/base64url.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Notes of a summary; %s is the note's value. */
static const struct {
	const char *code, *text;
} notes[] = {
	{"own_key", N_("The log's key was taken from the bundle itself (%s): nobody else vouches for it. Compare it with the key that you know, or give --ledger.")},
	{"key_by_leaves", N_("The checkpoint is signed by a key that the log itself registered later; the key that you know stands before it in the log.")},
	{"partial", N_("Only a part of the log is in the bundle, what concerns %s: what others did is not judged.")},
	{"witnessed", N_("Cosigned by the witness %s.")},
	{"not_witnessed", N_("NOT cosigned by the witness %s.")},
	{"previous_not_provable", N_("The bundle has not the tiles that would show that it continues the checkpoint given by --previous.")},
	{"incremental", N_("Leaves up to %s were verified by an earlier audit and were not replayed again.")},
	{"first", N_("This was the first audit from here; the next one goes on from this checkpoint.")},
	{"state_not_kept", N_("The state was not kept: the next audit goes on from the last one that held.")},
};

static void say_note_of(const json_t *note)
{
	const char *code = json_string_value(json_object_get(note, "code")), *value = json_string_value(json_object_get(note, "value"));

	for (size_t i = 0; i < sizeof(notes) / sizeof(notes[0]); i++)
		if (strcmp(notes[i].code, code) == 0) {
			const char *text = _(notes[i].text), *place = strstr(text, "%s");
			_cleanup_free_ char *shown = escape(value ? value : "?");
			_cleanup_free_ char *line = place ? xasprintf("%.*s%s%s", (int)(place - text), text, shown, place + 2) : xstrdup(text);

			wrap_print(stdout, "  ", line);
		}
}

/* Adds "label number" to a list. */
static void put_number(FILE *out, const char *label, int64_t number)
{
	if (number >= 0)
		fprintf(out, "%s%s %" PRId64, ftell(out) ? ", " : "", label, number);
}

static void put_text(FILE *out, const char *label, const char *text)
{
	_cleanup_free_ char *shown = text ? escape(text) : NULL;

	if (shown)
		fprintf(out, "%s%s %s", ftell(out) ? ", " : "", label, shown);
}

/* "leaf 77, entry 12, line 2"; malloc'd. */
static char *place_text(const struct place *place)
{
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	if (!out)
		BUG("no memory stream");
	put_number(out, _("leaf"), place->leaf);
	put_number(out, _("request"), place->request);
	put_number(out, _("entry"), place->entry);
	put_number(out, _("line"), place->line);
	put_text(out, place->leaf < 0 && place->table && strpbrk(place->table, "./") ? _("file") : _("table"), place->table);
	put_text(out, _("key"), place->key);
	put_text(out, _("field"), place->field);
	fclose(out);
	return text;
}

static const char *sentence(const char *code)
{
	for (const struct finding_code *known = finding_codes; known->code; known++)
		if (strcmp(known->code, code) == 0)
			return _(known->text);
	return code;
}

static void say_value(const char *label, const char *value)
{
	_cleanup_free_ char *shown = value ? escape(value) : NULL;
	_cleanup_free_ char *line = shown ? xasprintf("%s %s", label, shown) : NULL;

	if (line)
		wrap_print(stdout, "      ", line);
}

static void say_finding(const struct finding *finding)
{
	_cleanup_free_ char *place = place_text(&finding->place);
	_cleanup_free_ char *line = xasprintf("%s: %s", finding->code, sentence(finding->code));

	printf("\n  %s\n", *place ? place : "-");
	wrap_print(stdout, "    ", line);
	say_value(_("expected:"), finding->expected);
	say_value(_("found:   "), finding->found);
}

static void say_findings(const struct findings *findings)
{
	size_t count = findings_count(findings), kept = findings_kept(findings);

	printf(_("Findings: %zu\n"), count);
	for (size_t i = 0; i < kept; i++)
		say_finding(findings_at(findings, i));
	if (count > kept)
		printf(_("\n  ... and %zu more.\n"), count - kept);
	putchar('\n');
}

static void say_checked(const char *audit, const struct summary *summary)
{
	char root[BASE64URL_LENGTH(TREE_HASH) + 1];

	base64url_encode(summary->root, TREE_HASH, root);
	printf(_("Ledger %s, log of %llu leaves, root %s.\n"), summary->aud, (unsigned long long)summary->size, root);
	printf(_("Checked: %lld leaves against the hash tree and the signed root; %lld signed requests, each with its key, its rights at that "
		 "place in the log and its effects; %lld entries, each balanced, with its accounts' versions and balances.\n"),
	       (long long)summary->leaves, (long long)summary->requests, (long long)summary->entries);
	if (strcmp(audit, "run") == 0)
		printf(_("%lld rows of the database were compared with the leaves.\n"), (long long)summary->rows);
	if (summary->withheld)
		printf(_("%lld requests are withheld, because they show what others did too; their leaves were checked.\n"),
		       (long long)summary->withheld);
}

static void say_all(const char *audit, const struct findings *findings, const struct summary *summary)
{
	size_t i;
	const json_t *note;

	if (findings_count(findings))
		say_findings(findings);
	if (summary->size || !findings_count(findings))
		say_checked(audit, summary);
	json_array_foreach(summary->notes, i, note)
		say_note_of(note);
	puts(findings_count(findings) ? _("It does NOT hold.") : _("It holds: nothing was found."));
}

int audit_report(bool json, const char *audit, const struct findings *findings, const struct summary *summary)
{
	if (json) {
		json_auto_t *object = summary_json(summary, audit, findings);
		_cleanup_free_ char *text = json_dumps(object, JSON_COMPACT);

		puts(text);
	} else {
		say_all(audit, findings, summary);
	}
	return findings_count(findings) ? EXIT_UNVERIFIED : EXIT_OK;
}
