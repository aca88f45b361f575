phase_0() {
	step 0 '"install iptables, ebtables, conntrack, socat, ethtool"' package - '' '' '' iptables ebtables conntrack socat ethtool || return
	:
}

phase_1() {
	step 1 '"install systemd-timesyncd"' package - '' '' '' systemd-timesyncd || return
	step 2 '"systemd-timesyncd.service"' service systemd-timesyncd.service started yes || return
	:
}

phase_2() {
	step 3 '"/etc/hostname"' file f.0 /etc/hostname /etc/.hostname.kubestrap /etc 644 root:root same - '' 380cf352ea7b8051ade7ee9d108dde1f605a87f8cce1324cec770766a2850507 || return
	step 4 '"kernel.hostname"' sysctl /proc/sys/kernel/hostname cp1 || return
	:
}

phase_3() {
	step 5 '"/etc/hosts"' block /etc/hosts '# kubestrap: begin, kept by kubestrap' '# kubestrap: end' f.1 || return
	:
}

phase_4() {
	step 6 '"/etc/fstab"' file f.2 /etc/fstab /etc/.fstab.kubestrap /etc 644 root:root same - '' b12bcbe57c688c5c4db820e0810fe319f48bb36fe2004758438b26ca73ba9edc || return
	step 7 '"dev-zram0.swap"' masked dev-zram0.swap /etc/systemd/system/dev-zram0.swap.d/60-kubestrap-masked.conf || return
	step 8 '"swapoff --all"' run - 4 sh -c '[ "$(wc -l < /proc/swaps)" -le 1 ]' sh sh -c 'tail -n +2 /proc/swaps >>/var/lib/kubestrap/swaps && sync /var/lib/kubestrap/swaps /var/lib/kubestrap && swapoff --all' sh || return
	:
}

phase_5() {
	step 9 '"/etc/modules-load.d/60-kubestrap.conf"' file f.3 /etc/modules-load.d/60-kubestrap.conf /etc/modules-load.d/.60-kubestrap.conf.kubestrap /etc/modules-load.d 644 root:root same - '' fcaf07413a456d658640930cef56ed4d13330123e3b522c481021613c64755e3 || return
	step 10 '"overlay"' module overlay || return
	step 11 '"br_netfilter"' module br_netfilter || return
	step 12 '"/etc/sysctl.d/60-kubestrap.conf"' file f.4 /etc/sysctl.d/60-kubestrap.conf /etc/sysctl.d/.60-kubestrap.conf.kubestrap /etc/sysctl.d 644 root:root same - '' c3da81135d83e7718f3e915317a11078cb534b8b777bab66acbf3fb722467b85 || return
	step 13 '"net.bridge.bridge-nf-call-iptables"' sysctl /proc/sys/net/bridge/bridge-nf-call-iptables 1 || return
	step 14 '"net.bridge.bridge-nf-call-ip6tables"' sysctl /proc/sys/net/bridge/bridge-nf-call-ip6tables 1 || return
	step 15 '"net.ipv4.ip_forward"' sysctl /proc/sys/net/ipv4/ip_forward 1 || return
	step 16 '"vm.swappiness"' sysctl /proc/sys/vm/swappiness 0 || return
	:
}

phase_6() {
	step 17 '"/usr/local/lib/kubestrap/firewall"' file f.5 /usr/local/lib/kubestrap/firewall /usr/local/lib/kubestrap/.firewall.kubestrap /usr/local/lib/kubestrap 755 root:root same - '' 3e56765ca6fd0b844f1e193f6804d8a36963e206412d793d1476ba3cb58a3b25 || return
	step 18 '"/etc/systemd/system/nftables.service.d/60-kubestrap.conf"' file f.6 /etc/systemd/system/nftables.service.d/60-kubestrap.conf /etc/systemd/system/nftables.service.d/.60-kubestrap.conf.kubestrap /etc/systemd/system/nftables.service.d 644 root:root same - '' d1c0671bfa2b9d442a7c11dc1ae11efa34a5ec305162c777e74b5f3e08ea67a9 || return
	step 19 '"systemctl daemon-reload"' run - 4 sh -c '[ ! -e /var/lib/kubestrap/pending/daemon-reload ]' sh sh -c 'systemctl daemon-reload && rm -f /var/lib/kubestrap/pending/daemon-reload' sh || return
	step 20 '"open a filter of nftables or iptables"' run - 10 sh -c '…the program that opens firewalls…' sh check chains 'tcp 6443 any' 'tcp 10250 10.0.0.2,10.244.0.0/16' 'udp 8472 10.0.0.2' 'pods 10.244.0.0/16' sh -c '…the program that opens firewalls…' sh open chains 'tcp 6443 any' 'tcp 10250 10.0.0.2,10.244.0.0/16' 'udp 8472 10.0.0.2' 'pods 10.244.0.0/16' || return
	:
}

--- f.0
cp1

--- f.1
# kubestrap: begin, kept by kubestrap
10.0.0.1 cp1
10.0.0.2 w1
# kubestrap: end

--- f.2
# kubestrap: swap off: /dev/sda2 none swap sw 0 0

--- f.3
overlay
br_netfilter

--- f.4
net.bridge.bridge-nf-call-iptables = 1
net.bridge.bridge-nf-call-ip6tables = 1
net.ipv4.ip_forward = 1
vm.swappiness = 0

--- f.5
set -uf
…

--- f.6
# Written by kubestrap: what nodes need of each other stays open when the rules are loaded anew.
[Service]
ExecStartPost=-/bin/sh /usr/local/lib/kubestrap/firewall open chains "tcp 6443 any" "tcp 10250 10.0.0.2,10.244.0.0/16" "udp 8472 10.0.0.2" "pods 10.244.0.0/16" 
ExecReload=-/bin/sh /usr/local/lib/kubestrap/firewall open chains "tcp 6443 any" "tcp 10250 10.0.0.2,10.244.0.0/16" "udp 8472 10.0.0.2" "pods 10.244.0.0/16" 

--- f.seen
/etc/hostname
/etc/fstab
/etc/modules-load.d/60-kubestrap.conf
/etc/sysctl.d/60-kubestrap.conf
/usr/local/lib/kubestrap/firewall
/etc/systemd/system/nftables.service.d/60-kubestrap.conf

--- f.sums
/etc/hostname
/etc/fstab
/etc/modules-load.d/60-kubestrap.conf
/etc/sysctl.d/60-kubestrap.conf
/usr/local/lib/kubestrap/firewall
/etc/systemd/system/nftables.service.d/60-kubestrap.conf
