/* SPDX-License-Identifier: MIT */
/* Signals come while the shim takes note of a new thread, and before that: their handlers wait for nothing of the shim's.
 *
 * One thread is born with a signal pending, whose handler runs before anything else of the thread, and leaves nothing in
 * the live table when it ends.  In front of another the kernel begins to answer gettid(), which the shim asks for each new
 * thread, with SIGSYS.
 */
#include "libtrace/trace_format.h"
#include "libtrace/wait_graph.h"

#include <dlfcn.h>
#include <errno.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

/* <pthread.h> has it since glibc 2.32 */
__attribute__((weak)) int pthread_attr_setsigmask_np(pthread_attr_t *attributes, const sigset_t *mask);

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static sem_t posted;
static volatile sig_atomic_t n_pending, n_trapped;

static void use_locks(void)
{
	int saved_errno = errno;

	sem_post(&posted);
	pthread_mutex_lock(&lock);
	pthread_mutex_unlock(&lock);
	errno = saved_errno;
}

static void pending(int number)
{
	use_locks();
	n_pending++;
}

static void trapped(int number)
{
	use_locks();
	n_trapped++;
}

static int trap_gettid(void)
{
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_gettid, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_TRAP),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
	};
	const struct sock_fprog program = {sizeof(code) / sizeof(*code), code};

	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void *thread(void *argument)
{
	use_locks();
	return NULL;
}

static void run_thread(void)
{
	pthread_attr_t attributes;
	sigset_t none;
	pthread_t t;

	sigemptyset(&none);
	pthread_attr_init(&attributes);
	pthread_attr_setsigmask_np(&attributes, &none);
	pthread_create(&t, &attributes, thread, NULL);
	pthread_join(t, NULL);
	pthread_attr_destroy(&attributes);
}

static int n_in_live_table(void)
{
	struct trace_header *const *header = dlsym(RTLD_DEFAULT, "snag_trace");
	struct live_view view = {(const void *)*header,
				 TRACE_HEADER_SIZE + (size_t)(*header)->n_chunks * TRACE_CHUNK_SIZE};
	int n = 0;

	for (uint32_t i = 0; i < live_n_slots(&view); i++) {
		const struct live_slot *slot = live_slot_at(&view, i);

		n += slot && slot->state != SLOT_FREE;
	}
	return n;
}

int main(void)
{
	sigset_t mask;

	if (!pthread_attr_setsigmask_np) {
		printf("no pthread_attr_setsigmask_np()\n");
		return 77;
	}
	sem_init(&posted, 0, 0);
	signal(SIGUSR1, pending);
	signal(SIGSYS, trapped);
	sigemptyset(&mask);
	sigaddset(&mask, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &mask, NULL);
	kill(getpid(), SIGUSR1);
	run_thread();
	printf("%d handled before a thread began, %d in the live table\n", (int)n_pending, n_in_live_table());
	if (n_pending != 1 || n_in_live_table() != 1)
		return 1;
	if (trap_gettid()) {
		perror("seccomp");
		return 77;
	}
	run_thread();
	printf("%d handled while a thread began\n", (int)n_trapped);
	return n_trapped == 0;
}
