#include "audit/verify.h"
#include "wire/base64url.h"

void summary_note(struct summary *summary, const char *code, const char *value)
{
	json_t *note = json_pack("{s:s}", "code", code);

	if (value)
		json_object_set_new(note, "value", json_string(value));
	if (!summary->notes)
		summary->notes = json_array();
	json_array_append_new(summary->notes, note);
}

void summary_clear(struct summary *summary)
{
	json_decref(summary->notes);
	*summary = (struct summary){0};
}

json_t *summary_json(const struct summary *summary, const char *audit, const struct findings *findings)
{
	char root[BASE64URL_LENGTH(TREE_HASH) + 1];
	json_t *notes = summary->notes ? json_incref(summary->notes) : json_array();

	base64url_encode(summary->root, TREE_HASH, root);
	return json_pack("{s:s, s:s, s:{s:I, s:s}, s:I, s:I, s:I, s:I, s:b, s:I, s:o, s:I, s:o}", "audit", audit, "aud", summary->aud, "log",
			 "size", (json_int_t)summary->size, "root", root, "from", (json_int_t)summary->from, "leaves",
			 (json_int_t)summary->leaves, "requests", (json_int_t)summary->requests, "entries", (json_int_t)summary->entries,
			 "holds", findings_count(findings) == 0, "count", (json_int_t)findings_count(findings), "findings",
			 findings_json(findings), "withheld", (json_int_t)summary->withheld, "notes", notes);
}
