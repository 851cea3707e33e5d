#!/bin/sh
# try_unit.sh BINARY: walq.service, as it is here, under a systemd that boots in a container over
# the root of this host, of which nothing is written. It is started, asked, reloaded, killed and
# stopped, with walq as the BINARY (npm run build:binaries -- --only linux-x64). As root, with the
# package systemd-container; half a minute.
set -eu
binary=$(realpath "$1")
here=$(dirname "$(realpath "$0")")
work=$(mktemp -d)
trap 'umount -q "$work/root" "$work" || true; rmdir "$work"' EXIT
trap 'exit 1' INT TERM
mount -t tmpfs tmpfs "$work"
mkdir "$work/upper" "$work/lower" "$work/root"
mount -t overlay overlay -o "lowerdir=/,upperdir=$work/upper,workdir=$work/lower" "$work/root"
root=$work/root

# As docs/install.md says it.
install -m 0755 "$binary" "$root/usr/bin/walq"
install -D -m 0644 "$here/walq.sysusers.conf" "$root/etc/sysusers.d/walq.conf"
systemd-sysusers --root="$root" walq.conf
install -m 0644 "$here/walq.service" "$root/etc/systemd/system/"
mkdir -p "$root/etc/walq"
cat >"$root/etc/walq/walq.yaml" <<'YAML'
server: { listen: ["127.0.0.1:9099", "unix:/run/walq/walq.sock"] }
queue: { data_path: /var/lib/walq/data }
remote_write: [{ name: peer, url: "http://127.0.0.1:9/" }]
YAML

cat >"$root/try.sh" <<'SCRIPT'
#!/bin/sh
set -eux
ready() { i=0; until walq health --config /etc/walq/walq.yaml; do i=$((i + 1)); [ $i -lt 60 ]; sleep 1; done; }
logged() { i=0; until journalctl -q -u walq | grep -q "$1"; do i=$((i + 1)); [ $i -lt 60 ]; sleep 1; done; }
ready
walq health --url http://127.0.0.1:9099
[ "$(stat -c %U:%a /var/lib/walq)" = walq:750 ]
[ "$(ps -o user= -C walq)" = walq ]
systemctl reload walq
logged "configuration reloaded"
systemctl kill -s KILL walq
logged "Scheduled restart job"
ready
systemctl stop walq
logged "stopped; what is pending is on disk"
[ "$(systemctl show -P Result walq)" = success ]
: >/went_well
SCRIPT
cat >"$root/etc/systemd/system/try.service" <<'UNIT'
[Unit]
Wants=walq.service
After=walq.service
SuccessAction=poweroff-force
FailureAction=poweroff-force
[Service]
Type=oneshot
ExecStart=/bin/sh /try.sh
StandardOutput=file:/said
StandardError=inherit
UNIT
# Another machine than this one, and nothing of what this one starts.
: >"$root/etc/machine-id"
rm -f "$root/went_well" "$root/said"
systemd-nspawn -q -D "$root" --boot --register=no --keep-unit --private-network --console=pipe \
  systemd.unit=try.service </dev/null >"$work/console" 2>&1 || true
cat "$root/said" 2>/dev/null || cat "$work/console"
[ -e "$root/went_well" ] || { echo "the unit did not do what it should"; exit 1; }
echo "OK: $(systemctl --version | head -1) started, reloaded, restarted and stopped walq"
