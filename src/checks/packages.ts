/** Whether a machine's packages can be what the config asks for. */
import {ownedOf} from '../contract/whose.ts';
import {distributionOf, distributions} from '../packages/distributions.ts';
import {usesPackages, wantedPackages} from '../packages/wanted.ts';
import type {Check} from './row.ts';

export const packageChecks: readonly Check[] = [
	{
		name: 'PackageTool',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site: {facts}}) =>
			!usesPackages(cluster) || distributionOf(facts.os) !== undefined
				? []
				: [
						{
							evidence: `packages are asked for, and this is ${facts.os.pretty}: they are installed on ${distributions.map(({id}) => id).join(' and ')}`,
							remedy: 'set source: binaries for runtime and kubernetes, and take os.mirror out',
						},
					],
	},
	{
		name: 'PackageSource',
		from: 'kubestrap',
		level: 'error',
		on: 'every',
		when: 'bare',
		judge: ({cluster, site}) => {
			const wanted = new Set(wantedPackages(cluster).map(({name}) => name));
			const files = new Set(ownedOf(site, 'binary').map(({name}) => name));
			const held = new Set(ownedOf(site, 'package').map(({name}) => name));
			const rows = [
				{part: 'kubernetes', name: 'kubelet', file: '/usr/bin/kubelet', source: cluster.kubernetes.source},
				{part: 'runtime', name: cluster.runtime.package, file: '/usr/local/bin/containerd', source: cluster.runtime.source},
			];
			return rows.flatMap(({part, name, file, source}) => {
				const isOther = source === 'packages' ? wanted.has(name) && files.has(file) : held.has(name);
				const was = source === 'packages' ? `the file ${file}` : `the package ${name}`;
				return isOther
					? [
							{
								evidence: `${part}.source is ${source}, but an earlier run brought it as ${was}`,
								remedy: `keep the source that the node has, or take the node out and in again (kubestrap node remove, join)`,
							},
						]
					: [];
			});
		},
	},
];
