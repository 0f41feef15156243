// Kubernetes' own events (k8s.io/api core/v1 Event, which serves events.k8s.io/v1's, too) and what a Pod's status remembers of
// containers that ended (core/v1 ContainerStatus): what happened, by whom it was seen, and when by that one's clock.
import { z } from 'zod';
import { plainText } from '../plain-text.ts';
import type { ContainerRestart, KubeEventFact } from './kube-facts.ts';
import { objectMetadata, orNull } from './kube-object.ts';

/** Kubernetes' own limit (validation of events). */
const longestReason = 128;
const longestMessage = 300;
const text = z.string().max(4096).nullable().optional();

const eventSchema = z.object({
  metadata: objectMetadata,
  reason: text,
  message: z.string().nullable().optional(),
  count: z.number().int().nonnegative().nullable().optional(),
  firstTimestamp: text,
  lastTimestamp: text,
  eventTime: text,
  series: z
    .object({ count: z.number().int().nonnegative().nullable().optional(), lastObservedTime: text })
    .nullable()
    .optional(),
  source: z.object({ component: text, host: text }).nullable().optional(),
  reportingComponent: text,
  reportingInstance: text,
  involvedObject: z.object({ kind: text, namespace: text, name: text, uid: text }).nullable().optional(),
});

/** Null also for one that says of no moment when it was. */
export function kubeEventFact(object: unknown): KubeEventFact | null {
  const read = eventSchema.safeParse(object);
  if (!read.success) return null;
  const { metadata: meta, series, source, involvedObject: about, ...event } = read.data;
  const firstAt = secondsOf(event.firstTimestamp) ?? secondsOf(event.eventTime);
  const lastAt =
    secondsOf(series?.lastObservedTime) ??
    secondsOf(event.lastTimestamp) ??
    firstAt ??
    secondsOf(meta.creationTimestamp);
  if (lastAt === null) return null;
  const reporter = orNull(source?.component) ?? orNull(event.reportingComponent);
  const instance = orNull(event.reportingInstance);
  return {
    uid: meta.uid ?? `${meta.namespace ?? ''}/${meta.name}`,
    namespace: meta.namespace ?? 'default',
    name: meta.name,
    reason: plainText((event.reason ?? '').slice(0, longestReason)),
    message: oneLine(event.message ?? ''),
    count: Math.max(1, series?.count ?? event.count ?? 1),
    firstAt,
    lastAt,
    about: {
      kind: about?.kind ?? '',
      namespace: orNull(about?.namespace),
      name: about?.name ?? '',
      uid: orNull(about?.uid),
    },
    reporter,
    host: orNull(source?.host) ?? (reporter === 'kubelet' ? instance : null),
  };
}

function oneLine(message: string): string {
  const line = message
    .slice(0, 4 * longestMessage)
    .trim()
    .replace(/\s+/g, ' ');
  return plainText(line.length > longestMessage ? `${line.slice(0, longestMessage)}…` : line);
}

/** RFC 3339, with or without parts of a second. */
function secondsOf(time: string | null | undefined): number | null {
  const at = Date.parse(time ?? '');
  return Number.isNaN(at) ? null : Math.floor(at / 1000);
}

export const containerStatuses = z
  .array(
    z.object({
      name: z.string().max(253).optional(),
      ready: z.boolean().optional(),
      restartCount: z.number().int().nonnegative().optional(),
      lastState: z.unknown().optional(),
    }),
  )
  .optional();

const lastState = z.object({
  terminated: z.object({
    exitCode: z.number().int().default(0),
    signal: z.number().int().optional(),
    reason: text,
    finishedAt: text,
  }),
});
/** Containers that are told of one Pod. */
const mostContainers = 16;

export function restartsOf(statuses: z.infer<typeof containerStatuses>): readonly ContainerRestart[] {
  return (statuses ?? [])
    .filter(({ restartCount }) => (restartCount ?? 0) > 0)
    .slice(0, mostContainers)
    .map(({ name, restartCount = 0, lastState: before }) => {
      const { terminated } = lastState.safeParse(before).data ?? { terminated: null };
      return {
        container: name ?? '',
        count: restartCount,
        ended:
          terminated === null
            ? null
            : {
                reason: orNull(terminated.reason),
                exitCode: terminated.exitCode,
                signal: terminated.signal ?? null,
                at: secondsOf(terminated.finishedAt),
              },
      };
    });
}
