#!/bin/sh
# The first process of a node: when it ends, the kernel ends everything in the node.
set -u
folder=$1 name=$2 address=$3 mark=$4 flags=$5
mount -t proc proc /proc
hostname "$name"
ip link set lo up
ip addr add "$address/24" dev eth0
ip link set eth0 up
ip link add qd0 type bridge
ip addr add 172.31.0.1/24 dev qd0
ip link set qd0 up

# A small disk of its own for what the daemon keeps.
if [ -n "${QD_DISK:-}" ]; then
  mkdir -p "$folder/data"
  mount -t tmpfs -o "size=$QD_DISK" none "$folder/data"
fi

start() {
  rm -f "$folder/pid"
  # shellcheck disable=SC2086
  dockerd --config-file "$folder/daemon.json" --data-root "$folder/data" --exec-root "$folder/exec" \
    --pidfile "$folder/pid" -H "unix://$folder/docker.sock" --bridge qd0 --cgroup-parent "/qd$mark" \
    --shutdown-timeout 1 $flags &
}

start
while :; do
  read -r word <"$folder/commands" || continue
  case $word in
    start) start ;;
    kill) kill -9 "$(cat "$folder/pid")" $(cat "$folder/exec/containerd/containerd.pid" 2>/dev/null) ;;
    end) kill "$(cat "$folder/pid")" ;;
    reboot)
      # Everything but this process dies at once, as when a host loses its power.
      kill -9 -1
      sleep 0.3
      start
      ;;
  esac
done
