/* "Did you mean": the nearest of the words that could have been meant. */
#ifndef CLIENT_SUGGEST_H
#define CLIENT_SUGGEST_H

struct suggestion {
	const char *typed;
	char best[64];
	unsigned distance;
};

/* Starts with nothing near enough; each candidate is offered in turn; best is empty if none was near enough. */
void suggest_start(struct suggestion *suggestion, const char *typed);
void suggest_offer(struct suggestion *suggestion, const char *candidate);

#endif
