// UDP ports by which tunnels are known. VXLAN's are a matter of the cluster: whoever reads its packets says once a thread which there are beside
// the usual ones.

/** IANA's (RFC 7348), and Linux' own from before there was another: Flannel, k3s and Cilium have it. */
export const VXLAN_PORTS: readonly number[] = [4789, 8472];
/** RFC 8926. */
export const GENEVE_PORT = 6081;

/** By port, for it is asked of each packet. */
let vxlan = tableOf([]);

/** From now on in this thread: ports that VXLAN has here, beside the usual ones. */
export function knowVxlanPorts(ports: readonly number[]): void {
  vxlan = tableOf(ports);
}

export function isVxlanPort(port: number): boolean {
  return vxlan[port] === 1;
}

function tableOf(ports: readonly number[]): Uint8Array {
  const table = new Uint8Array(0x1_0000);
  for (const port of [...VXLAN_PORTS, ...ports]) table[port] = 1;
  return table;
}
