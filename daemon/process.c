/* Child processes; see process.h. */
#include "daemon/process.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

const char *process_postgres_user(void)
{
	return geteuid() == 0 ? "postgres" : NULL;
}

static int become(const char *user)
{
	const struct passwd *pw = getpwnam(user);

	if (!pw) {
		fprintf(stderr, "lovebankd: there is no user '%s'; install postgresql-15, which makes it\n", user);
		return -1;
	}
	if (initgroups(user, pw->pw_gid) != 0 || setgid(pw->pw_gid) != 0 || setuid(pw->pw_uid) != 0)
		return -1;
	return setenv("HOME", pw->pw_dir, 1);
}

static void redirect(const char *log)
{
	int null = open("/dev/null", O_RDONLY | O_CLOEXEC);
	int out = log ? open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600) : -1;

	if (null >= 0)
		dup2(null, STDIN_FILENO);
	if (out >= 0) {
		dup2(out, STDOUT_FILENO);
		dup2(out, STDERR_FILENO);
	}
}

/* In the child. Credentials first: changing them clears the death signal. */
static void exec_child(const char *const argv[], const char *user, const char *log, bool dies_with_us, pid_t parent)
{
	sigset_t none;

	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	signal(SIGPIPE, SIG_DFL);
	if (chdir("/") != 0 || (user && become(user) != 0))
		_exit(127);
	redirect(log);
	if (dies_with_us) {
		setpgid(0, 0); /* a Ctrl-C at our terminal is ours to handle */
		prctl(PR_SET_PDEATHSIG, SIGINT);
		if (getppid() != parent)
			_exit(127);
	}
	unsetenv("LANGUAGE");
	setenv("LC_ALL", "C.UTF-8", 1);
	execv(argv[0], (char *const *)(const void *)argv);
	fprintf(stderr, "lovebankd: %s: %s\n", argv[0], strerror(errno));
	_exit(127);
}

pid_t process_start(const char *const argv[], const char *user, const char *log, bool dies_with_us)
{
	pid_t parent = getpid(), pid = fork();

	if (pid == 0)
		exec_child(argv, user, log, dies_with_us, parent);
	return pid;
}

int process_run(const char *const argv[], const char *user, const char *log)
{
	pid_t pid = process_start(argv, user, log, false);
	int status;

	if (pid < 0)
		return -1;
	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			return -1;
	return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}
