# `ip -ts monitor` of a node whose clock is wrong (clock.pl): each line begins with the node's time.
use strict;
use warnings;
use POSIX qw(mktime strftime);
require '/usr/local/lib/hopscope-lab/clock.pl';
require '/usr/local/lib/hopscope-lab/relay.pl';

my $rest = '';
sub shifted {
    my ($year, $month, $day, $hour, $minute, $second, $micro) = @_;
    my $at = mktime($second, $minute, $hour, $day, $month - 1, $year - 1900, 0, 0, -1) * 1_000_000_000 + $micro * 1_000;
    my ($whole, $rest) = in_seconds($at + ahead_at($at));
    return strftime('[%Y-%m-%dT%H:%M:%S', localtime $whole) . sprintf('.%06d]', $rest / 1_000);
}
relay(
    sub {
        my ($bytes) = @_;
        if (!defined $bytes) { put($rest); return }
        $rest .= $bytes;
        read_clock();
        my $whole = substr $rest, 0, rindex($rest, "\n") + 1, '';
        $whole =~ s/^\[(\d+)-(\d+)-(\d+)T(\d+):(\d+):(\d+)\.(\d{6})\]/shifted($1, $2, $3, $4, $5, $6, $7)/gme;
        put($whole);
    },
    sub { }, '/usr/lib/.kept/ip', 'ip', @ARGV,
);
