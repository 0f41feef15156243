# Runs a command in a new network namespace that has a wanted inode, as soon as that is free. The kernel gives out the
# lowest free number to any namespace and to every entry of /proc (fs/proc/generic.c, proc_alloc_inum): so all lower
# ones are taken first, by UTS namespaces, which cost one number each and give it back at once. If it cannot be had in
# five seconds, the inode is another. Usage: claim-netns.pl INODE COMMAND...
use strict;
use warnings;
use POSIX ();

my ($wanted, @command) = @ARGV;
use constant { CLONE_NEWUTS => 0x04000000, CLONE_NEWNET => 0x40000000 };
my %unshare_numbers = (x86_64 => 272, aarch64 => 97);
my $unshare = $unshare_numbers{ (POSIX::uname())[4] } // die "the number of unshare(2) is not known here\n";

sub enter_new {
    my ($flag, $type) = @_;
    syscall($unshare, $flag) == 0 or die "unshare: $!\n";
    open my $namespace, '<', "/proc/self/ns/$type" or die "no /proc: $!\n";
    return ($namespace, (stat $namespace)[1]);
}

my @held;
my $got = 0;
my $deadline = time + 5;
while ($got != $wanted && time < $deadline) {
    my ($namespace, $inode) = enter_new(CLONE_NEWUTS, 'uts');
    if ($inode == $wanted) {
        push @held, (enter_new(CLONE_NEWUTS, 'uts'))[0];
        close $namespace;
        (undef, $got) = enter_new(CLONE_NEWNET, 'net');
    } else {
        push @held, $namespace;
        # Beyond it: the last namespace that had it is still being taken down.
        select undef, undef, undef, 0.005 if $inode > $wanted;
    }
}
enter_new(CLONE_NEWNET, 'net') if $got == 0;
exec @command or die "$command[0]: $!\n";
