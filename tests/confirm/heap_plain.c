/* SPDX-License-Identifier: MIT */
/* Locks on the heap that are never initialised by a call, like std::mutex: which thread uses one first is another in each run,
 * and so is what is known of the lock.
 *
 * confirm: lock-order-cycle confirmed
 */
#include <pthread.h>
#include <stdlib.h>

enum { N = 6 };

struct box {
	char padding[200];
	pthread_mutex_t lock;
};

static struct box *boxes[N];

static struct box *box_new(void)
{
	struct box *box = malloc(sizeof(*box));

	*box = (struct box){.lock = PTHREAD_MUTEX_INITIALIZER};
	return box;
}

static void both(struct box *first, struct box *second)
{
	pthread_mutex_lock(&first->lock);
	pthread_mutex_lock(&second->lock);
	pthread_mutex_unlock(&second->lock);
	pthread_mutex_unlock(&first->lock);
}

/* Each pair in one order, as it should be. */
static void *upwards(void *unused)
{
	both(boxes[2], boxes[4]);
	for (int i = 0; i + 1 < N; i++)
		both(boxes[i], boxes[i + 1]);
	return unused;
}

static void *downwards(void *unused)
{
	both(boxes[4], boxes[2]);
	return unused;
}

int main(void)
{
	pthread_t up, down;

	for (int i = 0; i < N; i++)
		boxes[i] = box_new();
	pthread_create(&up, NULL, upwards, NULL);
	pthread_create(&down, NULL, downwards, NULL);
	pthread_join(up, NULL);
	pthread_join(down, NULL);
	return 0;
}
