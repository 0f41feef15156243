// Queues of interfaces (tc(8), qdisc): what each dropped and let out, and what limits it. From `tc -s -j qdisc show`, or its text.
import { z } from 'zod';
import type { QdiscCounters } from './counter-facts.ts';
import { entriesOf } from './tool-json.ts';

const number = z.number().optional().catch(undefined);

const qdiscSchema = z.object({
  kind: z.string(),
  handle: z.string().default(''),
  dev: z.string(),
  drops: z.number(),
  packets: number,
  root: z.boolean().default(false),
  options: z.object({ rate: number, burst: number, limit: number }).optional().catch(undefined),
});

// qdisc fq_codel 0: dev eth0 root refcnt 2 …
//  Sent 1 bytes 1 pkt (dropped 3, overlimits 0 requeues 0)
const QDISC_TEXT = /^qdisc (\S+) (\S+) dev (\S+) ([^\n]*)\n Sent \d+ bytes (\d+) pkts? \(dropped (\d+),/gm;

export function parseQdiscs(text: string): QdiscCounters[] {
  if (/^\s*\[/.test(text))
    return entriesOf(text, qdiscSchema).map(({ kind, handle, dev, drops, packets, root, options = {} }) => ({
      ...{ device: dev, kind, handle, dropped: drops, root },
      ...(packets === undefined ? {} : { sent: packets }),
      ...limitsOf(options.rate, options.burst, options.limit),
    }));
  return [...text.matchAll(QDISC_TEXT)].map(
    ([, kind = '', handle = '', device = '', rest = '', sent, dropped]) => ({
      ...{
        device,
        kind,
        handle,
        dropped: Number(dropped),
        root: rest.startsWith('root'),
        sent: Number(sent),
      },
      ...limitsOf(bitsOf(rest), bytesOf('burst', rest), bytesOf('limit', rest)),
    }),
  );
}

function limitsOf(
  rate: number | undefined,
  burst: number | undefined,
  limit: number | undefined,
): Pick<QdiscCounters, 'rate' | 'burst' | 'limit'> {
  return {
    ...(rate === undefined ? {} : { rate }),
    ...(burst === undefined ? {} : { burst }),
    ...(limit === undefined ? {} : { limit }),
  };
}

/** `rate 8Kbit`: as bytes a second. */
function bitsOf(text: string): number | undefined {
  const [, amount, prefix = ''] = /\brate (\d+(?:\.\d+)?)([KMG]?)bit\b/.exec(text) ?? [];
  const factor = { '': 1, K: 1e3, M: 1e6, G: 1e9 }[prefix] ?? 1;
  return amount === undefined ? undefined : (Number(amount) * factor) / 8;
}

/** `burst 1540b`, `limit 10Kb`, `limit 100p`: bytes or packets. */
function bytesOf(word: string, text: string): number | undefined {
  const [, amount, prefix = ''] = new RegExp(`\\b${word} (\\d+)([KM]?)[bp]\\b`).exec(text) ?? [];
  return amount === undefined ? undefined : Number(amount) * ({ '': 1, K: 1024, M: 1024 ** 2 }[prefix] ?? 1);
}
