#!/bin/sh
# Holds daemons for tests, each in namespaces of its own, and takes everything away again once its standard input ends:
# at the end of the tests, when they panic and when they are killed. Arguments: folder, mark, first three numbers of the
# network, count of nodes, flags of the daemons. Reads lines `<node> <word>` that are handed to the node.
set -u
folder=$1 mark=$2 network=$3 count=$4 flags=$5
bridge="qd$mark"
here=$(dirname "$0")
nodes=$(seq 1 "$count")

clean() {
  trap '' INT TERM HUP
  for node in $nodes; do
    [ -f "$folder/$node/keeper" ] && kill -9 "$(cat "$folder/$node/keeper")" 2>/dev/null
  done
  wait
  for node in $nodes; do
    ip netns del "qd$mark-$node" 2>/dev/null
    ip link del "qd$mark$node" 2>/dev/null
  done
  ip link del "$bridge" 2>/dev/null
  # What ran in the namespaces ends a moment after their first process.
  for _ in 1 2 3 4 5 6 7 8 9 10; do
    find /sys/fs/cgroup -depth -type d -path "*/qd$mark*" -exec rmdir {} + 2>/dev/null
    rm -rf "$folder" 2>/dev/null
    [ -d "$folder" ] || break
    sleep 0.3
  done
}
trap 'clean; exit 0' INT TERM HUP

ip link add "$bridge" type bridge && ip addr add "$network.1/24" dev "$bridge" && ip link set "$bridge" up || { clean; exit 1; }
for node in $nodes; do
  mkdir -p "$folder/$node"
  echo '{}' >"$folder/$node/daemon.json"
  mkfifo "$folder/$node/commands"
  ip netns add "qd$mark-$node"
  ip link add "qd$mark$node" type veth peer name eth0 netns "qd$mark-$node"
  ip link set "qd$mark$node" master "$bridge" up
  nsenter --net="/run/netns/qd$mark-$node" unshare --mount --pid --uts --fork --kill-child \
    sh "$here/inside.sh" "$folder/$node" "node-$node" "$network.1$node" "$mark" "$flags" </dev/null >"$folder/$node/log" 2>&1 &
  echo $! >"$folder/$node/keeper"
done
echo ready
while read -r node word; do
  echo "$word" >"$folder/$node/commands"
done
clean
