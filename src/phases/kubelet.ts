import type {Cluster, Phase, Site, Step} from '../model.ts';
import {render} from '../render.ts';
import {artifactKey} from '../versions.ts';
import {daemonReload} from './daemon-reload.ts';
import {madeByFlannel} from './pod-network.ts';

const binaries = ['kubelet', 'kubectl'] as const;

/**
 * What the kubelet, its pods and their network make on their own, apart from the kubelet's folder: /usr/libexec is the controller manager's, and
 * kube-proxy's pod mounts /lib/modules, which a container may lack.
 */
const made = ({network}: Cluster): readonly string[] => [
	'/var/lib/cni',
	'/var/log/pods',
	'/var/log/containers',
	'/usr/libexec/kubernetes',
	'/lib/modules',
	...(network.cni === 'flannel' ? madeByFlannel : []),
];

/** kubelet and kubectl where the Debian packages put them, with the packages' unit and drop-in (contract 7.4), unless the packages bring them. */
export const kubelet: Phase = {
	name: 'kubelet',
	title: 'Install kubelet and kubectl',
	on: 'every',
	steps: ({cluster, site}): Step[] => {
		const isPackage = cluster.kubernetes.source === 'packages';
		return [
			...(isPackage ? [] : fetched(cluster, site)),
			...made(cluster).map((path): Step => ({kind: 'noted', path})),
			{kind: 'dir', path: '/etc/kubernetes', mode: '0755'},
			{kind: 'dir', path: '/etc/kubernetes/manifests', mode: '0755'},
			{kind: 'dir', path: '/var/lib/kubelet', mode: '0755'},
			...(isPackage ? [] : units),
		];
	},
};

const fetched = ({configuration}: Cluster, {facts}: Site): Step[] =>
	binaries.map((name) => ({
		kind: 'fetch',
		artifact: artifactKey(name, facts.arch, configuration.kubernetesVersion),
		path: `/usr/bin/${name}`,
		mode: '0755',
		notify: name === 'kubelet' ? ['kubelet.service'] : [],
	}));

/** As the packages kubelet and kubeadm have them. */
const units: readonly Step[] = [
	{
		kind: 'file',
		path: '/usr/lib/systemd/system/kubelet.service',
		content: render('systemd/kubelet.service', {}),
		mode: '0644',
		notify: ['kubelet.service'],
	},
	{kind: 'dir', path: '/usr/lib/systemd/system/kubelet.service.d', mode: '0755'},
	{
		kind: 'file',
		path: '/usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf',
		content: render('systemd/10-kubeadm.conf', {}),
		mode: '0644',
		notify: ['kubelet.service'],
	},
	daemonReload,
];
