// What a case file (one zip, DESIGN §5) says of itself: manifest.json, schema 0. A reader that knows this schema refuses
// any other number; a member that is not described here makes the file another program's.
import { z } from 'zod';

/** A node's own clock. */
const nodeTime = z.strictObject({
  s: z.number().int().nonnegative(),
  ns: z.number().int().min(0).max(999_999_999),
});

/** By the clock of the machine that ran Hopscope. */
const ourTime = z.iso.datetime();

const count = z.number().int().nonnegative();

/** Packets that were there and are not in the file, by who lost them. */
const loss = z.strictObject({
  /** The node's kernel: tcpdump was too slow for it. */
  kernel: count,
  /** Left out on purpose, to spare the node. */
  governor: count,
  /** Hopscope could not decode them, or a connection was cut while they were in flight. */
  ours: count,
});

export const caseFileNames = {
  manifest: 'manifest.json',
  packets: 'packets.pcapng',
  topology: 'topology.json',
  routes: 'routes.json',
  readme: 'readme.txt',
} as const;

export const manifestSchema = z.strictObject({
  format: z.literal('hopscope-case'),
  schema: z.literal(0),
  /** `Hopscope 0.1.0` */
  program: z.string(),
  /** The cluster file's name for the cluster. */
  cluster: z.string(),
  created: ourTime,
  session: z.strictObject({
    /** When the cluster file was opened. */
    since: ourTime,
    until: ourTime,
  }),
  /** What was watched; null when nothing was. */
  watch: z
    .strictObject({
      /** When it was started. */
      since: ourTime.nullable(),
      target: z
        .strictObject({ podId: z.string(), name: z.string(), addresses: z.array(z.string()) })
        .nullable(),
      /** The operator's own capture filter (pcap-filter(7)); null: the Pod's addresses. */
      expression: z.string().nullable(),
    })
    .nullable(),
  packets: z.strictObject({
    /** In packets.pcapng. */
    written: count,
    /** Seen since the watch began: the oldest have left the memory when there are more of these. */
    decoded: count,
  }),
  loss,
  captures: z.array(
    z.strictObject({
      id: count,
      /** The cluster file's label of the node. */
      node: z.string(),
      /** The Pod in whose namespace it listened; null: the node's own namespace. */
      pod: z.string().nullable(),
      /** LINKTYPE_… of its packets; null: it has none. */
      linkType: count.nullable(),
      /** Bytes that were kept of a packet at most. */
      snaplen: count,
      filter: z.string().nullable(),
      /** Decoded. */
      packets: count,
      loss,
      /** Everything up to then (the node's clock) was decoded or counted as lost. */
      watermark: nodeTime.nullable(),
      /** What was wrong with it; null when nothing was. */
      sentence: z.string().nullable(),
    }),
  ),
  /** In the order of the interfaces of packets.pcapng, whose numbers begin at 0. */
  vantagePoints: z.array(
    z.strictObject({
      /** The session's; null: its first packet came while the file was written. */
      id: count.nullable(),
      captureId: count,
      /** 0 where the link type does not say. */
      ifindex: count,
      /** The interface's name in packets.pcapng: `node/interface`, inside a Pod `node/pod/interface`. */
      label: z.string(),
      linkType: count,
      /** Of topology.json; null: the topology did not know it. */
      interfaceId: z.string().nullable(),
      /** In packets.pcapng. */
      packets: count,
    }),
  ),
  /** All files but this one. */
  files: z.array(
    z.strictObject({
      name: z.string(),
      bytes: count,
      /** Of its content, in hexadecimal. */
      sha256: z.string().regex(/^[0-9a-f]{64}$/),
    }),
  ),
  /** What was left out. `payload`: of each packet only the headers are there. */
  redactions: z.array(z.enum(['payload'])),
  /** True statements about the whole session: what could not be captured, nodes without rights, … */
  sentences: z.array(z.string()),
});
export type CaseManifest = z.infer<typeof manifestSchema>;
