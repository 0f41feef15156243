import { setTimeout as delay } from 'node:timers/promises';
import { fail, ok, type Result } from '../app/result.ts';
import { bgpPeersOf } from './bgp-peers.ts';
import { calicoNodeName, hideCalicoNode, showCalicoNode } from './cluster-inventory.ts';
import { filterFabric } from './fabric.ts';
import type { Fault, FaultTarget } from './fault-kind.ts';
import { readFaults } from './fault-record.ts';
import { victimOf } from './fault-script.ts';
import { inNode, livingNode, NODE_LIBRARY } from './node-namespace.ts';
import { findInNode, processName, sendSignal } from './processes.ts';
import type { RunningFailure } from './running.ts';

const BGP = ['bgp'] as const;
const CONTROL = '/var/run/calico/bird.ctl';
const CONFIG = '/etc/calico/confd/config/bird.cfg';
/** The protocol that holds the node's own block (bird.ts); the first unnamed static one gets this name. */
const BLOCK_PROTOCOL = 'static1';
/** BIRD's pattern: no protocol but those of peers has an underscore in its name. */
const EVERY_SESSION = '"*_*"';
const END_TIMEOUT_MS = 3_000;
/** BIRD's delays before a session is tried again are at most 4 s (bird.ts). */
const SESSION_TIMEOUT_MS = 20_000;
/** Twice those delays: what has not come by then does not come. */
const PREVENTED_MS = 8_000;

export const birdFaults: Readonly<Record<string, Fault>> = {
  'bgp-auth-mismatch': {
    summary: 'the node speaks to one peer with a password that the peer does not have',
    finding: 'bgp-auth-mismatch',
    modes: BGP,
    inflict: (target) =>
      reconfigure(
        target,
        'bgp-auth-mismatch',
        (peer) => `/^  neighbor ${peer} as /a password "hopscope";`,
        isRefusedForItsKey,
      ),
    mend: (target) =>
      reconfigure(target, 'bgp-auth-mismatch', () => '/^password "hopscope";$/d', isEstablished),
  },
  'bgp-as-mismatch': {
    summary: 'the node takes one of its peers to be of another autonomous system',
    finding: 'bgp-as-mismatch',
    modes: BGP,
    inflict: (target) =>
      reconfigure(
        target,
        'bgp-as-mismatch',
        (peer) => `s/^  neighbor ${peer} as 64512;/  neighbor ${peer} as 64513;/`,
        isDown,
      ),
    mend: (target) =>
      reconfigure(
        target,
        'bgp-as-mismatch',
        (peer) => `s/^  neighbor ${peer} as 64513;/  neighbor ${peer} as 64512;/`,
        isEstablished,
      ),
  },
  'bird-kill': {
    summary: 'SIGKILL to BIRD: its routes stay, its peers keep theirs as stale for 120 s',
    finding: 'stale-bgp-routes',
    modes: BGP,
    mendedBy: 'bird-start',
    inflict: (target) => endBird(target, 'SIGKILL'),
    mend: startBird,
  },
  'bird-term': {
    summary: 'SIGTERM to BIRD: it takes leave, its peers withdraw at once',
    modes: BGP,
    mendedBy: 'bird-start',
    inflict: (target) => endBird(target, 'SIGTERM'),
    mend: startBird,
  },
  'bird-in-container': {
    summary: 'BIRD runs in a Pod calico-node: no socket, no birdcl and no nsenter on its node',
    mendedBy: 'bird-on-node',
    inflict: containBird,
    mend: freeBird,
  },
  'bgp-cut': {
    summary: 'TCP 179 is lost between the nodes, mid-session: Established up to the hold time',
    finding: 'bgp-port-blocked',
    modes: BGP,
    mendedBy: 'bgp-uncut',
    inFabric: () => true,
    inflict: async (target) => {
      const cut = await cutBgp(target);
      return cut.ok ? speakInVain(target) : cut;
    },
    mend: async (target) => {
      const uncut = await uncutBgp(target);
      return uncut.ok ? untilHeard(target) : uncut;
    },
  },
  'bgp-blocked': {
    summary: 'TCP 179 is lost between the nodes since before the sessions began: they never come up',
    finding: 'bgp-port-blocked',
    modes: BGP,
    mendedBy: 'bgp-unblocked',
    inFabric: () => true,
    inflict: async (target) => {
      const cut = await cutBgp(target);
      return cut.ok ? tellBird(target, 'restart', EVERY_SESSION) : cut;
    },
    mend: uncutBgp,
  },
  'bgp-disable': {
    summary: 'birdc disable of one BGP session',
    finding: 'bgp-not-established',
    modes: BGP,
    argument: "a protocol's name, such as Mesh_10_12_22_152",
    fallback: (target) => bgpPeersOf(target.state.plan, target.node)[0]?.protocol ?? '',
    mendedBy: 'bgp-enable',
    inflict: (target) => control(target, 'disable', target.argument),
    mend: (target) => control(target, 'enable', target.argument),
  },
  'route-withdraw': {
    summary: "the node's block disappears from its peers",
    finding: 'bgp-not-established',
    modes: BGP,
    mendedBy: 'route-restore',
    inflict: (target) => control(target, 'disable', BLOCK_PROTOCOL),
    mend: (target) => control(target, 'enable', BLOCK_PROTOCOL),
  },
};

