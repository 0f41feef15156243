// The driver of real-topology.ts, in Perl: it has the kernel's calls at hand that a process needs to be in many network namespaces. One
// line of JSON in is a state, one line out what became of its packets. Namespaces have no name and a machine is a PID namespace, so that
// all is gone with the driver, however it ends. All runs on one processor: a packet's fate is done when its sending returns, but for
// neighbours that do not answer.

export const DRIVER = String.raw`
use strict; use warnings; use Socket qw(:DEFAULT :addrinfo IPPROTO_TCP IPPROTO_UDP IPPROTO_ICMP IPPROTO_IP IPPROTO_IPV6);
use JSON::PP; use POSIX (); use Time::HiRes qw(time); use Fcntl;
$| = 1; $^F = 1000;
my $arm = (POSIX::uname())[4] =~ /^(aarch64|arm64)$/;
my %call = $arm ? (setns => 268, unshare => 97, prctl => 167, mount => 40) : (setns => 308, unshare => 272, prctl => 157, mount => 165);
my ($NEWNET, $NEWNS, $NEWPID, $NEWUTS) = (0x40000000, 0x20000, 0x20000000, 0x4000000);
my $json = JSON::PP->new->utf8;
my $SELF = $$;
open(my $home, '<', '/proc/thread-self/ns/net') or die;
# Frames are stamped from the first one on only where somebody wanted that long before.
socket(my $clock, AF_INET, SOCK_DGRAM, 0) or die; setsockopt($clock, SOL_SOCKET, 35, pack('i', 1)) or die;

sub call { my $name = shift; my $done = syscall($call{$name}, @_); die "$name: $!\n" if $done < 0; }
sub enter { call('setns', fileno($_[0]), $NEWNET); }
sub mounted { my ($what, $where, $type, $flags) = @_; my $nothing = "\0"; call('mount', $what, $where, $type, $flags, $nothing); }

# Runs text in a shell inside a namespace; what it says on stderr.
sub shell {
  my ($space, $text, @command) = @_;
  @command = ('sh') if !@command;
  pipe(my $read, my $write); pipe(my $heard, my $said);
  my $pid = fork() // die "fork: $!";
  if (!$pid) {
    enter($space); close($write); close($heard);
    POSIX::dup2(fileno($read), 0); POSIX::dup2(fileno($said), 2); open(STDOUT, '>', '/dev/null');
    exec(@command) or POSIX::_exit(127);
  }
  close($read); close($said);
  binmode($write, ":utf8"); print $write $text; close($write);
  my $words = do { local $/; <$heard> } // ''; close($heard);
  waitpid($pid, 0);
  return $words;
}

# A machine: a PID namespace over its network namespace, its Pods one process each. What its shell prints.
sub machine {
  my ($space, $name, $script, @pods) = @_;
  pipe(my $read, my $write);
  my $pid = fork() // die "fork: $!";
  if (!$pid) {
    close($read);
    enter($space); call('unshare', $NEWPID | $NEWNS | $NEWUTS);
    my $first = fork() // die;
    if ($first) { call('prctl', 1, 9, 0, 0, 0); close($write); waitpid($first, 0); POSIX::_exit(0); }
    call('prctl', 1, 9, 0, 0, 0);
    mounted("none", "/", "none", 0x44000); mounted("proc", "/proc", "proc", 0); mounted("sysfs", "/sys", "sysfs", 0);
    open(my $host, '>', '/proc/sys/kernel/hostname'); print $host $name; close($host);
    for my $pod (@pods) {
      my $held = fork() // die;
      if (!$held) { close($write); enter($pod); exec('sleep', '600'); }
      # Until it is there.
      my $inode = (stat($pod))[1];
      select(undef, undef, undef, 0.001) while (readlink("/proc/$held/ns/net") // '') !~ /\[$inode\]/ || (readlink("/proc/$held/exe") // '') =~ /perl/;
    }
    open(my $in, "+>", undef); binmode($in, ":utf8"); print $in $script; seek($in, 0, 0);
    POSIX::dup2(fileno($in), 0); POSIX::dup2(fileno($write), 1); open(STDERR, '>', '/dev/null');
    exec('sh', '-s') or POSIX::_exit(127);
  }
  close($write);
  my $text = do { local $/; <$read> } // '';
  waitpid($pid, 0);
  return $text;
}

# Carriers are told in the kernel's own time; what is read before is not what there is.
sub settle {
  my ($space) = @_;
  my $until = time + 5;
  while (time < $until) {
    pipe(my $read, my $write);
    my $pid = fork() // die "fork: $!";
    if (!$pid) { enter($space); POSIX::dup2(fileno($write), 1); exec('ip', '-o', 'link'); }
    close($write);
    my @pending = grep { /<[^>]*\bUP\b/ && !/LOOPBACK/ && (/LOWER_UP/ ? !/ state (UP|UNKNOWN) / : / state UP /) } <$read>;
    waitpid($pid, 0);
    return if !@pending;
    select(undef, undef, undef, 0.02);
  }
}

sub address { my ($family, $text, $port) = @_; return $family == 4 ? pack_sockaddr_in($port, inet_aton($text)) : pack_sockaddr_in6($port, Socket::inet_pton(AF_INET6, $text)); }

sub listener {
  my ($l) = @_;
  my $family = $l->{family} == 4 ? AF_INET : AF_INET6;
  socket(my $socket, $family, $l->{proto} == 6 ? SOCK_STREAM : SOCK_DGRAM, 0) or die "socket: $!";
  setsockopt($socket, SOL_SOCKET, SO_REUSEADDR, 1);
  setsockopt($socket, IPPROTO_IPV6, 26, pack('i', 1)) if $l->{family} == 6;
  bind($socket, address($l->{family}, $l->{address}, $l->{port})) or return undef;
  listen($socket, 5) if $l->{proto} == 6;
  fcntl($socket, F_SETFL, O_NONBLOCK);
  return $socket;
}

sub slurp { my ($path) = @_; open(my $f, '<', $path) or return ''; local $/; return <$f> // ''; }
sub counted { my ($spaces) = @_; my %all; for my $name (keys %$spaces) { enter($spaces->{$name}); $all{$name} = join('', map { slurp("/proc/thread-self/net/$_") } qw(snmp netstat snmp6)); } enter($home); return \%all; }

# Sends one packet; the socket and what the kernel said.
sub sent {
  my ($p) = @_;
  my ($four, $proto) = ($p->{family} == 4, $p->{proto});
  my $icmp = $proto == 1 || $proto == 58;
  socket(my $socket, $four ? AF_INET : AF_INET6, $icmp ? SOCK_RAW : $proto == 6 ? SOCK_STREAM : SOCK_DGRAM, $icmp ? $proto : 0) or die "socket: $!";
  fcntl($socket, F_SETFL, O_NONBLOCK);
  # TTL or hop limit; never cut into fragments; mark.
  setsockopt($socket, $four ? IPPROTO_IP : IPPROTO_IPV6, $four ? 2 : 16, pack('i', $p->{ttl}));
  setsockopt($socket, $four ? IPPROTO_IP : IPPROTO_IPV6, $four ? 10 : 23, pack('i', 2));
  bind($socket, address($p->{family}, $p->{src} // ($four ? '0.0.0.0' : '::'), $icmp ? 0 : $p->{sport})) or return ($socket, 0 + $!);
  my $payload = $p->{tag} . ("x" x ($p->{payload} - length $p->{tag}));
  if ($proto == 6) { connect($socket, address($p->{family}, $p->{dst}, $p->{dport})) and return ($socket, 0); my $why = 0 + $!; return ($socket, $why == POSIX::EINPROGRESS ? 0 : $why); }
  if ($icmp) {
    my $packet = pack('CCnnn', $four ? 8 : 128, 0, 0, $p->{sport}, 1) . $payload;
    if ($four) { my $sum = unpack('%32n*', length($packet) % 2 ? "$packet\0" : $packet); $sum = ($sum & 0xffff) + ($sum >> 16) while $sum >> 16; substr($packet, 2, 2) = pack('n', ~$sum & 0xffff); }
    connect($socket, address($p->{family}, $p->{dst}, 0)) or return ($socket, 0 + $!);
    return ($socket, defined(send($socket, $packet, 0)) ? 0 : 0 + $!);
  }
  connect($socket, address($p->{family}, $p->{dst}, $p->{dport})) or return ($socket, 0 + $!);
  return ($socket, defined(send($socket, $payload, 0)) ? 0 : 0 + $!);
}

sub drain {
  my ($sniffers, $into) = @_;
  my $any = 0;
  for my $name (keys %$sniffers) {
    my $socket = $sniffers->{$name};
    while (defined(my $from = recv($socket, my $frame, 256, 0x20 | 0x40))) {
      $any = 1;
      my ($ifindex, $type) = (unpack('S n i S C C', $from))[2, 4];
      my $when = pack('qq', 0, 0);
      ioctl($socket, 0x8907, $when);
      my ($s, $ns) = unpack('qq', $when);
      push @$into, { space => $name, ifindex => $ifindex, type => $type, at => sprintf('%d.%09d', $s, $ns), frame => unpack('H*', $frame) };
    }
  }
  return $any;
}

# Whether a neighbour is asked for that has not answered: then what waits for it has no fate yet (RTM_GETNEIGH, NUD_INCOMPLETE).
sub waiting {
  for my $socket (@_) {
    send($socket, pack('LSSLL CCSlSCC', 28, 30, 0x301, 1, 0, 0, 0, 0, 0, 0, 0, 0), 0) or die "netlink: $!";
    my ($incomplete, $done) = (0, 0);
    while (!$done) {
      defined(recv($socket, my $words, 65536, 0)) or die "netlink: $!";
      while (length $words >= 16) {
        my ($length, $type) = unpack('LS', $words);
        if ($type == 3 || $type == 2) { $done = 1; last; }
        $incomplete = 1 if $type == 28 && unpack('S', substr($words, 24, 2)) & 1;
        $words = substr($words, ($length + 3) & ~3);
      }
    }
    return 1 if $incomplete;
  }
  return 0;
}

for my $line (<STDIN>) {
  my $state = $json->decode($line);
  my %space; my %told = (said => '');
  for my $s (@{ $state->{spaces} }) {
    call('unshare', $NEWNET);
    open(my $f, '<', '/proc/thread-self/ns/net') or die;
    $space{$s->{name}} = $f; $told{inodes}{$s->{name}} = 0 + (stat($f))[1];
  }
  enter($home);
  my $links = $state->{links};
  $links =~ s{@(\w+)@}{"/proc/$SELF/fd/" . fileno($space{$1})}ge;
  my $first = $space{$state->{spaces}[0]{name}};
  $told{said} .= shell($first, $links, 'ip', '-force', '-batch', '-');
  $told{said} .= join('', map { my $said = shell($space{$_->{name}}, $_->{script}); $said eq '' ? '' : "$_->{name}: $said" } @{ $state->{spaces} });
  settle($_) for values %space;
  my @listeners;
  for my $l (@{ $state->{listens} }) { enter($space{$l->{space}}); my $socket = listener($l); push @listeners, $socket if defined $socket; }
  enter($home);
  $told{discovery}{$_->{space}} = machine($space{$_->{space}}, $_->{space}, $_->{script}, map { $space{$_} } @{ $_->{pods} }) for @{ $state->{machines} };
  my (%sniffer, @asking);
  for my $name (keys %space) {
    enter($space{$name});
    socket(my $socket, 17, 3, unpack('S', pack('n', 3))) or die "socket: $!";
    setsockopt($socket, SOL_SOCKET, SO_RCVBUF, 4_000_000);
    ioctl($socket, 0x8907, my $when = pack('qq', 0, 0));
    $sniffer{$name} = $socket;
    socket(my $asking, 16, SOCK_RAW, 0) or die "netlink: $!";
    push @asking, $asking;
  }
  enter($home);
  for my $p (@{ $state->{packets} }) {
    # What an answer before taught a sender of sizes on the way.
    if ($p->{payload} > 1200) { shell($_, "ip -$p->{family} route flush cache") for values %space; }
    drain(\%sniffer, []);
    my $before = counted(\%space);
    enter($space{$p->{space}});
    my ($socket, $errno) = sent($p);
    enter($home);
    my @seen; my $until = time + 0.9;
    drain(\%sniffer, \@seen);
    while ($errno == 0 && time < $until) {
      last if !waiting(@asking) && !drain(\%sniffer, \@seen);
      select(undef, undef, undef, 0.004);
      drain(\%sniffer, \@seen);
      my $error = unpack('i', getsockopt($socket, SOL_SOCKET, SO_ERROR));
      if ($error) { $errno = $error; }
    }
    if (!$errno) { $errno = unpack('i', getsockopt($socket, SOL_SOCKET, SO_ERROR)); }
    drain(\%sniffer, \@seen);
    my $got = 0;
    for my $l (@listeners) { while (defined(recv($l, my $words, 3000, 0x40))) { $got = 1 if substr($words, 0, length $p->{tag}) eq $p->{tag}; } }
    my $after = counted(\%space);
    push @{ $told{packets} }, { errno => $errno, got => $got, seen => \@seen, before => $before, after => $after };
    close($socket);
  }
  if (defined $state->{after}) { $told{after}{$_->{space}} = machine($space{$_->{space}}, $_->{space}, $state->{after}) for @{ $state->{machines} }; }
  print $json->encode(\%told), "\n";
}
`;
