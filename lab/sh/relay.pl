# Runs a program whose output is to be changed on its way, so that nobody who started it sees a difference: signals go on to it, its
# standard error is ours, and we end as it does.
use strict;
use warnings;
use Config;
use Errno;
use POSIX ();

my @passed_on = qw(USR1 TERM INT HUP QUIT);

# @_: a sub that is given each piece of output, and undef at the end; one that the program's own process begins with; then the program and
# its arguments, from the name it sees on.
sub relay {
    my ($take, $first, $file, @command) = @_;
    my $set = POSIX::SigSet->new(map { POSIX->can("SIG$_")->() } @passed_on);
    my $before = POSIX::SigSet->new;
    # Whatever comes until it can be passed on waits.
    POSIX::sigprocmask(POSIX::SIG_BLOCK(), $set, $before);
    pipe my $from, my $to or die "pipe: $!\n";
    fcntl $from, 1031, 1 << 20;    # F_SETPIPE_SZ
    my $child = fork // die "fork: $!\n";
    if ($child == 0) {
        # Not without us, however we end: PR_SET_PDEATHSIG.
        my %prctl = (x86_64 => 157, aarch64 => 167);
        my $number = $prctl{ (POSIX::uname())[4] };
        syscall $number, 1, 9, 0, 0, 0 if defined $number;
        close $from;
        POSIX::dup2(fileno $to, 1);
        $first->();
        POSIX::sigprocmask(POSIX::SIG_SETMASK(), $before);
        # Signals that were ignored when we began are so for it, too.
        exec { $file } @command or do { print STDERR "$file: $!\n"; POSIX::_exit(127) };
    }
    close $to;
    for my $name (@passed_on) { $SIG{$name} = sub { kill $name, $child } }
    POSIX::sigprocmask(POSIX::SIG_SETMASK(), $before);
    while (1) {
        my $got = sysread $from, my $bytes, 1 << 20;
        if (!defined $got) { next if $!{EINTR}; last }
        last if $got == 0;
        $take->($bytes);
    }
    $take->(undef);
    1 while waitpid($child, 0) == -1 && $!{EINTR};
    my $status = $?;
    POSIX::_exit($status >> 8) if ($status & 127) == 0;
    $SIG{ (split ' ', $Config{sig_name})[$status & 127] } = 'DEFAULT';
    kill $status & 127, $$;
    POSIX::_exit(128 + ($status & 127));
}

sub put {
    my ($bytes) = @_;
    for (my $at = 0; $at < length $bytes;) {
        my $written = syswrite STDOUT, $bytes, length($bytes) - $at, $at;
        if (defined $written) { $at += $written }
        elsif (!$!{EINTR}) { POSIX::_exit(1) }
    }
}

1;
