import {localEndpoint} from '../cluster/endpoints.ts';
import type {Scope, Site} from '../model.ts';
import {inUrl} from './probes.ts';

/**
 * etcd's `initial-cluster`: the members that the cluster was, or is, born with, as `name=peer URL`. A node that has a record of the birth
 * is asked; so the list does not change when control planes are added later, and no member restarts for it.
 */
export function etcdMembers({cluster, site, sites}: Scope): string {
	const controlPlanes = sites.filter(({role}) => role === 'control-plane');
	const born = site.facts.ownership?.birthMembers;
	const members = born?.includes(site.name) ? controlPlanes.filter(({name}) => born.includes(name)) : controlPlanes;
	const peer = (member: Site) => `${member.name}=https://${inUrl(localEndpoint(cluster, member).host)}:2380`;
	return members.map(peer).join(',');
}
