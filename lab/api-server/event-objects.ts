// Warnings as kubelet reports them (k8s.io/api core/v1 Event of 1.32; kubelet's event recorder names them by object and time).
import { kubeTime, textAt, type JsonObject, type KubeObject } from './json.ts';

interface Warning {
  readonly reason: string;
  readonly message: string;
  /** Whose kubelet. */
  readonly nodeName: string;
  readonly at: Date;
}

/** Of a node kubelet gives the name for its uid, and the event lies in `default`. */
export function nodeWarning(warning: Warning): KubeObject {
  const { nodeName } = warning;
  return warningObject(warning, 'default', { kind: 'Node', name: nodeName, uid: nodeName });
}

/** `pod`: as the API server has it, with its uid. */
export function podWarning(pod: KubeObject, warning: Warning): KubeObject {
  const { name, namespace = 'default', uid = '' } = pod.metadata;
  const resourceVersion = textAt(pod, 'metadata', 'resourceVersion');
  return warningObject(warning, namespace, {
    kind: 'Pod',
    apiVersion: 'v1',
    name,
    namespace,
    uid,
    resourceVersion,
  });
}

function warningObject(
  { reason, message, nodeName, at }: Warning,
  namespace: string,
  about: JsonObject & { readonly name: string },
): KubeObject {
  const time = kubeTime(at);
  return {
    apiVersion: 'v1',
    kind: 'Event',
    metadata: {
      name: `${about.name}.${(at.getTime() * 1_000_000).toString(16)}`,
      namespace,
      creationTimestamp: time,
    },
    involvedObject: about,
    reason,
    message,
    source: { component: 'kubelet', host: nodeName },
    firstTimestamp: time,
    lastTimestamp: time,
    count: 1,
    type: 'Warning',
    eventTime: null,
    reportingComponent: 'kubelet',
    reportingInstance: nodeName,
  };
}
