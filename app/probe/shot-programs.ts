// What sends a packet where ping(8) cannot do what is asked, or is not there: two little programs, for perl (perl-base is enough) and
// for python3. Both say in the same words what became of it (active-shots.ts reads them). Neither holds a single quote.

/**
 * Arguments: KIND ADDRESS PORT SOURCE-PORT SIZE DF COUNT. Echo requests carry `hopscope` over and over (RFC 792, RFC 4443); with DF the
 * kernel's own path MTU is not asked (ip(7), IP_PMTUDISC_PROBE). A raw ICMP socket sees every ICMP message: errors are ours where the
 * packet in them has our id.
 */
export const PERL_SHOTS = `
use strict; use Socket qw(:all); use Errno; use Fcntl;
my ($kind, $dest, $port, $sport, $size, $df, $count) = @ARGV;
my $fine = eval { require Time::HiRes; 1 };
sub now { $fine ? Time::HiRes::time() : time }
sub took { $fine ? sprintf("%.3f", (now() - $_[0]) * 1000) : "-" }
my $six = $dest =~ /:/;
my $fam = $six ? AF_INET6 : AF_INET;
my $addr = inet_pton($fam, $dest);
sub at { $six ? pack_sockaddr_in6($_[0], $addr) : pack_sockaddr_in($_[0], $addr) }
sub any { $six ? pack_sockaddr_in6($_[0], IN6ADDR_ANY) : pack_sockaddr_in($_[0], INADDR_ANY) }
sub failed { my $n = $! + 0; my ($name) = grep { $!{$_} } keys %!; print "error ", $name || $n, "\\n"; }
sub ready { my ($s, $left, $write) = @_; my $v = ""; vec($v, fileno($s), 1) = 1; $write ? select(undef, $v, undef, $left) : select($v, undef, undef, $left) }
sub whole { my $s = shift; $six ? setsockopt($s, 41, 23, pack("i", $df ? 3 : 0)) : setsockopt($s, 0, 10, pack("i", $df ? 3 : 0)) }
sub sum { my $t = 0; $t += $_ for unpack("n*", $_[0] . (length($_[0]) % 2 ? "\\0" : "")); $t = ($t & 0xffff) + ($t >> 16) while $t >> 16; ~$t & 0xffff }
$| = 1;
if ($kind eq "connect") {
  socket(my $s, $fam, SOCK_STREAM, 6) or do { failed(); exit };
  if ($sport) { bind($s, any($sport)) or print "port-taken\\n" }
  fcntl($s, F_SETFL, O_NONBLOCK);
  my $t = now();
  print "sent 1\\n";
  if (!connect($s, at($port))) {
    if (!$!{EINPROGRESS}) { failed(); exit }
    if (ready($s, 3, 1) < 1) { exit }
    my $e = unpack("i", getsockopt($s, SOL_SOCKET, SO_ERROR));
    if ($e) { $! = $e; failed(); exit }
  }
  print "answer 1 ", took($t), "\\n";
  exit;
}
my $head = $six ? 48 : 28;
my $data = $size > $head ? substr("hopscope" x (int($size / 8) + 1), 0, $size - $head) : "";
my $sent = 0;
if ($kind eq "datagram") {
  socket(my $s, $fam, SOCK_DGRAM, 17) or do { failed(); exit };
  whole($s);
  if ($sport) { bind($s, any($sport)) or print "port-taken\\n" }
  connect($s, at($port)) or do { failed(); exit };
  for my $seq (1 .. $count) {
    my $t = now();
    defined send($s, $data, 0) or do { failed(); next };
    $sent++;
    next if ready($s, 1) < 1;
    defined recv($s, my $b, 65535, 0) ? print "answer $seq ", took($t), "\\n" : failed();
  }
} else {
  my $own = $$ & 0xffff;
  socket(my $s, $fam, SOCK_RAW, $six ? 58 : 1) or do { print "lacks right\\n"; exit };
  whole($s);
  for my $seq (1 .. $count) {
    my $m = pack("CCnnn", $six ? 128 : 8, 0, 0, $own, $seq) . $data;
    substr($m, 2, 2) = pack("n", sum($m)) if !$six;
    my $t = now();
    defined send($s, $m, 0, at(0)) or do { failed(); next };
    $sent++;
    my $end = $t + 1;
    while ((my $left = $end - now()) > 0) {
      last if ready($s, $left) < 1;
      my $from = recv($s, my $b, 65535, 0);
      next unless defined $from;
      my $o = $six ? 0 : (ord($b) & 15) * 4;
      next if length($b) < $o + 8;
      my ($type, $code, undef, $id, $q) = unpack("CCnnn", substr($b, $o, 8));
      if ($type == ($six ? 129 : 0) && $id == $own) { print "answer $q ", took($t), "\\n"; last if $q == $seq; next }
      next if $six ? $type > 3 || $type < 1 : $type != 3 && $type != 11;
      my $in = substr($b, $o + 8);
      my $i = $six ? 40 : (ord($in) & 15) * 4;
      next if length($in) < $i + 8 || unpack("n", substr($in, $i + 4, 2)) != $own;
      my $by = $six ? inet_ntop(AF_INET6, (unpack_sockaddr_in6($from))[1]) : inet_ntoa((unpack_sockaddr_in($from))[1]);
      print "told $type $code ", unpack("N", substr($b, $o + 4, 4)), " $by\\n";
      last;
    }
  }
}
print "sent $sent\\n";
`;

/** The same for a connection and for datagrams. */
export const PYTHON_SHOTS = `
import errno, socket, sys, time
kind, dest, port, sport, size, df, count = sys.argv[1:8]
fam = socket.AF_INET6 if ":" in dest else socket.AF_INET
def failed(e): print("error", errno.errorcode.get(e.errno, "ETIMEDOUT") if e.errno else "ETIMEDOUT")
tcp = kind == "connect"
s = socket.socket(fam, socket.SOCK_STREAM if tcp else socket.SOCK_DGRAM)
s.settimeout(3 if tcp else 1)
if int(sport):
  try: s.bind(("", int(sport)))
  except OSError: print("port-taken")
sent = 0
for seq in range(1, 2 if tcp else int(count) + 1):
  t = time.time()
  try:
    if tcp:
      sent += 1
      s.connect((dest, int(port)))
    else:
      s.connect((dest, int(port)))
      s.send((b"hopscope" * 8192)[:max(0, int(size) - (48 if ":" in dest else 28))])
      sent += 1
      s.recv(65535)
    print("answer", seq, "%.3f" % ((time.time() - t) * 1000))
  except socket.timeout: pass
  except OSError as e: failed(e)
print("sent", sent)
`;
