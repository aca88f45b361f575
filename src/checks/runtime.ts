/** The runtime and the kubelet. We install both, so what kubeadm asks beforehand is judged after the phase that does it. */

import {defaultKubernetesVersion, imagesFor} from '../versions.ts';
import {images, kubeletVersion, runtimeStatus, runtimeVersion, services} from './probes.ts';
import {type Check, linesOf, said} from './row.ts';
import {readUnits} from './units.ts';

const minorOf = (version: string): number => Number(/^v?1\.(\d+)/.exec(version)?.[1] ?? Number.NaN);

export const runtimeChecks: readonly Check[] = [
	{
		name: 'KubernetesVersion',
		from: 'kubeadm',
		level: 'warning',
		on: 'control-plane',
		when: 'bare',
		judge: ({cluster: {configuration}}) =>
			minorOf(configuration.kubernetesVersion) > minorOf(defaultKubernetesVersion)
				? [
						{
							evidence: `${configuration.kubernetesVersion} is newer than this kubestrap knows (${defaultKubernetesVersion})`,
							remedy: 'use a newer kubestrap; this one is: kubestrap version',
						},
					]
				: [],
	},
	{
		name: 'CRI',
		from: 'kubeadm',
		level: 'error',
		on: 'every',
		when: {after: 'runtime'},
		probes: [runtimeStatus],
		judge: ({site}) => {
			const output = site.facts.probes[runtimeStatus.name];
			if (output?.code !== 0)
				return [
					{
						evidence: `the runtime does not answer: ${output?.stdout.trim() ?? 'it was not asked'}`,
						remedy: 'systemctl restart containerd; journalctl -u containerd -n 30',
					},
				];
			const notReady = /"status":\s*false,\s*"type":\s*"RuntimeReady"|"type":\s*"RuntimeReady",\s*"status":\s*false/.test(
				output.stdout,
			);
			return notReady
				? [
						{
							evidence: 'the runtime says that it is not ready',
							remedy: 'systemctl restart containerd; journalctl -u containerd -n 30',
						},
					]
				: [];
		},
	},
	{
		// containerd has the call RuntimeConfig since 2.0, CRI-O since 1.28; both name themselves in `crictl version`.
		name: 'ContainerRuntimeVersion',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: {after: 'runtime'},
		probes: [runtimeVersion],
		judge: ({site}) => {
			const [, version = '', major] = /^RuntimeVersion:\s*(v?(\d+)\.\S+)/m.exec(said(site, runtimeVersion)) ?? [];
			return /^RuntimeName:\s*containerd$/m.test(said(site, runtimeVersion)) && Number(major) < 2
				? [
						{
							evidence: `containerd ${version} does not implement RuntimeConfig, which kubelets of 1.38 and later need`,
							remedy:
								'upgrade it to 2.0 or newer (apt-get install containerd.io, dnf upgrade containerd.io), or let kubestrap lay it down: runtime: {source: binaries}',
						},
					]
				: [];
		},
	},
	{
		name: 'KubeletVersion',
		from: 'kubeadm',
		level: 'error',
		on: 'every',
		when: {after: 'kubelet'},
		probes: [kubeletVersion],
		judge: ({cluster: {configuration}, site}) => {
			const minor = minorOf(said(site, kubeletVersion).replace('Kubernetes ', '').trim());
			const wanted = minorOf(configuration.kubernetesVersion);
			if (Number.isNaN(minor))
				return [
					{
						evidence: 'kubelet --version could not be read',
						remedy: 'look at it on the node: /usr/bin/kubelet --version; file -L /usr/bin/kubelet',
					},
				];
			return minor > wanted || minor < wanted - 3
				? [
						{
							evidence: `the kubelet is of 1.${minor}, the cluster of 1.${wanted}`,
							remedy: 'take the kubelet of the cluster’s version: kubestrap apply',
						},
					]
				: [];
		},
	},
	{
		name: 'Service-kubelet',
		from: 'kubeadm',
		level: 'warning',
		on: 'every',
		when: {after: 'kubelet-start'},
		probes: [services],
		judge: ({site}) => {
			const unit = readUnits(said(site, services)).get('kubelet.service');
			if (!unit?.loaded)
				return [{evidence: 'there is no kubelet service', remedy: 'run `kubestrap init` again: it makes what is missing'}];
			return unit.enabled === 'enabled'
				? []
				: [{evidence: `the kubelet service is ${unit.enabled || 'not enabled'}`, remedy: 'systemctl enable kubelet.service'}];
		},
	},
	{
		name: 'ImagePull',
		from: 'kubeadm',
		level: 'error',
		on: 'control-plane',
		when: {after: 'images'},
		probes: [images],
		judge: ({cluster, site}) => {
			if (cluster.registration.imagePullPolicy === 'Never') return [];
			const {apiserver, controllerManager, scheduler, proxy, coredns, etcd, pause} = imagesFor(cluster);
			const wanted = [
				apiserver,
				controllerManager,
				scheduler,
				proxy,
				coredns,
				pause,
				...('local' in cluster.configuration.etcd ? [etcd] : []),
			];
			const present = linesOf(said(site, images));
			return wanted
				.filter((ref) => !present.includes(ref))
				.map((ref) => ({evidence: `${ref} is not on the node`, remedy: `crictl pull ${ref}`}));
		},
	},
];
