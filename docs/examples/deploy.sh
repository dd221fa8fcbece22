#!/bin/sh
# deploy.sh ENVIRONMENT/APP IMAGE REASON
# Needs QUARTERDECK_URL and QUARTERDECK_TOKEN. Ends with 0 when the version is out.
set -eu
app=$1 image=$2 reason=$3

quarterdeck release --image "$image" --commit "$(git rev-parse HEAD 2>/dev/null || true)"
code=0
quarterdeck deploy "$app" --image "$image" --reason "$reason" --wait --timeout 30m || code=$?
case $code in
    0) echo "$image is out on $app." ;;
    2) echo "$image did not hold on $app; what ran before runs again." >&2 ;;
    3) echo "$image is still on its way to $app." >&2 ;;
    *) echo "$image was refused." >&2 ;;
esac
exit $code
