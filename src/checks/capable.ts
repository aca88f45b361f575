/** What a kernel may lack so that the node looks well and its pods are not: NAT, modules, the cpuset controller, a clock speed. */
import {flags} from './probes.ts';
import {type Check, linesOf, type Probe, said} from './row.ts';

/** Either carries NAT: with nftables (iptables-nft too), or with the older tables. */
const natModules = ['nft_chain_nat', 'iptable_nat'];
/** What the phase kernel loads. */
const ownModules = ['overlay', 'br_netfilter'];

/**
 * `modules`: what can be loaded is known, and `module:NAME` for each that is there or could be. Nothing is loaded: modprobe only tries.
 * `others:RELEASE`: the running kernel has no modules there, and that other one has.
 * `clock-speed`: the kubelet will find one, where cadvisor looks for it (machine/machine.go, GetClockSpeed).
 */
const abilities: Probe = {
	name: 'abilities',
	sh: `read -r release </proc/sys/kernel/osrelease
if [ -r "/lib/modules/$release/modules.dep" ] && command -v modprobe >/dev/null; then
	echo modules
	for name in ${[...natModules, ...ownModules].join(' ')}; do
		if [ ! -e "/sys/module/$name" ]; then
			would=$(modprobe -n -v "$name" 2>/dev/null) || continue
			case $would in *'install /bin/false'* | *'install /bin/true'*) continue ;; esac
		fi
		printf 'module:%s\\n' "$name"
	done
elif [ ! -e "/lib/modules/$release" ]; then
	set +f
	for folder in /lib/modules/*/modules.dep; do
		[ ! -e "$folder" ] || { folder=\${folder%/modules.dep}; printf 'others:%s\\n' "\${folder##*/}"; }
	done
fi
if [ -e /sys/devices/system/cpu/cpu0/cpufreq/cpuinfo_max_freq ] || grep -qE '(cpu MHz|CPU MHz|clock)[[:space:]]*:[[:space:]]*[0-9]+[.][0-9]' /proc/cpuinfo; then echo clock-speed; fi`,
};

export const capableChecks: readonly Check[] = [
	{
		// A node without it says Ready: the kubelet needs no Service.
		name: 'KernelNat',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [abilities],
		judge: ({site}) => {
			const lines = linesOf(said(site, abilities));
			// The modules of a container are its host's, and a kernel without modules has what it needs inside.
			const unknown = !lines.includes('modules') || site.facts.container !== undefined;
			return unknown || natModules.some((name) => lines.includes(`module:${name}`))
				? []
				: [
						{
							evidence: `kernel ${site.facts.kernel} cannot translate addresses: it can load none of ${natModules.join(', ')}; Services and pods' way out would not work, and the node would say Ready all the same`,
							remedy:
								'see why: modprobe -v nf_tables; grep -rn "nf_tables\\|ip_tables" /etc/modprobe.d. Boot a kernel that has one of them (any distribution kernel; some keep it in a package of its own: dnf install -y kernel-modules-extra), or take the `install` line out there',
						},
					];
		},
	},
	{
		// In a container they are the host's matter: src/checks/kernel.ts.
		name: 'KernelModules',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [abilities, flags],
		judge: ({site}) => {
			const lines = linesOf(said(site, abilities));
			const present = linesOf(said(site, flags));
			const others = lines.flatMap((line) => (line.startsWith('others:') ? line.slice(7) : []));
			const missing = ownModules.filter((name) => !present.includes(name) && !lines.includes(`module:${name}`));
			if (site.facts.container !== undefined || missing.length === 0) return [];
			if (others.length > 0)
				return [
					{
						evidence: `the modules of the running kernel ${site.facts.kernel} are gone (there are those of ${others.join(', ')}), and ${missing.join(' and ')} cannot be loaded: the kernel was upgraded`,
						remedy: 'systemctl reboot',
					},
				];
			return lines.includes('modules')
				? [
						{
							evidence: `kernel ${site.facts.kernel} cannot load ${missing.join(' and ')}: there is no such module, or /etc/modprobe.d forbids it`,
							remedy: `see what modprobe says (modprobe -v ${missing[0]}), take such an \`install\` line out of /etc/modprobe.d, or boot a kernel that has them`,
						},
					]
				: [];
		},
	},
	{
		name: 'CpusetController',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster: {kubelet}, site: {facts}}) => {
			const policies = ['static', 'Static'];
			const wanting = ['cpuManagerPolicy', 'memoryManagerPolicy'].filter((field) =>
				policies.some((policy) => kubelet[field] === policy),
			);
			const present = /\bcpuset\b/.test(facts.probes.cgroups?.stdout ?? '');
			return present || wanting.length === 0
				? []
				: [
						{
							evidence: `the kernel has no cpuset controller, and the config has a static ${wanting.join(' and ')}: the kubelet could keep no pod to its CPUs`,
							remedy:
								'boot a kernel with CONFIG_CPUSETS and without `cgroup_disable=cpuset`, or take the policy out of the config',
						},
					];
		},
	},
	{
		name: 'CpuClockSpeed',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [abilities],
		judge: ({site}) => {
			const looked = site.facts.probes[abilities.name]?.code === 0;
			// On other processors the kubelet does not ask.
			return !looked || site.facts.arch !== 'amd64' || linesOf(said(site, abilities)).includes('clock-speed')
				? []
				: [
						{
							evidence: '/proc/cpuinfo names no `cpu MHz`: the kubelet ends with "could not detect clock speed"',
							remedy:
								"lend it one at every boot, before the kubelet: sed '/^model name/a cpu MHz : 2000.000' /proc/cpuinfo >/run/cpuinfo && mount --bind /run/cpuinfo /proc/cpuinfo",
						},
					];
		},
	},
];
