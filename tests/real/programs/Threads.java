/* SPDX-License-Identifier: MIT */
/* Monitors, locks, conditions, pools, parallel streams, and garbage for the collector's threads. */
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.stream.LongStream;

public class Threads {
	static long total;

	static synchronized void add(long n) {
		total += n;
	}

	static long pool() throws Exception {
		var pool = Executors.newFixedThreadPool(4);
		List<Future<Long>> futures = new ArrayList<>();
		for (int i = 0; i < 200; i++) {
			final long n = i;
			futures.add(pool.submit(() -> {
				var garbage = new ArrayList<byte[]>();
				for (int k = 0; k < 200; k++)
					garbage.add(new byte[4096]);
				add(n);
				return n * garbage.size();
			}));
		}
		long sum = 0;
		for (var future : futures)
			sum += future.get();
		pool.shutdown();
		return sum;
	}

	static long pingPong() throws Exception {
		var lock = new ReentrantLock();
		Condition turned = lock.newCondition();
		long[] turns = {0};
		var threads = new Thread[2];
		for (int i = 0; i < 2; i++) {
			final int parity = i;
			threads[i] = new Thread(() -> {
				for (int round = 0; round < 500; round++) {
					lock.lock();
					try {
						while (turns[0] % 2 != parity)
							turned.awaitUninterruptibly();
						turns[0]++;
						turned.signalAll();
					} finally {
						lock.unlock();
					}
				}
			});
			threads[i].start();
		}
		for (var thread : threads)
			thread.join();
		return turns[0];
	}

	static long queue() throws Exception {
		var queue = new ArrayBlockingQueue<Integer>(4);
		var sum = CompletableFuture.supplyAsync(() -> {
			long own = 0;
			try {
				for (int n = queue.take(); n >= 0; n = queue.take())
					own += n;
			} catch (InterruptedException interrupted) {
				own = -1;
			}
			return own;
		});
		for (int n = 0; n < 3000; n++)
			queue.put(n);
		queue.put(-1);
		return sum.get();
	}

	public static void main(String[] arguments) throws Exception {
		long streamed = LongStream.range(0, 1000000).parallel().map(n -> n ^ n >> 3).sum();
		System.gc();
		System.out.println(pool() + " " + total + " " + pingPong() + " " + queue() + " " + streamed);
	}
}
