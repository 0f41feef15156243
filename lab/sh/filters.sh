#!/bin/sh
# The node's packet filters, as they lie in /var/lib/lab: IPv4's with what kube-proxy adds, and IPv6's where the node has any.
set -eu
cd /var/lib/lab
iptables-nft-restore <firewall.v4
iptables-nft-restore --noflush <service-filters.v4
iptables-nft-restore <services.v4
if [ -e firewall.v6 ]; then ip6tables-nft-restore <firewall.v6; fi