/** Edits what BIRD was told of the peer, and tells it so: the session with it begins anew. */
async function reconfigure(
  target: FaultTarget,
  fault: string,
  edit: (peerAddress: string) => string,
  /** What is awaited. */
  come: (target: FaultTarget, session: string) => Promise<boolean>,
): Promise<Result<void, RunningFailure>> {
  const { folder, node } = target;
  const { peer } = victimOf(target);
  await inNode(folder, node.name, ['sed', '-i', edit(peer.address.replaceAll('.', '\\.')), CONFIG]);
  const { stdout } = await inNode(folder, node.name, ['birdcl', '-s', CONTROL, 'configure'], { accept: [1] });
  const session = bgpPeersOf(target.state.plan, node).find(({ neighbour }) => neighbour === peer.address);
  if (session === undefined || !/Reconfigur/.test(stdout))
    return refusedBy(node.name, `its configuration: ${stdout.trim().split('\n').at(-1) ?? ''}`);
  const begun = Date.now();
  while (!(await come(target, session.protocol))) {
    const waited = Date.now() - begun;
    if (waited > PREVENTED_MS && (await isPrevented(target, fault))) return ok(undefined);
    if (waited > SESSION_TIMEOUT_MS) return refusedBy(node.name, `to change ${session.protocol} in time`);
    await delay(100);
  }
  return ok(undefined);
}

/** What lets a session not come up, at whichever of its ends it is. */
const PREVENTING: ReadonlySet<string> = new Set([
  'bird-kill',
  'bird-term',
  'bgp-cut',
  'bgp-blocked',
  'bgp-disable',
  'bgp-auth-mismatch',
  'bgp-as-mismatch',
]);

/** Another fault lets this session not come up, and nothing come that could be refused. */
async function isPrevented(target: FaultTarget, fault: string): Promise<boolean> {
  const { folder, node } = target;
  const ends = [node.name, victimOf(target).peer.name];
  const active = await readFaults(folder);
  return active.some(
    (other) =>
      PREVENTING.has(other.name) &&
      ends.includes(other.node) &&
      (other.name !== fault || other.node !== node.name),
  );
}

function refusedBy(node: string, what: string): Result<void, RunningFailure> {
  return fail({ kind: 'refused', sentence: `BIRD on ${node} refused ${what}.` });
}

async function isEstablished({ folder, node }: FaultTarget, session: string): Promise<boolean> {
  const { stdout } = await inNode(
    folder,
    node.name,
    ['birdcl', '-s', CONTROL, 'show', 'protocols', session],
    {
      accept: [1],
    },
  );
  return stdout.includes('Established');
}

async function isDown(target: FaultTarget, session: string): Promise<boolean> {
  return !(await isEstablished(target, session));
}

/** The peer's next try comes without a key. */
async function isRefusedForItsKey(target: FaultTarget, session: string): Promise<boolean> {
  const { stdout } = await inNode(target.folder, target.node.name, ['nstat', '-asz', 'TcpExtTCPMD5NotFound']);
  return !(await isEstablished(target, session)) && /TCPMD5NotFound +[1-9]/.test(stdout);
}

/** In the fabric, where neither node's capture sees the cause. */
async function cutBgp({ folder, node }: FaultTarget): Promise<Result<void, RunningFailure>> {
  const lost = ['iifname', 'oifname'].flatMap((side) =>
    ['sport', 'dport'].map((port) => `${side} "${node.name}" tcp ${port} 179 drop`),
  );
  await filterFabric(folder, node, lost);
  return ok(undefined);
}

/** A session without news says nothing for a keepalive's 80 s, and until then nothing is lost: it asks for its peers' routes again. */
async function speakInVain(target: FaultTarget): Promise<Result<void, RunningFailure>> {
  const { folder, node } = target;
  await inNode(folder, node.name, ['birdcl', '-s', CONTROL, 'reload', 'in', EVERY_SESSION], { accept: [1] });
  const deadline = Date.now() + SESSION_TIMEOUT_MS;
  while (!(await isUnheard(target))) {
    if (Date.now() > deadline) return refusedBy(node.name, 'to say anything to its peers');
    await delay(50);
  }
  return ok(undefined);
}

/** What was lost is sent again after twice as long each time: the longer the cut, the longer after it. */
async function untilHeard(target: FaultTarget): Promise<Result<void, RunningFailure>> {
  const deadline = Date.now() + SESSION_TIMEOUT_MS;
  while ((await isUnheard(target)) && Date.now() < deadline) await delay(100);
  return ok(undefined);
}

