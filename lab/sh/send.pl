# Sends packets of which each is known (tagged.pl), at an even rate, and says which it really sent, and which were answered.
# Usage: send.pl NAME=VALUE…: proto (udp, tcp, icmp, dns), to, port, run (16 hex digits), count, seconds (at most), rate (a second; 0: as
# fast as can be), sizes (of a payload, bytes; in turn), flows, linger (seconds for answers), plain (1: no tags, all alike), loose (1: the
# sockets of UDP are not connected, so that the kernel leaves the IP id 0). One line of JSON.
use strict;
use warnings;
use File::Basename 'dirname';
use Socket qw(:DEFAULT inet_pton IPPROTO_TCP TCP_NODELAY IPPROTO_ICMP IPPROTO_ICMPV6);
use Time::HiRes qw(time sleep);
require(dirname(__FILE__) . '/tagged.pl');

my %option = options(@ARGV);
my ($proto, $count, $rate, $plain) = @option{qw(proto count rate plain)};
my $run = pack 'H16', $option{run};
my @sizes = split /,/, $option{sizes};
my $six = $option{to} =~ /:/;
my $family = $six ? AF_INET6 : AF_INET;
my $to = place($option{to}, $proto eq 'icmp' ? 0 : $option{port});
my ($sent, $answered) = ('', '');
my ($duplicates, $plain_sent, $plain_answered) = (0, 0, 0);
my %errors;
# Nothing of it outlives its time, whatever it waits for.
alarm int($option{seconds} + $option{linger}) + 10;
$SIG{PIPE} = 'IGNORE';

