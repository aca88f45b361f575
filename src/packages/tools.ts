/** Programs that a node needs of its distribution, and the packages that bring them. */
export const toolPackages: Readonly<Record<string, {readonly debian: string; readonly redhat: string}>> = {
	losetup: {debian: 'mount', redhat: 'util-linux'},
	mount: {debian: 'mount', redhat: 'util-linux'},
	cp: {debian: 'coreutils', redhat: 'coreutils'},
	flock: {debian: 'util-linux', redhat: 'util-linux-core'},
	systemctl: {debian: 'systemd', redhat: 'systemd'},
	modprobe: {debian: 'kmod', redhat: 'kmod'},
	sysctl: {debian: 'procps', redhat: 'procps-ng'},
	ip: {debian: 'iproute2', redhat: 'iproute'},
	iptables: {debian: 'iptables', redhat: 'iptables-nft'},
	ebtables: {debian: 'ebtables', redhat: 'iptables-nft'},
	conntrack: {debian: 'conntrack', redhat: 'conntrack-tools'},
	ethtool: {debian: 'ethtool', redhat: 'ethtool'},
	socat: {debian: 'socat', redhat: 'socat'},
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
