// `birdcl show protocols all`, as BIRD 2 (nest/proto.c proto_cmd_show, proto/bgp/bgp.c bgp_show_proto_info) and
// BIRD 1.6, which Calico's fork is made of, print it. BIRD 2 counts routes per channel, 1.6 per protocol.
import type { BgpProtocol } from './facts.ts';

/** The output does not say which socket it came from. */
export type PrintedProtocol = Omit<BgpProtocol, 'socket'>;

export interface BirdProtocols {
  /** `2.0.12`, `1.6.8`, `v0.3.3+birdv1.6.8` (Calico); null when the greeting is missing. */
  readonly version: string | null;
  readonly protocols: readonly PrintedProtocol[];
}

export function parseBirdProtocols(text: string): BirdProtocols {
  const version = /^BIRD (\S+) ready\.$/m.exec(text)?.[1] ?? null;
  const protocols: PrintedProtocol[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    const protocol = bgpProtocol(lines);
    if (protocol !== null) protocols.push(protocol);
    lines = [];
  };
  for (const line of text.split('\n')) {
    if (line !== '' && !/^\s/.test(line)) flush();
    lines.push(line);
  }
  flush();
  return { version, protocols };
}

// Name       Proto      Table      State  Since         Info
const HEADING = /^(\S+)\s+BGP\s+\S+\s+(\S+)\s+(\S.*?)\s*$/;
// "Since" is whatever `timeformat protocol` makes of a time; two blanks or more part it from Info, which begins with
// the session's state (bgp_state_dsc) unless the protocol is down.
const INFO = /\s{2,}((?:Idle|Connect|Active|OpenSent|OpenConfirm|Established|Close|Down|Passive)\b.*)$/;

function bgpProtocol(lines: readonly string[]): PrintedProtocol | null {
  const heading = HEADING.exec(lines[0] ?? '');
  if (!heading) return null;
  const [, name = '', state = '', sinceAndInfo = ''] = heading;
  const info = (INFO.exec(sinceAndInfo) ?? /\s{2,}(\S.*)$/.exec(sinceAndInfo))?.[1] ?? '';
  const since = sinceAndInfo.slice(0, sinceAndInfo.length - info.length).trim();
  let bgpState: string | null = null;
  let neighbourAddress: string | null = null;
  let lastError: string | null = null;
  let imported: number | null = null;
  let exported: number | null = null;
  let neighbourRestarting = false;
  let restartTimer: number | null = null;
  let holdTimer: number | null = null;
  for (const line of lines.slice(1)) {
    const pair = /^\s+([A-Z][A-Za-z ]*?):\s+(.*?)\s*$/.exec(line);
    if (/^\s+Neighbor graceful restart active\s*$/.test(line)) neighbourRestarting = true;
    if (!pair) continue;
    const [, key = '', value = ''] = pair;
    switch (key) {
      case 'BGP state':
        bgpState = value;
        break;
      case 'Neighbor address':
        // fe80::1%eth0 names the device, too.
        neighbourAddress = value.replace(/%.*$/, '');
        break;
      case 'Last error':
        lastError = value;
        break;
      case 'Routes': {
        const counts = /(\d+) imported,(?: \d+ filtered,)? (\d+) exported/.exec(value);
        if (!counts) break;
        imported = (imported ?? 0) + Number(counts[1]);
        exported = (exported ?? 0) + Number(counts[2]);
        break;
      }
      case 'Restart timer':
        restartTimer = seconds(value);
        break;
      case 'Hold timer':
        holdTimer = seconds(value);
        break;
      default:
    }
  }
  return {
    name,
    state,
    since,
    info: info.replace(/\s+/g, ' '),
    bgpState,
    neighbourAddress,
    lastError,
    imported,
    exported,
    neighbourRestarting,
    restartTimer,
    holdTimer,
  };
}

/** `118.997/-` or `228/240`: what is left before what was set. */
function seconds(value: string): number | null {
  const left = Number(value.split('/')[0]);
  return value !== '' && Number.isFinite(left) ? left : null;
}
