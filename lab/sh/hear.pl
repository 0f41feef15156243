# Hears what send.pl sends, and says what came: until its standard input ends and it has been quiet for a while.
# Usage: hear.pl NAME=VALUE…: proto (udp, tcp, dns), family (4, 6), port, run (16 hex digits), count, sizes (of a record of TCP: one), linger
# (seconds of quiet), plain (1: no tags), answer (1: udp gives back what it gets, dns answers). Says "ready", then one line of JSON.
use strict;
use warnings;
use File::Basename 'dirname';
use Socket qw(:DEFAULT IPPROTO_IPV6 IPV6_V6ONLY);
use Time::HiRes qw(time);
require(dirname(__FILE__) . '/tagged.pl');

my %option = options(@ARGV);
my ($proto, $count, $size, $plain) = @option{qw(proto count sizes plain)};
my $run = pack 'H16', $option{run};
my $six = $option{family} == 6;
my ($heard, $duplicates, $strangers, $plain_heard, $bytes_heard) = ('', 0, 0, 0, 0);
my %peers;

socket(my $socket, $six ? AF_INET6 : AF_INET, $proto eq 'tcp' ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!\n";
setsockopt $socket, IPPROTO_IPV6, IPV6_V6ONLY, 1 if $six;
setsockopt $socket, SOL_SOCKET, SO_REUSEADDR, 1;
# SO_RCVBUFFORCE of socket(7): beyond net.core.rmem_max.
setsockopt $socket, SOL_SOCKET, 33, 32 << 20 if $proto ne 'tcp';
bind $socket, place($six ? '::' : '0.0.0.0', $option{port}) or die "bind: $!\n";
listen $socket, 128 or die "listen: $!\n" if $proto eq 'tcp';
$| = 1;
print "ready\n";

sub count_one {
    my ($number, $length) = @_;
    $bytes_heard += $length;
    if ($plain) { $plain_heard++ }
    elsif (!defined $number) { $strangers++ }
    elsif (vec($heard, $number, 1)) { $duplicates++ }
    else { vec($heard, $number, 1) = 1 }
}

# The question as it came, and one A record of 198.18.0.0/15 that its number makes (RFC 1035 §4.1; the name by a pointer).
sub answer_to {
    my ($question, $number) = @_;
    my ($id) = unpack 'n', $question;
    my $address = pack 'N', 0xc6120000 | (($number // 0) & 0x1ffff);
    return pack('n6', $id, 0x8580, 1, 1, 0, 0) . substr($question, 12) . pack('nnnNn', 0xc00c, 1, 1, 30, 4) . $address;
}

sub take_datagrams {
    my $some = 0;
    while ($some < 256 && defined(my $from = recv($socket, my $bytes, 65535, MSG_DONTWAIT))) {
        $some++;
        my $number = $proto eq 'dns' ? number_in_name($run, $count, substr($bytes, 12)) : number_in($run, $count, $bytes);
        count_one($number, length $bytes);
        $peers{$from} = 1 if keys %peers < 64;
        send $socket, $proto eq 'dns' ? answer_to($bytes, $number) : $bytes, 0, $from if $option{answer};
    }
    return $some;
}

# What has come of each connection and is no whole record yet.
my %pending;
my %connections;

sub take_stream {
    my ($key) = @_;
    my $connection = $connections{$key};
    my $read = sysread $connection, $pending{$key}, 1 << 18, length $pending{$key};
    if (!$read) {
        delete $connections{$key};
        delete $pending{$key};
        close $connection;
        return;
    }
    my $at = 0;
    for (; $at + $size <= length $pending{$key}; $at += $size) {
        count_one(number_in($run, $count, substr($pending{$key}, $at, 16)), $size);
    }
    substr($pending{$key}, 0, $at) = '';
}

my ($last, $open) = (time, 1);
while ($open || time - $last < $option{linger}) {
    my $wanted = '';
    vec($wanted, fileno STDIN, 1) = 1 if $open;
    vec($wanted, fileno $socket, 1) = 1;
    vec($wanted, $_, 1) = 1 for keys %connections;
    select(my $ready = $wanted, undef, undef, 0.05) or next;
    if ($open && vec($ready, fileno STDIN, 1)) {
        $open = 0 if !sysread STDIN, my $nothing, 64;
        $last = time;
    }
    for (grep { vec($ready, $_, 1) } keys %connections) { take_stream($_); $last = time }
    next unless vec($ready, fileno $socket, 1);
    $last = time;
    if ($proto ne 'tcp') { take_datagrams(); next }
    my $from = accept my $connection, $socket or next;
    $peers{$from} = 1 if keys %peers < 64;
    $connections{ fileno $connection } = $connection;
    $pending{ fileno $connection } = '';
}

# What came and had no room, by the kernel (proc_pid_net(5): the last column of udp).
my $overflowed = 0;
my $inode = (stat $socket)[1];
for my $file ('/proc/self/net/udp', '/proc/self/net/udp6') {
    open my $sockets, '<', $file or next;
    while (<$sockets>) {
        my @fields = split;
        $overflowed += $fields[-1] if @fields > 9 && $fields[9] eq $inode;
    }
}
printf qq({"heard":%s,"plainHeard":%d,"duplicates":%d,"strangers":%d,"overflowed":%d,"bytes":%d,"peers":[%s]}\n),
    ranges($heard), $plain_heard, $duplicates, $strangers, $overflowed, $bytes_heard, join ',', map { described($_) } keys %peers;
