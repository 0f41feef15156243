// What runs in a container's mount namespace is that container's program, with our rights. So only where its process
// could do the same by itself: in our network and user namespaces, as root, with every capability we have.
// calico-node is that, though it has a PID namespace of its own (hostNetwork, privileged, no hostPID).

/** POSIX sh, in /proc: `$(standing PID)` is `$(standing self)` for a process whose programs may be run with our rights. */
export const STANDING = String.raw`
standing() {
  for n in net user; do readlink $1/ns/$n || echo $1; done
  awk '$1 == "Uid:" || $1 == "CapEff:" { print $1, $2 }' $1/status
}
`;

/** Agents on the node's own network, by their process's name, which the kernel cuts at 15 bytes. */
export const AGENTS =
  'calico-node|flanneld|cilium-agent|kube-router|weaver|kindnetd|antrea-agent|ovnkube|aws-k8s-agent|kube-ovn-daemon';

/** Looks once at what every process calls itself, for whoever looks for one: lines "PID/comm:NAME" in `programs`, and a last one. */
export const programsScript = `
name_programs() {
  if [ -z "$programs" ]; then programs=$(grep -sxE 'bird6?|gobgpd|${AGENTS}' [0-9]*/comm; echo all); fi
}
`;
