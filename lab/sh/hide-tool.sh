#!/bin/sh
# Takes a program out of every folder of the PATH, or puts it back. Usage: hide-tool.sh hide|restore NAME
set -eu
kept=/usr/lib/.hidden
found=1
for folder in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin; do
  if [ "$1" = hide ]; then from=$folder/$2 to=$kept$folder; else from=$kept$folder/$2 to=$folder; fi
  if [ -e "$from" ] || [ -L "$from" ]; then
    mkdir -p "$to"
    mv "$from" "$to/"
    found=0
  fi
done
exit $found
