/** What lies on a machine already: files, folders and programs of another installation, and an etcd that is not ours. */

import {nodeProxyManifest} from '../contract/static-pod.ts';
import {quote} from '../steps/quote.ts';
import {directories, externalEtcd, services} from './probes.ts';
import {type Check, linesOf, said, type Verdict} from './row.ts';
import {readUnits} from './units.ts';

const manifests = '/etc/kubernetes/manifests';
const ownManifests = ['kube-apiserver', 'kube-controller-manager', 'kube-scheduler', 'etcd'].map(
	(name) => `${manifests}/${name}.yaml`,
);
/** A node of ours may run these; any other file there is somebody else's. */
const knownManifests = [...ownManifests, nodeProxyManifest];
const others: Readonly<Record<string, string>> = {
	'k3s.service': 'k3s',
	'k3s-agent.service': 'k3s',
	'rke2-server.service': 'RKE2',
	'rke2-agent.service': 'RKE2',
	'k0scontroller.service': 'k0s',
	'k0sworker.service': 'k0s',
	'snap.microk8s.daemon-kubelite.service': 'MicroK8s',
};

const available = (on: Check['on'], paths: (certificatesDir: string) => readonly string[], notFirst = false): Check => ({
	name: 'FileAvailable-<path>',
	from: 'kubeadm',
	level: 'error',
	on,
	when: 'bare',
	unowned: true,
	judge: ({cluster, site, sites}) =>
		notFirst && site === sites.find(({role}) => role === 'control-plane')
			? []
			: paths(cluster.configuration.certificatesDir)
					.filter((path) => site.facts.files[path] !== undefined)
					.map((path) => ({
						id: `FileAvailable-${path.replaceAll('/', '-')}`,
						evidence: `${path} is there already, and kubestrap did not make it`,
						remedy:
							'the machine belongs, or belonged, to a cluster: `kubestrap reset --force`, or `kubeadm reset` there, if that is over',
					})),
});

export const leftoverChecks: readonly Check[] = [
	available('control-plane', () => ownManifests),
	// `kubeadm init` takes kubeconfigs that are there; only a node that joins must have none.
	available('every', () => ['/etc/kubernetes/kubelet.conf', '/etc/kubernetes/bootstrap-kubelet.conf'], true),
	available('worker', (certificatesDir) => [`${certificatesDir}/ca.crt`]),
	{
		name: 'DirAvailable-<path>',
		from: 'kubeadm',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		unowned: true,
		probes: [directories],
		judge: ({site}) =>
			linesOf(said(site, directories)).flatMap((line): Verdict[] => {
				const [state, path = ''] = line.split('\t');
				if (state !== 'full' && state !== 'odd') return [];
				const evidence = state === 'full' ? `${path} is not empty` : `${path} is no folder`;
				return [
					{
						id: `DirAvailable-${path.replaceAll('/', '-')}`,
						evidence,
						remedy: `kubestrap never deletes it; if nobody needs the old etcd: mv ${quote(path)} ${quote(`${path}.old`)}`,
					},
				];
			}),
	},
	{
		name: 'ManifestsDir',
		from: 'kubestrap',
		level: 'warning',
		on: 'every',
		when: 'bare',
		judge: ({site}) =>
			Object.keys(site.facts.files)
				.filter((path) => path.startsWith(`${manifests}/`) && !knownManifests.includes(path))
				.map((path) => {
					const twin = knownManifests.find((own) => path.startsWith(own));
					return {
						...(twin && {level: 'error' as const}),
						evidence: `${path} will run too: the kubelet runs every file there, whatever its name${twin === undefined ? '' : `, and of two pods of one name the old one may win (${twin})`}`,
						remedy: `mv ${path} /root/`,
					};
				}),
	},
	{
		name: 'OtherKubernetes',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		probes: [services],
		judge: ({site}) => {
			const units = readUnits(said(site, services));
			const found = Object.keys(others).filter((id) => units.get(id)?.loaded);
			return found.map((id) => ({
				evidence: `${others[id]} is installed (${id})`,
				remedy: `uninstall ${others[id]} first (its own program does it: ls /usr/local/bin/*uninstall*; snap list), or take another machine`,
			}));
		},
	},
	{
		name: 'ExternalEtcdClientCertificates',
		from: 'kubeadm',
		level: 'error',
		on: 'control-plane',
		when: 'bare',
		judge: ({cluster: {configuration}, site}) => {
			if (!('external' in configuration.etcd)) return [];
			const {caFile, certFile, keyFile} = configuration.etcd.external;
			const missing = [caFile, certFile, keyFile].filter((path) => path !== '' && site.facts.files[path] === undefined);
			return missing.map((path) => ({
				evidence: `${path} is not there`,
				remedy: 'copy the client certificate of the external etcd to the node: scp FILE root@NODE:FILE',
			}));
		},
	},
	{
		name: 'ExternalEtcdVersion',
		from: 'kubeadm',
		level: 'error',
		on: 'first',
		when: 'bare',
		probes: [externalEtcd],
		judge: ({cluster: {configuration}, site}) => {
			if (!('external' in configuration.etcd)) return [];
			if (site.facts.probes[externalEtcd.name]?.code === 127) {
				return [
					{
						level: 'warning',
						evidence: 'the version of the external etcd was not asked: the node has no curl',
						remedy: 'make sure that it is 3.5.24 or newer: etcd --version',
					},
				];
			}
			return linesOf(said(site, externalEtcd)).flatMap(etcdAnswer);
		},
	},
];

function etcdAnswer(line: string): Verdict[] {
	const [url = '', answer = ''] = line.split('\t');
	const [, version, major, minor, patch] = /"etcdserver"\s*:\s*"((\d+)\.(\d+)\.(\d+)[^"]*)"/.exec(answer) ?? [];
	if (version === undefined) {
		return [
			{
				evidence: `${url} did not tell its version: ${answer.trim()}`,
				remedy:
					'look whether etcd runs there, and whether its certificates are right: curl --cacert CA --cert CERT --key KEY URL/version',
			},
		];
	}
	const age = Number(major) * 1e6 + Number(minor) * 1e3 + Number(patch);
	return age >= 3_005_024 ? [] : [{evidence: `${url} is etcd ${version}`, remedy: 'upgrade it to 3.5.24 or newer'}];
}