sub failed { $errors{ (grep { $!{$_} } qw(ECONNREFUSED ECONNRESET EPERM EHOSTUNREACH ENETUNREACH EMSGSIZE ENOBUFS EPIPE EAGAIN ETIMEDOUT EACCES))[0] // 'other' }++ }

sub opened {
    my ($type, $protocol) = @_;
    socket(my $socket, $family, $type, $protocol) or die "socket: $!\n";
    return $socket;
}

my @flows = map {
    my $socket;
    if ($proto eq 'icmp') {
        $socket = opened(SOCK_RAW, $six ? IPPROTO_ICMPV6 : IPPROTO_ICMP);
        # Only answers to echo requests (ICMP_FILTER of raw(7); ICMP6_FILTER, RFC 3542 §3.2).
        if ($six) { my $block = "\xff" x 32; vec($block, 129, 1) = 0; setsockopt $socket, IPPROTO_ICMPV6, 1, $block }
        else { setsockopt $socket, 255, 1, pack 'L', 0xfffffffe }
    } else {
        $socket = $proto eq 'tcp' ? opened(SOCK_STREAM, 0) : opened(SOCK_DGRAM, 0);
        if ($proto eq 'tcp') {
            setsockopt $socket, IPPROTO_TCP, TCP_NODELAY, 1;
            setsockopt $socket, SOL_SOCKET, SO_SNDTIMEO, pack 'q q', 0, 200_000;
        }
        $option{loose} || connect($socket, $to) or die "connect: $!\n";
    }
    setsockopt $socket, SOL_SOCKET, SO_RCVBUF, 1 << 20;
    $socket;
} 1 .. $option{flows};

sub echo_id { return ((unpack 'n', $run) + $_[0]) & 0xffff }

sub echo {
    my ($number, $flow, $body) = @_;
    my $packet = pack('CCnnn', $six ? 128 : 8, 0, 0, echo_id($flow), $plain ? 1 : $number & 0xffff) . $body;
    # The kernel writes the checksum of ICMPv6.
    return $packet if $six;
    my $sum = unpack '%32n*', length($packet) % 2 ? "$packet\0" : $packet;
    $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16;
    substr($packet, 2, 2) = pack 'n', ~$sum & 0xffff;
    return $packet;
}

sub packet {
    my ($number, $flow) = @_;
    # A question for an A record, of class IN, recursion desired (RFC 1035 §4.1).
    return pack('n6', $number & 0xffff, 0x0100, 1, 0, 0, 0) . name_of($run, $plain ? 0 : $number) . pack('nn', 1, 1) if $proto eq 'dns';
    my $size = $sizes[$number % @sizes];
    my $body = $plain ? 'x' x $size : payload($run, $number, $size);
    return $proto eq 'icmp' ? echo($number, $flow, $body) : $body;
}

sub take_answers {
    return if $proto eq 'tcp';
    my $header = $proto ne 'icmp' ? 0 : $six ? 8 : 28;
    for my $socket (@flows) {
        while (defined recv($socket, my $bytes, 65535, MSG_DONTWAIT)) {
            my $number = $proto eq 'dns' ? number_in_name($run, $count, substr($bytes, 12)) : number_in($run, $count, substr($bytes, $header));
            if ($plain) { $plain_answered++ }
            elsif (!defined $number) { next }
            # Each raw socket gets each answer.
            elsif (vec($answered, $number, 1)) { $duplicates++ if $proto ne 'icmp' || @flows == 1 }
            else { vec($answered, $number, 1) = 1 }
        }
    }
}

sub sent_off {
    my ($number) = @_;
    my $flow = $number % @flows;
    my ($socket, $bytes) = ($flows[$flow], packet($number, $flow));
    if ($proto ne 'tcp') {
        my $loose = $option{loose} || $proto eq 'icmp';
        # An error of one before is told once, instead of sending (ip(7)): then it is sent.
        for (1, 2) {
            return 1 if defined($loose ? send($socket, $bytes, 0, $to) : send($socket, $bytes, 0));
            failed();
            last unless $!{ECONNREFUSED} || $!{EHOSTUNREACH};
        }
        return 0;
    }
    for (my $at = 0; $at < length $bytes;) {
        my $written = syswrite $socket, $bytes, length($bytes) - $at, $at;
        if (defined $written) { $at += $written }
        else { failed(); return 0 unless $!{EAGAIN} && time < $main::end }
    }
    return 1;
}

my $began = time;
our $end = $began + $option{seconds};
my $tried = 0;
while ($tried < $count && time < $end) {
    my $due = $rate == 0 ? 64 : int((time - $began) * $rate) + 1 - $tried;
    if ($due <= 0) {
        take_answers();
        sleep 0.0002;
        next;
    }
    # At most 64 at once: an even rate, not bursts.
    $due = 64 if $due > 64;
    $due = $count - $tried if $due > $count - $tried;
    for (1 .. $due) {
        if (sent_off($tried)) { $plain ? $plain_sent++ : (vec($sent, $tried, 1) = 1) }
        $tried++;
    }
    take_answers();
}
my $seconds = time - $began;
# Of an echo request there is an id where others have a port.
my $local = join ',', map { $proto eq 'icmp' ? sprintf('{"id":%d}', echo_id($_)) : described(getsockname $flows[$_]) } 0 .. $#flows;

my $closed = 0;
if ($proto eq 'tcp') {
    shutdown $_, 1 for @flows;
    for my $socket (@flows) {
        setsockopt $socket, SOL_SOCKET, SO_RCVTIMEO, pack 'q q', int($option{linger}) + 1, 0;
        # The far end closes when it has read all.
        my $read = sysread $socket, my $nothing, 1;
        $closed++ if defined $read && $read == 0;
    }
} else {
    my $until = time + $option{linger};
    my $all = sub { $plain ? $plain_answered >= $plain_sent : $answered eq $sent };
    until (time > $until || $all->()) {
        take_answers();
        sleep 0.002;
    }
}
printf qq({"sent":%s,"answered":%s,"plainSent":%d,"plainAnswered":%d,"duplicateAnswers":%d,"closed":%d,"errors":%s,"began":%.6f,"seconds":%.6f,"flows":[%s]}\n),
    ranges($sent), ranges($answered), $plain_sent, $plain_answered, $duplicates, $closed, counts(%errors), $began, $seconds, $local;
