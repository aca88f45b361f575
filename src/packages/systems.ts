/** The systems that machines run: what their package tool is, how it calls what we need, what firewall is usual. A new one is a row. */
import type {Facts} from '../model.ts';

export type PackageTool = 'apt' | 'dnf' | 'zypper';

export type System = {
	readonly name: string;
	/** `ID` of os-release. */
	readonly ids: readonly string[];
	/** `VERSION_ID`, where the row is for one release. */
	readonly version?: string;
	readonly tool: PackageTool;
	/** Whose names of packages it has (src/packages/tools.ts). */
	readonly names: 'debian' | 'redhat' | 'suse';
	/** Where nftables.service reads its rules. */
	readonly nftables: string;
	readonly time: {readonly package: string; readonly unit: string};
	/** The firewall that its installer sets up, for the README. */
	readonly firewall: string;
	/** How far it was proven, for the README. */
	readonly proof: string;
};

const debian = {
	tool: 'apt',
	names: 'debian',
	nftables: '/etc/nftables.conf',
	time: {package: 'systemd-timesyncd', unit: 'systemd-timesyncd.service'},
} as const;
const goldens = 'golden programs: the sh that its machines would get';

export const systems: readonly System[] = [
	{...debian, name: 'Debian 12', ids: ['debian'], version: '12', firewall: 'none', proof: 'real nodes (containers with systemd)'},
	{
		...debian,
		name: 'Debian 13',
		ids: ['debian'],
		version: '13',
		firewall: 'none',
		proof: 'real workers with a kernel of their own (User-mode Linux)',
	},
	{...debian, name: 'Ubuntu 22.04', ids: ['ubuntu'], version: '22.04', firewall: 'ufw, off', proof: goldens},
	{...debian, name: 'Ubuntu 24.04', ids: ['ubuntu'], version: '24.04', firewall: 'ufw, off', proof: goldens},
	{
		name: 'RHEL, Rocky, Alma, CentOS Stream, Fedora, Oracle, Amazon',
		ids: ['rhel', 'rocky', 'almalinux', 'centos', 'fedora', 'ol', 'amzn'],
		tool: 'dnf',
		names: 'redhat',
		nftables: '/etc/sysconfig/nftables.conf',
		time: {package: 'chrony', unit: 'chronyd.service'},
		firewall: 'firewalld, on; SELinux enforcing',
		proof: goldens,
	},
	{
		name: 'openSUSE Leap and Tumbleweed, SLES',
		ids: ['opensuse-leap', 'opensuse-tumbleweed', 'sles'],
		tool: 'zypper',
		names: 'suse',
		nftables: '/etc/nftables.conf',
		time: {package: 'chrony', unit: 'chronyd.service'},
		firewall: 'firewalld, on',
		proof: goldens,
	},
];

/** The row of a machine: its release, else another release of the same system, else the one that it says it is like. */
export function systemOf({id, idLike, versionId}: Facts['os']): System | undefined {
	const named = systems.filter(({ids}) => ids.includes(id));
	return (
		named.find(({version}) => version === versionId) ??
		named.at(-1) ??
		systems.findLast(({ids, names}) => idLike.some((like) => ids.includes(like) || like === names))
	);
}
