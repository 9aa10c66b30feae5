#include "client/trouble.h"

#include "client/escape.h"
#include "client/moment.h"
#include "client/say.h"
#include "client/title.h"
#include "client/value.h"
#include "wire/base.h"
#include "wire/json.h"

#include <stdlib.h>
#include <string.h>

/* What parameters that a title does not use are called. */
static const struct label {
	const char *name, *text;
} labels[] = {
	{"recorded_at", N_("recorded")},  {"server_time", N_("the ledger's time")},
	{"request", N_("request")},	  {"entry", N_("entry")},
	{"available", N_("available")},	  {"code", N_("code")},
	{"number", N_("number")},	  {"kind", N_("kind")},
	{"today", N_("today")},		  {"date", N_("date")},
	{"volunteer", N_("volunteer")},	  {"operator", N_("operator")},
	{"person", N_("person")},	  {"role", N_("role")},
	{"node", N_("node")},		  {"activity", N_("activity")},
	{"redemption", N_("redemption")}, {"points", N_("points")},
	{"approved_on", N_("approved on")}, {"line", N_("line")},
	{"fund", N_("fund")},		  {"unsettled", N_("unsettled")},
	{"kid", N_("key")},		  {"record", N_("record")},
	{"start", N_("start")},		  {"end", N_("end")},
	{"parent_kind", N_("kind of the place above")},
	{0},
};

static const char *label_of(const char *name)
{
	for (const struct label *label = labels; label->name; label++)
		if (strcmp(label->name, name) == 0)
			return _(label->text);
	return name;
}

/* The Chinese word of a code that people know by it: a kind of node or entry, a role; NULL if it is none. */
static const char *word_of(const char *code)
{
	const struct field *role = field_find(op_find("role", "grant")->input, "role", 4);
	const struct choice *const groups[] = {op_node_kinds, op_entry_kinds, role->choices};

	for (size_t i = 0; i < sizeof(groups) / sizeof(groups[0]); i++)
		for (const struct choice *choice = groups[i]; choice->code; choice++)
			if (strcmp(choice->code, code) == 0)
				return choice->zh;
	return NULL;
}

/* A parameter as text, times in Shanghai; malloc'd. */
static char *param_text(const char *name, const json_t *value)
{
	bool coded = json_is_string(value) && (strcmp(name, "role") == 0 || strstr(name, "kind"));
	const char *word = coded && say_is_chinese() ? word_of(json_string_value(value)) : NULL;

	if (word)
		return xstrndup(word, strcspn(word, "|"));
	return json_is_string(value) ? moment_text(json_string_value(value)) : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
}

static bool is_whole(const char *text)
{
	return *text && text[strspn(text, "-0123456789")] == '\0';
}

/* Whether a parameter counts fen: it is a limit of an amount of money, or the title says so. */
static bool is_fen(const char *name, const char *title, const struct field *field)
{
	_cleanup_free_ char *mark = xasprintf("{%s} fen", name);

	return strstr(title, mark) || (field && field->type == FIELD_MONEY);
}

/* Parameters with yuan for fen, which is what people count in. New reference. */
static json_t *readable_params(const json_t *params, const char *title, const struct field *field)
{
	json_t *copy = json_object(), *value;
	const char *name;

	json_object_foreach((json_t *)params, name, value) {
		_cleanup_free_ char *text = param_text(name, value);
		_cleanup_free_ char *yuan = is_whole(text) && is_fen(name, title, field) ? value_yuan(text, true) : NULL;

		json_object_set_new(copy, name, yuan ? json_sprintf(_("%s yuan"), yuan) : json_string(text));
	}
	return copy;
}

/* A title in the user's language without its unit of fen; malloc'd. */
static char *title_in_yuan(const char *title)
{
	const char *translated = say_translated(title);
	const char *unit = strstr(translated, "} fen");

	if (!unit)
		return xstrdup(translated);
	return xasprintf("%.*s%s", (int)(unit - translated) + 1, translated, unit + strlen("} fen"));
}

