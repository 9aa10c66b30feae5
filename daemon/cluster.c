/* The embedded PostgreSQL; see cluster.h. */
#include "daemon/cluster.h"

#include "daemon/process.h"
#include "wire/base.h"

#include <errno.h>
#include <fcntl.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SOCKET_PATH_MAX 85 /* sockaddr_un holds 107 bytes, "/.s.PGSQL.5432.lock" included */
#define RESTART_MS 500

struct cluster {
	const struct config *config;
	struct event *child, *restart;
	pid_t pid;
	bool stopping;
};

static char *cluster_path(const struct config *config, const char *name)
{
	return xasprintf("%s/postgres/%s", config->state_dir, name);
}

static const char *our_name(void)
{
	const struct passwd *pw = getpwuid(geteuid());

	return pw ? pw->pw_name : "root";
}

static char *conninfo(const struct config *config, const char *role)
{
	return xasprintf("host=%s/postgres/socket port=5432 dbname=lovebank user=%s connect_timeout=5", config->state_dir, role);
}

char *cluster_conninfo(const struct config *config)
{
	return conninfo(config, "lovebankd");
}

char *cluster_owner_conninfo(const struct config *config)
{
	return conninfo(config, "lovebank_admin");
}

bool cluster_exists(const struct config *config)
{
	_cleanup_free_ char *path = cluster_path(config, "data/PG_VERSION");

	return access(path, F_OK) == 0;
}

static int append(const char *path, const char *text)
{
	FILE *file = fopen(path, "ae");

	if (!file)
		return -1;
	fputs(text, file);
	return fclose(file);
}

static int write_new(const char *path, const char *text)
{
	return truncate(path, 0) == 0 ? append(path, text) : -1;
}

/* Who may come in: our own user and the cluster's, as the two roles, through the socket. */
static int configure(const struct config *config)
{
	_cleanup_free_ char *conf = cluster_path(config, "data/postgresql.conf"), *hba = cluster_path(config, "data/pg_hba.conf"),
			    *ident = cluster_path(config, "data/pg_ident.conf");
	const char *us = our_name(), *them = process_postgres_user();
	_cleanup_free_ char *settings = xasprintf("\n# lovebank: socket only, nothing that could lose an acknowledged posting\n"
						  "listen_addresses = ''\nport = 5432\nunix_socket_directories = '%s/postgres/socket'\n"
						  "max_connections = 50\nshared_buffers = 256MB\nmin_wal_size = 1GB\nmax_wal_size = 2GB\nfsync = on\n"
						  "full_page_writes = on\nsynchronous_commit = on\njit = off\ntimezone = 'UTC'\nlog_timezone = 'UTC'\n"
						  "log_min_error_statement = panic\nlog_error_verbosity = terse\nlog_parameter_max_length = 0\nlog_parameter_max_length_on_error = 0\n",
						  config->state_dir);
	_cleanup_free_ char *map = xasprintf("lovebank %s lovebank_admin\nlovebank %s lovebankd\n%s%s%s", us, us, them ? "lovebank " : "",
					     them ? them : "", them ? " lovebank_admin\n" : "");

	if (append(conf, settings) != 0 || write_new(hba, "local all all peer map=lovebank\n") != 0 || write_new(ident, map) != 0)
		return -1;
	return 0;
}

static int make_folder(const char *path, mode_t mode, const char *user)
{
	const struct passwd *pw = user ? getpwnam(user) : NULL;

	if (mkdir(path, mode) != 0 && errno != EEXIST)
		return -1;
	return pw ? chown(path, pw->pw_uid, pw->pw_gid) : 0;
}

