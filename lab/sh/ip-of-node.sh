#!/bin/sh
# ip(8) of a node whose clock is wrong: what `ip -ts monitor` says when.
case " $* " in
  *" -ts "*" monitor "*) exec perl /usr/local/lib/hopscope-lab/monitor-of-node.pl "$@" ;;
esac
exec /usr/lib/.kept/ip "$@"
