import {isShared} from '../../pki/places.ts';
import type {Cluster, Identity, IdentityItem, Site} from '../model.ts';
import {leaf} from './leaf.ts';
import {rowsFor} from './places.ts';
import {see} from './seen.ts';
import {accountKeys, authority} from './shared.ts';
import {joinTokenId, tokenItems} from './token.ts';
import {identityError, type Trouble} from './trouble.ts';

/**
 * Who has and who needs what: for each row of the certificate table on each node, keep or make, from what the survey saw.
 * Pure; `fresh` brings what is not on the machines: the id of a cluster that has none yet, and the time to judge by.
 * Throws one IdentityError that lists everything that is wrong.
 */
export function identify(
	cluster: Cluster,
	sites: readonly Site[],
	fresh: {readonly clusterId: string; readonly now: Date},
): Identity {
	const planes = sites.filter(({role}) => role === 'control-plane');
	// Where the cluster was born: who joins it never was.
	const birthplace = planes.find(({stage}) => stage !== 'joining') ?? planes[0];
	if (!birthplace)
		throw identityError([
			{what: 'identity', evidence: 'no node is a control plane', remedy: 'Give one node the role control-plane.'},
		]);
	const items: Record<string, IdentityItem> = {};
	const troubles: Trouble[] = [...ownershipTroubles(sites)];
	const rows = rowsFor(cluster);
	const unusable = new Set<string>();
	const seenOn = (where: readonly Site[], row: (typeof rows)[number]) => where.map((site) => see(row, cluster, site));

	for (const row of rows.filter(isShared)) {
		const below = rows.filter((other) => other.as !== 'keys' && other.signedBy === row.name);
		const leaves = below.some((other) => seenOn(sites, other).some(({publicThere}) => publicThere));
		const seen = seenOn(planes, row);
		const found = row.as === 'keys' ? accountKeys(row, seen) : authority(row, seen, {leaves, at: fresh.now});
		items[found.item.id] = found.item;
		troubles.push(...found.troubles);
		if (found.troubles.length > 0) unusable.add(row.name);
	}
	for (const row of rows) {
		// Under an authority that is in doubt, every leaf would be a trouble of its own and hide the one that matters.
		if (row.as === 'keys' || row.signedBy === undefined || unusable.has(row.signedBy)) continue;
		const where = row.on === 'every' ? sites : row.on === 'first' ? [birthplace] : planes;
		for (const seen of seenOn(where, row)) {
			// The kubelet of a machine that joins asks for its certificate itself.
			if (row.as === 'pem' && seen.site.stage === 'joining') continue;
			const found = leaf(row, seen, items[row.signedBy]!, cluster, fresh.now);
			items[found.item.id] = found.item;
			troubles.push(...found.troubles);
		}
	}
	for (const item of tokenItems(cluster, birthplace, items.ca)) items[item.id] = item;
	if (sites.some(({stage}) => stage === 'joining'))
		items[joinTokenId] = {id: joinTokenId, state: 'make', on: birthplace.name, file: ''};
	if (troubles.length > 0) throw identityError(troubles);
	const clusterId = sites.find(({facts}) => facts.ownership)?.facts.ownership?.clusterId ?? fresh.clusterId;
	return {clusterId, birthplace: birthplace.name, items};
}

function ownershipTroubles(sites: readonly Site[]): Trouble[] {
	const owned = sites.filter(({facts}) => facts.ownership);
	const [first, ...others] = owned;
	return others
		.filter(({facts}) => facts.ownership?.clusterId !== first?.facts.ownership?.clusterId)
		.map(({name, facts}) => ({
			what: `${name} belongs to another cluster than ${first!.name}`,
			evidence: `${facts.ownership!.name} (${facts.ownership!.clusterId}) is not ${first!.facts.ownership!.name} (${first!.facts.ownership!.clusterId})`,
			remedy: `Reset ${name} first, or take it out of the config.`,
		}));
}
