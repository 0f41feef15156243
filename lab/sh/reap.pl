# PID 1 of a node or of a Pod: does nothing but let the dead go. An ignored SIGCHLD makes the kernel
# reap every child and every orphan by itself (wait(2), NOTES).
use strict;
use warnings;
$SIG{CHLD} = 'IGNORE';
$SIG{TERM} = $SIG{INT} = sub { exit 0 };
sleep 86400 while 1;
