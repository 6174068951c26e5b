// SPDX-License-Identifier: MIT
// Two threads with two std::sync::Mutex, which are futexes of Rust's own: each has one, and asks for the other's.
use std::sync::{Arc, Barrier, Mutex};
use std::thread;

fn main() {
    let locks = Arc::new((Mutex::new(0), Mutex::new(0)));
    let both_have_one = Arc::new(Barrier::new(2));
    let (their_locks, they_have_one) = (locks.clone(), both_have_one.clone());
    let other = thread::spawn(move || {
        let _first = their_locks.0.lock().unwrap();
        they_have_one.wait();
        let _second = their_locks.1.lock().unwrap();
    });
    let _second = locks.1.lock().unwrap();
    both_have_one.wait();
    let _first = locks.0.lock().unwrap();
    other.join().unwrap();
}
