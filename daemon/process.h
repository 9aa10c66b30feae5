/* Child processes: PostgreSQL's own programs, run as the user that its cluster belongs to. */
#ifndef DAEMON_PROCESS_H
#define DAEMON_PROCESS_H

#include <stdbool.h>
#include <sys/types.h>

/* The user that PostgreSQL may run as: "postgres" when we are root, NULL (ourselves) otherwise. */
const char *process_postgres_user(void);

/* Starts argv[0] (a path) as that user (NULL: ourselves), standard output and error into log (NULL: ours), in
 * directory / . dies_with_us: it gets SIGINT when we die, however we die. The pid, or -1 with errno. */
pid_t process_start(const char *const argv[], const char *user, const char *log, bool dies_with_us);

/* Runs it to its end. Its exit status, 128 + signal, or -1 with errno. */
int process_run(const char *const argv[], const char *user, const char *log);

#endif
