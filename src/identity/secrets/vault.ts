/** Private keys and certificates while they are made or read: each once, as promises. */
import type {KeyObject} from 'node:crypto';
import type {CertificateRow, Row} from '../../../pki/certificates.ts';
import {makeKey, privatePem, publicKeyOf, readPrivateKey, spki} from '../../../pki/keys.ts';
import {isShared} from '../../../pki/places.ts';
import {firstCertificate, readCertificate} from '../../../pki/read.ts';
import {issue} from '../../../pki/sign.ts';
import {parseDuration} from '../../cluster/duration.ts';
import {keyOf} from '../../cluster/selectors.ts';
import {IdentityError} from '../../errors.ts';
import type {Cluster, Hosts, Identity, IdentityItem, Site} from '../../model.ts';
import {wantedOf} from '../holder.ts';
import {filesOf, idOf, rowsFor} from '../places.ts';
import {fetchFile} from './fetch.ts';
import {embeddedKey} from './kubeconfig-key.ts';

export type Vault = {
	/** Starts to make a pair, to its end. */
	begin(id: string): Promise<unknown>;
	key(id: string): Promise<KeyObject>;
	certificate(id: string): Promise<string>;
	/** PEM of the private key: the very text of the file for what is kept, so that copies on other nodes are equal. */
	privateText(id: string): Promise<string>;
	kept(id: string): IdentityItem | undefined;
};

type Given = {
	readonly identity: Identity;
	readonly cluster: Cluster;
	readonly sites: readonly Site[];
	readonly hosts: Hosts;
	readonly now: Date;
	readonly signal: AbortSignal | undefined;
	/** Takes note of a private text, and gives it back. */
	readonly hide: (text: string) => string;
};
type Entry = {readonly row: Row; readonly site: Site; readonly item: IdentityItem};

// kubeadm dates certificates back by this much, for clocks that differ a little.
const backdate = 5 * 60_000;

export function openVault({identity, cluster, sites, hosts, now, signal, hide}: Given): Vault {
	const entries = new Map<string, Entry>();
	for (const row of rowsFor(cluster)) {
		for (const site of sites) {
			const item = identity.items[idOf(row, site)];
			if (item?.on === site.name) entries.set(item.id, {row, site, item});
		}
	}
	const entry = (id: string): Entry => {
		const found = entries.get(id);
		if (found) return found;
		throw new IdentityError(`there is no secret called ${id}`, {hint: 'This is a mistake in kubestrap: please report it.'});
	};
	const keys = once(async (id): Promise<{key: KeyObject; text: string}> => {
		const {row, site, item} = entry(id);
		// An authority's key that lies there alone is taken up again: it is never overwritten.
		const lone = isShared(row) && site.facts.files[filesOf(row, cluster).private] !== undefined;
		if (item.state === 'keep' || lone) return keptKey(entry(id));
		const key = await makeKey((row.as === 'keys' ? undefined : row.algorithm) ?? cluster.configuration.encryptionAlgorithm);
		return {key, text: hide(privatePem(key).toString())};
	});
	const certificates = once(async (id): Promise<string> => {
		const {row, site, item} = entry(id);
		if (item.state === 'keep' && item.publicHalf !== undefined) return item.publicHalf;
		if (row.as === 'keys' || item.state === 'keep') throw unreadable(entry(id), 'it has no certificate');
		return certify(row, site, id);
	});

	async function keptKey({row, site, item}: Entry): Promise<{key: KeyObject; text: string}> {
		const path = filesOf(row, cluster).private;
		const host = hosts.get(site.name) ?? hosts.get(keyOf(site.spec));
		if (item.keyless || !host) throw unreadable({row, site, item}, `${path} is on no control plane`);
		const file = await fetchFile(host, path, signal);
		const text = hide(row.as === 'kubeconfig' ? (embeddedKey(file) ?? '') : file);
		let key: KeyObject;
		try {
			key = readPrivateKey(text);
		} catch (error) {
			throw unreadable({row, site, item}, (error as Error).message, path);
		}
		if (item.publicHalf !== undefined && !spki(publicKeyOf(item.publicHalf)).equals(spki(key))) {
			throw unreadable({row, site, item}, `it is not the key of ${item.file}`, path);
		}
		return {key, text};
	}

	async function certify(row: CertificateRow, site: Site, id: string): Promise<string> {
		const {certificateValidityPeriod, caCertificateValidityPeriod} = cluster.configuration;
		const lasts = parseDuration(row.signedBy === undefined ? caCertificateValidityPeriod : certificateValidityPeriod) ?? 0;
		const wanted = {
			...wantedOf(row, cluster, site),
			notBefore: new Date(now.getTime() - backdate),
			notAfter: new Date(now.getTime() + lasts * 1000),
		};
		const {key} = await keys(id);
		if (row.signedBy === undefined) return issue(wanted, key);
		const signer = {certificate: await certificates(row.signedBy), key: (await keys(row.signedBy)).key};
		// As kubeadm: a certificate in a kubeconfig begins with its authority.
		const {notBefore} = row.as === 'kubeconfig' ? readCertificate(firstCertificate(signer.certificate)) : wanted;
		return issue({...wanted, notBefore}, key, signer);
	}

	return {
		begin: (id) => (entry(id).row.as === 'keys' ? keys(id) : certificates(id)),
		key: async (id) => (await keys(id)).key,
		certificate: certificates,
		privateText: async (id) => (await keys(id)).text,
		kept: (id) => (entry(id).item.state === 'keep' ? entry(id).item : undefined),
	};
}

const unreadable = ({site, item}: Entry, why: string, path = item.file): IdentityError =>
	new IdentityError(`${path} on ${site.name} cannot be used: ${why}`, {
		hint: `Look at ${path} on ${site.name}, or put it back from a backup.`,
	});

/** A function whose result for each argument is kept, failures too. */
function once<T>(make: (id: string) => Promise<T>): (id: string) => Promise<T> {
	const known = new Map<string, Promise<T>>();
	return (id) => {
		const found = known.get(id) ?? make(id);
		known.set(id, found);
		return found;
	};
}
