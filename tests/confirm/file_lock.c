/* SPDX-License-Identifier: MIT */
/* A file is locked, by two descriptors of its own, in both orders with a mutex.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <stdio.h>

static pthread_mutex_t journal = PTHREAD_MUTEX_INITIALIZER;
static int accounts[2];

static void *transfer(void *unused)
{
	flock(accounts[0], LOCK_EX);
	pthread_mutex_lock(&journal);
	pthread_mutex_unlock(&journal);
	flock(accounts[0], LOCK_UN);
	return unused;
}

static void *audit(void *unused)
{
	pthread_mutex_lock(&journal);
	flock(accounts[1], LOCK_EX);
	flock(accounts[1], LOCK_UN);
	pthread_mutex_unlock(&journal);
	return unused;
}

int main(void)
{
	pthread_t teller, auditor;

	char path[64];

	accounts[0] = memfd_create("accounts", 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", accounts[0]);
	accounts[1] = open(path, O_RDWR);
	pthread_create(&teller, NULL, transfer, NULL);
	pthread_create(&auditor, NULL, audit, NULL);
	pthread_join(teller, NULL);
	pthread_join(auditor, NULL);
	return 0;
}
