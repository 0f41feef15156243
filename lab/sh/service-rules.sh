#!/bin/sh
# Services and endpoints as kube-proxy brings them up to date (pkg/proxy/iptables/proxier.go): its own chains are written anew and those
# that nothing needs any more go; policies of builtin chains, and what others have put beside, stay as they are.
set -eu
cd /var/lib/lab
stale=$(iptables-nft-save -t nat | sed -n 's/^:\(KUBE-[A-Z0-9-]*\) .*/\1/p' | while read -r chain; do
  grep -q "^:$chain " services.v4 || echo "$chain"
done)
{
  grep -h -e '^\*' -e '^:KUBE-' -e '^-A KUBE-' -e '^COMMIT$' service-filters.v4 services.v4
  echo '*nat'
  # Emptied first: one may lead to another.
  for chain in $stale; do echo ":$chain - [0:0]"; done
  for chain in $stale; do echo "-X $chain"; done
  echo COMMIT
} | iptables-nft-restore --noflush
