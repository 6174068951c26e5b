/* SPDX-License-Identifier: MIT */
/* Guards of std::mutex, several in one function: each lock was taken in the line of its own guard.
 *
 * expect: lock-order-cycle possible error
 *   thread: first
 *     holds: ledger at first takes the ledger
 *     holds: audit at first takes the audit
 *     wants: journal at first takes the journal
 *   thread: second
 *     holds: journal at second takes the journal
 *     wants: audit at second takes the audit
 */
#include <atomic>
#include <mutex>
#include <pthread.h>
#include <thread>

static std::mutex ledger, audit, journal;
static std::atomic<int> finished;

static void first()
{
	std::lock_guard<std::mutex> one(ledger); /* first takes the ledger */
	std::lock_guard<std::mutex> two(audit); /* first takes the audit */
	std::lock_guard<std::mutex> three(journal); /* first takes the journal */
}

static void second()
{
	std::unique_lock<std::mutex> one(journal); /* second takes the journal */
	std::unique_lock<std::mutex> two(audit); /* second takes the audit */
}

template <typename Routine> static std::thread start(const char *name, Routine routine)
{
	std::thread thread([=] {
		pthread_setname_np(pthread_self(), name);
		routine();
		finished++;
	});
	return thread;
}

int main()
{
	std::thread one = start("first", first);
	while (!finished)
		std::this_thread::yield();
	std::thread two = start("second", second);
	one.join();
	two.join();
	return 0;
}
