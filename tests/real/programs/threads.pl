# SPDX-License-Identifier: MIT
# Interpreter threads, a shared queue and a shared counter; prints what it all came to.
use strict;
use warnings;
use threads;
use threads::shared;
use Thread::Queue;

my $total : shared = 0;
my $jobs = Thread::Queue->new();

sub work {
    my $own = 0;
    while (defined(my $job = $jobs->dequeue())) {
        $own += $job * $job;
        lock($total);
        $total += $job;
        cond_signal($total);
    }
    return $own;
}

my @workers = map { threads->create(\&work) } 1 .. 4;
$jobs->enqueue($_) for 1 .. 5000;
$jobs->end();
my $squares = 0;
$squares += $_->join() for @workers;
for my $round (1 .. 10) {
    my @short = map { my $n = $_; threads->create(sub { lock($total); $total += $n; }) } 1 .. 5;
    $_->join() for @short;
}
print "$total $squares ", scalar(`echo child`);