int cluster_create(const struct config *config, char **ret_error)
{
	_cleanup_free_ char *root = xasprintf("%s/postgres", config->state_dir), *data = cluster_path(config, "data"),
			    *socket = cluster_path(config, "socket"), *initdb = xasprintf("%s/initdb", config->postgres_bin),
			    *log = cluster_path(config, "initdb.log");
	const char *user = process_postgres_user();
	const char *const argv[] = { initdb, "-D", data, "-U", "lovebank_admin", "-E", "UTF8", "--locale=C.UTF-8", "--data-checksums",
				     "--auth-local=peer", "--auth-host=reject", "--no-instructions", NULL };

	if (strlen(socket) > SOCKET_PATH_MAX)
		*ret_error = xasprintf("state_dir is too long by %zu characters for PostgreSQL's socket: use a shorter path",
				       strlen(socket) - SOCKET_PATH_MAX);
	else if (access(initdb, X_OK) != 0)
		*ret_error = xasprintf("%s is not there: install postgresql-15, or set postgres_bin", initdb);
	else if (make_folder(root, 0755, user) != 0 || make_folder(socket, 0755, user) != 0)
		*ret_error = xasprintf("%s: %s", root, strerror(errno));
	else if (process_run(argv, user, log) != 0)
		*ret_error = xasprintf("initdb failed; see %s", log);
	else if (configure(config) != 0)
		*ret_error = xasprintf("%s: %s", data, strerror(errno));
	else
		return 0;
	return -1;
}

static pid_t launch(const struct config *config)
{
	_cleanup_free_ char *postgres = xasprintf("%s/postgres", config->postgres_bin), *data = cluster_path(config, "data"),
			    *log = cluster_path(config, "log");
	const char *const argv[] = { postgres, "-D", data, NULL };

	return process_start(argv, process_postgres_user(), log, true);
}

static void restart_soon(struct cluster *cluster)
{
	struct timeval wait = { .tv_usec = RESTART_MS * 1000 };

	cluster->pid = -1;
	evtimer_add(cluster->restart, &wait);
}

static void on_restart(evutil_socket_t fd, short what, void *arg)
{
	struct cluster *cluster = arg;

	(void)fd;
	(void)what;
	cluster->pid = launch(cluster->config);
	if (cluster->pid < 0) /* no process can be made now */
		restart_soon(cluster);
}

/* The first start after a kill can fail on a lock file that looks alive: it is tried again until it stays. */
static void on_child(evutil_socket_t fd, short what, void *arg)
{
	struct cluster *cluster = arg;
	int status;

	(void)fd;
	(void)what;
	if (cluster->stopping || cluster->pid < 0 || waitpid(cluster->pid, &status, WNOHANG) != cluster->pid)
		return;
	fprintf(stderr, "lovebankd: PostgreSQL stopped (%s %d); starting it again\n", WIFSIGNALED(status) ? "signal" : "status",
		WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status));
	restart_soon(cluster);
}

struct cluster *cluster_start(struct event_base *base, const struct config *config, char **ret_error)
{
	struct cluster *cluster = xcalloc(1, sizeof(*cluster));

	cluster->config = config;
	cluster->child = evsignal_new(base, SIGCHLD, on_child, cluster);
	cluster->restart = evtimer_new(base, on_restart, cluster);
	event_add(cluster->child, NULL);
	cluster->pid = launch(config);
	if (cluster->pid > 0)
		return cluster;
	*ret_error = xasprintf("PostgreSQL cannot be started: %s", strerror(errno));
	return cluster_stop(cluster);
}

int cluster_wait(const struct config *config, unsigned seconds)
{
	_cleanup_free_ char *ready = xasprintf("%s/pg_isready", config->postgres_bin), *socket = cluster_path(config, "socket");
	const char *const argv[] = { ready, "-q", "-h", socket, "-p", "5432", "-U", "lovebank_admin", "-d", "postgres", NULL };
	const struct timespec pause = { .tv_nsec = 100000000 };

	for (unsigned i = 0; i < seconds * 10; i++) {
		if (process_run(argv, NULL, NULL) == 0)
			return 0;
		nanosleep(&pause, NULL);
	}
	return -1;
}

struct cluster *cluster_stop(struct cluster *cluster)
{
	int status;

	if (!cluster)
		return NULL;
	cluster->stopping = true;
	if (cluster->pid > 0) {
		kill(cluster->pid, SIGINT);
		while (waitpid(cluster->pid, &status, 0) < 0 && errno == EINTR)
			;
	}
	event_free(cluster->child);
	event_free(cluster->restart);
	free(cluster);
	return NULL;
}