/** A socket of port 179, at either end, has sent the same a third time (net/ipv4/tcp_ipv4.c get_tcp4_sock). */
async function isUnheard({ folder, node }: FaultTarget): Promise<boolean> {
  const unheard =
    '$4 == "01" && ($2 ~ /:00B3$/ || $3 ~ /:00B3$/) && $7 !~ /^0000000[01]$/ { n++ } END { exit n == 0 }';
  const { exitCode } = await inNode(folder, node.name, ['awk', unheard, '/proc/net/tcp'], { accept: [1] });
  return exitCode === 0;
}

async function uncutBgp({ folder, node }: FaultTarget): Promise<Result<void, RunningFailure>> {
  await filterFabric(folder, node, null);
  return ok(undefined);
}

async function endBird(target: FaultTarget, signal: NodeJS.Signals): Promise<Result<void, RunningFailure>> {
  const [pid] = await findBird(target);
  if (pid === undefined)
    return fail({ kind: 'refused', sentence: `BIRD does not run on ${target.node.name}.` });
  sendSignal(pid, signal);
  const deadline = Date.now() + END_TIMEOUT_MS;
  while ((await findBird(target)).includes(pid)) {
    if (Date.now() > deadline)
      return fail({ kind: 'refused', sentence: `BIRD on ${target.node.name} did not end.` });
    await delay(10);
  }
  return ok(undefined);
}

/** With -R, as Calico starts it: a restart takes the kernel's routes over instead of flushing them. */
async function startBird(target: FaultTarget): Promise<Result<void, RunningFailure>> {
  if ((await findBird(target)).length > 0) return ok(undefined);
  const files = ['-c', CONFIG, '-s', CONTROL, '-P', '/run/bird.pid'];
  await inNode(target.folder, target.node.name, ['bird', '-R', ...files]);
  return ok(undefined);
}

/** What the node could reach it by. */
const WAYS_IN = ['birdcl', 'nsenter'];

async function containBird(target: FaultTarget): Promise<Result<void, RunningFailure>> {
  const { folder, node } = target;
  const ended = await endBird(target, 'SIGTERM');
  if (!ended.ok) return ended;
  const pod = calicoNodeName(node);
  const shim = 'setsid unshare --mount --pid --fork --propagation private';
  const start = `${shim} sh ${NODE_LIBRARY}/calico-node.sh ${pod} </dev/null >>/var/log/pods.log 2>&1 &`;
  await inNode(folder, node.name, [
    'sh',
    '-c',
    `${start}\nuntil [ -s /run/lab/pods/${pod} ]; do sleep 0.02; done`,
  ]);
  for (const tool of WAYS_IN) await hideTool(target, 'hide', tool);
  await showCalicoNode(folder, node);
  return ok(undefined);
}

async function freeBird(target: FaultTarget): Promise<Result<void, RunningFailure>> {
  const { folder, node } = target;
  for (const tool of WAYS_IN) await hideTool(target, 'restore', tool);
  await hideCalicoNode(folder, node);
  const file = `/run/lab/pods/${calicoNodeName(node)}`;
  await inNode(folder, node.name, ['sh', '-c', `kill -9 "$(cat ${file})"; rm -f ${file}`], { accept: [1] });
  return startBird(target);
}

async function hideTool(
  { folder, node }: FaultTarget,
  verb: 'hide' | 'restore',
  tool: string,
): Promise<void> {
  await inNode(folder, node.name, ['sh', `${NODE_LIBRARY}/hide-tool.sh`, verb, tool], { accept: [1] });
}

async function findBird({ folder, node }: FaultTarget): Promise<number[]> {
  const pids = await findInNode(await livingNode(folder, node.name));
  const names = await Promise.all(pids.map(processName));
  return pids.filter((_, index) => names[index] === 'bird');
}

async function control(
  target: FaultTarget,
  verb: 'enable' | 'disable',
  protocol: string,
): Promise<Result<void, RunningFailure>> {
  // BIRD reads a quoted name as a pattern; a plain symbol must exist.
  if (!/^\w+$/.test(protocol))
    return fail({ kind: 'bad-argument', sentence: `"${protocol}" is not the name of a BIRD protocol.` });
  return tellBird(target, verb, protocol);
}

async function tellBird(
  target: FaultTarget,
  verb: string,
  protocol: string,
): Promise<Result<void, RunningFailure>> {
  const { stdout } = await inNode(
    target.folder,
    target.node.name,
    ['birdcl', '-s', CONTROL, verb, protocol],
    { accept: [1] },
  );
  if (/: ((already )?(en|dis)abled|restarted)/.test(stdout)) return ok(undefined);
  const said = stdout.trim().split('\n').at(-1) ?? '';
  return fail({
    kind: 'refused',
    sentence: `BIRD on ${target.node.name} refused to ${verb} ${protocol}: ${said}`,
  });
}
