// A node of namespaces on the real kernel: two Pods behind it and a machine at its NIC, with frames put on the wire as they are
// built. Needs root. Everything ends with `dispose`.
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { statSync } from 'node:fs';
import { parseDiscovery } from '../../probe/discovery.ts';
import { discoveryScript, type DiscoveryPart } from '../../probe/discovery-script.ts';
import type { NodeSnapshot } from '../../probe/snapshot.ts';
import { addNamespace, ownPrefix } from '../../probe/testing/real-namespace.ts';
import { until } from '../../topology/testing/real-node.ts';

export type Place = 'node' | 'a' | 'b' | 'outside';

/** MACs of both ends of every wire; the node's end towards a Pod has Calico's. */
export const MACS = {
  node: 'ee:ee:ee:ee:ee:ee',
  nic: '02:00:00:00:00:01',
  a: '02:00:00:00:0a:02',
  b: '02:00:00:00:0b:02',
  outside: '02:00:00:00:00:02',
} as const;

/** Frames as hexadecimal lines on stdin, out through the device whose index is the first word. */
const SEND_FRAMES = `
  use strict; use warnings; use Socket;
  socket(my $socket, 17, 3, 0) or die "socket: $!";
  my $to = pack("S n l S C C a8", 17, 0x0800, $ARGV[0], 0, 0, 6, "");
  while (my $line = <STDIN>) { chomp $line; defined send($socket, pack("H*", $line), 0, $to) or warn "send: $!"; }
`;

export class KernelNode implements Disposable {
  readonly #prefix: string;
  readonly #running: ChildProcess[] = [];

  constructor(name: string) {
    this.#prefix = ownPrefix(name);
    for (const place of ['node', 'a', 'b', 'outside'] as const) addNamespace(this.named(place));
    this.inside('node', 'echo 1 >/proc/sys/net/ipv4/ip_forward');
    for (const place of ['node', 'a', 'b', 'outside'] as const) {
      // No router solicitations between our samples.
      this.inside(place, 'echo 1 >/proc/sys/net/ipv6/conf/default/disable_ipv6; ip link set lo up');
    }
    this.#wire('a', 'calia', '10.0.0.1');
    this.#wire('b', 'calib', '10.0.0.2');
    this.#wire('outside', 'nic0', '10.9.0.2');
    this.inside('node', 'ip addr add 10.9.0.1/24 dev nic0');
  }

  named(place: Place): string {
    return `${this.#prefix}-${place}`;
  }

  inode(place: Place): number {
    return statSync(`/run/netns/${this.named(place)}`).ino;
  }

  /** Runs a line of shell in a namespace, with the others named $A, $B and $OUTSIDE; what it prints. @throws when it fails. */
  inside(place: Place, line: string): string {
    return execFileSync('ip', ['netns', 'exec', this.named(place), 'sh', '-c', line], {
      encoding: 'utf8',
      env: { ...process.env, A: this.named('a'), B: this.named('b'), OUTSIDE: this.named('outside') },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  }

  /** Runs Perl in a namespace until it has printed `ready`; it ends with its stdin. */
  async serve(place: Place, perl: string): Promise<ChildProcess> {
    const child = spawn('ip', ['netns', 'exec', this.named(place), 'perl', '-e', perl], {
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    this.#running.push(child);
    let said = '';
    child.stdout.on('data', (chunk: Buffer) => (said += chunk.toString()));
    await until(() => said.includes('ready'));
    return child;
  }

  /** Out of the Pod's (or the outside machine's) own device, `times` times. */
  send(place: Exclude<Place, 'node'>, frame: Uint8Array, times = 10): void {
    const line = `${Buffer.from(frame).toString('hex')}\n`;
    const ifindex = this.inside(place, 'cat /sys/class/net/eth0/ifindex').trim();
    execFileSync('ip', ['netns', 'exec', this.named(place), 'perl', '-e', SEND_FRAMES, ifindex], {
      input: line.repeat(times),
    });
  }

  /** Waits until the kernel has taken all that was sent: of a busy machine ksoftirqd does the rest, later than send(2) returns. */
  settle(): void {
    const told = (): string => this.inside('node', 'cat /proc/net/snmp /proc/net/netstat /proc/net/dev');
    for (let before = told(), tries = 0; tries < 50; tries += 1) {
      const now = told();
      if (now === before) return;
      before = now;
    }
    throw new Error('its counters do not stand still');
  }

  /** What the discovery script tells of it, or of another place as if that were a node. @throws when it gives no snapshot. */
  read(parts: readonly DiscoveryPart[], place: Place = 'node'): NodeSnapshot {
    const nonce = 'n0nce0n0nce0n0nce0';
    const output = execFileSync('ip', ['netns', 'exec', this.named(place), 'sh', '-s'], {
      input: discoveryScript({ nonce, parts }),
      maxBuffer: 64_000_000,
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const parsed = parseDiscovery(output, { nonce, nodeLabel: place, seenAt: 1 });
    if (!parsed.ok) throw new Error(`${parsed.failure.sentence} ${parsed.failure.detail}`);
    return parsed.value;
  }

  [Symbol.dispose](): void {
    for (const child of this.#running) child.kill('SIGKILL');
    for (const place of ['node', 'a', 'b', 'outside'] as const) this.#ip('netns', 'del', this.named(place));
  }

  /** The default route, as Calico makes it; it goes when the device does. */
  route(place: Exclude<Place, 'node'>): void {
    const near = place === 'outside' ? MACS.nic : MACS.node;
    this.inside(
      place,
      `ip route replace 169.254.1.1 dev eth0; ip route replace default via 169.254.1.1; ip neigh replace 169.254.1.1 lladdr ${near} dev eth0 nud permanent`,
    );
  }

  #wire(place: Exclude<Place, 'node'>, host: string, address: string): void {
    const near = place === 'outside' ? MACS.nic : MACS.node;
    const node = this.named('node');
    const far = ['peer', 'name', 'eth0', 'netns', this.named(place), 'address', MACS[place]];
    this.#ip('-n', node, 'link', 'add', host, 'address', near, 'type', 'veth', ...far);
    this.inside(place, `ip addr add ${address}/32 dev eth0; ip link set eth0 up`);
    this.route(place);
    const route = place === 'outside' ? '' : `ip route add ${address}/32 dev ${host} proto 80;`;
    this.inside(
      'node',
      `ip link set ${host} up; ${route} ip neigh replace ${address} lladdr ${MACS[place]} dev ${host} nud permanent`,
    );
    // Without a process a namespace is not read.
    const child = spawn('ip', ['netns', 'exec', this.named(place), 'sleep', '300'], { stdio: 'ignore' });
    this.#running.push(child);
  }

  #ip(...words: string[]): void {
    execFileSync('ip', words, { stdio: ['ignore', 'ignore', 'inherit'] });
  }
}
