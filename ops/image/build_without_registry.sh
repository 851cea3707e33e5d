#!/bin/sh
# build_without_registry.sh: builds the Dockerfile, as it is in the last commit, by buildah, where
# no registry of images can be reached: what it is made FROM is made here by debootstrap, with the
# Node of node_modules. As root, with buildah and debootstrap; three minutes
# where nothing else runs.
set -eu
cd "$(dirname "$0")/../.."
export STORAGE_DRIVER=vfs BUILDAH_ISOLATION=chroot
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' INT TERM

debootstrap --variant=minbase bookworm "$work/root" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }
base=$(buildah from scratch)
buildah add -q "$base" "$work/root" / >/dev/null
buildah commit -q --rm "$base" docker.io/library/debian:bookworm-slim

base=$(buildah from --pull-never docker.io/library/debian:bookworm-slim)
put() { buildah add -q "$base" "$(readlink -f "$1")" "$2" >/dev/null; }
put node_modules/node-26/bin/node /usr/local/bin/node
put "$(ldconfig -p | grep -o '/.*/libatomic.so.1$' | head -1)" /usr/lib/libatomic.so.1
put "$(dirname "$(readlink -f "$(command -v npm)")")/.." /usr/local/lib/node_modules/npm
if [ -n "${NODE_EXTRA_CA_CERTS:-}" ]; then
  put "$NODE_EXTRA_CA_CERTS" /etc/extra_ca.pem
  buildah config --env NODE_EXTRA_CA_CERTS=/etc/extra_ca.pem "$base"
fi
buildah run "$base" -- ln -s ../lib/node_modules/npm/bin/npm-cli.js /usr/local/bin/npm
buildah commit -q --rm "$base" docker.io/library/node:26-bookworm-slim

mkdir "$work/context"
git archive HEAD | tar -x -C "$work/context"
buildah bud --pull-never --format docker --network host -t walq "$work/context"
buildah images walq
image=$(buildah from --pull-never localhost/walq)
buildah run "$image" -- /usr/bin/walq --version
buildah rm "$image" >/dev/null
