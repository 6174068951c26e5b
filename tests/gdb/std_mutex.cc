/* SPDX-License-Identifier: MIT */
/* Two std::threads hold a std::mutex each and wait for the other's, through lock guards; one lock is on the heap.
 *
 * expect: deadlock
 *   thread: first
 *     holds: bank::account::lock at first takes its lock
 *     wants: bank::ledger at first waits
 *   thread: second
 *     holds: bank::ledger at second takes its lock
 *     wants: bank::account::lock at second waits < second calls
 *   behind: main
 */
#include <memory>
#include <mutex>
#include <thread>

#include "stage.h"

namespace bank
{
std::mutex ledger;

struct account {
	long balance = 0;
	std::recursive_mutex lock;

	void __attribute__((noinline)) pay()
	{
		std::lock_guard<std::recursive_mutex> guard(lock); /* second waits */
		balance++;
	}
};
} // namespace bank

static void first(bank::account *account)
{
	stage_name("first");
	std::unique_lock<std::recursive_mutex> own(account->lock); /* first takes its lock */
	stage_meet();
	std::lock_guard<std::mutex> other(bank::ledger); /* first waits */
	account->balance++;
}

static void second(bank::account *account)
{
	stage_name("second");
	std::lock_guard<std::mutex> own(bank::ledger); /* second takes its lock */
	stage_meet();
	account->pay(); /* second calls */
}

int main()
{
	auto account = std::make_unique<bank::account>();

	stage_open(2);
	stage_name("main");
	stage_lock("bank::account::lock", &account->lock);
	stage_lock("bank::ledger", &bank::ledger);
	std::thread one(first, account.get()), two(second, account.get());
	one.join();
	two.join();
	return 0;
}
