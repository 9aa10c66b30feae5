#include "client/help.h"

#include "client/args.h"
#include "client/builtin.h"
#include "client/exit.h"
#include "client/import.h"
#include "client/say.h"
#include "client/suggest.h"
#include "client/title.h"
#include "wire/base.h"

#include <libsmartcols/libsmartcols.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The client's own commands first, then the operations. NULL past the end. */
static const struct op *command_at(size_t i)
{
	const struct op *op;
	size_t own = 0;

	while (builtin_at(own))
		own++;
	op = i < own ? &builtin_at(i)->op : op_at(i - own);
	return op->name ? op : NULL;
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

int help_unknown(const char *noun, const char *verb)
{
	bool known = is_noun(noun);
	const struct op *op;
	struct suggestion suggestion;

	suggest_start(&suggestion, known && verb ? verb : noun);
	for (size_t i = 0; (op = command_at(i)); i++)
		if (!known || strcmp(op->noun, noun) == 0)
			suggest_offer(&suggestion, known ? op->verb : op->noun);
	if (known && !verb)
		say_error(_("'%s' wants a verb"), noun);
	else
		say_error(_("there is no '%s%s%s'"), known ? noun : "", known ? " " : "", suggestion.typed);
	if (*suggestion.best)
		say_note(_("  Did you mean '%s%s%s'?"), known ? noun : "", known ? " " : "", suggestion.best);
	say_note(known ? _("  'lovebank help %s' lists what there is.") : _("  'lovebank help' lists what there is."), noun);
	return EXIT_USAGE;
}

/* Two columns, aligned as a terminal shows them. */
struct list {
	struct libscols_table *table;
};

static struct list list_new(FILE *out)
{
	struct list list = {scols_new_table()};

	if (!list.table || !scols_table_new_column(list.table, "left", 0, 0) || !scols_table_new_column(list.table, "right", 0, 0))
		BUG("out of memory");
	scols_table_set_stream(list.table, out);
	scols_table_enable_noheadings(list.table, 1);
	scols_table_enable_noencoding(list.table, 1);
	scols_table_set_column_separator(list.table, "  ");
	return list;
}

static void list_add(struct list *list, const char *left, const char *right)
{
	struct libscols_line *line = scols_table_new_line(list->table, NULL);

	if (!line || scols_line_set_data(line, 0, left) != 0 || scols_line_set_data(line, 1, right) != 0)
		BUG("out of memory");
}

static void list_print(struct list *list)
{
	scols_print_table(list->table);
	scols_unref_table(list->table);
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

	list_add(&list, "  --home DIR", _("the directory of key, ledger.json and outbox; else $LOVEBANK_HOME or ~/.config/lovebank"));
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

		if (verbs)
			list_add(&list, noun, verbs);
	}
	list_print(&list);
	fputc('\n', out);
	print_globals(out);
	fprintf(out, "\n%s\n", _("'lovebank help NOUN' says what a noun's verbs do, 'lovebank help NOUN VERB' which flags they take.\n"
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
}

/* How a value of a type is written. */
static const char *const examples[] = {
	[FIELD_TEXT] = N_("TEXT"),	   [FIELD_CODE] = N_("CODE"),  [FIELD_LABEL] = N_("LABEL"),
	[FIELD_ID] = N_("NUMBER"),	   [FIELD_COUNT] = N_("NUMBER"), [FIELD_POINTS] = "120",
	[FIELD_MONEY] = "2,000.00",	   [FIELD_DATE] = "2025-03-08", [FIELD_TIME] = "'2025-03-08 09:00'",
	[FIELD_PROOF] = N_("FILE"),	   [FIELD_CURSOR] = N_("CURSOR"), [FIELD_HASH] = N_("KEY"),
	[FIELD_LIST] = NULL,
};

/* The codes of a choice, "red|orange"; malloc'd. */
static char *choice_codes(const struct choice *choice)
{
	char *text = xstrdup(choice->code);

	while ((++choice)->code) {
		char *longer = xasprintf("%s|%s", text, choice->code);

		free(text);
		text = longer;
	}
	return text;
}

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

/* What stands behind a flag; malloc'd. */
static char *value_example(const struct field *field)
{
	_cleanup_free_ char *items = NULL;

	if (field->type == FIELD_CHOICE)
		return choice_codes(field->choices);
	if (field->type == FIELD_LIST) {
		items = item_example(field->items);
		return xasprintf("'%s'", items);
	}
	return xstrdup(examples[field->type] ? say_translated(examples[field->type]) : "");
}

/* The Chinese words of a choice, which are taken as well as the codes; malloc'd, empty where there is nothing to say. */
static char *choice_words(const struct field *field)
{
	char *text = xstrdup("");

	if (field->type != FIELD_CHOICE || !say_is_chinese())
		return text;
	for (const struct choice *choice = field->choices; choice->code; choice++) {
		char *longer = xasprintf("%s%s%.*s", text, *text ? "、" : "（", (int)strcspn(choice->zh, "|"), choice->zh);

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
	_cleanup_free_ char *right = xasprintf("%s%s%s%s%s%s", titled ? title : "", titled ? "：" : "",
					       field->flags & FIELD_REQUIRED ? _("(required) ") : "", help, words, *words ? "）" : "");

	list_add(list, left, right);
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

/* A line that could be typed: everything required. */
static void print_example(FILE *out, const struct op *op)
{
	fprintf(out, "\n%s\n  lovebank %s %s", _("Example:"), op->noun, op->verb);
	for (const struct field *field = op->input; field->name; field++) {
		_cleanup_free_ char *flag = title_flag(field);
		_cleanup_free_ char *example = value_example(field);

		if (!(field->flags & FIELD_REQUIRED) || import_is_digest(field))
			continue;
		if (field->type == FIELD_LIST)
			fprintf(out, " --csv %s", _("FILE"));
		else if (field->type == FIELD_CHOICE)
			fprintf(out, " --%s %s", flag, field->choices->code);
		else
			fprintf(out, " --%s%s%s", flag, *example ? " " : "", example);
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
		list_add(&list, "  --csv FILE", _("the same from a CSV file, in UTF-8 or GB18030"));
	if (args_takes_out(op))
		list_add(&list, "  --out FILE", _("write the ledger.json that the new operator joins with"));
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
