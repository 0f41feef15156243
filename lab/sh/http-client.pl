# Fetches one address over and over, as the walkthrough's operator did by hand.
# Usage: http-client URL INTERVAL_FILE; the file holds the milliseconds between two fetches, 0 for none,
# and is read again every fifth of a second at least.
use strict;
use warnings;
use IO::Socket::INET;

my ($url, $interval_file) = @ARGV;
my ($host, $port, $path) = $url =~ m{^http://([^:/]+):(\d+)(/.*)$} or die "not an address: $url\n";
my $interval = 1;

sub read_interval {
    open my $file, '<', $interval_file or return;
    my $line = <$file> // '';
    $interval = $1 / 1000 if $line =~ /^(\d+)$/;
}

sub fetch {
    my $socket = IO::Socket::INET->new(PeerAddr => $host, PeerPort => $port, Proto => 'tcp', Timeout => 2) or return;
    print $socket "GET $path HTTP/1.1\r\nHost: $host:$port\r\nUser-Agent: c2c-network-demo\r\nConnection: close\r\n\r\n";
    1 while defined(my $line = <$socket>);
    close $socket;
}

$SIG{PIPE} = 'IGNORE';
while (1) {
    my $waited = 0;
    while (read_interval(), $interval == 0 || $waited < $interval) {
        my $slice = $interval == 0 ? 0.2 : $interval - $waited;
        $slice = 0.2 if $slice > 0.2;
        select undef, undef, undef, $slice;
        $waited += $slice;
    }
    # The server may vanish without a word, in the middle of an answer too.
    eval {
        local $SIG{ALRM} = sub { die "no answer\n" };
        alarm 3;
        fetch();
        alarm 0;
    };
    alarm 0;
}
