#!/bin/sh
# Ends a Pod: its processes with its PID 1, then its cable, as the CNI plugin's DEL does. Usage: pod-down.sh NAME INTERFACE
set -eu
if read -r pid <"/run/lab/pods/$1"; then kill -9 "$pid" || :; fi 2>/dev/null
ip link delete dev "$2" 2>/dev/null || :
rm -rf "/run/lab/pods/$1" "/run/lab/containers/$1".* "/var/lib/lab/pods/$1"
