# In the guest's root: the module gpio-sim, which Debian's kernel leaves out, from Debian's own source of it.
set -eu
kernel=$(ls /lib/modules)
version=${kernel%%[-+]*}
version=${version%.*}
work=$(mktemp -d)
cd "$work"
apt-get -qq update
apt-get -qq download "linux-source-$version"
dpkg-deb --fsys-tarfile ./linux-source-*.deb | tar --extract --to-stdout "./usr/src/linux-source-$version.tar.xz" |
  tar --extract --xz --strip-components=1 --wildcards '*/drivers/gpio/gpio-sim.c' '*/drivers/gpio/gpiolib.h' '*/kernel/irq/irq_sim.c'
cp drivers/gpio/gpio-sim.c drivers/gpio/gpiolib.h kernel/irq/irq_sim.c .
# What a module may not call, by what it may.
sed -i 's/irq_to_desc(\([^)]*\))/irq_data_to_desc(irq_get_irq_data(\1))/' irq_sim.c
printf '\n#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' >>irq_sim.c
printf 'obj-m := gpio-sim.o irq_sim.o\n' >Makefile
make -s -C "/lib/modules/$kernel/build" M="$work" modules
install -D -m 0644 -t "/lib/modules/$kernel/updates" gpio-sim.ko irq_sim.ko
depmod "$kernel"
rm -rf "$work"
