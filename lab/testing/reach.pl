# Tries all of its arguments at once, and prints a line each, in their order: ok, or why not.
# icmp:ADDRESS:BYTES sends an echo request with so much payload and DF; tcp:ADDRESS:PORT fetches a page.
use strict;
use warnings;
use IO::Socket::INET;
use Socket;

my $patience = 2;

sub icmp {
    my ($host, $length) = @_;
    socket(my $socket, PF_INET, SOCK_RAW, 1) or return "socket: $!";
    setsockopt($socket, 0, 10, pack('i', 2));    # IP_MTU_DISCOVER, IP_PMTUDISC_DO
    my $packet = pack('CCnnn', 8, 0, 0, $$ & 0xffff, $length) . 'x' x $length;
    my $sum = 0;
    $sum += $_ for unpack('n*', $packet);
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($packet, 2, 2) = pack('n', ~$sum & 0xffff);
    send($socket, $packet, 0, sockaddr_in(0, inet_aton($host))) or return "send: $!";
    my $end = time + $patience;
    while (time <= $end) {
        vec(my $ready = '', fileno $socket, 1) = 1;
        select($ready, undef, undef, 0.5) or next;
        recv($socket, my $answer, 65535, 0);
        my ($type, $code, $id) = unpack('x20CCx2n', $answer);
        return 'ok' if $type == 0 && $id == ($$ & 0xffff);
        return "unreachable, code $code" if $type == 3;
    }
    return 'no answer';
}

sub tcp {
    my ($host, $port) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => $patience)
        or return "connect: $!";
    print $socket "GET / HTTP/1.0\r\n\r\n";
    local $SIG{ALRM} = sub { exit 1 };
    alarm $patience;
    return defined <$socket> ? 'ok' : 'no data';
}

my @readers = map {
    my ($kind, $host, $value) = split /:/;
    my $child = open(my $from, '-|') // die "fork: $!";
    if ($child == 0) {
        print $kind eq 'icmp' ? icmp($host, $value) : tcp($host, $value);
        exit 0;
    }
    $from;
} @ARGV;
for my $from (@readers) {
    my $said = <$from>;
    print defined $said && $said ne '' ? $said : 'no answer', "\n";
}
