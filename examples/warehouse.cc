/* SPDX-License-Identifier: MIT */
/* C++: std::mutex and std::lock_guard, in opposite orders.
 *
 * A pallet goes from one bay to another.  Each function locks both bays, the one that it takes from first.
 *
 *     snag run -- build/examples/warehouse
 *
 * std::mutex is never created or destroyed by a call that could be seen; Snag knows it by its variable, or by where it was first
 * used.
 *
 * What to change: std::scoped_lock both(north.mutex, south.mutex) takes both without an order.
 *
 * expect: lock-order-cycle possible error
 * prints: 10 pallets
 */
#include <atomic>
#include <cstdio>
#include <mutex>
#include <thread>

struct Bay {
	std::mutex mutex;
	int n_pallets = 5;
};

static Bay north, south;
static std::atomic<int> n_moves;

static void move(Bay &from, Bay &to)
{
	std::lock_guard<std::mutex> take(from.mutex);
	std::lock_guard<std::mutex> put(to.mutex);

	from.n_pallets--;
	to.n_pallets++;
}

int main()
{
	std::thread there([] { move(north, south); n_moves++; });

	while (!n_moves)
		std::this_thread::yield(); /* it is early: the other one comes later */
	std::thread back([] { move(south, north); });
	there.join();
	back.join();
	printf("%d pallets\n", north.n_pallets + south.n_pallets);
	return 0;
}
