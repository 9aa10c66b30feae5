#include "client/args.h"

#include "client/exit.h"
#include "client/file.h"
#include "client/import.h"
#include "client/records.h"
#include "client/say.h"
#include "client/suggest.h"
#include "client/title.h"
#include "client/trouble.h"
#include "client/value.h"
#include "wire/base.h"

#include <ctype.h>
#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <unistd.h>

#define PROOF_MAX 16384

struct global_flag {
	const char *name;
	size_t offset;
	bool has_value;
};

static const struct global_flag global_flags[] = {
	{"--home", offsetof(struct globals, home), true},      {"--lang", offsetof(struct globals, lang), true},
	{"--json", offsetof(struct globals, json), false},     {"--yes", offsetof(struct globals, yes), false},
	{"--help", offsetof(struct globals, help), false},     {"-h", offsetof(struct globals, help), false},
	{"--version", offsetof(struct globals, version), false}, {0},
};

static const struct global_flag *find_global(const char *word, const char **ret_value)
{
	for (const struct global_flag *flag = global_flags; flag->name; flag++) {
		size_t length = strlen(flag->name);

		*ret_value = flag->has_value && word[length] == '=' ? word + length + 1 : NULL;
		if (strncmp(word, flag->name, length) == 0 && (!word[length] || *ret_value))
			return flag;
	}
	return NULL;
}

int globals_take(int *argc, const char **argv, struct globals *ret, const char **ret_flag)
{
	int kept = 1;

	for (int i = 1; i < *argc; i++) {
		const char *value;
		const struct global_flag *flag = strncmp(argv[i], "-", 1) == 0 ? find_global(argv[i], &value) : NULL;
		void *member = flag ? (char *)ret + flag->offset : NULL;

		if (!flag) {
			argv[kept++] = argv[i];
			continue;
		}
		if (!flag->has_value) {
			*(bool *)member = true;
			continue;
		}
		if (!value && i + 1 < *argc)
			value = argv[++i];
		if (!value) {
			*ret_flag = flag->name;
			return -1;
		}
		*(const char **)member = value;
	}
	argv[kept] = NULL;
	*argc = kept;
	return 0;
}

bool args_takes_csv(const struct op *op)
{
	return op->kind == OP_COMMAND && import_list(op);
}

bool args_takes_out(const struct op *op)
{
	for (const struct field *field = op->input; field->name; field++)
		if (field->type == FIELD_PROOF)
			return true;
	return false;
}

/* What is left of the line while it is parsed. */
struct parser {
	const struct op *op;
	int argc;
	const char *const *argv;
	struct args *args;
	unsigned faults, words;
};

static void unknown_flag(struct parser *parser, const char *flag)
{
	struct suggestion suggestion;
	_cleanup_free_ char *typed = xstrndup(flag, strcspn(flag, "="));

	suggest_start(&suggestion, typed);
	for (const struct field *field = parser->op->input; field->name; field++) {
		_cleanup_free_ char *name = title_flag(field);

		if (!import_is_digest(field))
			suggest_offer(&suggestion, name);
	}
	if (args_takes_csv(parser->op))
		suggest_offer(&suggestion, "csv");
	if (*suggestion.best)
		say_error(_("unknown flag --%s; did you mean --%s?"), typed, suggestion.best);
	else
		say_error(_("unknown flag --%s"), typed);
	parser->faults++;
}

static void bad_value(struct parser *parser, const struct field *field, const char *why)
{
	_cleanup_free_ char *flag = title_flag(field);
	_cleanup_free_ char *title = title_of(field);

	say_error("--%s (%s): %s", flag, title, why);
	parser->faults++;
}

/* Whether a text can be an enrolment request itself: a header, two dots. */
static bool is_compact(const char *text)
{
	const char *first = strchr(text, '.'), *second = first ? strchr(first + 1, '.') : NULL;

	return second && !strchr(second + 1, '.') && strncmp(text, "ey", 2) == 0;
}

/* The text of an enrolment request, which is given itself or by the name of its file; malloc'd. */
static char *proof_text(const char *text)
{
	size_t length;
	char *bytes = is_compact(text) && access(text, F_OK) < 0 ? xstrdup(text) : file_read(text, PROOF_MAX, &length);

	if (bytes)
		bytes[strcspn(bytes, " \r\n")] = '\0';
	return bytes;
}

static json_t *parse_one(const struct field *field, const char *text, char **ret_why)
{
	_cleanup_free_ char *proof = field->type == FIELD_PROOF ? proof_text(text) : NULL;
	json_t *value;

	if (field->type == FIELD_PROOF && !proof) {
		*ret_why = xasprintf("%s: %s", text, strerror(errno));
		return NULL;
	}
	value = value_parse(field, proof ? proof : text, ret_why);
	if (!value || trouble_check(field, value, ret_why) == 0)
		return value;
	json_decref(value);
	return NULL;
}

static void set_value(struct parser *parser, const struct field *field, const char *text)
{
	_cleanup_free_ char *why = NULL;
	json_t *value;

	if (json_object_get(parser->args->input, field->name)) {
		bad_value(parser, field, _("it is there twice"));
		return;
	}
	value = parse_one(field, text, &why);
	if (value)
		json_object_set_new(parser->args->input, field->name, value);
	else
		bad_value(parser, field, why);
}

