/** Machines that come to a cluster, or were begun to become one: what would make two machines of one name, or two clusters of one. */
import {isBegun} from '../contract/whose.ts';
import type {Site} from '../model.ts';
import {quote} from '../steps/quote.ts';
import {directories} from './probes.ts';
import {type Case, type Check, linesOf, said, type Verdict} from './row.ts';

const etcdManifest = '/etc/kubernetes/manifests/etcd.yaml';

export const joiningChecks: readonly Check[] = [
	{
		// kubeadm refuses it too, in its phase kubelet-start, when half of the work is done.
		name: 'NodeNameTaken',
		from: 'kubestrap',
		level: 'error',
		on: 'joining',
		when: 'bare',
		judge: ({site, living}) =>
			living?.nodes.some(({name, ready}) => name === site.name && ready) &&
			site.facts.files['/etc/kubernetes/kubelet.conf'] === undefined
				? [
						{
							evidence: `the cluster has a Node ${site.name} that is Ready, and it is another machine: this one has no kubelet.conf`,
							remedy: `give the node another \`name\` in the config, or take the other machine out first: kubestrap node remove ${site.name}`,
						},
					]
				: [],
	},
	{name: 'NodeRole', from: 'kubestrap', level: 'error', on: 'every', when: 'bare', judge: role},
	{
		// DirAvailable is not judged where our record is; but a record of ours does not make every etcd ours.
		name: 'DirAvailable-<path>',
		from: 'kubeadm',
		level: 'error',
		on: 'joining-control-plane',
		when: 'bare',
		probes: [directories],
		judge: ({cluster, site}) => {
			const {etcd} = cluster.configuration;
			const owned = site.facts.ownership?.owned ?? [];
			// Before Kubernetes was begun here, the row of bare machines speaks.
			if (!isBegun(site) || !('local' in etcd)) return [];
			const {dataDir} = etcd.local;
			const isFull = linesOf(said(site, directories)).includes(`full\t${dataDir}`);
			if (!isFull || owned.some(({name}) => name === dataDir || name === etcdManifest)) return [];
			return [
				{
					id: `DirAvailable-${dataDir.replaceAll('/', '-')}`,
					evidence: `${dataDir} has data, and kubestrap did not write it`,
					remedy: `kubestrap never deletes it; if nobody needs the old etcd: mv ${quote(dataDir)} ${quote(`${dataDir}.old`)}`,
				},
			];
		},
	},
	{name: 'ClusterName', from: 'kubestrap', level: 'error', on: 'first', when: 'bare', judge: clusterName},
	{name: 'OtherAuthority', from: 'kubestrap', level: 'error', on: 'every', when: 'bare', judge: authority},
	{
		name: 'BirthSet',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({site, sites}) => {
			const born = [...(site.facts.ownership?.birthMembers ?? [])].sort();
			const wanted = sites.filter(({role}) => role === 'control-plane').map(({name}) => name);
			// A cluster that has formed takes and gives members one by one; a birth is known by its etcd.
			const isBegun = born.length > 0 && site.facts.files[etcdManifest] !== undefined && site.stage === undefined;
			if (!isBegun || born.join() === wanted.sort().join()) return [];
			return [
				{
					evidence: `a cluster with the control planes ${born.join(', ')} was begun here and has not formed; the config has ${wanted.join(', ')}`,
					remedy: `run init with ${born.join(', ')} until the cluster is up, and change its control planes after; or begin anew: kubestrap reset`,
				},
			];
		},
	},
];

function role({cluster, site, living}: Case): Verdict[] {
	const node = living?.nodes.find(({name}) => name === site.name);
	if (node === undefined) return [];
	const remedy = `write what it is into the config; to change its role, take it out and let it join anew: kubestrap node remove ${site.name}`;
	if (site.role === 'worker' && node.controlPlane) {
		return [{evidence: `${site.name} is a worker in the config, but a control plane of the cluster`, remedy}];
	}
	// The label comes last when a control plane joins; its certificates come first, and a worker has none but ca.crt.
	const folder = `${cluster.configuration.certificatesDir}/`;
	const isWorker = !Object.keys(site.facts.files).some((path) => path.startsWith(folder) && path !== `${folder}ca.crt`);
	return site.role === 'control-plane' && site.stage === 'member' && !node.controlPlane && isWorker
		? [{evidence: `${site.name} is a control plane in the config, but a worker of the cluster`, remedy}]
		: [];
}

/** kubeadm-config tells how the cluster was called when it was made. */
function clusterName({cluster, living}: Case): Verdict[] {
	const text = living?.configMaps['kubeadm-config']?.ClusterConfiguration ?? '';
	const name = /^clusterName: *["']?([^"'\s]+)["']?\s*$/m.exec(text)?.[1];
	return name === undefined || name === cluster.name
		? []
		: [
				{
					evidence: `the cluster that lives here is called ${name}, the one in the config ${cluster.name}`,
					remedy: `write \`metadata: {name: ${name}}\` into the config if that is the cluster that you mean`,
				},
			];
}

/** A machine that trusts another authority than the control plane that answers: it was never part of this cluster. */
function authority({cluster, site, sites, living}: Case): Verdict[] {
	const seat = sites.find(({name}) => name === living?.seat);
	const wanted = seat === undefined ? [] : authoritiesOf(seat, cluster.configuration.certificatesDir);
	const held = authoritiesOf(site, cluster.configuration.certificatesDir);
	if (wanted.length === 0 || held.length === 0 || held.some((one) => wanted.includes(one))) return [];
	return [
		{
			evidence: 'its ca.crt or kubelet.conf is of another cluster than the one that answers',
			remedy: 'take it out of this config; or, if that cluster is over, run `kubeadm reset` there',
		},
	];
}

/** The certificates of ca.crt and of the kubelet's kubeconfig. */
function authoritiesOf({facts}: Site, certificatesDir: string): string[] {
	const kubeconfig = facts.files['/etc/kubernetes/kubelet.conf']?.text;
	// The survey writes it as JSON, with the certificates as PEM (src/survey/files.ts).
	const {ca = ''}: {ca?: string} = kubeconfig === undefined ? {} : JSON.parse(kubeconfig);
	const texts = [facts.files[`${certificatesDir}/ca.crt`]?.text ?? '', ca];
	return texts.flatMap((text) => text.match(/-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g) ?? []);
}
