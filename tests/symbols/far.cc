/* SPDX-License-Identifier: MIT */
/* The unit with the constructor and the virtual functions of pool::Far: the only one with a full description of it. */
#include "pool.h"

namespace pool {

Far::Far() = default;
Far::~Far() = default;

int Far::weight()
{
	return 1;
}

} // namespace pool