static void add_record(struct parser *parser, const struct field *field, const char *text)
{
	_cleanup_free_ char *why = NULL;
	json_t *record = record_from_text(field->items, text, &why);
	json_t *list = json_object_get(parser->args->input, field->name);

	if (!record) {
		bad_value(parser, field, why);
		return;
	}
	if (!list) {
		list = json_array();
		json_object_set_new(parser->args->input, field->name, list);
	}
	json_array_append_new(list, record);
}

/* A list without fields of its own takes words: files. */
static bool is_words(const struct field *field)
{
	return field->type == FIELD_LIST && !field->items;
}

static void add_word(struct parser *parser, const struct field *field, const char *word)
{
	json_t *list = json_object_get(parser->args->input, field->name);

	if (!list) {
		list = json_array();
		json_object_set_new(parser->args->input, field->name, list);
	}
	json_array_append_new(list, json_string(word));
}

static const struct field *find_flag(const struct op *op, const char *flag)
{
	_cleanup_free_ char *name = xstrndup(flag, strcspn(flag, "="));

	for (const struct field *field = op->input; field->name; field++)
		if (!import_is_digest(field) && title_is_flag(field, name))
			return field;
	return NULL;
}

/* Whether the next word is the value of a flag of yes and no, which may stand alone. */
static bool is_yes_or_no(const struct field *field, const char *word)
{
	_cleanup_free_ char *why = NULL;
	json_t *value = word ? value_parse(field, word, &why) : NULL;

	json_decref(value);
	return value != NULL;
}

/* The value behind '=' or in the next word; NULL if there is none. */
static const char *take_value(struct parser *parser, const char *flag)
{
	const char *equals = strchr(flag, '=');

	if (equals)
		return equals + 1;
	if (parser->argc < 1 || strncmp(parser->argv[0], "--", 2) == 0)
		return NULL;
	parser->argc--;
	return *parser->argv++;
}

static const char **file_flag(struct parser *parser, const char *flag)
{
	size_t length = strcspn(flag, "=");

	if (args_takes_csv(parser->op) && length == 3 && strncmp(flag, "csv", 3) == 0)
		return &parser->args->csv;
	if (args_takes_out(parser->op) && length == 3 && strncmp(flag, "out", 3) == 0)
		return &parser->args->out;
	return NULL;
}

static void take_flag(struct parser *parser, const char *flag)
{
	const struct field *field = find_flag(parser->op, flag);
	const char **file = field ? NULL : file_flag(parser, flag);
	const char *value;

	if (!field && !file) {
		unknown_flag(parser, flag);
		if (!strchr(flag, '='))
			take_value(parser, flag);
		return;
	}
	if (field && field->type == FIELD_FLAG && !strchr(flag, '=') &&
	    (parser->argc < 1 || !is_yes_or_no(field, parser->argv[0])))
		value = "true";
	else
		value = take_value(parser, flag);
	if (!value) {
		say_error(_("--%s lacks its value"), flag);
		parser->faults++;
	} else if (file) {
		*file = value;
	} else if (is_words(field)) {
		add_word(parser, field, value);
	} else if (field->type == FIELD_LIST) {
		add_record(parser, field, value);
	} else {
		set_value(parser, field, value);
	}
}

/* The field that a word without a flag is the value of: the next required one; where none is, the first of all. */
static const struct field *next_field(const struct parser *parser)
{
	const struct field *first = parser->op->input;
	bool any = false;

	for (const struct field *field = first; field->name; field++) {
		if (field->type == FIELD_LIST || !(field->flags & FIELD_REQUIRED))
			continue;
		any = true;
		if (!json_object_get(parser->args->input, field->name))
			return field;
	}
	return any || !first->name || first->type == FIELD_LIST || parser->words ? NULL : first;
}

static void take_word(struct parser *parser, const char *word)
{
	const struct field *field = next_field(parser);

	if (*word == '-' && isalpha((unsigned char)word[1])) {
		say_error(_("unknown flag %s"), word);
		parser->faults++;
	} else if (field) {
		set_value(parser, field, word);
	} else if (parser->op->input->name && is_words(parser->op->input)) {
		add_word(parser, parser->op->input, word);
	} else {
		say_error(_("\"%s\" is one word too many"), word);
		parser->faults++;
	}
	parser->words++;
}

static void check_required(struct parser *parser)
{
	for (const struct field *field = parser->op->input; field->name; field++) {
		bool made = import_is_digest(field) || (field->type == FIELD_LIST && parser->args->csv);

		if (!(field->flags & FIELD_REQUIRED) || made || json_object_get(parser->args->input, field->name))
			continue;
		bad_value(parser, field, field->type == FIELD_LIST ? _("missing; give it, or a file with --csv") : _("missing"));
	}
}

int args_parse(const struct op *op, int argc, const char *const *argv, struct args *ret)
{
	struct parser parser = {.op = op, .argc = argc, .argv = argv, .args = ret};
	const struct field *list = import_list(op);

	*ret = (struct args){.input = json_object()};
	while (parser.argc > 0) {
		const char *word = *parser.argv++;

		parser.argc--;
		if (strncmp(word, "--", 2) == 0)
			take_flag(&parser, word + 2);
		else
			take_word(&parser, word);
	}
	if (!parser.faults)
		check_required(&parser);
	if (ret->csv && list && json_object_get(ret->input, list->name))
		bad_value(&parser, list, _("give either the flag or --csv"));
	if (parser.faults)
		say_note(_("  See 'lovebank help %s %s'."), op->noun, op->verb);
	return parser.faults ? EXIT_USAGE : EXIT_OK;
}
