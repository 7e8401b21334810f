# In the guest's root: what the tests need beside the station, which scripts/install brings when the guest runs.
set -eu

# Without TLS, for the words of the desk are read on their way (docs/set-up.md).
for unit in packing-station packing-desk; do
  install -d "/etc/systemd/system/$unit.service.d"
  printf '[Service]\nLoadCredential=\n' >"/etc/systemd/system/$unit.service.d/without-tls.conf"
done

cd /opt/guest
install -D -m 0644 -t /etc/systemd/system ./*.service
install -D -m 0644 -t /etc/systemd/network ./*.network
install -D -m 0644 -t /etc/modules-load.d ./virtual-station.conf
systemctl -q enable systemd-networkd virtual-station-agent virtual-station-screen
echo virtual-station >/etc/hostname
echo '127.0.0.1 localhost virtual-station' >/etc/hosts
passwd -q -d root
[ -s /etc/machine-id ] || systemd-machine-id-setup
install -d /var/log/journal
# What would compete with the station for a slow processor.
systemctl -q mask apt-daily.timer apt-daily-upgrade.timer dpkg-db-backup.timer e2scrub_all.timer fstrim.timer \
  systemd-binfmt.service proc-sys-fs-binfmt_misc.automount
