#include "client/help.h"

#include "client/args.h"
#include "client/builtin.h"
#include "client/exit.h"
#include "client/grid.h"
#include "client/import.h"
#include "client/list.h"
#include "client/say.h"
#include "client/suggest.h"
#include "client/title.h"
#include "client/wrap.h"
#include "wire/base.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The i-th operation, without those that a command of the client's own asks in its own way. */
static const struct op *other_op_at(size_t i)
{
	const struct op *op;

	for (size_t at = 0; (op = op_at(at))->name; at++)
		if (!builtin_find(op->noun, op->verb) && i-- == 0)
			return op;
	return NULL;
}

/* The client's own commands first, then the operations. NULL past the end. */
static const struct op *command_at(size_t i)
{
	size_t own = 0;

	while (builtin_at(own))
		own++;
	return i < own ? &builtin_at(i)->op : other_op_at(i - own);
}

const struct op *help_find(const char *noun, const char *verb)
{
	const struct builtin *builtin = builtin_find(noun, verb);

	return builtin ? &builtin->op : op_find(noun, verb);
}

static bool is_noun(const char *noun)
{
	const struct op *op;

	for (size_t i = 0; (op = command_at(i)); i++)
		if (strcmp(op->noun, noun) == 0)
			return true;
	return false;
}

/* What the nouns mean. */
static const struct {
	const char *noun, *meaning;
} meanings[] = {
	{"key", N_("your own key")},
	{"outbox", N_("commands that wait for their answer")},
	{"export", N_("statements and the journal as files")},
	{"receipt", N_("what proves that something is in the book")},
	{"log", N_("the book's public log")},
	{"witness", N_("watching a log from outside")},
	{"audit", N_("checking all of it, offline or the ledger itself")},
	{"ledger", N_("the whole book and its proof")},
	{"operator", N_("keys and whose they are")},
	{"role", N_("who may do what, and where")},
	{"org", N_("the organisation")},
	{"person", N_("personal values and their end")},
	{"team", N_("volunteer teams")},
	{"shop", N_("charity shops")},
	{"volunteer", N_("volunteers")},
	{"rule", N_("the rules of points")},
	{"service", N_("service records")},
	{"points", N_("volunteers' points")},
	{"redemption", N_("points redeemed at shops")},
	{"fund", N_("community funds")},
	{"campaign", N_("public fundraising")},
	{"income", N_("money that comes in")},
	{"disbursement", N_("money that goes out")},
	{"settlement", N_("what shops are paid")},
	{"entry", N_("entries of the books")},
};

static const char *meaning_of(const char *noun)
{
	for (size_t i = 0; i < sizeof(meanings) / sizeof(meanings[0]); i++)
		if (strcmp(meanings[i].noun, noun) == 0)
			return _(meanings[i].meaning);
	return "";
}

/* The verbs of the noun of the i-th command, "show, list"; malloc'd. Commands of a noun stand together. */
static char *verbs_of(const char *noun)
{
	char *verbs = xstrdup("");
	const struct op *op;

	for (size_t i = 0; (op = command_at(i)); i++) {
		char *longer;

		if (strcmp(op->noun, noun) != 0)
			continue;
		longer = xasprintf("%s%s%s", verbs, *verbs ? ", " : "", op->verb);
		free(verbs);
		verbs = longer;
	}
	return verbs;
}

int help_unknown(const char *noun, const char *verb)
{
	bool known = is_noun(noun);
	const struct op *op;
	struct suggestion suggestion;

	if (*noun == '-') {
		say_error(_("unknown flag %s"), noun);
		say_note(_("  'lovebank help' lists what there is."));
		return EXIT_USAGE;
	}
	suggest_start(&suggestion, known && verb ? verb : noun);
	for (size_t i = 0; (op = command_at(i)); i++)
		if (!known || strcmp(op->noun, noun) == 0)
			suggest_offer(&suggestion, known ? op->verb : op->noun);
	if (known && !verb) {
		_cleanup_free_ char *verbs = verbs_of(noun);

		say_error(_("'%s' wants a verb: %s"), noun, verbs);
	}
	if (!known || verb)
		say_error(_("there is no '%s%s%s'"), known ? noun : "", known ? " " : "", suggestion.typed);
	if (*suggestion.best && (!known || verb))
		say_note(_("  Did you mean '%s%s%s'?"), known ? noun : "", known ? " " : "", suggestion.best);
	say_note(known ? _("  'lovebank help %s' lists what there is.") : _("  'lovebank help' lists what there is."), noun);
	return EXIT_USAGE;
}

