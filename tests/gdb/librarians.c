/* SPDX-License-Identifier: MIT */
/* A thread that has a lock for writing wants a mutex, whose owner wants to read.
 *
 * expect: deadlock
 *   thread: writer
 *     holds: catalogue at writer takes the catalogue
 *     wants: desk at writer asks for the desk
 *   thread: reader
 *     holds: desk at reader takes the desk
 *     wants: catalogue at reader asks for the catalogue
 *   behind: main
 */
#include "stage.h"

static pthread_rwlock_t catalogue = PTHREAD_RWLOCK_INITIALIZER;
static pthread_mutex_t desk = PTHREAD_MUTEX_INITIALIZER;

static void *writer(void *argument)
{
	stage_name("writer");
	pthread_rwlock_wrlock(&catalogue); /* writer takes the catalogue */
	stage_meet();
	pthread_mutex_lock(&desk); /* writer asks for the desk */
	return NULL;
}

static void *reader(void *argument)
{
	stage_name("reader");
	pthread_mutex_lock(&desk); /* reader takes the desk */
	stage_meet();
	pthread_rwlock_rdlock(&catalogue); /* reader asks for the catalogue */
	return NULL;
}

int main(void)
{
	pthread_t one, two;

	stage_open(2);
	stage_name("main");
	stage_lock("catalogue", &catalogue);
	stage_lock("desk", &desk);
	pthread_create(&one, NULL, writer, NULL);
	pthread_create(&two, NULL, reader, NULL);
	pthread_join(one, NULL);
	pthread_join(two, NULL);
	return 0;
}
