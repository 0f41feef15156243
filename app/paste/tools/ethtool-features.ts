// `ethtool -k DEVICE` (ethtool.c, dump_features): what a device does in the kernel's stead.

const HEAD = /^(?:Features|Offload parameters) for (\S{1,15}):\s*$/;
const FEATURE = /^\s*([a-z][a-z0-9_-]{1,60}): ((?:on|off)(?: \[[a-z ]{1,30}\])?)\s*$/;

export function isFeaturesHead(line: string): boolean {
  return HEAD.test(line);
}

export function isFeature(line: string): boolean {
  return FEATURE.test(line);
}

/** By device and feature. */
export function features(text: string): ReadonlyMap<string, ReadonlyMap<string, string>> {
  const found = new Map<string, Map<string, string>>();
  let device: Map<string, string> | null = null;
  for (const line of text.split('\n')) {
    const name = HEAD.exec(line)?.[1];
    if (name !== undefined) {
      device = new Map<string, string>();
      found.set(name, device);
    }
    const [, feature, state] = FEATURE.exec(line) ?? [];
    if (feature !== undefined && state !== undefined) device?.set(feature, state);
  }
  return found;
}
