#!/bin/sh
# make_root.sh BINARY DIR: the whole of the image: walq, the libraries that it is linked with, and
# the few files that a C library looks for. Needs a system with the same libraries: Debian 12.
set -eu
binary=$1
root=$2
id=65532
mkdir -p "$root/usr/bin" "$root/etc/walq" "$root/var/lib/walq" "$root/tmp" "$root/proc" "$root/dev" \
  "$root/usr/share/doc/walq"
install -m 0755 "$binary" "$root/usr/bin/walq"
for library in $(ldd "$binary" | grep -o '/[^ ]*'); do
  mkdir -p "$root$(dirname "$library")"
  cp -L "$library" "$root$library"
done
for licence in /LICENSE /LICENSES.txt; do
  if [ -f "$licence" ]; then cp "$licence" "$root/usr/share/doc/walq/"; fi
done
echo "root:x:0:0:root:/:/sbin/nologin" >"$root/etc/passwd"
echo "walq:x:$id:$id:walq:/var/lib/walq:/sbin/nologin" >>"$root/etc/passwd"
printf 'root:x:0:\nwalq:x:%s:\n' $id >"$root/etc/group"
echo "hosts: files dns" >"$root/etc/nsswitch.conf"
chown "$id:$id" "$root/var/lib/walq"
chmod 0750 "$root/var/lib/walq"
chmod 1777 "$root/tmp"
