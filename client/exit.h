/* What the command's exit code says. Scripts rely on it. */
#ifndef CLIENT_EXIT_H
#define CLIENT_EXIT_H

enum {
	EXIT_OK = 0,         /* done; what is printed is verified */
	EXIT_REFUSED = 1,    /* the ledger refused it, signed; nothing was posted */
	EXIT_USAGE = 2,      /* wrong flags or values, a file with bad rows; nothing was sent */
	EXIT_LOCAL = 3,      /* trouble on this machine: no key, no ledger.json, a file that cannot be written */
	EXIT_UNKNOWN = 4,    /* no answer; a command is kept in the outbox and can be sent again */
	EXIT_UNVERIFIED = 5, /* an answer came but did not verify; nothing of it is shown */
};

#endif
