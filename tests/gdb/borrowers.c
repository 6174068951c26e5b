/* SPDX-License-Identifier: MIT */
/* A thread reads a book on loan, another one wants to write in it, and one waits for the other; who is in the way is
 * another process, which reads it, too: a lock on a file that a process has is no obstacle to its own threads.
 */
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>

#include "stage.h"

static pthread_mutex_t pen = PTHREAD_MUTEX_INITIALIZER;
static int book;

static void borrow(short how)
{
	struct flock page = {.l_type = how, .l_whence = SEEK_SET, .l_start = 10, .l_len = 2};

	fcntl(book, F_SETLKW, &page);
}

static void *reader(void *argument)
{
	stage_name("reader");
	borrow(F_RDLCK);
	stage_meet();
	pthread_mutex_lock(&pen);
	return NULL;
}

static void *writer(void *argument)
{
	stage_name("writer");
	pthread_mutex_lock(&pen);
	stage_meet();
	borrow(F_WRLCK);
	return NULL;
}

static void be_the_other_process(int has_it)
{
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	borrow(F_RDLCK);
	if (write(has_it, "", 1) == 1)
		pause();
	_exit(1);
}

int main(void)
{
	pthread_t one, two;
	int ends[2];
	char byte;

	stage_open(2);
	book = memfd_create("book", 0);
	if (book < 0 || pipe(ends))
		return 1;
	if (!fork())
		be_the_other_process(ends[1]);
	if (read(ends[0], &byte, 1) != 1)
		return 1;
	pthread_create(&one, NULL, reader, NULL);
	pthread_create(&two, NULL, writer, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
