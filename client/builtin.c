#include "client/builtin.h"

#include <string.h>

static const struct builtin *const groups[] = {builtin_key, builtin_outbox, builtin_export, builtin_receipt, builtin_log, builtin_witness, builtin_bundle, builtin_audit, builtin_ledger};

const struct builtin *builtin_at(size_t i)
{
	for (size_t group = 0; group < sizeof(groups) / sizeof(groups[0]); group++)
		for (const struct builtin *builtin = groups[group]; builtin->op.noun; builtin++)
			if (i-- == 0)
				return builtin;
	return NULL;
}

const struct builtin *builtin_find(const char *noun, const char *verb)
{
	const struct builtin *builtin;

	for (size_t i = 0; (builtin = builtin_at(i)); i++)
		if (strcmp(builtin->op.noun, noun) == 0 && strcmp(builtin->op.verb, verb) == 0)
			return builtin;
	return NULL;
}