static bool is_first_of_noun(size_t at)
{
	for (size_t i = 0; i < at; i++)
		if (strcmp(command_at(i)->noun, command_at(at)->noun) == 0)
			return false;
	return true;
}

static void print_globals(FILE *out)
{
	struct list list = list_new(out);

	list_add(&list, _("  --home DIR"), _("the directory of key, ledger.json and outbox; else $LOVEBANK_HOME or ~/.config/lovebank"));
	list_add(&list, "  --json", _("print the verified answer as it is"));
	list_add(&list, "  --lang zh|en", _("language of texts; else the environment's"));
	list_add(&list, "  --yes", _("do not ask before what cannot be undone"));
	list_print(&list);
}

static void print_top(FILE *out)
{
	struct list list = list_new(out);
	const struct op *op;

	fprintf(out, "%s\n\n", _("lovebank [--home DIR] [--json] [--lang zh|en] [--yes] NOUN VERB [--field value ...]"));
	for (size_t i = 0; (op = command_at(i)); i++) {
		_cleanup_free_ char *verbs = is_first_of_noun(i) ? verbs_of(op->noun) : NULL;
		_cleanup_free_ char *noun = xasprintf("  %s", op->noun);
		_cleanup_free_ char *right = verbs ? xasprintf(_("%s: %s"), meaning_of(op->noun), verbs) : NULL;

		if (right)
			list_add(&list, noun, right);
	}
	list_print(&list);
	fputc('\n', out);
	print_globals(out);
	fputc('\n', out);
	wrap_print(out, "", _("'lovebank help NOUN' says what a noun's verbs do, 'lovebank help NOUN VERB' which flags they take.\n"
			      "Exit codes: 0 done, 1 refused, 2 bad input, 3 trouble on this machine, 4 no answer (commands are kept), "
			      "5 the answer did not verify."));
}

static void print_noun(FILE *out, const char *noun)
{
	struct list list = list_new(out);
	const struct op *op;

	for (size_t i = 0; (op = command_at(i)); i++) {
		_cleanup_free_ char *left = xasprintf("lovebank %s %s", op->noun, op->verb);

		if (strcmp(op->noun, noun) == 0)
			list_add(&list, left, say_translated(op->help));
	}
	list_print(&list);
	fputc('\n', out);
	wrap_print(out, "", _("'lovebank help NOUN VERB' says which flags a verb takes."));
}

/* How a value of a type is written. */
static const char *const examples[] = {
	[FIELD_TEXT] = N_("TEXT"),	   [FIELD_CODE] = N_("CODE"),  [FIELD_LABEL] = N_("LABEL"),
	[FIELD_ID] = N_("NUMBER"),	   [FIELD_COUNT] = N_("NUMBER"), [FIELD_POINTS] = "120",
	[FIELD_MONEY] = "2,000.00",	   [FIELD_DATE] = "2025-03-08", [FIELD_TIME] = "'2025-03-08 09:00'",
	[FIELD_CHOICE] = N_("WORD"),	   [FIELD_PROOF] = N_("FILE"), [FIELD_CURSOR] = N_("CURSOR"), [FIELD_HASH] = N_("KEY"),
	[FIELD_LIST] = NULL,
};

static char *item_example(const struct field *items)
{
	char *text = xstrdup("");

	for (; items->name; items++) {
		char *longer;

		if (!(items->flags & FIELD_REQUIRED))
			continue;
		longer = xasprintf("%s%s%s=...", text, *text ? "," : "", items->name);
		free(text);
		text = longer;
	}
	return text;
}

/* The client's own commands name files in text fields. */
static bool is_path(const struct field *field)
{
	return field->type == FIELD_TEXT && (strcmp(field->name, "out") == 0 || strcmp(field->name, "file") == 0);
}

/* What stands behind a flag; malloc'd. */
static char *value_example(const struct field *field)
{
	_cleanup_free_ char *items = NULL;

	if (is_path(field))
		return xstrdup(_("FILE"));
	if (field->type == FIELD_LIST && !field->items)
		return xstrdup(_("FILE"));
	if (field->type == FIELD_LIST) {
		items = item_example(field->items);
		return xasprintf("'%s'", items);
	}
	return xstrdup(examples[field->type] ? say_translated(examples[field->type]) : "");
}

