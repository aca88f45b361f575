/** Finds what all control planes share: the authorities and the service accounts' keys. Rules: kubeadm-contract.md §4.6, §4.7. */
import type {Row} from '../../pki/certificates.ts';
import {judgeAuthority} from '../../pki/judge.ts';
import {sameCertificate} from '../../pki/read.ts';
import type {IdentityItem} from '../model.ts';
import {matches, type Seen, sameKey} from './seen.ts';
import type {Trouble} from './trouble.ts';

export type Found = {readonly item: IdentityItem; readonly troubles: readonly Trouble[]};

/**
 * An authority, from what was seen on the control planes (birthplace first). An existing one is used and never replaced, wherever it
 * lies. `leaves`: whether anything that it could have signed lies on a node.
 */
export function authority(row: Row, seen: readonly Seen[], {leaves, at}: {leaves: boolean; at: Date}): Found {
	const holders = seen.filter(({publicThere}) => publicThere);
	const keys = seen.filter(({privateThere}) => privateThere);
	const holder = holders.find(({privateThere}) => privateThere) ?? holders[0];
	if (!holder) return withoutCertificate(row, seen, keys, leaves);
	const troubles: Trouble[] = [];
	const fault = judgeAuthority(holder.publicHalf ?? '', at);
	if (fault) {
		const remedy = `Lay an authority that can be used at ${holder.files.public}, or move the file and its key away to have a new one made.`;
		troubles.push({what: `${row.name} on ${holder.site.name}`, evidence: `${holder.files.public}: ${fault.why}`, remedy});
	}
	for (const other of holders) {
		if (fault || other === holder || same(holder, other)) continue;
		const evidence = `${holder.site.name} and ${other.site.name} have different certificates in ${holder.files.public}`;
		troubles.push({what: row.name, evidence, remedy: 'Decide which of them is the cluster, and reset the other node.'});
	}
	for (const {site, files, publicKey, keyUnreadable} of keys) {
		if (keyUnreadable) troubles.push(unreadableKey(row, site, files.private));
		if (publicKey === undefined || sameKey(holder.publicHalf ?? '', publicKey) !== false) continue;
		const evidence = `${files.private} on ${site.name} is not the key of the certificate ${holder.files.public} on ${holder.site.name}`;
		troubles.push({what: row.name, evidence, remedy: `Lay the key that belongs to the certificate at ${files.private}.`});
	}
	const item = {id: row.name, state: 'keep', on: holder.site.name, file: holder.files.public} as const;
	const keyless = keys.length === 0 ? ({keyless: true} as const) : {};
	return {item: {...item, ...(holder.publicHalf && {publicHalf: holder.publicHalf}), ...keyless}, troubles};
}

function withoutCertificate(row: Row, seen: readonly Seen[], keys: readonly Seen[], leaves: boolean): Found {
	const {site, files} = seen[0]!;
	const item = {id: row.name, state: 'make', on: site.name, file: files.public} as const;
	const [lone] = keys;
	if (!lone) return {item, troubles: []};
	// We write the key first. A key that we wrote, with nothing signed by it, is a birth that was interrupted: it goes on with that key.
	if (!leaves && keys.length === 1 && lone.site === site && !lone.keyUnreadable && ownedBy(site, files.private)) {
		return {item: {...item, why: 'its birth was interrupted: there is a key without a certificate'}, troubles: []};
	}
	const evidence = `${lone.files.private} is on ${lone.site.name}, but ${lone.files.public} is on no control plane`;
	const remedy = `Put ${lone.files.public} back beside its key, or move the key away to have a new authority made.`;
	return {item, troubles: [{what: row.name, evidence, remedy}]};
}

const ownedBy = ({facts}: Seen['site'], path: string): boolean =>
	facts.ownership?.owned.some(({name, before}) => name === path && before === null) ?? false;

function same(one: Seen, other: Seen): boolean {
	try {
		return sameCertificate(one.publicHalf ?? '', other.publicHalf ?? '');
	} catch {
		return false;
	}
}

/** The service accounts' keys. The private key is what counts: a public key alone is made anew with it, as kubeadm does. */
export function accountKeys(row: Row, seen: readonly Seen[]): Found {
	const keys = seen.filter(({privateThere}) => privateThere);
	const [holder] = keys;
	if (!holder) {
		const {site, files} = seen[0]!;
		const why = seen.some(({publicThere}) => publicThere) ? {why: `${files.public} has no ${files.private}`} : {};
		return {item: {id: row.name, state: 'make', ...why, on: site.name, file: files.public}, troubles: []};
	}
	const troubles: Trouble[] = [];
	for (const one of keys) {
		const {site, files} = one;
		if (one.keyUnreadable) troubles.push(unreadableKey(row, site, files.private));
		if (matches(one) === false) {
			const evidence = `${files.public} is not the public key of ${files.private}`;
			troubles.push({
				what: `${row.name} on ${site.name}`,
				evidence,
				remedy: `Move ${files.public} away on ${site.name}: it is made from the key.`,
			});
		} else if (one !== holder && sameKey(publicOf(holder), publicOf(one)) === false) {
			const evidence = `${holder.site.name} and ${site.name} have different keys in ${files.private}`;
			const remedy = 'Copy the pair of the node that is the cluster to the other one: a token signed on one must hold on all.';
			troubles.push({what: row.name, evidence, remedy});
		}
	}
	const publicHalf = holder.publicHalf ?? publicOf(holder);
	const item = {id: row.name, state: 'keep', on: holder.site.name, file: holder.files.public} as const;
	return {item: publicHalf === '' ? item : {...item, publicHalf}, troubles};
}

function unreadableKey(row: Row, {name}: Seen['site'], path: string): Trouble {
	const remedy = `Lay a key that openssl can read without a passphrase at ${path}.`;
	return {what: `${row.name} on ${name}`, evidence: `${path} cannot be read as a private key`, remedy};
}

const publicOf = ({publicKey, publicHalf}: Seen): string => publicKey ?? publicHalf ?? '';
