// SPDX-License-Identifier: MIT
// A lock of Go's, which never leaves the program.
package main

import (
	"fmt"
	"sync"
)

func main() {
	var lock sync.Mutex

	lock.Lock()
	fmt.Println("hello")
	lock.Unlock()
}
