// For tests on the real kernel: what is changed of the router for one case, and how it is undone.

export type Change = readonly [setUp: string, undo: string];

export const NOTHING = ['', ''] as const satisfies Change;
export const route = (text: string): Change => [`ip route add ${text}`, `ip route del ${text}`];
export const sysctl = (path: string, value: number, before: number): Change => [
  `echo ${value} >/proc/sys/net/${path}`,
  `echo ${before} >/proc/sys/net/${path}`,
];
export const rules = (...lines: readonly string[]): Change => [
  `nft -f - <<'NFT'\n${lines.join('\n')}\nNFT`,
  'nft flush ruleset',
];

export const both = (...parts: readonly Change[]): Change => [
  parts.map(([setUp]) => setUp).join('\n'),
  parts.map(([, undo]) => undo).join('\n'),
];
