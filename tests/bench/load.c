/* Load for the bench: signed requests through TLS, each signed here and each answer checked here. See load.h and load --help. */
#include "tests/bench/load.h"

#include "tests/bench/load_work.h"
#include "wire/base.h"
#include "wire/base64url.h"

#include <getopt.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#define IN_FLIGHT_MAX 4096
#define CONNECTIONS_MAX 20000
#define LINES_MAX 1000
#define SECONDS_MAX 86400

static const char help[] =
	"load redeem --home DIR[,DIR..] --volunteers FILE --shops S0,S1,...\n"
	"load credit --home LEADER --confirm-home WORKER --volunteers FILE --team T --community C [--lines L] [--skip K]\n"
	"load income --home TREASURER --funds F0,F1,... [--lines L]\n"
	"load read --home DIR[,DIR..] --volunteers FILE\n"
	"     --seconds S          begins no request after so long (1; with --count no end)\n"
	"     --in-flight N        requests under way at most (1)\n"
	"     --connections C      connections, shared out among the homes (4)\n"
	"     --warm-up S          of that load before, which stands in no figure (0)\n"
	"     --rate R             open loop: R requests are due a second, and latency counts from there\n"
	"     --count N            ends after N requests\n"
	"     --lines L            lines of a command (500)\n"
	"     --skip K             service lines that earlier loads have recorded\n"
	"load connect --home DIR[,DIR..] --connections C [--hold S]\n"
	"     opens connections that make one read each, prints how many, and holds them for S seconds\n"
	"load handshake [--seconds S] [--count N] [--resume]\n"
	"     TLS handshakes in memory, both ends in this process\n"
	"load pauses [--seconds S]\n"
	"     reads the clock on every core: done are the pauses of more than a millisecond, latencies their lengths\n"
	"--label TEXT stands in the report, which is one JSON object on standard output. DIR holds key.pem and ledger.json; FILE holds\n"
	"volunteer numbers, one a line. Latencies are in ms, until the answer has been checked; cpu_s is this process's, user and system.\n";

noreturn void fail(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("load: ", stderr);
	vfprintf(stderr, format, args);
	fputs("\n", stderr);
	va_end(args);
	exit(1);
}

double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

void bytes_reserve(struct bytes *bytes, size_t more)
{
	if (bytes->length + more < bytes->room)
		return;
	bytes->room = 2 * (bytes->length + more) + 256;
	bytes->at = xrealloc(bytes->at, bytes->room);
}

void bytes_add(struct bytes *bytes, const void *more, size_t length)
{
	bytes_reserve(bytes, length);
	memcpy(bytes->at + bytes->length, more, length);
	bytes->length += length;
}

void bytes_print(struct bytes *bytes, const char *format, ...)
{
	va_list args, again;
	int length;

	va_start(args, format);
	va_copy(again, args);
	bytes_reserve(bytes, 1);
	length = vsnprintf(bytes->at + bytes->length, bytes->room - bytes->length, format, args);
	if (bytes->length + (size_t)length >= bytes->room) {
		bytes_reserve(bytes, (size_t)length);
		vsnprintf(bytes->at + bytes->length, bytes->room - bytes->length, format, again);
	}
	bytes->length += (size_t)length;
	va_end(again);
	va_end(args);
}

void bytes_add_base64url(struct bytes *bytes, const void *more, size_t length)
{
	bytes_reserve(bytes, BASE64URL_LENGTH(length));
	base64url_encode(more, length, bytes->at + bytes->length);
	bytes->length += BASE64URL_LENGTH(length);
}

/* -------------------------------------------------------------- arguments */

static void take_list(struct list *list, char *text)
{
	for (char *one; (one = strsep(&text, ",")); list->at[list->count++] = one)
		if (!*one || list->count == LIST_MAX)
			fail("a list has an empty part, or more than %d", LIST_MAX);
}

static double take_number(const char *name, const char *text, double min, double max)
{
	char *end;
	double number = strtod(text, &end);

	if (*end || end == text || !(number >= min && number <= max))
		fail("--%s must be a number from %g to %g, not '%s'", name, min, max, text);
	return number;
}

static unsigned long take_count(const char *name, const char *text, unsigned long min, unsigned long max)
{
	return (unsigned long)take_number(name, text, (double)min, (double)max);
}

