/* SPDX-License-Identifier: MIT */
/* A connection pool in C++: a class that pool.cc uses and far.cc describes. */
#ifndef SNAG_TEST_POOL_H
#define SNAG_TEST_POOL_H

#include <mutex>

namespace pool {

class Far {
public:
	Far();
	virtual ~Far();
	virtual int weight();

	long n = 0;
	std::mutex mutex;
};

} // namespace pool

#endif
