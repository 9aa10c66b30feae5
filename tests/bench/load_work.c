#include "tests/bench/load_work.h"

#include "wire/base.h"
#include "wire/base64url.h"
#include "wire/clock.h"
#include "wire/jti.h"
#include "wire/sha256.h"

#include <errno.h>
#include <inttypes.h>
#include <openssl/rand.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NONCE 16
#define NONCE_TEXT BASE64URL_LENGTH(NONCE)
#define LIFE_S 300
#define SERVICE_FROM 1577836800 /* 2020-01-01 */
#define SERVICE_S 1800
#define DAY_S 86400
#define SERVICE_DAYS 2000 /* one service a day for each volunteer, from that day on; then the next half-hour of the same days */

static struct {
	const struct options *options;
	uint64_t *volunteers;
	size_t volunteer_count;
	uint64_t next;    /* volunteer, line or read */
	uint64_t entries; /* in the ledger */
	struct bytes payload, lines, personal, compact;
} w;

/* -------------------------------------------------------------- requests */

/* Fresh random bytes; drawn many at a time, because a draw costs more than the bytes. */
static unsigned char *fresh(void)
{
	static unsigned char pool[NONCE * 256];
	static size_t left;

	if (!left && RAND_bytes(pool, (int)(left = sizeof(pool))) != 1)
		fail("no random bytes");
	left -= NONCE;
	return pool + left;
}

static void nonce(char text[NONCE_TEXT + 1])
{
	base64url_encode(fresh(), NONCE, text);
}

static void set_path(struct request *request, const char *path)
{
	request->path.length = 0;
	bytes_add(&request->path, path, strlen(path));
}

/* Begins the payload of a command with the members that every one has. */
static void begin_command(struct request *request, const struct party *party, const char *path)
{
	int64_t now = clock_now();
	long long iat = now / 1000000;
	unsigned char *bytes = fresh();
	char jti[NONCE_TEXT + 1];

	jti_stamp(bytes, now);
	base64url_encode(bytes, JTI_BYTES, jti);
	set_path(request, path);
	w.payload.length = 0;
	bytes_print(&w.payload, "{\"aud\":\"%s\",\"exp\":%lld,\"htm\":\"POST\",\"htu\":\"%s\",\"iat\":%lld,\"jti\":\"%s\"", party->ledger.aud, iat + LIFE_S,
		    path, iat, jti);
}

/* Signs it: the compact string, whose hash the answer names, and the body, which is the same in JSON. personal: an array, or empty. */
static void end_command(struct request *request, const struct party *party, const struct bytes *personal)
{
	size_t payload = strlen(party->protected) + 1, end;
	unsigned char signature[ES256_SIGNATURE];
	struct bytes *compact = &w.compact, *body = &request->body;

	bytes_add(&w.payload, "}", 1);
	compact->length = body->length = 0;
	bytes_add(compact, party->protected, payload - 1);
	bytes_add(compact, ".", 1);
	bytes_add_base64url(compact, w.payload.at, w.payload.length);
	end = compact->length;
	key_sign(party->key, compact->at, end, signature);
	bytes_add(compact, ".", 1);
	bytes_add_base64url(compact, signature, sizeof(signature));
	sha256(compact->at, compact->length, request->hash);

	bytes_reserve(body, compact->length + personal->length + 64);
	bytes_add(body, "{\"payload\":\"", 12);
	bytes_add(body, compact->at + payload, end - payload);
	if (personal->length)
		bytes_print(body, "\",\"personal\":%s,\"protected\":\"", personal->at);
	else
		bytes_add(body, "\",\"protected\":\"", 15);
	bytes_add(body, compact->at, payload - 1);
	bytes_add(body, "\",\"signature\":\"", 15);
	bytes_add(body, compact->at + end + 1, compact->length - end - 1);
	bytes_add(body, "\"}", 2);
}

static const struct bytes nothing;

/* A read; query ends with what makes it another one each time. */
static void ask_read(struct request *request, const char *path, const char *name, uint64_t value)
{
	struct bytes *at = &request->path;
	char text[NONCE_TEXT + 1];

	nonce(text);
	request->body.length = at->length = 0;
	if (name)
		bytes_print(at, "%s?%s=%" PRIu64 "&nonce=%s", path, name, value, text);
	else
		bytes_print(at, "%s?nonce=%s", path, text);
	sha256_pair("GET ", 4, at->at, at->length, request->hash);
}

/* A number in a result; 0: there is none. */
static uint64_t number_of(struct text object, const char *name)
{
	struct member member = { .name = name };
	uint64_t number;

	return scan_object(object, &member, 1) == 0 && scan_number(member.value, &number) ? number : 0;
}

