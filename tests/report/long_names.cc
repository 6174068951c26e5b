/* SPDX-License-Identifier: MIT */
/* Two threads wait for each other's locks, and all that is in it has a long name. */
#include <map>
#include <pthread.h>
#include <string>
#include <vector>

/* With the variable's name in front: as wide as fits into 80 columns, and wider than that. */
struct shelves {
	pthread_mutex_t of_what_was_written_by_the_ancients;
	pthread_mutex_t of_what_was_written_by_the_ancients_and_copied_out_more_than_once_since_then;
};

static shelves a_cupboard_behind_the_stairs = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};
static pthread_barrier_t both;

template <typename Catalogue, typename Readers> static void *fetch(void *is_first)
{
	pthread_mutex_t *shelf[] = {
		&a_cupboard_behind_the_stairs.of_what_was_written_by_the_ancients,
		&a_cupboard_behind_the_stairs.of_what_was_written_by_the_ancients_and_copied_out_more_than_once_since_then,
	};

	pthread_mutex_lock(shelf[is_first == nullptr]);
	pthread_barrier_wait(&both);
	pthread_mutex_lock(shelf[is_first != nullptr]);
	return nullptr;
}

int main()
{
	using catalogue = std::map<std::string, std::vector<std::map<std::string, std::vector<std::string>>>>;
	pthread_t first, second;

	pthread_barrier_init(&both, nullptr, 2);
	pthread_create(&first, nullptr, fetch<catalogue, std::vector<catalogue>>, &both);
	pthread_create(&second, nullptr, fetch<std::vector<catalogue>, catalogue>, nullptr);
	pthread_join(first, nullptr);
	pthread_join(second, nullptr);
}
