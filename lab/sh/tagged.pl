# What the two ends of accounted traffic share: a payload is its tag over and over, so that any piece of it tells whose it is.
# A tag is 16 bytes: the run's eight, and the packet's number from 0, big-endian.
use strict;
use warnings;

# NAME=VALUE… of the command line.
sub options {
    return map { /^(\w+)=(.*)$/s ? ($1, $2) : die "not NAME=VALUE: $_\n" } @_;
}

sub payload {
    my ($run, $number, $size) = @_;
    return substr(pack('a8 Q>', $run, $number) x (int($size / 16) + 1), 0, $size);
}

# The number in a payload of this run; undef in a stranger's.
sub number_in {
    my ($run, $count, $bytes) = @_;
    return undef if length $bytes < 16 || substr($bytes, 0, 8) ne $run;
    my $number = unpack 'Q>', substr($bytes, 8, 8);
    return $number < $count ? $number : undef;
}

# A name that only this run asks for, and the number in one.
sub name_of {
    my ($run, $number) = @_;
    my $label = unpack('H*', $run) . sprintf('-%08x', $number);
    return pack('C/a C/a C', $label, 'lab', 0);
}

sub number_in_name {
    my ($run, $count, $name) = @_;
    my $hex = unpack 'H*', $run;
    return undef unless $name =~ /^\x19\Q$hex\E-([0-9a-f]{8})\x03lab\x00/;
    my $number = hex $1;
    return $number < $count ? $number : undef;
}

# Which bits are set, as [[first, last], …].
sub ranges {
    my $set = unpack 'b*', $_[0];
    my @ranges;
    push @ranges, "[$-[0]," . ($+[0] - 1) . ']' while $set =~ /1+/g;
    return '[' . join(',', @ranges) . ']';
}

sub counts {
    my %of = @_;
    return '{' . join(',', map { "\"$_\":$of{$_}" } sort keys %of) . '}';
}

# One place for both families of an address: inet_pton and its sockaddr.
sub place {
    my ($address, $port) = @_;
    return Socket::pack_sockaddr_in6($port, Socket::inet_pton(Socket::AF_INET6(), $address)) if $address =~ /:/;
    return Socket::pack_sockaddr_in($port, Socket::inet_pton(Socket::AF_INET(), $address));
}

sub described {
    my ($place) = @_;
    my $family = Socket::sockaddr_family($place);
    my ($port, $address) = $family == Socket::AF_INET6() ? Socket::unpack_sockaddr_in6($place) : Socket::unpack_sockaddr_in($place);
    return sprintf '{"address":"%s","port":%d}', Socket::inet_ntop($family, $address), $port;
}

1;
