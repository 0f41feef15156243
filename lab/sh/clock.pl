# How a node's clock is wrong: lines "FROM OFFSET DRIFT" of /run/lab/clock, the last that has begun holds. FROM is the machine's own time and
# OFFSET what the node is ahead then, both in microseconds; DRIFT, in parts per million, is what it gains since.
use strict;
use warnings;

my $file = '/run/lab/clock';
my ($read_from, @stretches) = ('');

# Looks whether it was changed meanwhile; the file is only ever replaced as a whole.
sub read_clock {
    my $state = join ' ', map { $_ // '' } (stat $file)[0, 1, 7, 9, 10];
    return if $state eq $read_from;
    $read_from = $state;
    @stretches = ();
    open my $lines, '<', $file or return;
    while (<$lines>) { unshift @stretches, [$1 * 1000, $2 * 1000, $3 / 1e6] if /^(\d+) (-?\d+) (-?[\d.]+)$/ }
}

# By how many nanoseconds the node is ahead at a time of the machine, nanoseconds since 1970.
sub ahead_at {
    my ($time) = @_;
    for (@stretches) {
        my ($from, $offset, $drift) = @$_;
        return $offset + int(($time - $from) * $drift) if $time >= $from;
    }
    return 0;
}

# Whole seconds of a time in nanoseconds, and the rest. A plain division would round up the last of a second's nanoseconds.
sub in_seconds {
    my ($time) = @_;
    my $rest = $time % 1_000_000_000;
    return (($time - $rest) / 1_000_000_000, $rest);
}

1;
