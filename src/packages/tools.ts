/** Programs that a node needs of its distribution, and the packages that bring them. */
export const toolPackages: Readonly<Record<string, Readonly<Record<'debian' | 'redhat' | 'suse', string>>>> = {
	losetup: {debian: 'mount', redhat: 'util-linux', suse: 'util-linux'},
	mount: {debian: 'mount', redhat: 'util-linux', suse: 'util-linux'},
	cp: {debian: 'coreutils', redhat: 'coreutils', suse: 'coreutils'},
	flock: {debian: 'util-linux', redhat: 'util-linux-core', suse: 'util-linux'},
	systemctl: {debian: 'systemd', redhat: 'systemd', suse: 'systemd'},
	modprobe: {debian: 'kmod', redhat: 'kmod', suse: 'kmod'},
	sysctl: {debian: 'procps', redhat: 'procps-ng', suse: 'procps'},
	ip: {debian: 'iproute2', redhat: 'iproute', suse: 'iproute2'},
	iptables: {debian: 'iptables', redhat: 'iptables-nft', suse: 'iptables'},
	ebtables: {debian: 'ebtables', redhat: 'iptables-nft', suse: 'ebtables'},
	conntrack: {debian: 'conntrack', redhat: 'conntrack-tools', suse: 'conntrack-tools'},
	ethtool: {debian: 'ethtool', redhat: 'ethtool', suse: 'ethtool'},
	socat: {debian: 'socat', redhat: 'socat', suse: 'socat'},
};

/** Those that are installed where a machine lacks them, if packages may be installed there at all. */
export const installedTools: readonly string[] = [
	'iptables',
	'ebtables',
	'conntrack',
	'socat',
	'ethtool',
	'modprobe',
	'sysctl',
	'mount',
	'losetup',
];
