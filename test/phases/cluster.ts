/** Clusters for the tests of phases: what a config says, and machines made up to fit. */
import {load} from '../../src/cluster/load.ts';
import type {Cluster, EtcdMember, Facts, Scope, Site} from '../../src/model.ts';
import {scopeOf, siteOf} from '../contract/ours.ts';

export {shown} from '../contract/ours.ts';

type Node = {readonly name: string; readonly role?: 'worker'; readonly more?: string; readonly facts?: Partial<Facts>};

/** A cluster of these nodes, at 10.0.0.1 and up; `spec` and `documents` are more lines of its config. */
export function clusterOf(nodes: readonly Node[], {spec = '', documents = ''} = {}): {cluster: Cluster; sites: Site[]} {
	const lines = nodes.map(({name, role = 'control-plane', more = ''}, index) => {
		return `    - {name: ${name}, role: ${role}, address: 10.0.0.${index + 1}${more}}`;
	});
	// Several control planes need a name before them.
	const endpoint =
		lines.filter((line) => !line.includes('role: worker')).length > 1 && !/controlPlaneEndpoint|node-proxy/.test(spec);
	const more = endpoint ? `${spec}  controlPlaneEndpoint: api.test:6443\n` : spec;
	const text = `apiVersion: kubestrap.dev/v1\nkind: Cluster\nmetadata: {name: test}\nspec:\n${more}  nodes:\n${lines.join('\n')}\n${documents}`;
	const cluster = load(text, {file: 'cluster.yaml', home: '/root'});
	const sites = nodes.map(({name, role, facts}, index) =>
		siteOf(cluster, name, role ?? 'control-plane', `10.0.0.${index + 1}`, facts),
	);
	return {cluster, sites};
}

/** Scopes of all sites, by name. */
export function scopesOf(nodes: readonly Node[], config: {spec?: string; documents?: string} = {}): Record<string, Scope> {
	const {cluster, sites} = clusterOf(nodes, config);
	const scope = scopeOf(cluster, sites);
	return Object.fromEntries(sites.map((site) => [site.name, {...scope, site}]));
}

/** The member of etcd that a control plane is when all is well; cp1 leads. */
export const memberOf = ({name, address}: Site): EtcdMember => ({
	id: `1${name.at(-1)}`,
	name,
	peerUrls: [`https://${address}:2380`],
	clientUrls: [`https://${address}:2379`],
	learner: false,
	healthy: true,
	leader: name === 'cp1',
});
