#!/usr/bin/perl
# tcpdump of a node whose clock is wrong (clock.pl): the times in a capture that it writes to its standard output are the node's. And of one
# whose captures lose packets: its buffer is small, and it rests most of the time. All else is tcpdump's own doing, times in the text of its
# output too.
use strict;
use warnings;
use Time::HiRes 'sleep';
require '/usr/local/lib/hopscope-lab/clock.pl';
require '/usr/local/lib/hopscope-lab/relay.pl';

my $real = '/usr/lib/.kept/tcpdump';
my $loses = -e '/run/lab/capture-loses';
my %asked;
for my $at (0 .. $#ARGV) {
    last if $ARGV[$at] eq '--';
    $asked{writes} = 1 if $ARGV[$at] =~ /^-\w*w-$/ || ($ARGV[$at] =~ /^-\w*w$/ && ($ARGV[$at + 1] // '') eq '-');
    $asked{nothing} = 1 if $ARGV[$at] =~ /^-[A-Za-z]*[rdDL]/;
    # Kibibytes: some hundred packets.
    $ARGV[$at + 1] = 32 if $loses && $ARGV[$at] eq '-B';
}

# Stops the process that it is called in, over and over, from another one that ends with it.
sub rest_often {
    return if !$loses || $asked{nothing};
    my $whom = $$;
    return if fork // die "fork: $!\n";
    $0 = 'rest-often';
    # Who waits for the end of what it says does not wait for us.
    for my $number (0 .. 63) { POSIX::close($number) }
    # Until it has begun.
    sleep 0.3;
    while (getppid == $whom) {
        kill 'STOP', $whom;
        sleep 0.15;
        kill 'CONT', $whom;
        sleep 0.05;
    }
    POSIX::_exit(0);
}

if (!$asked{writes} || $asked{nothing}) {
    rest_often();
    exec { $real } 'tcpdump', @ARGV or die "$real: $!\n";
}

# pcap: 24 bytes, then records with a header of 16: seconds, their fraction, length here and on the wire (draft-ietf-opsawg-pcap).
my ($buffer, $begun, $nanoseconds) = ('', 0, 1_000);
sub take {
    my ($bytes) = @_;
    if (!defined $bytes) { put($buffer); return }
    $buffer .= $bytes;
    my ($at, $have) = (0, length $buffer);
    if (!$begun) {
        return if $have < 24;
        # By this machine's tcpdump, and so in its order of bytes.
        $nanoseconds = 1 if unpack('L', $buffer) == 0xa1b23c4d;
        ($begun, $at) = (1, 24);
    }
    read_clock();
    while ($have - $at >= 16) {
        my ($seconds, $fraction, $length) = unpack 'L3', substr($buffer, $at, 12);
        last if $at + 16 + $length > $have;
        my $time = $seconds * 1_000_000_000 + $fraction * $nanoseconds;
        my ($whole, $rest) = in_seconds($time + ahead_at($time));
        substr $buffer, $at, 8, pack('LL', $whole, $rest / $nanoseconds);
        $at += 16 + $length;
    }
    put(substr $buffer, 0, $at, '');
}
relay(\&take, \&rest_often, $real, 'tcpdump', @ARGV);