/* -------------------------------------------------------------- what is given */

static void need(bool given, const char *what)
{
	if (!given)
		fail("%s needs %s; see load --help", w.options->work, what);
}

static void read_volunteers(const struct options *options)
{
	FILE *file;

	w.options = options;
	w.next = options->skip;
	need(options->volunteers, "--volunteers");
	file = fopen(options->volunteers, "re");
	if (!file)
		fail("%s: %s", options->volunteers, strerror(errno));
	for (uint64_t number; fscanf(file, "%" SCNu64, &number) == 1;) {
		w.volunteers = xrealloc(w.volunteers, (w.volunteer_count + 1) * sizeof(*w.volunteers));
		w.volunteers[w.volunteer_count++] = number;
	}
	fclose(file);
	if (!w.volunteer_count)
		fail("%s has no volunteers", options->volunteers);
}

/* -------------------------------------------------------------- redeem */

static void redeem_begin(const struct options *options)
{
	read_volunteers(options);
	need(options->shops.count, "--shops");
}

static void redeem_ask(struct slot *slot, const struct party *party)
{
	const struct list *shops = &w.options->shops;

	slot->number = w.volunteers[w.next % w.volunteer_count];
	begin_command(&slot->request, party, "/v1/redemption/make");
	bytes_print(&w.payload, ",\"points\":\"1\",\"shop\":\"%s\",\"volunteer\":%" PRIu64, shops->at[w.next % shops->count], slot->number);
	end_command(&slot->request, party, &nothing);
	w.next++;
}

static void redeem_take(struct slot *slot, const struct answer *answer, struct report *report)
{
	if (number_of(answer->result, "volunteer") != slot->number)
		answer_fail(&slot->request, "it is of another volunteer");
	report->done++;
}

/* -------------------------------------------------------------- credit */

static void credit_begin(const struct options *options)
{
	read_volunteers(options);
	need(options->confirm_homes.count, "--confirm-home");
	need(options->team, "--team");
	need(options->community, "--community");
}

/* Half an hour a day for each volunteer in turn: none overlaps. */
static void service_line(uint64_t place)
{
	uint64_t turn = place / w.volunteer_count;
	time_t start = SERVICE_FROM + (time_t)(turn % SERVICE_DAYS) * DAY_S + (time_t)(turn / SERVICE_DAYS) * SERVICE_S, end = start + SERVICE_S;
	char from[32], to[32];
	struct tm tm;

	strftime(from, sizeof(from), "%FT%TZ", gmtime_r(&start, &tm));
	strftime(to, sizeof(to), "%FT%TZ", gmtime_r(&end, &tm));
	bytes_print(&w.payload, "{\"end\":\"%s\",\"start\":\"%s\",\"volunteer\":%" PRIu64 "}", to, from, w.volunteers[place % w.volunteer_count]);
}

static void credit_ask(struct slot *slot, const struct party *party)
{
	if (slot->step == 1) {
		begin_command(&slot->request, party, "/v1/service/confirm");
		bytes_print(&w.payload, ",\"activity\":%" PRIu64, slot->number);
	} else {
		begin_command(&slot->request, party, "/v1/service/record");
		bytes_print(&w.payload, ",\"category\":\"other\",\"community\":\"%s\",\"content\":\"load\",\"name\":\"load\",\"place\":\"here\",\"team\":\"%s\"",
			    w.options->community, w.options->team);
		for (unsigned long i = 0; i < w.options->lines; i++) {
			bytes_print(&w.payload, i ? "," : ",\"lines\":[");
			service_line(w.next++);
		}
		bytes_add(&w.payload, "]", 1);
	}
	end_command(&slot->request, party, &nothing);
}

static void credit_take(struct slot *slot, const struct answer *answer, struct report *report)
{
	uint64_t activity = number_of(answer->result, "activity");

	if (!activity || (slot->step == 1 && activity != slot->number))
		answer_fail(&slot->request, "it names no activity, or another");
	if (slot->step == 1)
		report->done += w.options->lines;
	else
		report->recorded += w.options->lines;
	slot->number = activity;
	slot->step = !slot->step;
}

/* -------------------------------------------------------------- income */

static void income_begin(const struct options *options)
{
	w.options = options;
	w.next = options->skip;
	need(options->funds.count, "--funds");
}

