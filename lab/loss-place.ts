import { createHash } from 'node:crypto';
import type { NodePlan, PodPlan } from './lab-plan.ts';

// Where packets are lost by chance, in nftables' own words (nft(8)): one table a place, with two rules, which count what comes by and
// what is dropped of it.

export interface LossPlace {
  /** The fabric, or the network of a Pod of the node or (null) of the node itself. */
  readonly network: 'fabric' | PodPlan | null;
  /** Whose packets, if it is one device's. */
  readonly device?: string;
  /** Family and name. */
  readonly table: string;
  /** `-f` of nft makes it of nothing. */
  readonly script: readonly string[];
}

export const LOSS_ARGUMENT =
  '"WHERE SHARE% [MATCH]": WHERE is fabric, fabric:NODE (towards that one), DEVICE:in, DEVICE:out, prerouting, input, forward, output or postrouting, the latter with POD/ before it in a Pod; MATCH is nftables’ own, such as udp dport 7000';

const HOOKS = ['prerouting', 'input', 'forward', 'output', 'postrouting'];
/** After routing's and NAT's own, so that what is counted would else have passed. */
const PRIORITY = 350;
/** `numgen` draws one of so many, of which some are lost: of no more than need be, as people write it. */
const PARTS = [100, 1_000, 10_000, 100_000];
/** Shares to a ten-thousandth of a per cent. */
const MOST_PARTS = 1_000_000;

/** Null for what is none. @param peers whom the fabric leads to. */
export function parseLoss(argument: string, node: NodePlan, peers: readonly NodePlan[]): LossPlace | null {
  const parts = /^(?:([a-z0-9-]+)\/)?([\w.:-]+) (\d{1,3}(?:\.\d{1,4})?)%(?: ([\w .:/{},&|!<=>"-]+))?$/.exec(
    argument,
  );
  const [, podName, where, percent, match = ''] = parts ?? [];
  const share = Number(percent);
  if (where === undefined || !(share <= 100)) return null;
  const pod = podName === undefined ? null : node.pods.find(({ name }) => name === podName);
  if (pod === undefined) return null;
  const name = `lab_loss_${createHash('sha1').update(`${node.name} ${argument}`).digest('hex').slice(0, 8)}`;
  const [what, direction, ...rest] = where.split(':');
  const made = (network: LossPlace['network'], family: string, hook: string, only: string): LossPlace => {
    const table = `${family} ${name}`;
    // Who asks for addresses is let through: a way that is lost for good is another fault.
    const matched = `${only}meta protocol { ip, ip6 } ${match}`;
    const parts = PARTS.find((of) => Number.isInteger((share * of) / 100)) ?? MOST_PARTS;
    // nft refuses to ask what is always so.
    const chance = share === 100 ? '' : `numgen random mod ${parts} < ${Math.round((share / 100) * parts)} `;
    return {
      network,
      table,
      script: [
        `add table ${table}`,
        `add chain ${table} loss { type filter hook ${hook}; }`,
        `add rule ${table} loss ${matched} counter`,
        `add rule ${table} loss ${matched} ${chance}counter drop`,
      ],
    };
  };
  if (what === undefined || rest.length > 0) return null;
  if (what === 'fabric') {
    if (pod !== null || (direction !== undefined && !peers.some((peer) => peer.name === direction)))
      return null;
    const towards = direction === undefined ? '' : `oifname "${direction}" `;
    return made('fabric', 'bridge', `forward priority 0`, `iifname "${node.name}" ${towards}`);
  }
  if (direction === undefined)
    return HOOKS.includes(what) ? made(pod, 'inet', `${what} priority ${PRIORITY}`, '') : null;
  const hook = new Map([
    ['in', 'ingress'],
    ['out', 'egress'],
  ]).get(direction);
  if (hook === undefined) return null;
  return { ...made(pod, 'netdev', `${hook} device "${what}" priority 0`, ''), device: what };
}
