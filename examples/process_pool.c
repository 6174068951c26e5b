/* SPDX-License-Identifier: MIT */
/* A pool of processes that fills its pipes.
 *
 * The parent writes all jobs to a worker before it reads the first result.  With few jobs that works.  With many, the worker's
 * results fill their pipe and it stops reading jobs; then the jobs fill theirs, and both processes wait in write().
 *
 *     snag run -- build/examples/process_pool
 *
 * says so while it lasts, and so does `snag ps --tree PID` of one that was started without Snag.  There is no lock in it: what
 * each waits for is that the other one reads, and no other process has these pipes.
 *
 * expect: nobody-to-wake observed error
 *   says: all 2 threads wait, and nobody is left to wake one of them
 *   threads: 2
 * prints: 10 jobs: 285
 * hangs: yes
 */
#include <stdio.h>
#include <unistd.h>

struct result {
	long square;
	char log[120];
};

static int jobs[2], results[2];

static void work(void)
{
	int job;

	close(jobs[1]);
	while (read(jobs[0], &job, sizeof(job)) == sizeof(job)) {
		struct result result = {.square = (long)job * job};

		if (write(results[1], &result, sizeof(result)) != sizeof(result))
			return;
	}
}

static long sum_of_squares(int n)
{
	struct result result;
	long sum = 0;

	for (int i = 0; i < n; i++)
		if (write(jobs[1], &i, sizeof(i)) != sizeof(i))
			return -1;
	for (int i = 0; i < n && read(results[0], &result, sizeof(result)) == sizeof(result); i++)
		sum += result.square;
	return sum;
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (pipe(jobs) || pipe(results))
		return 1;
	if (fork() == 0) {
		work();
		_exit(0);
	}
	printf("10 jobs: %ld\n", sum_of_squares(10));
	printf("a million jobs: %ld\n", sum_of_squares(1000000));
	return 0;
}
