// What discovery-script.ts runs for its part `firewall`: rules of every packet filter with their counters, sets, IPVS, and how
// full conntrack is. Never `iptables -L`, and no tool whose kernel side is not loaded (FIELD-NOTES on reading). Measured with the
// chains of 100 Pods: 50 ms of CPU with 10 Services of three endpoints, 120 to 190 ms with 1,000 (17,000 rules).

/** Of what one tool says inside a Pod: some 40,000 routes. */
export const INSIDE_BYTES = 4 * 1024 * 1024;

/** `kernel_has MODULE`, for whatever asks the kernel's filters. */
export const kernelModulesScript = `
# Asking for filters that a kernel has not loaded loads them. One without modules has them or has them not.
kernel_has() {
  read -r release <sys/kernel/osrelease
  [ ! -e modules ] || grep -q "^$1 " modules || grep -qs "/$1\\.ko" "/lib/modules/$release/modules.builtin"
}
`;

/** Of `nft list chains`, for awk: a line for each chain at devices, which the JSON of nft 1.0.6 does not name (nft-json.ts reads it). */
export const CHAIN_DEVICES = `
      $1 == "table" { table = $2 " " $3 }
      $1 == "chain" { chain = $2 }
      $1 == "type" && / hook (in|e)gress device/ {
        sub(/.* hook (in|e)gress devices? (= )?/, ""); sub(/ priority .*/, ""); print "# device", table, chain, $0
      }`;

/**
 * Expects `kernel_has` and the functions of the discovery script. `read_filters` is of the namespace that `$enter` enters, whose
 * /proc/PID/net is `$net`, in sections that begin with `$of`.
 */
export const filtersScript = `
# What needs no tool: legacy tables that are there, whether nf_tables and sets are, how full conntrack is.
filters() {
  for f in $net/ip_tables_names $net/ip6_tables_names sys/net/netfilter/nf_conntrack_count sys/net/netfilter/nf_conntrack_max; do
    if [ -e $f ]; then
      # Not by \`read\`, which in dash takes a byte at a time: a number of /proc/sys has one only to give.
      if v=$(cat $f 2>/dev/null); then echo "\${f##*/}" $v; else echo "unreadable \${f##*/}"; fi
    fi
  done
  # Queues that a program listens to, nine words each.
  if v=$(cat $net/netfilter/nfnetlink_queue 2>/dev/null); then echo nfnetlink_queue $v; fi
  if kernel_has nf_tables; then echo kernel nf_tables; fi
  if kernel_has ip_set; then echo kernel ip_set; fi
}
# A Pod may hold as many rules as it likes, and rules that take long to list: it gets a share of bytes, and of time up to $filters_end.
there() {
  if [ -z "$enter" ]; then "$@"; return; fi
  tick
  if [ \${now%.*} -ge $filters_end ]; then echo 'the time for filters inside Pods was over' >&2; return 1; fi
  through 'head -c ${String(INSIDE_BYTES)}' within $((filters_end - \${now%.*})) $enter "$@"
}
saved() { if [ -z "$enter" ]; then within 10 $t -c; else there $t -c; fi; }
is_nft() { case $($1 -V 2>/dev/null) in *nf_tables*) return 0;; esac; return 1; }
# Tables of its own names that hold what iptables cannot show are noted in $foreign.
nft_save() {
  text=$(saved); said=$?
  printf '%s\\n' "$text"
  case $text in *'# Table '*)
    foreign="$foreign $(printf '%s\\n' "$text" | sed -n "s/^# Table .\\([a-z]*\\)'.*/$f \\1,/p")";;
  esac
  return $said
}
# The tables that iptables does not show, each by itself: listing all of them, or only their names, goes through iptables'
# rules again, at twice to four times the cost.
nft_tables() {
  awk -v "shows=$shows " -v "foreign=$foreign" '
    $1 == "table" {
      own = $3 ~ /^(raw|mangle|nat|filter|security)$/ && index(shows, " " $2 " ")
      if (own && !index(foreign, $2 " " $3 ",")) next
      # A dash within is good (kube-proxy); of one in front nft would make an option.
      if ($2 ~ /^[a-z0-9]+$/ && $3 ~ /^[A-Za-z_.][A-Za-z0-9_.-]*$/ && n++ < 200) print $2, $3
      else left++
    }
    END { if (left) print "-", left }'
}
nft_listing() {
  chains=$(there nft list chains) || return
  # Of which device a chain is the JSON of nft 1.0.6 does not say.
  case $chains in *'gress device'*)
    printf '%s\\n' "$chains" | awk '${CHAIN_DEVICES}'
  esac
  printf '%s\\n' "$chains" | nft_tables | while read -r family table; do
    if [ "$family" = - ]; then echo "tables left out: $table" >&2
    else there nft -j list table $family $table </dev/null || exit; fi
  done
}
ip_sets() {
  sets=$(there ipset list -terse) || return
  if [ -z "$sets" ]; then return; fi
  printf '%s\\n' "$sets"
  there ipset save
}
read_filters() {
  shows=; foreign=
  for f in ip ip6; do
    # Both may hold rules at once.
    case $found in *"\${f}_tables_names "*)
      t=\${f}tables-legacy-save
      if ! has $t && has \${f}tables && ! is_nft \${f}tables; then t=\${f}tables-save; fi
      shown="$enter $t -c"; shown=\${shown# }
      section $of$f:legacy saved
    esac
    case $found in *'kernel nf_tables'*)
      t=\${f}tables-nft-save
      if ! has $t && has \${f}tables && is_nft \${f}tables; then t=\${f}tables-save; fi
      if has $t; then
        shown="$enter $t -c"; shown=\${shown# }
        section $of$f:nft nft_save
        # What it cannot show to the end nft shows, though not iptables' own matches.
        if [ $said = 0 ]; then shows="$shows $f"; fi
      fi
    esac
  done
  case $found in *'kernel nf_tables'*)
    shown='nft list chains; nft -j list table FAMILY NAME'
    if has nft; then section \${of}nft nft_listing; fi
  esac
  case $found in *'kernel ip_set'*)
    shown='ipset list -terse; ipset save'
    if has ipset; then section \${of}ipsets ip_sets; fi
  esac
  if [ -e $net/ip_vs ]; then section \${of}ipvs cat $net/ip_vs; fi
}
`;

/** Expects `filtersScript`. */
export const firewallScript = `
read_firewall() {
  enter=; net=net; of=
  found=$(filters)
  shown='cat /proc/net/ip_tables_names /proc/net/ip6_tables_names /proc/sys/net/netfilter/nf_conntrack_count /proc/sys/net/netfilter/nf_conntrack_max /proc/net/netfilter/nfnetlink_queue'
  section filters printf '%s\\n' "$found"
  read_filters
}
`;