/* The words of a choice, in Chinese those too, which are taken as well as the codes; malloc'd, empty for other fields. */
static char *choice_words(const struct field *field)
{
	const struct choice *choice = field->type == FIELD_CHOICE ? field->choices : NULL;
	char *text = xstrdup("");

	for (; choice && choice->code; choice++) {
		bool first = choice == field->choices;
		char *longer = say_is_chinese() ? xasprintf("%s%s%.*s(%s)", text, first ? "：" : "、", (int)strcspn(choice->zh, "|"),
							    choice->zh, choice->code) :
						  xasprintf("%s%s%s", text, first ? ": " : ", ", choice->code);

		free(text);
		text = longer;
	}
	return text;
}

static void add_flag(struct list *list, const struct field *field, const char *indent)
{
	_cleanup_free_ char *flag = title_flag(field);
	_cleanup_free_ char *example = value_example(field);
	_cleanup_free_ char *left = xasprintf("%s--%s%s%s", indent, flag, *example ? " " : "", example);
	_cleanup_free_ char *title = title_of(field);
	_cleanup_free_ char *words = choice_words(field);
	const char *help = say_translated(field->help);
	bool titled = say_is_chinese() && strcmp(title, help) != 0;
	_cleanup_free_ char *right = xasprintf("%s%s%s%s%s", titled ? title : "", titled ? "：" : "",
					       field->flags & FIELD_REQUIRED ? _("(required) ") : "", help, words);

	list_add(list, left, right);
}

/* A flag that names a file. */
static void add_file_flag(struct list *list, const char *flag, const char *help)
{
	_cleanup_free_ char *left = xasprintf("  --%s %s", flag, _("FILE"));

	list_add(list, left, help);
}

/* Titles of a file's columns, those that must be there marked by a star. */
static void print_columns(FILE *out, const struct field *items)
{
	struct list list = list_new(out);

	fprintf(out, "\n%s\n", _("Columns of the file, in any order (* must be there); Chinese titles or these names:"));
	for (; items->name; items++) {
		_cleanup_free_ char *title = title_chinese(items);
		_cleanup_free_ char *left = xasprintf("  %s%s (%s)", items->name, items->flags & FIELD_REQUIRED ? "*" : "", title);

		list_add(&list, left, say_translated(items->help));
	}
	list_print(&list);
}

/* A flag as it could be typed; malloc'd. */
static char *flag_example(const struct field *field)
{
	_cleanup_free_ char *flag = title_flag(field);
	_cleanup_free_ char *example = value_example(field);

	if (field->type == FIELD_LIST && field->items)
		return xasprintf("--csv %s", _("FILE"));
	if (field->type == FIELD_CHOICE)
		return xasprintf("--%s %s", flag, field->choices->code);
	return xasprintf("--%s%s%s", flag, *example ? " " : "", example);
}

/* A command that could be typed: everything required. */
static void print_example(FILE *out, const struct op *op)
{
	_cleanup_free_ char *command = xasprintf("  lovebank %s %s", op->noun, op->verb);
	size_t width = grid_text_width(command);

	fprintf(out, "\n%s\n%s", _("Example:"), command);
	for (const struct field *field = op->input; field->name; field++) {
		_cleanup_free_ char *flag = NULL;

		if (!(field->flags & FIELD_REQUIRED) || import_is_digest(field))
			continue;
		flag = flag_example(field);
		if (width + grid_text_width(flag) + 3 > grid_screen_width(out)) {
			fputs(" \\\n     ", out);
			width = 5;
		}
		fprintf(out, " %s", flag);
		width += grid_text_width(flag) + 1;
	}
	fputc('\n', out);
}

static void print_verb(FILE *out, const struct op *op)
{
	struct list list = list_new(out);

	fprintf(out, "lovebank %s %s: %s\n\n", op->noun, op->verb, say_translated(op->help));
	for (const struct field *field = op->input; field->name; field++)
		if (!import_is_digest(field))
			add_flag(&list, field, "  ");
	if (args_takes_csv(op))
		add_file_flag(&list, "csv", _("the same from a CSV file, in UTF-8 or GB18030"));
	if (args_takes_out(op))
		add_file_flag(&list, "out", _("write the ledger.json that the new operator joins with"));
	list_print(&list);
	if (args_takes_csv(op))
		print_columns(out, import_list(op)->items);
	print_example(out, op);
}

int help_print(FILE *out, const char *noun, const char *verb)
{
	const struct op *op = noun && verb ? help_find(noun, verb) : NULL;

	if (op)
		print_verb(out, op);
	else if (noun && !verb && is_noun(noun))
		print_noun(out, noun);
	else if (noun)
		return help_unknown(noun, verb);
	else
		print_top(out);
	return EXIT_OK;
}
