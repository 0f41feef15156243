// What discovery-script.ts runs for its part `bird`: whether a BGP daemon lives, and what it says of its sessions and routes.
// BIRD is asked by its control sockets, restricted (`birdcl -r`), GoBGP only where one runs in our network.
import { BIRD_ROUTE_BYTES } from './bird-reading.ts';

/** Control sockets where Calico, Debian and BIRD's own build put them. */
export const BIRD_SOCKETS = [
  '/var/run/calico/bird.ctl',
  '/var/run/calico/bird6.ctl',
  '/run/bird/bird.ctl',
  '/run/bird/bird6.ctl',
  '/var/run/bird.ctl',
  '/var/run/bird6.ctl',
] as const;

/**
 * `find_birdcl` sets `daemons` and `enter`, what stands before birdcl. `ask_bird` asks at socket `$s`, within `$patience` seconds
 * each time; with `far`, birdcl also ends there by itself after so many seconds. Expects `programs`, name_programs and standing (trusted-process.ts), in a framed script.
 */
export const birdFunctions = `
# A zombie still has its name: it does not count as alive.
bird_processes() {
  # Where /proc hides other users' processes (hidepid), seeing no BIRD means nothing.
  if [ -r 1/comm ]; then echo visible; fi
  for c in $programs; do
    case $c in *:bird|*:bird6|*:gobgpd) ;; *) continue;; esac
    p=\${c%%/*}
    if read -r _ comm state _ <$p/stat && [ "$state" != Z ]; then
      what=bird
      if [ "$comm" = '(gobgpd)' ]; then what=gobgpd; fi
      printf '%s %s %s %s\\n' $what "$p" "$(readlink $p/ns/net 2>/dev/null || echo -)" "$comm"
    fi
  done 2>/dev/null
  return 0
}
# In a container's mount namespace only what could do the same by itself.
trusted_bird() {
  ours=$(standing self)
  for p in $(printf '%s\\n' "$daemons" | awk '$1 == "bird" { print $2 }'); do
    if [ "$(standing $p 2>/dev/null)" = "$ours" ]; then echo $p; return; fi
  done
}
# In a container's mount namespace when the node has no birdcl of its own (calico-node).
find_birdcl() {
  name_programs
  daemons=$(bird_processes)
  enter=
  if ! has birdcl && has nsenter; then
    p=$(trusted_bird)
    if [ -n "$p" ]; then enter="nsenter -t $p -m --"; fi
  fi
}
patience=3
far=
bird_says() {
  within $patience $enter \${far:+sh -c "$own_end" sh $far} birdcl -r -s $s "$@"
}
# 1,200 routes; BIRD stops when nobody reads on.
bird_routes() {
  through 'head -c ${BIRD_ROUTE_BYTES}' bird_says show route all
}
ask_bird() {
  shown="\${enter:+$enter }birdcl -r -s $s show protocols all"
  section bird:$s bird_says show protocols all
  # What does not answer now would not answer to these.
  if [ $status = 0 ]; then
    shown="\${enter:+$enter }birdcl -r -s $s show status"
    section birdstatus:$s bird_says show status
    shown="\${enter:+$enter }birdcl -r -s $s show route all"
    section birdroutes:$s bird_routes
  fi
}
`;

/** Adds `read_bird`: sections `birds`, and of each daemon what it says. */
export const birdScript = `${birdFunctions}
gobgp_rib() {
  through 'head -c ${BIRD_ROUTE_BYTES}' within 3 gobgp global rib -j
}
read_bird() {
  find_birdcl
  shown="grep -slxE 'bird6?|gobgpd' /proc/[0-9]*/comm"
  section birds printf '%s\\n' "$daemons"
  for s in ${BIRD_SOCKETS.join(' ')}; do
    at=\${s%/*}
    if [ -S $s ]; then ask_bird
    elif [ -d $at ] && [ ! -x $at ]; then
      shown="ls $s"
      section bird:$s ls $s
    fi
  done
  # Only where one runs in our network: gobgp asks whoever listens on its port.
  case $daemons in *'(gobgpd)'*)
    if printf '%s\\n' "$daemons" | grep -qF " $(readlink self/ns/net) (gobgpd)"; then
      section gobgp:neighbor within 3 gobgp neighbor -j
      shown='gobgp global rib -j'
      section gobgp:rib gobgp_rib
    fi;;
  esac
}
`;
