// Two ends between which packets are followed.
import type { TraceRequest } from '../../trace/model.ts';

export interface Pair extends TraceRequest {
  /** As a sentence names it: both addresses. */
  readonly name: string;
  /** Of Pods, `namespace/name`; null of a node, a Service. */
  readonly fromPod: string | null;
  readonly toPod: string | null;
  readonly fromNode: string;
  /** Null of a Service. */
  readonly toNode: string | null;
  /** The namespace where it has to arrive; null of a Service, or where it is not known. */
  readonly toNetns: string | null;
  /** Somebody wants to know of this one. */
  readonly asked?: true;
  /** The Service that it is for, `namespace/name`. */
  readonly service?: string;
  /** A Service that has nobody behind it: that it is refused is as it should be. */
  readonly unserved?: true;
  /** What ways of that kind are called: whether any is open is the cluster's choice, and one that is not is wrong only where another is. */
  readonly alike?: string;
}
