#include "client/irreversible.h"

#include "client/exit.h"
#include "client/say.h"

#include <stddef.h>
#include <string.h>

static const struct {
	const char *op, *question;
	bool destroys;
} irreversible[] = {
	{"operator_revoke", N_("The key will never work again. Revoke it?"), false},
	{"operator_rotate", N_("Your present key will never work again. Replace it?"), false},
	{"entry_reverse", N_("An entry is reversed once and for all. Reverse it?"), false},
	{"ledger_key_end", N_("The ledger will never use this key again. End it?"), false},
	{"person_erase", N_("The personal values go for good: nobody, not even the ledger's operator, can bring them back."), true},
	{"person_purge", N_("Sealed values whose term has ended go for good."), true},
};

static bool is_wanted(size_t i, const struct op *op)
{
	return irreversible[i].destroys ? say_confirm_word(_(irreversible[i].question), op->verb) : say_confirm(_(irreversible[i].question));
}

int irreversible_ask(const struct client *client, const struct op *op)
{
	for (size_t i = 0; i < sizeof(irreversible) / sizeof(irreversible[0]); i++) {
		if (strcmp(op->name, irreversible[i].op) != 0 || client->yes || is_wanted(i, op))
			continue;
		say_note(_("Nothing was done."));
		if (irreversible[i].destroys)
			say_note(_("  This cannot be undone. A script that wants it adds --yes."));
		return EXIT_USAGE;
	}
	return EXIT_OK;
}
