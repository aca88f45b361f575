import type {Cluster, Phase, Step} from '../model.ts';

/** containerd's snapshotter needs overlay; kube-proxy and the network plugin need bridged traffic to pass netfilter. */
export const modules = ['overlay', 'br_netfilter'];

/** What every node needs from the kernel (kubeadm's checks FileContent--proc-sys-net-*), and swappiness for the rest of swap. */
export const settings = (cluster: Cluster): Record<string, string> => ({
	'net.bridge.bridge-nf-call-iptables': '1',
	'net.bridge.bridge-nf-call-ip6tables': '1',
	'net.ipv4.ip_forward': '1',
	...(isDualOrV6(cluster) ? {'net.ipv6.conf.all.forwarding': '1', 'net.ipv6.conf.default.forwarding': '1'} : {}),
	...(cluster.swap === 'off' ? {'vm.swappiness': '0'} : {}),
});

const isDualOrV6 = ({configuration: {networking}}: Cluster) =>
	`${networking.podSubnet ?? ''},${networking.serviceSubnet}`.includes(':');

/** Modules and sysctls, now and after every boot, each in a `.d` file of our own. */
export const kernel: Phase = {
	name: 'kernel',
	title: 'Load kernel modules and set sysctls',
	on: 'every',
	steps: ({cluster}): Step[] => {
		const values = Object.entries(settings(cluster));
		return [
			{
				kind: 'file',
				path: '/etc/modules-load.d/60-kubestrap.conf',
				content: modules.map((name) => `${name}\n`).join(''),
				mode: '0644',
			},
			...modules.map((name): Step => ({kind: 'module', name})),
			{
				kind: 'file',
				path: '/etc/sysctl.d/60-kubestrap.conf',
				content: values.map(([name, value]) => `${name} = ${value}\n`).join(''),
				mode: '0644',
			},
			...values.map(([name, value]): Step => ({kind: 'sysctl', name, value})),
		];
	},
};
