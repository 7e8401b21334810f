# In the guest's root: the station as docs/set-up.md installs it, without TLS, and what the tests need beside it.
set -eu
cd /opt/packing-station

.venv/bin/python -m compileall -q station # the units may not write there: each start would compile all of it
ln -sf /opt/packing-station/.venv/bin/station /usr/local/bin/station
install -D -m 0644 -t /etc/sysusers.d systemd/sysusers.d/*
install -D -m 0644 -t /etc/modules-load.d systemd/modules-load.d/*
install -D -m 0644 -t /etc/udev/rules.d firmware_config/udev/*.rules
install -D -m 0644 -t /etc/systemd/system systemd/*.service
systemd-sysusers
install -d /etc/packing-station
for unit in packing-station packing-desk; do
  install -d "/etc/systemd/system/$unit.service.d"
  printf '[Service]\nLoadCredential=\n' >"/etc/systemd/system/$unit.service.d/without-tls.conf"
done

cd ../guest
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