char *trouble_sentence(const char *code, const json_t *params, const struct field *field)
{
	const struct problem_code *row = problem_code_find(code);
	json_auto_t *readable = readable_params(params, row ? row->title : "", field);
	_cleanup_free_ char *title = row ? title_in_yuan(row->title) : xstrdup(code);

	return problem_text(title, readable);
}

int trouble_check(const struct field *field, json_t *value, char **ret_why)
{
	struct field alone[] = {*field, {0}};
	json_auto_t *record = json_pack("{s:O}", field->name, value);
	struct problem problem = {0};

	alone[0].flags &= ~(unsigned)(FIELD_REQUIRED | FIELD_PERSONAL);
	if (json_check(record, alone, &problem) == 0)
		return 0;
	*ret_why = trouble_sentence(problem.code, problem.params, field);
	problem_clear(&problem);
	return -1;
}

/* A problem's place: a field of the input, or of a line of its list. */
struct place_at {
	const struct field *field; /* the innermost known, or NULL */
	bool in_line;
	size_t line;
};

static struct place_at resolve(const char *pointer, const struct field *fields)
{
	size_t length = strcspn(pointer, "/");
	struct place_at at = {.field = field_find(fields, pointer, length)};
	char *end;

	if (!at.field || at.field->type != FIELD_LIST || !pointer[length])
		return at;
	at.in_line = true;
	at.line = strtoul(pointer + length + 1, &end, 10);
	at.field = *end ? field_find(at.field->items, end + 1, strlen(end + 1)) : NULL;
	return at;
}

static void say_place(const char *pointer, const struct place_at *at, const struct source *source)
{
	_cleanup_free_ char *title = at->field ? title_of(at->field) : NULL;
	_cleanup_free_ char *flag = at->field ? title_flag(at->field) : NULL;
	_cleanup_free_ char *safe = escape(pointer);

	if (!at->in_line && flag)
		say_note("  --%s (%s)", flag, title);
	else if (!at->in_line)
		say_note("  %s", safe);
	else if (source && at->line < source->count)
		say_note(_("  row %zu of %s%s%s"), source->rows[at->line], source->file, title ? _(", column ") : "", title ? title : "");
	else
		say_note(_("  line %zu%s%s"), at->line + 1, title ? _(", ") : "", title ? title : "");
}

/* Another line of the same file, by its row. */
static void say_line(const char *line, const struct source *source)
{
	size_t number = strtoul(line, NULL, 10);

	if (source && number && number <= source->count)
		say_note(_("  row %zu of %s%s%s"), source->rows[number - 1], source->file, "", "");
	else
		say_note("  %s: %s", label_of("line"), line);
}

/* Parameters that the title did not name. */
static void say_params(const char *title, const json_t *params, const struct source *source)
{
	json_t *value;
	const char *name;

	json_object_foreach((json_t *)params, name, value) {
		_cleanup_free_ char *mark = xasprintf("{%s}", name);
		_cleanup_free_ char *safe = escape(json_string_value(value));

		if (strcmp(name, "line") == 0)
			say_line(safe, source);
		else if (!strstr(title, mark))
			say_note("  %s: %s", label_of(name), safe);
	}
}

void trouble_say(const json_t *problem, const struct field *fields, const struct source *source)
{
	const char *code = json_string_value(json_object_get(problem, "code"));
	const char *pointer = json_string_value(json_object_get(problem, "field"));
	const char *title = json_string_value(json_object_get(problem, "title"));
	const struct problem_code *row = code ? problem_code_find(code) : NULL;
	struct place_at at = pointer ? resolve(pointer, fields) : (struct place_at){0};
	json_auto_t *params = readable_params(json_object_get(problem, "params"), row ? row->title : "", at.field);
	_cleanup_free_ char *text = row ? trouble_sentence(code, json_object_get(problem, "params"), at.field) : xstrdup(title ? title : "?");
	_cleanup_free_ char *safe = escape(text);
	_cleanup_free_ char *safe_code = escape(code ? code : "?");

	say_error(_("refused: %s [%s]"), safe, safe_code);
	if (pointer)
		say_place(pointer, &at, source);
	say_params(row ? row->title : "", params, source);
	if (row && *row->advice)
		say_note("  %s", say_translated(row->advice));
}
