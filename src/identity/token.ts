import {cameByOthers} from '../contract/whose.ts';
import type {Cluster, IdentityItem, Site} from '../model.ts';
import {tokenMarker} from './places.ts';

/**
 * The bootstrap tokens: `bootstrap-token`, and `bootstrap-token/1` and so on when the config asks for more. `make`: a random one.
 * `keep`: its value comes from where the config says, or the cluster had its tokens when it was born (the marker on its birthplace), and
 * an expired one is no drift: `join` makes new ones. A cluster that kubeadm made had them likewise, and has no marker. Kept by the marker, `publicHalf` is the id of the first token.
 */
export function tokenItems(cluster: Cluster, birthplace: Site, authority: IdentityItem | undefined): readonly IdentityItem[] {
	// A note of a cluster that is gone (kubeadm reset leaves it) says nothing about the one that is born now.
	const marker = authority?.state === 'make' ? undefined : birthplace.facts.files[tokenMarker]?.text;
	const isTheirs = cameByOthers(birthplace);
	const born = marker?.split(/\s/)[0];
	const asked = cluster.bootstrapTokens.length > 0 ? cluster.bootstrapTokens : [{from: undefined}];
	return asked.map(({from}, index) => {
		const item = {id: tokenId(index), on: birthplace.name, file: tokenMarker};
		if (from) return {...item, state: 'keep'};
		if (marker === undefined && !isTheirs) return {...item, state: 'make'};
		return {...item, state: 'keep', ...(born && index === 0 && {publicHalf: born})};
	});
}

export const tokenId = (index: number): string => (index === 0 ? 'bootstrap-token' : `bootstrap-token/${index}`);

/** The token that machines join with: made anew in every run that needs one. */
export const joinTokenId = 'join-token';

export const isToken = (id: string): boolean =>
	id === joinTokenId || id === 'bootstrap-token' || id.startsWith('bootstrap-token/');
