// What runs in a container's mount namespace is that container's program, with our rights. So only where its process
// could do the same by itself: in our network and user namespaces, as root, with every capability we have.
// calico-node is that, though it has a PID namespace of its own (hostNetwork, privileged, no hostPID).

/** POSIX sh, in /proc: `$(standing PID)` is `$(standing self)` for a process whose programs may be run with our rights. */
export const STANDING = String.raw`standing() {
  for n in net user; do readlink $1/ns/$n || echo $1; done
  awk '$1 == "Uid:" || $1 == "CapEff:" { print $1, $2 }' $1/status
}`;