static void options_read(struct options *o, int argc, char **argv)
{
	static const struct option names[] = {
		{ "home", 1, NULL, 'h' },      { "confirm-home", 1, NULL, 'c' }, { "volunteers", 1, NULL, 'v' }, { "shops", 1, NULL, 'p' },
		{ "funds", 1, NULL, 'f' },     { "team", 1, NULL, 't' },	 { "community", 1, NULL, 'o' },	 { "label", 1, NULL, 'b' },
		{ "seconds", 1, NULL, 's' },   { "rate", 1, NULL, 'r' },	 { "hold", 1, NULL, 'd' },	 { "in-flight", 1, NULL, 'n' },
		{ "connections", 1, NULL, 'x' }, { "lines", 1, NULL, 'l' },	 { "skip", 1, NULL, 'k' },	 { "count", 1, NULL, 'm' },
		{ "warm-up", 1, NULL, 'w' },   { "resume", 0, NULL, 'e' },	 { "help", 0, NULL, 'H' },	 { NULL, 0, NULL, 0 },
	};
	int option, index = 0;

	while ((option = getopt_long(argc, argv, "", names, &index)) != -1) {
		const char *name = names[index].name;

		switch (option) {
		case 'h': take_list(&o->homes, optarg); break;
		case 'c': take_list(&o->confirm_homes, optarg); break;
		case 'p': take_list(&o->shops, optarg); break;
		case 'f': take_list(&o->funds, optarg); break;
		case 'v': o->volunteers = optarg; break;
		case 't': o->team = optarg; break;
		case 'o': o->community = optarg; break;
		case 'b': o->label = optarg; break;
		case 's': o->seconds = take_number(name, optarg, 0.001, SECONDS_MAX); break;
		case 'w': o->warm_up = take_number(name, optarg, 0, SECONDS_MAX); break;
		case 'r': o->rate = take_number(name, optarg, 0.001, 1e6); break;
		case 'd': o->hold = take_number(name, optarg, 0, SECONDS_MAX); break;
		case 'n': o->in_flight = take_count(name, optarg, 1, IN_FLIGHT_MAX); break;
		case 'x': o->connections = take_count(name, optarg, 1, CONNECTIONS_MAX); break;
		case 'l': o->lines = take_count(name, optarg, 1, LINES_MAX); break;
		case 'k': o->skip = take_count(name, optarg, 0, 1UL << 40); break;
		case 'm': o->count = take_count(name, optarg, 1, 1UL << 40); break;
		case 'e': o->resume = true; break;
		case 'H': fputs(help, stdout); exit(0);
		default: fputs(help, stderr); exit(1);
		}
	}
	if (o->seconds <= 0)
		o->seconds = o->count ? SECONDS_MAX : 1;
	o->work = optind + 1 == argc ? argv[optind] : NULL;
}

/* -------------------------------------------------------------- the report */

static int by_size(const void *x, const void *y)
{
	float a = *(const float *)x, b = *(const float *)y;

	return (a > b) - (a < b);
}

static double percentile(const struct report *report, double p)
{
	return report->latency_count ? (double)report->latencies[(size_t)((double)(report->latency_count - 1) * p)] : 0;
}

static double cpu_seconds(void)
{
	struct rusage usage;

	getrusage(RUSAGE_SELF, &usage);
	return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) + (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6;
}

static void report_print(const struct options *options, const struct report *report)
{
	json_t *out = json_pack("{s:s,s:s*,s:I,s:I,s:I,s:f,s:f}", "kind", options->work, "label", options->label, "done", (json_int_t)report->done,
				"refused", (json_int_t)report->refused, "replayed", (json_int_t)report->replayed, "seconds", report->seconds,
				"per_second", (double)(report->done - report->warmed) / report->seconds);

	if (report->latency_count) {
		qsort(report->latencies, report->latency_count, sizeof(*report->latencies), by_size);
		json_object_set_new(out, "p50_ms", json_real(percentile(report, 0.5)));
		json_object_set_new(out, "p99_ms", json_real(percentile(report, 0.99)));
		json_object_set_new(out, "p999_ms", json_real(percentile(report, 0.999)));
		json_object_set_new(out, "max_ms", json_real(percentile(report, 1)));
	}
	if (report->recorded) {
		json_object_set_new(out, "recorded", json_integer((json_int_t)report->recorded));
		json_object_set_new(out, "record_s", json_real(report->step_seconds[0]));
		json_object_set_new(out, "confirm_s", json_real(report->step_seconds[1]));
	}
	json_object_set_new(out, "cpu_s", json_real(cpu_seconds()));
	json_object_set_new(out, "handshakes", json_integer((json_int_t)report->handshakes));
	json_object_set_new(out, "resumed", json_integer((json_int_t)report->resumed));
	json_dumpf(out, stdout, JSON_REAL_PRECISION(6));
	putchar('\n');
	json_decref(out);
}

/* Loads that need nothing but this machine; false: it is none of them. */
static bool without_ledger(const struct options *options, struct report *report)
{
	if (!options->work)
		return false;
	if (strcmp(options->work, "handshake") == 0)
		load_handshake(options, report);
	else if (strcmp(options->work, "pauses") == 0)
		load_pauses(options, report);
	else
		return false;
	return true;
}

int main(int argc, char **argv)
{
	struct options options = { .in_flight = 1, .connections = 4, .lines = 500 };
	struct report report = { 0 };

	base_init();
	signal(SIGPIPE, SIG_IGN);
	options_read(&options, argc, argv);
	if (without_ledger(&options, &report)) {
		report_print(&options, &report);
		free(report.latencies);
		return 0;
	}
	if (!options.work || !options.homes.count)
		fail("it wants to be told what to do, and --home; see load --help");
	if (strcmp(options.work, "connect") == 0) {
		load_idle(&options);
		return 0;
	}
	if (!work_find(options.work))
		fail("there is no load '%s'; see load --help", options.work);
	load_run(&options, &report);
	report_print(&options, &report);
	free(report.latencies);
	return 0;
}