/* A file of lines, spread over the funds; its digest is a personal value. No two files and no two lines are the same. */
static void income_lines(void)
{
	const struct list *funds = &w.options->funds;
	static char run[NONCE_TEXT + 1];

	if (!*run)
		nonce(run);
	w.lines.length = 0;
	for (unsigned long i = 0; i < w.options->lines; i++, w.next++)
		bytes_print(&w.lines, "%s{\"amount\":\"100\",\"bank_reference\":\"%s-%" PRIu64 "\",\"channel\":\"other\",\"fund\":\"%s\"}", i ? "," : "[", run,
			    w.next, funds->at[w.next % funds->count]);
	bytes_add(&w.lines, "]", 1);
}

/* The commitment to the digest of the lines, and what opens it. */
static void income_digest(char commitment[BASE64URL_LENGTH(SHA256_BYTES) + 1])
{
	unsigned char hash[SHA256_BYTES], salt[NONCE];
	char hex[2 * SHA256_BYTES + 1], salt_text[NONCE_TEXT + 1];

	sha256(w.lines.at, w.lines.length, hash);
	for (int i = 0; i < SHA256_BYTES; i++)
		snprintf(hex + 2 * i, 3, "%02x", hash[i]);
	nonce(salt_text);
	if (base64url_decode(salt_text, NONCE_TEXT, salt, NONCE) != NONCE)
		BUG("a salt that is no base64url");
	sha256_pair(salt, NONCE, hex, sizeof(hex) - 1, hash);
	base64url_encode(hash, SHA256_BYTES, commitment);
	w.personal.length = 0;
	bytes_print(&w.personal, "[{\"name\":\"file\",\"salt\":\"%s\",\"value\":\"%s\"}]", salt_text, hex);
}

static void income_ask(struct slot *slot, const struct party *party)
{
	char commitment[BASE64URL_LENGTH(SHA256_BYTES) + 1];

	income_lines();
	income_digest(commitment);
	begin_command(&slot->request, party, "/v1/income/import");
	bytes_print(&w.payload, ",\"file\":\"%s\",\"lines\":", commitment);
	bytes_add(&w.payload, w.lines.at, w.lines.length);
	end_command(&slot->request, party, &w.personal);
}

static void income_take(struct slot *slot, const struct answer *answer, struct report *report)
{
	(void)slot;
	(void)answer;
	report->done += w.options->lines;
}

/* -------------------------------------------------------------- read */

/* Balances and receipts in turn, both from all over the ledger. */
static void read_ask(struct slot *slot, const struct party *party)
{
	uint64_t place = w.next / 2;

	(void)party;
	slot->step = 0;
	if (w.next % 2 == 1 && w.entries) {
		slot->number = place * 7919 % w.entries + 1;
		ask_read(&slot->request, "/v1/receipt/show", "entry", slot->number);
	} else {
		slot->number = w.volunteers[place % w.volunteer_count];
		ask_read(&slot->request, "/v1/points/show", "volunteer", slot->number);
	}
	w.next++;
}

/* The leaf in a receipt is that of the entry that was asked for, unless the reader may see its hash only. */
static bool is_of_entry(struct text receipt, uint64_t entry)
{
	struct member leaves = { .name = "leaves" };
	const char *at = NULL;
	struct text leaf;

	if (scan_object(receipt, &leaves, 1) < 0 || !leaves.value.at)
		return true;
	return scan_next(leaves.value, &at, &leaf) == 1 && number_of(leaf, "entry") == entry;
}

static void read_take(struct slot *slot, const struct answer *answer, struct report *report)
{
	struct member receipt = { .name = "receipt" };

	if (scan_object(answer->result, &receipt, 1) < 0)
		answer_fail(&slot->request, "its result is malformed");
	if (receipt.value.at) {
		receipt_check_shown(&slot->request, receipt.value);
		if (!is_of_entry(receipt.value, slot->number))
			answer_fail(&slot->request, "it shows another entry");
	} else if (number_of(answer->result, "volunteer") != slot->number) {
		answer_fail(&slot->request, "it shows another volunteer");
	}
	report->done++;
}

void work_ask_status(struct request *request)
{
	ask_read(request, "/v1/ledger/status", NULL, 0);
}

void work_take_status(const struct request *request, const struct answer *answer)
{
	if (!answer->result.at)
		answer_fail(request, "the ledger does not show its status");
	w.entries = number_of(answer->result, "entries");
}

/* -------------------------------------------------------------- the table */

static const struct work works[] = {
	{ "redeem", redeem_begin, redeem_ask, redeem_take },
	{ "credit", credit_begin, credit_ask, credit_take },
	{ "income", income_begin, income_ask, income_take },
	{ "read", read_volunteers, read_ask, read_take },
	{ NULL, NULL, NULL, NULL },
};

const struct work *work_find(const char *name)
{
	for (const struct work *work = works; work->name; work++)
		if (strcmp(work->name, name) == 0)
			return work;
	return NULL;
}
