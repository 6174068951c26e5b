/* SPDX-License-Identifier: MIT */
/* A connection pool in C++: locks in namespaces, classes, templates and containers, and calls from lambdas and methods. */
#include "pool.h"
#include "witness.h"

#include <array>
#include <condition_variable>
#include <shared_mutex>
#include <utility>

namespace pool {

struct Base {
	std::mutex mutex;
};

struct Empty {
};

struct Conn : Empty, Base {
	int fd;
	std::recursive_mutex busy;
};

class Registry {
public:
	long n;
	std::mutex mutex;
	std::array<Conn, 3> conns;
};

struct Statics {
	static Registry registry; /* pool::Statics::registry */
	static inline std::mutex shared; /* pool::Statics::shared */
};

Registry Statics::registry; /* pool::Statics::registry */
static std::array<std::mutex, 4> locks; /* pool::locks */
static std::pair<std::shared_mutex, std::condition_variable> both; /* pool::both */
inline std::timed_mutex timed[2]; /* pool::timed */
Far far; /* pool::far */

namespace {

Conn hidden[3]; /* pool::(anonymous namespace)::hidden */

__attribute__((noinline)) int look(int n)
{
	CALLED_IN("pool::(anonymous namespace)::look@look"); /* look */
	return n + 1;
}

} // namespace

template <class T> struct Box {
	static std::mutex lock; /* pool::Box<int>::lock */

	__attribute__((noinline)) T get(T value) const;
};

template <class T> std::mutex Box<T>::lock; /* pool::Box<int>::lock */

template <class T> T Box<T>::get(T value) const
{
	static std::mutex once; /* pool::Box<int>::get::once */

	LOCAL_LOCK(pool::Box<int>::get, once, , NULL);
	CALLED_IN("pool::Box<int>::get@got"); /* got */
	return value;
}

template <class T> __attribute__((noinline)) T twice(T value)
{
	CALLED_IN("pool::twice<long>@twice"); /* twice */
	return value * 2;
}

static inline __attribute__((always_inline)) void send(Conn &conn)
{
	conn.fd++;
	CALLED_IN("pool::send@sending;pool::use@using"); /* sending */
	conn.fd++;
}

__attribute__((noinline)) void use(Conn &conn)
{
	send(conn); /* using */
	CALLED_IN("pool::use@used"); /* used */
}

} // namespace pool

extern "C" __attribute__((noinline)) int plain_c(int n)
{
	static std::once_flag flags[2]; /* plain_c::flags */

	LOCAL_LOCK(plain_c, flags, [1], NULL);
	CALLED_IN("plain_c@plain"); /* plain */
	return n;
}

/* Calls through this cannot be inlined or dropped. */
static int (*volatile plain_call)(int) = plain_c;

int main(int argc, char **argv)
{
	struct Local {
		__attribute__((noinline)) int method(int n)
		{
			CALLED_IN("main::Local::method@method"); /* method */
			return n + argv_count;
		}
		int argv_count;
	} local = {argc};
	auto lambda = [&](int n) __attribute__((noinline)) {
		CALLED_IN("*::operator()@lambda"); /* lambda */
		return n + argc;
	};
	pool::Box<int> box;
	int sum = 0;

	(void)argv;
	WITNESS_MODULES();
	LOCK(pool::Statics::registry, .mutex, "pool::Registry::mutex");
	LOCK(pool::Statics::registry, .conns[2].busy, "pool::Conn::busy");
	LOCK(pool::Statics::registry, .conns[1].mutex, "pool::Base::mutex");
	LOCK(pool::Statics::registry, .conns[1].fd, "pool::Conn::fd");
	LOCK(pool::Statics::shared, , NULL);
	LOCK(pool::locks, [2], NULL);
	LOCK(pool::both, .first, "std::pair<std::shared_mutex, std::condition_variable>::first");
	LOCK(pool::both, .second, "std::pair<std::shared_mutex, std::condition_variable>::second");
	LOCK(pool::timed, [1], NULL);
	LOCK(pool::far, .mutex, "pool::Far::mutex");
	NAMED_LOCK("pool::(anonymous namespace)::hidden", pool::hidden, [1].busy, "pool::Conn::busy");
	LOCK(pool::Box<int>::lock, , NULL);
	sum += box.get(argc) + (int)pool::twice<long>(argc) + pool::look(argc) + plain_call(argc);
	sum += local.method(argc) + lambda(argc) + pool::far.weight();
	pool::use(pool::hidden[0]);
	CALLED_IN("main@end"); /* end */
	return sum == 0;
}
