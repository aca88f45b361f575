/** A machine that is not what its own words say, or is not any more what it was: its name, its programs, its runtime's settings. */
import {ownedOf} from '../contract/whose.ts';
import type {Cluster} from '../model.ts';
import {flags} from './probes.ts';
import {type Check, linesOf, type Probe, said, type Verdict} from './row.ts';

/** Machine of the ELF header of a program that is surely there, as od prints it. */
const userland: Probe = {name: 'userland', sh: 'od -An -tu2 -j18 -N2 /proc/self/exe'};
/** `# FILE`, then what is in it. */
const containerdFiles: Probe = {
	name: 'containerdFiles',
	sh: `for file in /etc/containerd/config.toml /etc/containerd/conf.d/*.toml; do
	[ ! -f "$file" ] || { printf '# %s\\n' "$file"; head -c 65536 "$file"; echo; }
done; :`,
};
/** Subject of the kubelet's client certificate, which has the name that the machine was let in by. */
const kubeletSubject: Probe = {
	name: 'kubeletSubject',
	sh: `file=/var/lib/kubelet/pki/kubelet-client-current.pem
[ -r "$file" ] && command -v openssl >/dev/null || exit 0
openssl x509 -in "$file" -noout -subject -nameopt RFC2253`,
};

const machines: Readonly<Record<string, string>> = {'62': 'amd64', '183': 'arm64', '40': '32-bit ARM', '3': '32-bit x86'};

export const strangerChecks: readonly Check[] = [
	{
		name: 'Architecture',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [userland],
		judge: ({site}) => {
			const number = said(site, userland).trim();
			if (number === '' || machines[number] === site.facts.arch) return [];
			return [
				{
					evidence: `uname says ${site.facts.arch}, and its programs are for ${machines[number] ?? `machine ${number}`} (ELF header)`,
					remedy: 'install a distribution for the processor that the kernel runs on (uname -m; file -L /bin/sh)',
				},
			];
		},
	},
	{
		name: 'HostnameChanged',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [kubeletSubject],
		judge: ({site}) => {
			const name = /CN=system:node:([^,\s]+)/.exec(said(site, kubeletSubject))?.[1];
			if (name === undefined || name === site.name) return [];
			const why =
				site.spec.name === undefined ? `its host name is ${site.facts.hostname} now` : `the config calls it ${site.name}`;
			return [
				{
					evidence: `the machine was let into a cluster as ${name} (its kubelet's certificate), and ${why}`,
					remedy: `hostnamectl set-hostname ${name}, or write name: ${name} into the config; a node that is to have another name is taken out and joins anew`,
				},
			];
		},
	},
	{
		name: 'ContainerdConfig',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [containerdFiles],
		judge: ({cluster, site}) => {
			const ours = new Set(ownedOf(site, 'file').map(({name}) => name));
			const files = said(site, containerdFiles).split(/^# (?=\/etc\/containerd\/)/m);
			return files.flatMap((text) => {
				const [path = '', ...lines] = text.split('\n');
				return path === '' || ours.has(path) ? [] : containerd(path, lines.join('\n'), driverOf(cluster));
			});
		},
	},
	{
		name: 'SELinux',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		probes: [flags],
		judge: ({site}) => {
			const set = linesOf(said(site, flags));
			return !set.includes('selinux-enforcing') || set.includes('selinux-containers')
				? []
				: [
						{
							evidence: 'SELinux is enforcing, and the policy for containers is not installed (container-selinux)',
							remedy: 'dnf install -y container-selinux; SELinux stays enforcing',
						},
					];
		},
	},
];

const driverOf = ({kubelet: {cgroupDriver}}: Cluster): string => (typeof cgroupDriver === 'string' ? cgroupDriver : 'systemd');

/** The phase runtime writes a configuration of its own, and keeps this one for reset: what is said here is what it had. */
function containerd(path: string, text: string, driver: string): Verdict[] {
	const plain = text.replace(/^\s*#.*$/gm, '');
	const isMain = path === '/etc/containerd/config.toml';
	const remedy = isMain
		? 'nothing to do where kubestrap lays down the runtime: it replaces the file and keeps it for reset. Else: containerd config default >/etc/containerd/config.toml'
		: `rm ${path}: it is read beside the file that kubestrap lays down`;
	const level = isMain ? 'warning' : 'error';
	const off = /^\s*disabled_plugins\s*=\s*\[[^\]]*["'](?:io\.containerd\.grpc\.v1\.)?cri["']/m.test(plain);
	const cgroup = /^\s*SystemdCgroup\s*=\s*(true|false)/im.exec(plain)?.[1]?.toLowerCase();
	const held = cgroup === undefined ? undefined : cgroup === 'true' ? 'systemd' : 'cgroupfs';
	return [
		...(off
			? [
					{
						level,
						evidence: `${path} disables the CRI plugin, without which containerd is no runtime for the kubelet`,
						remedy,
					} as const,
				]
			: []),
		...(held !== undefined && held !== driver
			? [
					{
						level,
						evidence: `${path} has SystemdCgroup = ${cgroup}, and the kubelet will use the cgroup driver ${driver}: pods would restart in a loop`,
						remedy,
					} as const,
				]
			: []),
	];
}
